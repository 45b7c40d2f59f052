"""Virtual MFA devices: CreateVirtualMFADevice, DeleteVirtualMFADevice, ListVirtualMFADevices.

Source: IAM API Reference, the operations' own pages. Of the kinds of devices only virtual ones are known here.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.descriptions import UserDescription, listed_user, root_user, shown_time
from strongroom.api.iam.entities import find_mfa_device
from strongroom.api.iam.finders import mfa_device_resource, new_resource
from strongroom.api.iam.paging import page
from strongroom.api.iam.rules import NAME
from strongroom.api.iam.tag_rules import checked_tags, tag_list
from strongroom.api.iam.types import Marker, MaxItems, NextMarker, Path, SerialNumber, Tag, Tags
from strongroom.api.supplies import TagsParameter
from strongroom.authn.totp import base32_seed, new_seed, provisioning_uri, qr_png
from strongroom.custody.secrets import wrap_mfa_seed
from strongroom.model.account import AccountSettings
from strongroom.model.identity import User, VirtualMfaDevice
from strongroom.model.identity_errors import DeleteConflictError, EntityAlreadyExistsError, InvalidInputError
from strongroom.protocol.structures import AwsStruct, Timestamp
from strongroom.protocol.validation import broken_constraint
from strongroom.storage.store import Change, Reader

DeviceName = Annotated[str, Meta(min_length=1, extra={"rule": NAME})]

# The model has no limit; AWS documents this one.
_LONGEST_NAME: Final = 226
_LONGEST_SERIAL_NUMBER: Final = 256


class VirtualMFADevice(AwsStruct, frozen=True, kw_only=True):
    """A virtual MFA device; seed and picture of a new one are shown once."""

    serial_number: str
    base32_string_seed: bytes | None = msgspec.field(default=None, name="Base32StringSeed")
    qr_code_png: bytes | None = msgspec.field(default=None, name="QRCodePNG")
    user: UserDescription | None = None
    enable_date: Timestamp | None = None
    tags: list[Tag] | None = None


class CreateVirtualMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateVirtualMFADevice."""

    path: Path | None = None
    virtual_mfa_device_name: DeviceName = msgspec.field(name="VirtualMFADeviceName")
    tags: Tags | None = None


class CreateVirtualMFADeviceResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateVirtualMFADevice."""

    virtual_mfa_device: VirtualMFADevice = msgspec.field(name="VirtualMFADevice")


class DeleteVirtualMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteVirtualMFADevice."""

    serial_number: SerialNumber


class ListVirtualMFADevicesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListVirtualMFADevices."""

    assignment_status: Literal["Assigned", "Unassigned", "Any"] | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListVirtualMFADevicesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListVirtualMFADevices."""

    virtual_mfa_devices: list[VirtualMFADevice] = msgspec.field(name="VirtualMFADevices")
    is_truncated: bool
    marker: NextMarker | None = None


def _check_name(request: CreateVirtualMFADeviceRequest) -> None:
    name = request.virtual_mfa_device_name
    if len(name) > _LONGEST_NAME:
        text = f"Member must have length less than or equal to {_LONGEST_NAME}"
        raise broken_constraint(name, "virtualMFADeviceName", text)


_NEW_DEVICE = new_resource(VirtualMfaDevice, "virtual_mfa_device_name")


def _without_secrets(_context: Context, response: CreateVirtualMFADeviceResponse) -> dict[str, object]:
    return {"virtualMFADevice": VirtualMFADevice(serial_number=response.virtual_mfa_device.serial_number)}


