"""TagRole, UntagRole, ListRoleTags.

Source: IAM API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.entities import find_role
from strongroom.api.iam.finders import role_resource
from strongroom.api.iam.tag_rules import checked_tags, tag_page, with_tags, without_tags
from strongroom.api.iam.types import Marker, MaxItems, NextMarker, RoleName, Tag, TagKeys, Tags
from strongroom.api.supplies import TagsParameter
from strongroom.protocol.structures import AwsStruct


class TagRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """TagRole."""

    role_name: RoleName
    tags: Tags


class UntagRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """UntagRole."""

    role_name: RoleName
    tag_keys: TagKeys


class ListRoleTagsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListRoleTags."""

    role_name: RoleName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListRoleTagsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListRoleTags."""

    tags: list[Tag]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(Needs("iam:TagRole", resource=role_resource(), tags=TagsParameter("tags")), logs=("role_name", "tags"))
def tag_role(context: ChangeContext, request: TagRoleRequest) -> None:
    """Add tags to a role, or new values to tags that it has."""
    tags = checked_tags(request.tags)
    role = find_role(context.change, context.scope.account_id, request.role_name)
    context.change.identities.put(msgspec.structs.replace(role, tags=with_tags(role.tags, tags)))


@operation(
    Needs("iam:UntagRole", resource=role_resource(), tags=TagsParameter("tag_keys")), logs=("role_name", "tag_keys")
)
def untag_role(context: ChangeContext, request: UntagRoleRequest) -> None:
    """Take tags from a role."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    context.change.identities.put(msgspec.structs.replace(role, tags=without_tags(role.tags, request.tag_keys)))


@operation(Needs("iam:ListRoleTags", resource=role_resource()), logs=("role_name", "marker", "max_items"))
def list_role_tags(context: ReadContext, request: ListRoleTagsRequest) -> ListRoleTagsResponse:
    """List a role's tags."""
    role = find_role(context.reader, context.scope.account_id, request.role_name)
    tags, marker = tag_page(f"ListRoleTags {role.role_id}", role.tags, request.marker, request.max_items)
    return ListRoleTagsResponse(tags=tags, is_truncated=marker is not None, marker=marker)


OPERATIONS = (tag_role, untag_role, list_role_tags)
