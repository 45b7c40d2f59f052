"""GetAccountPasswordPolicy, UpdateAccountPasswordPolicy, DeleteAccountPasswordPolicy.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.password_rules import password_policy
from strongroom.api.iam.user_permissions import with_account_permissions
from strongroom.api.resources import Resource
from strongroom.model import account
from strongroom.model.account import AccountSettings
from strongroom.model.identity_errors import NoSuchEntityError
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change, Reader

MinimumPasswordLength = Annotated[int, Meta(ge=6, le=128)]
MaxPasswordAge = Annotated[int, Meta(ge=1, le=1095)]
PasswordReusePrevention = Annotated[int, Meta(ge=1, le=24)]


class PasswordPolicy(AwsStruct, frozen=True, kw_only=True):
    """An account's password policy."""

    minimum_password_length: int
    require_symbols: bool
    require_numbers: bool
    require_uppercase_characters: bool
    require_lowercase_characters: bool
    allow_users_to_change_password: bool
    expire_passwords: bool
    max_password_age: int | None = None
    password_reuse_prevention: int | None = None
    hard_expiry: bool


class GetAccountPasswordPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetAccountPasswordPolicy."""


class GetAccountPasswordPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetAccountPasswordPolicy."""

    password_policy: PasswordPolicy


class UpdateAccountPasswordPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateAccountPasswordPolicy."""

    minimum_password_length: MinimumPasswordLength | None = None
    require_symbols: bool | None = None
    require_numbers: bool | None = None
    require_uppercase_characters: bool | None = None
    require_lowercase_characters: bool | None = None
    allow_users_to_change_password: bool | None = None
    max_password_age: MaxPasswordAge | None = None
    password_reuse_prevention: PasswordReusePrevention | None = None
    hard_expiry: bool | None = None


class DeleteAccountPasswordPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteAccountPasswordPolicy."""


def _account_as_resource(reader: Reader | Change, caller: Principal, _request: Any) -> Resource:  # noqa: ANN401 - any request type
    return with_account_permissions(reader, caller, Resource(arn="*", account_id=caller.account_id))


@operation(Needs("iam:GetAccountPasswordPolicy", resource=_account_as_resource))
def get_account_password_policy(
    context: ReadContext, _request: GetAccountPasswordPolicyRequest
) -> GetAccountPasswordPolicyResponse:
    """Tell the account's password policy."""
    policy = _existing(password_policy(context.reader, context.scope.account_id), context.scope.account_id)
    return GetAccountPasswordPolicyResponse(
        password_policy=PasswordPolicy(
            **msgspec.structs.asdict(policy), expire_passwords=policy.max_password_age is not None
        )
    )


@operation(Needs("iam:UpdateAccountPasswordPolicy"), logs=UpdateAccountPasswordPolicyRequest.__struct_fields__)
def update_account_password_policy(context: ChangeContext, request: UpdateAccountPasswordPolicyRequest) -> None:
    """Set the account's password policy as a whole: what the request leaves out becomes the default."""
    given = {name: value for name, value in msgspec.structs.asdict(request).items() if value is not None}
    _put(context, account.PasswordPolicy(**given))


@operation(Needs("iam:DeleteAccountPasswordPolicy"))
def delete_account_password_policy(context: ChangeContext, _request: DeleteAccountPasswordPolicyRequest) -> None:
    """Delete the account's password policy; AWS's default is in force then."""
    _existing(password_policy(context.change, context.scope.account_id), context.scope.account_id)
    _put(context, None)


def _put(context: ChangeContext, policy: account.PasswordPolicy | None) -> None:
    account_id = context.scope.account_id
    settings = context.change.identities.find(AccountSettings, account_id, "")
    settings = settings or AccountSettings(account_id=account_id)
    context.change.identities.put(msgspec.structs.replace(settings, password_policy=policy))


def _existing(policy: account.PasswordPolicy | None, account_id: str) -> account.PasswordPolicy:
    if policy is None:
        raise NoSuchEntityError(f"The Password Policy with domain name {account_id} cannot be found.")
    return policy


OPERATIONS = (get_account_password_policy, update_account_password_policy, delete_account_password_policy)
