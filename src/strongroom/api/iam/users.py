"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, TagUser, UntagUser, ListUserTags.

Source: IAM API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.attached_policies import checked_boundary
from strongroom.api.iam.descriptions import UserDescription, described_user, listed_user, root_user
from strongroom.api.iam.entities import check_account_quota, check_name_is_free, find_user, own_user_name
from strongroom.api.iam.finders import listing_resource, new_resource, renamed_resource, user_resource
from strongroom.api.iam.paging import page
from strongroom.api.iam.tag_rules import checked_tags, tag_page, with_tags, without_tags
from strongroom.api.iam.types import (
    Arn,
    ExistingUserName,
    Marker,
    MaxItems,
    NextMarker,
    Path,
    PathPrefix,
    Tag,
    TagKeys,
    Tags,
    UserName,
)
from strongroom.api.supplies import Parameter, TagsParameter
from strongroom.model.identity import USER_PREFIX, User, VirtualMfaDevice, new_unique_id
from strongroom.model.identity_errors import DeleteConflictError
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change


class CreateUserRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateUser."""

    path: Path | None = None
    user_name: UserName
    permissions_boundary: Arn | None = None
    tags: Tags | None = None


class CreateUserResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateUser."""

    user: UserDescription


class GetUserRequest(AwsStruct, frozen=True, kw_only=True):
    """GetUser."""

    user_name: ExistingUserName | None = None


class GetUserResponse(AwsStruct, frozen=True, kw_only=True):
    """GetUser."""

    user: UserDescription


class ListUsersRequest(AwsStruct, frozen=True, kw_only=True):
    """ListUsers."""

    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListUsersResponse(AwsStruct, frozen=True, kw_only=True):
    """ListUsers."""

    users: list[UserDescription]
    is_truncated: bool
    marker: NextMarker | None = None


class UpdateUserRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateUser."""

    user_name: ExistingUserName
    new_path: Path | None = None
    new_user_name: UserName | None = None


class DeleteUserRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteUser."""

    user_name: ExistingUserName


class TagUserRequest(AwsStruct, frozen=True, kw_only=True):
    """TagUser."""

    user_name: ExistingUserName
    tags: Tags


class UntagUserRequest(AwsStruct, frozen=True, kw_only=True):
    """UntagUser."""

    user_name: ExistingUserName
    tag_keys: TagKeys


class ListUserTagsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListUserTags."""

    user_name: ExistingUserName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListUserTagsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListUserTags."""

    tags: list[Tag]
    is_truncated: bool
    marker: NextMarker | None = None


_NEW_USER = new_resource(User, "user_name")


@operation(
    Needs(
        "iam:CreateUser",
        resource=_NEW_USER,
        supplies={"iam:permissionsboundary": Parameter("permissions_boundary")},
        tags=TagsParameter("tags"),
    ),
    Needs("iam:TagUser", resource=_NEW_USER, tags=TagsParameter("tags"), when="tags"),
    logs=("path", "user_name", "permissions_boundary", "tags"),
    elements=lambda _context, response: {"user": response.user},
)
def create_user(context: ChangeContext, request: CreateUserRequest) -> CreateUserResponse:
    """Make a user, who may do nothing yet."""
    account_id = context.scope.account_id
    tags = checked_tags(request.tags)
    check_name_is_free(context.change, User, account_id, request.user_name, "User")
    check_account_quota(context.change, User, account_id)
    user = User(
        account_id=account_id,
        path=request.path or "/",
        user_name=request.user_name,
        user_id=new_unique_id(USER_PREFIX),
        creation_date=context.now,
        tags=tags,
        permissions_boundary=checked_boundary(context, request.permissions_boundary),
    )
    context.change.identities.put(user)
    return CreateUserResponse(user=described_user(user))


@operation(Needs("iam:GetUser", resource=user_resource()), logs=("user_name",))
def get_user(context: ReadContext, request: GetUserRequest) -> GetUserResponse:
    """Tell of a user, by default of who asks."""
    principal = context.principal
    if request.user_name is None and principal.type == "Root":
        return GetUserResponse(user=root_user(context.reader, principal.account_id))
    name = request.user_name or own_user_name(principal)
    return GetUserResponse(user=described_user(find_user(context.reader, principal.account_id, name)))


