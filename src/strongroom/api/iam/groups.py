"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup.

Source: IAM API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.descriptions import GroupDescription, UserDescription, described_group, listed_user
from strongroom.api.iam.entities import (
    check_account_quota,
    check_name_is_free,
    find_group,
)
from strongroom.api.iam.finders import (
    group_resource,
    listing_resource,
    new_resource,
    renamed_resource,
)
from strongroom.api.iam.paging import page
from strongroom.api.iam.types import GroupName, Marker, MaxItems, NextMarker, Path, PathPrefix
from strongroom.model.identity import GROUP_PREFIX, Group, User, new_unique_id
from strongroom.model.identity_errors import DeleteConflictError
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change, Reader


class CreateGroupRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateGroup."""

    path: Path | None = None
    group_name: GroupName


class CreateGroupResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateGroup."""

    group: GroupDescription


class GetGroupRequest(AwsStruct, frozen=True, kw_only=True):
    """GetGroup."""

    group_name: GroupName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class GetGroupResponse(AwsStruct, frozen=True, kw_only=True):
    """GetGroup."""

    group: GroupDescription
    users: list[UserDescription]
    is_truncated: bool
    marker: NextMarker | None = None


class ListGroupsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListGroups."""

    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListGroupsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListGroups."""

    groups: list[GroupDescription]
    is_truncated: bool
    marker: NextMarker | None = None


class UpdateGroupRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateGroup."""

    group_name: GroupName
    new_path: Path | None = None
    new_group_name: GroupName | None = None


class DeleteGroupRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteGroup."""

    group_name: GroupName


@operation(
    Needs("iam:CreateGroup", resource=new_resource(Group, "group_name")),
    logs=("path", "group_name"),
    elements=lambda _context, response: {"group": response.group},
)
def create_group(context: ChangeContext, request: CreateGroupRequest) -> CreateGroupResponse:
    """Make a group without users."""
    account_id = context.scope.account_id
    check_name_is_free(context.change, Group, account_id, request.group_name, "Group")
    check_account_quota(context.change, Group, account_id)
    group = Group(
        account_id=account_id,
        path=request.path or "/",
        group_name=request.group_name,
        group_id=new_unique_id(GROUP_PREFIX),
        creation_date=context.now,
    )
    context.change.identities.put(group)
    return CreateGroupResponse(group=described_group(group))


@operation(Needs("iam:GetGroup", resource=group_resource()), logs=("group_name", "marker", "max_items"))
def get_group(context: ReadContext, request: GetGroupRequest) -> GetGroupResponse:
    """Tell of a group and list its users."""
    group = find_group(context.reader, context.scope.account_id, request.group_name)
    users, marker = page(
        f"GetGroup {group.group_id}",
        _users_of(context.reader, group),
        lambda user: user.name,
        request.marker,
        request.max_items,
    )
    return GetGroupResponse(
        group=described_group(group),
        users=list(map(listed_user, users)),
        is_truncated=marker is not None,
        marker=marker,
    )


@operation(Needs("iam:ListGroups", resource=listing_resource(Group)), logs=("path_prefix", "marker", "max_items"))
def list_groups(context: ReadContext, request: ListGroupsRequest) -> ListGroupsResponse:
    """List the groups of the account under a path."""
    prefix = request.path_prefix or "/"
    groups = [
        group
        for group in context.reader.identities.all(Group, context.scope.account_id)
        if group.path.startswith(prefix)
    ]
    shown, marker = page(f"ListGroups {prefix}", groups, lambda group: group.name, request.marker, request.max_items)
    return ListGroupsResponse(groups=list(map(described_group, shown)), is_truncated=marker is not None, marker=marker)


@operation(
    Needs("iam:UpdateGroup", resource=group_resource()),
    Needs("iam:UpdateGroup", resource=renamed_resource(Group, "group_name")),
    logs=("group_name", "new_path", "new_group_name"),
)
def update_group(context: ChangeContext, request: UpdateGroupRequest) -> None:
    """Give a group another name or path."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    new_name = request.new_group_name or group.group_name
    if new_name.lower() != group.group_name.lower():
        check_name_is_free(context.change, Group, group.account_id, new_name, "Group")
    renamed = msgspec.structs.replace(group, group_name=new_name, path=request.new_path or group.path)
    context.change.identities.rename(renamed, group.group_name)


@operation(Needs("iam:DeleteGroup", resource=group_resource()), logs=("group_name",))
def delete_group(context: ChangeContext, request: DeleteGroupRequest) -> None:
    """Delete a group without users and policies."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    for hangs, remedy in (
        (bool(_users_of(context.change, group)), "must remove users from group first."),
        (bool(group.attached), "must detach all policies first."),
        (bool(group.inline_policies), "must delete policies first."),
    ):
        if hangs:
            raise DeleteConflictError(f"Cannot delete entity, {remedy}")
    context.change.identities.delete(group)


def _users_of(reader: Reader | Change, group: Group) -> list[User]:
    return [user for user in reader.identities.all(User, group.account_id) if group.group_id in user.group_ids]


OPERATIONS = (
    create_group,
    get_group,
    list_groups,
    update_group,
    delete_group,
)
