"""TagMFADevice, UntagMFADevice, ListMFADeviceTags.

Source: IAM API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.entities import find_mfa_device
from strongroom.api.iam.finders import mfa_device_resource
from strongroom.api.iam.tag_rules import checked_tags, tag_page, with_tags, without_tags
from strongroom.api.iam.types import Marker, MaxItems, NextMarker, SerialNumber, Tag, TagKeys, Tags
from strongroom.api.supplies import TagsParameter
from strongroom.protocol.structures import AwsStruct


class TagMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """TagMFADevice."""

    serial_number: SerialNumber
    tags: Tags


class UntagMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """UntagMFADevice."""

    serial_number: SerialNumber
    tag_keys: TagKeys


class ListMFADeviceTagsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListMFADeviceTags."""

    serial_number: SerialNumber
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListMFADeviceTagsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListMFADeviceTags."""

    tags: list[Tag]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(
    Needs("iam:TagMFADevice", resource=mfa_device_resource(), tags=TagsParameter("tags")),
    logs=("serial_number", "tags"),
    name="TagMFADevice",
)
def tag_mfa_device(context: ChangeContext, request: TagMFADeviceRequest) -> None:
    """Add tags to a device, or new values to tags that it has."""
    tags = checked_tags(request.tags)
    device = find_mfa_device(context.change, context.scope.account_id, request.serial_number)
    context.change.identities.put(msgspec.structs.replace(device, tags=with_tags(device.tags, tags)))


@operation(
    Needs("iam:UntagMFADevice", resource=mfa_device_resource(), tags=TagsParameter("tag_keys")),
    logs=("serial_number", "tag_keys"),
    name="UntagMFADevice",
)
def untag_mfa_device(context: ChangeContext, request: UntagMFADeviceRequest) -> None:
    """Take tags from a device."""
    device = find_mfa_device(context.change, context.scope.account_id, request.serial_number)
    context.change.identities.put(msgspec.structs.replace(device, tags=without_tags(device.tags, request.tag_keys)))


@operation(
    Needs("iam:ListMFADeviceTags", resource=mfa_device_resource()),
    logs=("serial_number", "marker", "max_items"),
    name="ListMFADeviceTags",
)
def list_mfa_device_tags(context: ReadContext, request: ListMFADeviceTagsRequest) -> ListMFADeviceTagsResponse:
    """List a device's tags."""
    device = find_mfa_device(context.reader, context.scope.account_id, request.serial_number)
    tags, marker = tag_page(f"ListMFADeviceTags {device.arn}", device.tags, request.marker, request.max_items)
    return ListMFADeviceTagsResponse(tags=tags, is_truncated=marker is not None, marker=marker)


OPERATIONS = (tag_mfa_device, untag_mfa_device, list_mfa_device_tags)