@operation(Needs("iam:ListUsers", resource=listing_resource(User)), logs=("path_prefix", "marker", "max_items"))
def list_users(context: ReadContext, request: ListUsersRequest) -> ListUsersResponse:
    """List the users of the account under a path."""
    prefix = request.path_prefix or "/"
    users = [
        user for user in context.reader.identities.all(User, context.scope.account_id) if user.path.startswith(prefix)
    ]
    shown, marker = page(f"ListUsers {prefix}", users, lambda user: user.name, request.marker, request.max_items)
    return ListUsersResponse(users=list(map(listed_user, shown)), is_truncated=marker is not None, marker=marker)


@operation(
    Needs("iam:UpdateUser", resource=user_resource()),
    Needs("iam:UpdateUser", resource=renamed_resource(User, "user_name")),
    logs=("user_name", "new_path", "new_user_name"),
)
def update_user(context: ChangeContext, request: UpdateUserRequest) -> None:
    """Give a user another name or path; who names it by its unique id goes on naming it."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    new_name = request.new_user_name or user.user_name
    if new_name.lower() != user.user_name.lower():
        check_name_is_free(context.change, User, user.account_id, new_name, "User")
    renamed = msgspec.structs.replace(user, user_name=new_name, path=request.new_path or user.path)
    context.change.identities.rename(renamed, user.user_name)


@operation(Needs("iam:DeleteUser", resource=user_resource()), logs=("user_name",))
def delete_user(context: ChangeContext, request: DeleteUserRequest) -> None:
    """Delete a user on whom nothing hangs any more."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    _check_nothing_hangs_on(context.change, user)
    context.change.identities.delete(user)


def _check_nothing_hangs_on(change: Change, user: User) -> None:
    devices = change.identities.all(VirtualMfaDevice, user.account_id)
    for hangs, remedy in (
        (bool(user.attached), "must detach all policies first."),
        (bool(user.inline_policies), "must delete policies first."),
        (bool(user.group_ids), "must remove users from group first."),
        (user.login is not None, "must delete login profile first."),
        (bool(change.accounts.access_keys_of(user.user_id)), "must delete access keys first."),
        (any(device.user_id == user.user_id for device in devices), "must delete MFA device first."),
    ):
        if hangs:
            raise DeleteConflictError(f"Cannot delete entity, {remedy}")


@operation(Needs("iam:TagUser", resource=user_resource(), tags=TagsParameter("tags")), logs=("user_name", "tags"))
def tag_user(context: ChangeContext, request: TagUserRequest) -> None:
    """Add tags to a user, or new values to tags that it has."""
    tags = checked_tags(request.tags)
    user = find_user(context.change, context.scope.account_id, request.user_name)
    context.change.identities.put(msgspec.structs.replace(user, tags=with_tags(user.tags, tags)))


@operation(
    Needs("iam:UntagUser", resource=user_resource(), tags=TagsParameter("tag_keys")),
    logs=("user_name", "tag_keys"),
)
def untag_user(context: ChangeContext, request: UntagUserRequest) -> None:
    """Take tags from a user."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    context.change.identities.put(msgspec.structs.replace(user, tags=without_tags(user.tags, request.tag_keys)))


@operation(Needs("iam:ListUserTags", resource=user_resource()), logs=("user_name", "marker", "max_items"))
def list_user_tags(context: ReadContext, request: ListUserTagsRequest) -> ListUserTagsResponse:
    """List a user's tags."""
    user = find_user(context.reader, context.scope.account_id, request.user_name)
    tags, marker = tag_page(f"ListUserTags {user.user_id}", user.tags, request.marker, request.max_items)
    return ListUserTagsResponse(tags=tags, is_truncated=marker is not None, marker=marker)


OPERATIONS = (
    create_user,
    get_user,
    list_users,
    update_user,
    delete_user,
    tag_user,
    untag_user,
    list_user_tags,
)
