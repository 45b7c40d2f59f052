"""CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys, GetAccessKeyLastUsed.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Any, Final, Literal

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.descriptions import shown_time
from strongroom.api.iam.entities import quota_exceeded
from strongroom.api.iam.finders import user_resource
from strongroom.api.iam.owners import Owner, find_owner, owner_name
from strongroom.api.iam.paging import page
from strongroom.api.iam.types import AccessKeyId, ExistingUserName, Marker, MaxItems, NextMarker
from strongroom.api.resources import Resource
from strongroom.authn.access_keys import new_access_key_id, new_secret_access_key
from strongroom.custody.secrets import wrap_secret_access_key
from strongroom.model import account
from strongroom.model.errors import ValidationError
from strongroom.model.identity import User
from strongroom.model.identity_errors import NoSuchEntityError
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.storage.store import Change, Reader

ACCESS_KEYS_PER_USER: Final = 2

_NEVER: Final = "N/A"

Status = Literal["Active", "Inactive", "Expired"]


class AccessKey(AwsStruct, frozen=True, kw_only=True):
    """A new access key, the only time that its secret is shown."""

    user_name: str
    access_key_id: str
    status: Status
    secret_access_key: str
    create_date: Timestamp


class AccessKeyMetadata(AwsStruct, frozen=True, kw_only=True):
    """An access key in a list."""

    user_name: str
    access_key_id: str
    status: Status
    create_date: Timestamp


class AccessKeyLastUsed(AwsStruct, frozen=True, kw_only=True):
    """When, for what and where an access key was used last."""

    last_used_date: Timestamp | None = None
    service_name: str
    region: str


class CreateAccessKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateAccessKey."""

    user_name: ExistingUserName | None = None


class CreateAccessKeyResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateAccessKey."""

    access_key: AccessKey


class UpdateAccessKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateAccessKey."""

    user_name: ExistingUserName | None = None
    access_key_id: AccessKeyId
    status: Status


class DeleteAccessKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteAccessKey."""

    user_name: ExistingUserName | None = None
    access_key_id: AccessKeyId


class ListAccessKeysRequest(AwsStruct, frozen=True, kw_only=True):
    """ListAccessKeys."""

    user_name: ExistingUserName | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAccessKeysResponse(AwsStruct, frozen=True, kw_only=True):
    """ListAccessKeys."""

    access_key_metadata: list[AccessKeyMetadata]
    is_truncated: bool
    marker: NextMarker | None = None


class GetAccessKeyLastUsedRequest(AwsStruct, frozen=True, kw_only=True):
    """GetAccessKeyLastUsed."""

    access_key_id: AccessKeyId


class GetAccessKeyLastUsedResponse(AwsStruct, frozen=True, kw_only=True):
    """GetAccessKeyLastUsed."""

    user_name: str
    access_key_last_used: AccessKeyLastUsed


def _without_secret(_context: Context, response: CreateAccessKeyResponse) -> dict[str, object]:
    made = response.access_key
    return {
        "accessKey": AccessKeyMetadata(
            user_name=made.user_name,
            access_key_id=made.access_key_id,
            status=made.status,
            create_date=made.create_date,
        )
    }


@operation(Needs("iam:CreateAccessKey", resource=user_resource()), logs=("user_name",), elements=_without_secret)
def create_access_key(context: ChangeContext, request: CreateAccessKeyRequest) -> CreateAccessKeyResponse:
    """Make an access key for a user, by default for who asks."""
    owner = find_owner(context.change, context.principal, request.user_name)
    if len(context.change.accounts.access_keys_of(owner.owner_id)) >= ACCESS_KEYS_PER_USER:
        raise quota_exceeded("AccessKeysPerUser", ACCESS_KEYS_PER_USER)
    access_key_id, secret = new_access_key_id(), new_secret_access_key()
    account_id = context.scope.account_id
    wrapped = wrap_secret_access_key(context.store_keys, account_id, owner.owner_id, access_key_id, secret)
    context.change.accounts.create_access_key(
        account.AccessKey(
            access_key_id=access_key_id,
            owner_id=owner.owner_id,
            account_id=account_id,
            status="Active",
            store_key=wrapped.store_key,
            wrapped_secret=wrapped.sealed,
            creation_date=context.now,
        )
    )
    return CreateAccessKeyResponse(
        access_key=AccessKey(
            user_name=owner.name,
            access_key_id=access_key_id,
            status="Active",
            secret_access_key=secret,
            create_date=timestamp(context.now),
        )
    )


@operation(Needs("iam:UpdateAccessKey", resource=user_resource()), logs=("user_name", "access_key_id", "status"))
def update_access_key(context: ChangeContext, request: UpdateAccessKeyRequest) -> None:
    """Activate or deactivate an access key."""
    if request.status == "Expired":
        raise ValidationError("An access key can be set to Active or Inactive only.")
    owner = find_owner(context.change, context.principal, request.user_name)
    _check_owned(context.change, owner, request.access_key_id)
    context.change.accounts.set_access_key_status(request.access_key_id, request.status)


@operation(Needs("iam:DeleteAccessKey", resource=user_resource()), logs=("user_name", "access_key_id"))
def delete_access_key(context: ChangeContext, request: DeleteAccessKeyRequest) -> None:
    """Delete an access key."""
    owner = find_owner(context.change, context.principal, request.user_name)
    _check_owned(context.change, owner, request.access_key_id)
    context.change.accounts.delete_access_key(request.access_key_id)


@operation(Needs("iam:ListAccessKeys", resource=user_resource()), logs=("user_name", "marker", "max_items"))
def list_access_keys(context: ReadContext, request: ListAccessKeysRequest) -> ListAccessKeysResponse:
    """List the access keys of a user, by default of who asks."""
    owner = find_owner(context.reader, context.principal, request.user_name)
    keys, marker = page(
        f"ListAccessKeys {owner.owner_id}",
        context.reader.accounts.access_keys_of(owner.owner_id),
        lambda access_key: access_key.access_key_id,
        request.marker,
        request.max_items,
    )
    return ListAccessKeysResponse(
        access_key_metadata=[
            AccessKeyMetadata(
                user_name=owner.name,
                access_key_id=each.access_key_id,
                status=each.status,
                create_date=timestamp(each.creation_date),
            )
            for each in keys
        ],
        is_truncated=marker is not None,
        marker=marker,
    )


def _user_of_access_key(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
    """Find the user whose access key it is; of none that the account has, nobody's: of others no name is told."""
    access_key = reader.accounts.find_access_key(request.access_key_id)
    if access_key is None or access_key.account_id != caller.account_id:
        return Resource(arn="*", account_id=caller.account_id)
    user = reader.identities.by_id(User, access_key.owner_id)
    if user is None:
        return Resource(arn=f"arn:aws:iam::{access_key.account_id}:root", account_id=access_key.account_id)
    return Resource(arn=user.arn, account_id=user.account_id, tags=user.tags)


@operation(Needs("iam:GetAccessKeyLastUsed", resource=_user_of_access_key), logs=("access_key_id",))
def get_access_key_last_used(
    context: ReadContext, request: GetAccessKeyLastUsedRequest
) -> GetAccessKeyLastUsedResponse:
    """Tell whose an access key is, and when it was used last."""
    found = context.reader.accounts.find_access_key(request.access_key_id)
    if found is None or found.account_id != context.scope.account_id:
        raise _unknown(request.access_key_id)
    return GetAccessKeyLastUsedResponse(
        user_name=owner_name(context.reader, found.owner_id),
        access_key_last_used=AccessKeyLastUsed(
            last_used_date=shown_time(found.last_used_date),
            service_name=found.last_used_service or _NEVER,
            region=found.last_used_region or _NEVER,
        ),
    )


def _check_owned(change: Change, owner: Owner, access_key_id: str) -> None:
    found = change.accounts.find_access_key(access_key_id)
    if found is None or found.owner_id != owner.owner_id:
        raise _unknown(access_key_id)


def _unknown(access_key_id: str) -> NoSuchEntityError:
    return NoSuchEntityError(f"The Access Key with id {access_key_id} cannot be found.")


OPERATIONS = (create_access_key, update_access_key, delete_access_key, list_access_keys, get_access_key_last_used)