@operation(
    Needs(
        "iam:CreateVirtualMFADevice",
        resource=_NEW_DEVICE,
        tags=TagsParameter("tags"),
    ),
    Needs("iam:TagMFADevice", resource=_NEW_DEVICE, tags=TagsParameter("tags"), when="tags"),
    check=_check_name,
    logs=("path", "virtual_mfa_device_name", "tags"),
    elements=_without_secrets,
    name="CreateVirtualMFADevice",
)
def create_virtual_mfa_device(
    context: ChangeContext, request: CreateVirtualMFADeviceRequest
) -> CreateVirtualMFADeviceResponse:
    """Make a device, which is nobody's until it is enabled."""
    account_id = context.scope.account_id
    tags = checked_tags(request.tags)
    if context.change.identities.find(VirtualMfaDevice, account_id, request.virtual_mfa_device_name) is not None:
        raise EntityAlreadyExistsError("MFADevice entity at the same path and name already exists.")
    seed = new_seed()
    device = VirtualMfaDevice(
        account_id=account_id,
        path=request.path or "/",
        device_name=request.virtual_mfa_device_name,
        creation_date=context.now,
        store_key=0,
        wrapped_seed=b"",
        tags=tags,
    )
    if len(device.arn) > _LONGEST_SERIAL_NUMBER:
        raise InvalidInputError(
            f"The serial number of the device would have more than {_LONGEST_SERIAL_NUMBER} characters."
        )
    wrapped = wrap_mfa_seed(context.store_keys, device.arn, seed)
    context.change.identities.put(
        msgspec.structs.replace(device, store_key=wrapped.store_key, wrapped_seed=wrapped.sealed)
    )
    uri = provisioning_uri(seed, device.device_name, _account_name(context.change, account_id))
    return CreateVirtualMFADeviceResponse(
        virtual_mfa_device=VirtualMFADevice(
            serial_number=device.arn,
            base32_string_seed=base32_seed(seed).encode(),
            qr_code_png=qr_png(uri),
            tags=tag_list(tags),
        )
    )


@operation(
    Needs("iam:DeleteVirtualMFADevice", resource=mfa_device_resource()),
    logs=("serial_number",),
    name="DeleteVirtualMFADevice",
)
def delete_virtual_mfa_device(context: ChangeContext, request: DeleteVirtualMFADeviceRequest) -> None:
    """Delete a device that is nobody's."""
    device = find_mfa_device(context.change, context.scope.account_id, request.serial_number)
    if device.user_id is not None:
        raise DeleteConflictError("MFA VirtualDevice in use. Must deactivate first.")
    context.change.identities.delete(device)


@operation(
    Needs("iam:ListVirtualMFADevices"),
    logs=("assignment_status", "marker", "max_items"),
    name="ListVirtualMFADevices",
)
def list_virtual_mfa_devices(
    context: ReadContext, request: ListVirtualMFADevicesRequest
) -> ListVirtualMFADevicesResponse:
    """List the devices of the account, without their secrets."""
    status = request.assignment_status or "Any"
    devices = [
        device
        for device in context.reader.identities.all(VirtualMfaDevice, context.scope.account_id)
        if status == "Any" or (device.user_id is not None) is (status == "Assigned")
    ]
    shown, marker = page(
        f"ListVirtualMFADevices {status}", devices, lambda device: device.name, request.marker, request.max_items
    )
    return ListVirtualMFADevicesResponse(
        virtual_mfa_devices=[_listed(context.reader, device) for device in shown],
        is_truncated=marker is not None,
        marker=marker,
    )


def _listed(reader: Reader, device: VirtualMfaDevice) -> VirtualMFADevice:
    return VirtualMFADevice(
        serial_number=device.arn, user=_user_of(reader, device), enable_date=shown_time(device.enable_date)
    )


def _user_of(reader: Reader, device: VirtualMfaDevice) -> UserDescription | None:
    if device.user_id is None:
        return None
    user = reader.identities.by_id(User, device.user_id)
    return root_user(reader, device.account_id) if user is None else listed_user(user)


def _account_name(change: Change, account_id: str) -> str:
    settings = change.identities.find(AccountSettings, account_id, "")
    return (settings and settings.alias) or account_id


OPERATIONS = (
    create_virtual_mfa_device,
    delete_virtual_mfa_device,
    list_virtual_mfa_devices,
)
