"""TagPolicy, UntagPolicy, ListPolicyTags.

Source: IAM API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.arns import check_policy_arn
from strongroom.api.iam.finders import policy_resource
from strongroom.api.iam.policy_descriptions import policy_tags
from strongroom.api.iam.policy_lookups import NOT_FOUND, existing_policy, own_policy
from strongroom.api.iam.tag_rules import checked_tags, tag_page, with_tags, without_tags
from strongroom.api.iam.types import Marker, MaxItems, NextMarker, PolicyArn, Tag, TagKeys, Tags
from strongroom.api.supplies import TagsParameter
from strongroom.protocol.structures import AwsStruct


class TagPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """TagPolicy."""

    policy_arn: PolicyArn
    tags: Tags


class UntagPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """UntagPolicy."""

    policy_arn: PolicyArn
    tag_keys: TagKeys


class ListPolicyTagsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListPolicyTags."""

    policy_arn: PolicyArn
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListPolicyTagsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListPolicyTags."""

    tags: list[Tag]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(
    Needs("iam:TagPolicy", resource=policy_resource(), tags=TagsParameter("tags")),
    check=check_policy_arn,
    logs=("policy_arn", "tags"),
)
def tag_policy(context: ChangeContext, request: TagPolicyRequest) -> None:
    """Add tags to a managed policy, or new values to tags that it has."""
    tags = checked_tags(request.tags)
    policy = own_policy(context.change, context.scope.account_id, request.policy_arn, NOT_FOUND)
    context.change.identities.put(msgspec.structs.replace(policy, tags=with_tags(policy.tags, tags)))


@operation(
    Needs("iam:UntagPolicy", resource=policy_resource(), tags=TagsParameter("tag_keys")),
    check=check_policy_arn,
    logs=("policy_arn", "tag_keys"),
)
def untag_policy(context: ChangeContext, request: UntagPolicyRequest) -> None:
    """Take tags from a managed policy."""
    policy = own_policy(context.change, context.scope.account_id, request.policy_arn, NOT_FOUND)
    context.change.identities.put(msgspec.structs.replace(policy, tags=without_tags(policy.tags, request.tag_keys)))


@operation(
    Needs("iam:ListPolicyTags", resource=policy_resource()),
    check=check_policy_arn,
    logs=("policy_arn", "marker", "max_items"),
)
def list_policy_tags(context: ReadContext, request: ListPolicyTagsRequest) -> ListPolicyTagsResponse:
    """List a managed policy's tags."""
    policy = existing_policy(context.reader, context.scope.account_id, request.policy_arn, NOT_FOUND)
    listing = f"ListPolicyTags {policy.policy_id}"
    tags, marker = tag_page(listing, policy_tags(policy), request.marker, request.max_items)
    return ListPolicyTagsResponse(tags=tags, is_truncated=marker is not None, marker=marker)


OPERATIONS = (tag_policy, untag_policy, list_policy_tags)
