"""CreateAccountAlias, DeleteAccountAlias, ListAccountAliases.

Source: IAM API Reference, the operations' own pages; an account has one alias, and a new one takes its place.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.paging import page
from strongroom.api.iam.types import Marker, MaxItems, NextMarker
from strongroom.model.account import AccountSettings
from strongroom.model.identity_errors import EntityAlreadyExistsError, NoSuchEntityError
from strongroom.protocol.structures import AwsStruct, whole
from strongroom.storage.store import Change, Reader

AccountAlias = Annotated[
    str, Meta(min_length=3, max_length=63, pattern=whole(r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$"))
]


class CreateAccountAliasRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateAccountAlias."""

    account_alias: AccountAlias


class DeleteAccountAliasRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteAccountAlias."""

    account_alias: AccountAlias


class ListAccountAliasesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListAccountAliases."""

    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAccountAliasesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListAccountAliases."""

    account_aliases: list[str]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(Needs("iam:CreateAccountAlias"), logs=("account_alias",))
def create_account_alias(context: ChangeContext, request: CreateAccountAliasRequest) -> None:
    """Give the account an alias, which is unique in the installation."""
    if context.change.identities.account_of_alias(request.account_alias) is not None:
        raise EntityAlreadyExistsError(f"The account alias {request.account_alias} already exists.")
    settings = _settings(context.change, context.scope.account_id)
    context.change.identities.put(msgspec.structs.replace(settings, alias=request.account_alias))


@operation(Needs("iam:DeleteAccountAlias"), logs=("account_alias",))
def delete_account_alias(context: ChangeContext, request: DeleteAccountAliasRequest) -> None:
    """Take the alias from the account."""
    settings = _settings(context.change, context.scope.account_id)
    if settings.alias != request.account_alias:
        raise NoSuchEntityError(f"The account alias {request.account_alias} cannot be found.")
    context.change.identities.put(msgspec.structs.replace(settings, alias=None))


@operation(Needs("iam:ListAccountAliases"), logs=("marker", "max_items"))
def list_account_aliases(context: ReadContext, request: ListAccountAliasesRequest) -> ListAccountAliasesResponse:
    """List the account's alias, where it has one."""
    alias = _settings(context.reader, context.scope.account_id).alias
    aliases = [] if alias is None else [alias]
    shown, marker = page("ListAccountAliases", aliases, str, request.marker, request.max_items)
    return ListAccountAliasesResponse(account_aliases=shown, is_truncated=marker is not None, marker=marker)


def _settings(reader: Reader | Change, account_id: str) -> AccountSettings:
    return reader.identities.find(AccountSettings, account_id, "") or AccountSettings(account_id=account_id)


OPERATIONS = (create_account_alias, delete_account_alias, list_account_aliases)
