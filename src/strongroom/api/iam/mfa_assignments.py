"""Whose MFA devices are: EnableMFADevice, DeactivateMFADevice, ResyncMFADevice, GetMFADevice, ListMFADevices.

Codes are of the time on the wall, which is what devices know.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Final

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.descriptions import shown_time
from strongroom.api.iam.entities import find_mfa_device, quota_exceeded
from strongroom.api.iam.finders import user_resource
from strongroom.api.iam.owners import ROOT_NAME, Owner, find_owner
from strongroom.api.iam.paging import page
from strongroom.api.iam.types import (
    AuthenticationCode,
    ExistingUserName,
    Marker,
    MaxItems,
    NextMarker,
    SerialNumber,
    UserName,
)
from strongroom.authn.totp import matching_step_of_pair
from strongroom.custody.secrets import unwrap_mfa_seed
from strongroom.model.identity import User, VirtualMfaDevice
from strongroom.model.identity_errors import (
    EntityAlreadyExistsError,
    InvalidAuthenticationCodeError,
    NoSuchEntityError,
)
from strongroom.protocol.structures import AwsStruct, Timestamp
from strongroom.storage.store import Change, Reader

MFA_DEVICES_PER_USER: Final = 8


class MFADevice(AwsStruct, frozen=True, kw_only=True):
    """A device of a user."""

    user_name: str
    serial_number: str
    enable_date: Timestamp | None = None


class EnableMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """EnableMFADevice."""

    user_name: ExistingUserName
    serial_number: SerialNumber
    authentication_code1: AuthenticationCode
    authentication_code2: AuthenticationCode


class DeactivateMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """DeactivateMFADevice."""

    user_name: ExistingUserName | None = None
    serial_number: SerialNumber


class ResyncMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """ResyncMFADevice."""

    user_name: ExistingUserName
    serial_number: SerialNumber
    authentication_code1: AuthenticationCode
    authentication_code2: AuthenticationCode


class GetMFADeviceRequest(AwsStruct, frozen=True, kw_only=True):
    """GetMFADevice."""

    serial_number: SerialNumber
    user_name: UserName | None = None


class GetMFADeviceResponse(AwsStruct, frozen=True, kw_only=True):
    """GetMFADevice."""

    user_name: str
    serial_number: str
    enable_date: Timestamp | None = None


class ListMFADevicesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListMFADevices."""

    user_name: ExistingUserName | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListMFADevicesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListMFADevices."""

    mfa_devices: list[MFADevice] = msgspec.field(name="MFADevices")
    is_truncated: bool
    marker: NextMarker | None = None


@operation(
    Needs("iam:EnableMFADevice", resource=user_resource()),
    logs=("user_name", "serial_number"),
    name="EnableMFADevice",
)
def enable_mfa_device(context: ChangeContext, request: EnableMFADeviceRequest) -> None:
    """Give a device to a user who shows two codes of it in succession."""
    device = find_mfa_device(context.change, context.scope.account_id, request.serial_number)
    owner = _owner(context, context.change, request.user_name)
    if device.user_id is not None:
        raise EntityAlreadyExistsError("MFA Device is already in use.")
    if len(_devices_of(context.change, context.scope.account_id, owner)) >= MFA_DEVICES_PER_USER:
        raise quota_exceeded("MFADevicesPerUser", MFA_DEVICES_PER_USER)
    device = _with_codes(context, device, request)
    context.change.identities.put(msgspec.structs.replace(device, user_id=owner.owner_id, enable_date=context.now))


@operation(
    Needs("iam:DeactivateMFADevice", resource=user_resource()),
    logs=("user_name", "serial_number"),
    name="DeactivateMFADevice",
)
def deactivate_mfa_device(context: ChangeContext, request: DeactivateMFADeviceRequest) -> None:
    """Take a device from its user; codes that it has shown stay used."""
    owner = _owner(context, context.change, request.user_name)
    device = _device_of(context.change, context.scope.account_id, owner, request.serial_number)
    context.change.identities.put(msgspec.structs.replace(device, user_id=None, enable_date=None))


@operation(
    Needs("iam:ResyncMFADevice", resource=user_resource()),
    logs=("user_name", "serial_number"),
    name="ResyncMFADevice",
)
def resync_mfa_device(context: ChangeContext, request: ResyncMFADeviceRequest) -> None:
    """Check two codes of a device in succession; all codes up to them are used then."""
    owner = _owner(context, context.change, request.user_name)
    device = _device_of(context.change, context.scope.account_id, owner, request.serial_number)
    context.change.identities.put(_with_codes(context, device, request))


@operation(
    Needs("iam:GetMFADevice", resource=user_resource()), logs=("serial_number", "user_name"), name="GetMFADevice"
)
def get_mfa_device(context: ReadContext, request: GetMFADeviceRequest) -> GetMFADeviceResponse:
    """Tell of a device of a user, by default of who asks."""
    owner = _owner(context, context.reader, request.user_name)
    device = _device_of(context.reader, context.scope.account_id, owner, request.serial_number)
    return GetMFADeviceResponse(
        user_name=owner.name, serial_number=device.arn, enable_date=shown_time(device.enable_date)
    )


@operation(
    Needs("iam:ListMFADevices", resource=user_resource()),
    logs=("user_name", "marker", "max_items"),
    name="ListMFADevices",
)
def list_mfa_devices(context: ReadContext, request: ListMFADevicesRequest) -> ListMFADevicesResponse:
    """List the devices of a user, by default of who asks."""
    owner = _owner(context, context.reader, request.user_name)
    devices, marker = page(
        f"ListMFADevices {owner.owner_id}",
        _devices_of(context.reader, context.scope.account_id, owner),
        lambda device: device.name,
        request.marker,
        request.max_items,
    )
    return ListMFADevicesResponse(
        mfa_devices=[
            MFADevice(user_name=owner.name, serial_number=each.arn, enable_date=shown_time(each.enable_date))
            for each in devices
        ],
        is_truncated=marker is not None,
        marker=marker,
    )


def _owner(context: ReadContext | ChangeContext, reader: Reader | Change, user_name: str | None) -> Owner:
    """Give the user of a name; the root user, who has none, names itself `root` if no user is called so."""
    principal = context.principal
    if principal.type == "Root" and user_name == ROOT_NAME:
        known = reader.identities.find(User, principal.account_id, ROOT_NAME)
        return find_owner(reader, principal, None if known is None else ROOT_NAME)
    return find_owner(reader, principal, user_name)


def _devices_of(reader: Reader | Change, account_id: str, owner: Owner) -> list[VirtualMfaDevice]:
    devices = reader.identities.all(VirtualMfaDevice, account_id)
    return [device for device in devices if device.user_id == owner.owner_id]


def _device_of(reader: Reader | Change, account_id: str, owner: Owner, serial_number: str) -> VirtualMfaDevice:
    device = find_mfa_device(reader, account_id, serial_number)
    if device.user_id != owner.owner_id:
        raise NoSuchEntityError("MFA Device invalid for user.")
    return device


def _with_codes(
    context: ChangeContext, device: VirtualMfaDevice, request: EnableMFADeviceRequest | ResyncMFADeviceRequest
) -> VirtualMfaDevice:
    step = matching_step_of_pair(
        unwrap_mfa_seed(context.store_keys, device),
        request.authentication_code1,
        request.authentication_code2,
        context.wall,
        device.last_step,
    )
    if step is None:
        raise InvalidAuthenticationCodeError("Authentication code for device is not valid.")
    return msgspec.structs.replace(device, last_step=step)


OPERATIONS = (
    enable_mfa_device,
    deactivate_mfa_device,
    resync_mfa_device,
    get_mfa_device,
    list_mfa_devices,
)
