"""AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Final

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.descriptions import GroupDescription, described_group
from strongroom.api.iam.entities import find_group, find_user, quota_exceeded
from strongroom.api.iam.finders import group_resource, user_resource
from strongroom.api.iam.paging import page
from strongroom.api.iam.types import ExistingUserName, GroupName, Marker, MaxItems, NextMarker
from strongroom.model.identity import Group
from strongroom.protocol.structures import AwsStruct

GROUPS_PER_USER: Final = 10


class AddUserToGroupRequest(AwsStruct, frozen=True, kw_only=True):
    """AddUserToGroup."""

    group_name: GroupName
    user_name: ExistingUserName


class RemoveUserFromGroupRequest(AwsStruct, frozen=True, kw_only=True):
    """RemoveUserFromGroup."""

    group_name: GroupName
    user_name: ExistingUserName


class ListGroupsForUserRequest(AwsStruct, frozen=True, kw_only=True):
    """ListGroupsForUser."""

    user_name: ExistingUserName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListGroupsForUserResponse(AwsStruct, frozen=True, kw_only=True):
    """ListGroupsForUser."""

    groups: list[GroupDescription]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(Needs("iam:AddUserToGroup", resource=group_resource()), logs=("group_name", "user_name"))
def add_user_to_group(context: ChangeContext, request: AddUserToGroupRequest) -> None:
    """Add a user to a group; one that is in it already does not matter."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    user = find_user(context.change, context.scope.account_id, request.user_name)
    if group.group_id in user.group_ids:
        return
    if len(user.group_ids) >= GROUPS_PER_USER:
        raise quota_exceeded("GroupsPerUser", GROUPS_PER_USER)
    context.change.identities.put(msgspec.structs.replace(user, group_ids=(*user.group_ids, group.group_id)))


@operation(Needs("iam:RemoveUserFromGroup", resource=group_resource()), logs=("group_name", "user_name"))
def remove_user_from_group(context: ChangeContext, request: RemoveUserFromGroupRequest) -> None:
    """Take a user from a group; one that is not in it does not matter."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    user = find_user(context.change, context.scope.account_id, request.user_name)
    kept = tuple(group_id for group_id in user.group_ids if group_id != group.group_id)
    context.change.identities.put(msgspec.structs.replace(user, group_ids=kept))


@operation(Needs("iam:ListGroupsForUser", resource=user_resource()), logs=("user_name", "marker", "max_items"))
def list_groups_for_user(context: ReadContext, request: ListGroupsForUserRequest) -> ListGroupsForUserResponse:
    """List the groups that a user is in."""
    user = find_user(context.reader, context.scope.account_id, request.user_name)
    found = (context.reader.identities.by_id(Group, group_id) for group_id in user.group_ids)
    groups, marker = page(
        f"ListGroupsForUser {user.user_id}",
        [group for group in found if group is not None],
        lambda group: group.name,
        request.marker,
        request.max_items,
    )
    return ListGroupsForUserResponse(
        groups=list(map(described_group, groups)), is_truncated=marker is not None, marker=marker
    )


OPERATIONS = (add_user_to_group, remove_user_from_group, list_groups_for_user)
