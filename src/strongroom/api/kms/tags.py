"""TagResource, UntagResource, ListResourceTags.

Source: AWS KMS API Reference, the operations' own pages.
"""

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import LABELLED
from strongroom.api.kms.quotas import TAGS_PER_KEY
from strongroom.api.kms.tag_rules import check_tag_keys, checked_tags
from strongroom.api.kms.types import KeyId, Limit, Marker, NextMarker, Tag, TagKey
from strongroom.api.paging import check_limit, cut, decode_marker, encode_marker
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import TagsParameter
from strongroom.model.errors import TagError
from strongroom.protocol.structures import AwsStruct

_LIST_DEFAULT = 50
_LIST_MOST = 50


class TagResourceRequest(AwsStruct, frozen=True, kw_only=True):
    """TagResource."""

    key_id: KeyId
    tags: list[Tag]


class UntagResourceRequest(AwsStruct, frozen=True, kw_only=True):
    """UntagResource."""

    key_id: KeyId
    tag_keys: list[TagKey]


class ListResourceTagsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListResourceTags."""

    key_id: KeyId
    limit: Limit | None = None
    marker: Marker | None = None


class ListResourceTagsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListResourceTags."""

    tags: list[Tag]
    next_marker: NextMarker | None = None
    truncated: bool


def _check_tags(request: TagResourceRequest) -> None:
    checked_tags(request.tags)


def _check_tag_keys(request: UntagResourceRequest) -> None:
    check_tag_keys(request.tag_keys)


@operation(
    Needs("kms:TagResource", key=KeyMember("key_id"), states=LABELLED, tags=TagsParameter("tags")),
    check=_check_tags,
    logs=("key_id", "tags"),
    elements=key_id_element,
)
def tag_resource(context: ChangeContext, request: TagResourceRequest) -> None:
    """Add tags to a key, or new values to tags that it has."""
    context.change.tags.put(context.key.key.place, checked_tags(request.tags))
    if context.change.tags.count(context.key.key.place) > TAGS_PER_KEY:
        raise TagError("Too many tags")


@operation(
    Needs("kms:UntagResource", key=KeyMember("key_id"), states=LABELLED, tags=TagsParameter("tag_keys")),
    check=_check_tag_keys,
    logs=("key_id", "tag_keys"),
    elements=key_id_element,
)
def untag_resource(context: ChangeContext, request: UntagResourceRequest) -> None:
    """Take tags from a key."""
    context.change.tags.remove(context.key.key.place, request.tag_keys)


def _check_list(request: ListResourceTagsRequest) -> None:
    check_limit(request.limit, _LIST_MOST)


@operation(
    Needs("kms:ListResourceTags", key=KeyMember("key_id")),
    check=_check_list,
    logs=("key_id", "limit", "marker"),
)
def list_resource_tags(context: ReadContext, request: ListResourceTagsRequest) -> ListResourceTagsResponse:
    """List a key's tags."""
    place = context.key.key.place
    listing = f"ListResourceTags {place.key_id}"
    limit = request.limit or _LIST_DEFAULT
    page, more = cut(context.reader.tags.page(place, decode_marker(listing, request.marker), limit + 1), limit)
    return ListResourceTagsResponse(
        tags=[Tag(tag_key=key, tag_value=value) for key, value in page],
        next_marker=encode_marker(listing, page[-1][0]) if more else None,
        truncated=more,
    )


OPERATIONS = (tag_resource, untag_resource, list_resource_tags)
