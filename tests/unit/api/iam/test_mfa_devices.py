"""Virtual MFA devices, their tags, and whose they are."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from strongroom.custody.secrets import unwrap_mfa_seed
from strongroom.model.account import AccountSettings
from strongroom.model.identity import VirtualMfaDevice
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Caller, Refused
from tests.support.one_time_codes import codes

if TYPE_CHECKING:
    from tests.support.in_process import InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
WRONG: Final = Refused("InvalidAuthenticationCode", "Authentication code for device is not valid.")
NOT_THE_USERS: Final = Refused("NoSuchEntity", "MFA Device invalid for user.")
IN_USE: Final = Refused("EntityAlreadyExists", "MFA Device is already in use.")


class Device:
    """A device, and the app that shows its codes."""

    def __init__(self, iam: Caller, name: str = "phone", **members: object) -> None:
        self.made = iam("CreateVirtualMFADevice", VirtualMFADeviceName=name, **members)["VirtualMFADevice"]
        self.serial: str = self.made["SerialNumber"]

    def shown(self, ahead: int = 0) -> dict[str, str]:
        """Give the members of a request that shows two codes."""
        first, second = codes(self.made["Base32StringSeed"], ahead)
        return {"SerialNumber": self.serial, "AuthenticationCode1": first, "AuthenticationCode2": second}

    def kept(self, service: InProcess) -> VirtualMfaDevice:
        with service.store.read() as reader:
            device = reader.identities.by_arn(VirtualMfaDevice, self.serial)
        assert device is not None
        return device


@pytest.fixture
def device(iam: Caller) -> Device:
    """Give a device, and a user Bob whose it is not yet."""
    iam("CreateUser", UserName="Bob")
    return Device(iam)


def test_a_new_device_is_nobodys(service: InProcess, iam: Caller) -> None:
    made = Device(iam, Path="/a/", Tags=[{"Key": "team", "Value": "payments"}]).made
    assert made["SerialNumber"] == f"{ARN}:mfa/a/phone"
    assert made["Tags"] == [{"Key": "team", "Value": "payments"}]
    assert made["QRCodePNG"].startswith(b"\x89PNG")
    record = service.records[-1]
    assert record["requestParameters"]["virtualMFADeviceName"] == "phone"
    assert record["responseElements"] == {"virtualMFADevice": {"serialNumber": made["SerialNumber"]}}
    assert iam("ListVirtualMFADevices") == {
        "VirtualMFADevices": [{"SerialNumber": made["SerialNumber"]}],
        "IsTruncated": False,
    }


def test_the_seed_is_kept_wrapped(service: InProcess, device: Device) -> None:
    seed = base64.b32decode(device.made["Base32StringSeed"])
    kept = device.kept(service)
    assert seed not in kept.wrapped_seed
    assert unwrap_mfa_seed(service.opened.store_keys, kept) == seed


@pytest.mark.parametrize("alias", [None, "example"])
def test_the_qr_code_names_the_account(
    service: InProcess, iam: Caller, monkeypatch: pytest.MonkeyPatch, alias: str | None
) -> None:
    drawn: list[str] = []

    def draw(uri: str) -> bytes:
        drawn.append(uri)
        return b"a picture"

    monkeypatch.setattr("strongroom.api.iam.mfa_devices.qr_png", draw)
    with service.store.change() as change:
        change.identities.put(AccountSettings(account_id=ACCOUNT, alias=alias))
    made = Device(iam).made
    assert made["QRCodePNG"] == b"a picture"
    assert drawn == [f"otpauth://totp/phone@{alias or ACCOUNT}?secret={made['Base32StringSeed'].decode()}"]


def test_names_are_checked(iam: Caller, device: Device) -> None:
    assert iam.refused("CreateVirtualMFADevice", VirtualMFADeviceName="PHONE", Path="/other/") == Refused(
        "EntityAlreadyExists", "MFADevice entity at the same path and name already exists."
    )
    assert iam.refused("CreateVirtualMFADevice", VirtualMFADeviceName="a/b") == Refused(
        "ValidationError",
        "The specified value for virtualMFADeviceName is invalid. "
        "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    )
    code, message = iam.refused("CreateVirtualMFADevice", VirtualMFADeviceName="a" * 227)
    assert code == "ValidationError"
    assert message.endswith("Member must have length less than or equal to 226")
    assert device.serial == f"{ARN}:mfa/phone"


def test_a_serial_number_can_always_be_named(iam: Caller) -> None:
    assert iam.refused("CreateVirtualMFADevice", VirtualMFADeviceName="a" * 200, Path=f"/{'b' * 100}/") == Refused(
        "InvalidInput", "The serial number of the device would have more than 256 characters."
    )


def test_two_codes_in_succession_make_it_a_users(service: InProcess, iam: Caller, device: Device) -> None:
    iam("EnableMFADevice", UserName="bob", **device.shown())
    assert service.records[-1]["requestParameters"] == {"userName": "bob", "serialNumber": device.serial}
    enabled = iam("GetMFADevice", SerialNumber=device.serial, UserName="Bob")
    assert (enabled["UserName"], enabled["SerialNumber"]) == ("Bob", device.serial)
    assert iam("ListMFADevices", UserName="Bob") == {"MFADevices": [enabled], "IsTruncated": False}
    (listed,) = iam("ListVirtualMFADevices", AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert listed.keys() == {"SerialNumber", "User", "EnableDate"}
    assert listed["User"]["UserName"] == "Bob"
    assert iam("ListVirtualMFADevices", AssignmentStatus="Unassigned")["VirtualMFADevices"] == []
    iam("CreateUser", UserName="Carol")
    assert iam.refused("EnableMFADevice", UserName="Carol", **device.shown()) == IN_USE
    assert iam.refused("DeleteVirtualMFADevice", SerialNumber=device.serial) == Refused(
        "DeleteConflict", "MFA VirtualDevice in use. Must deactivate first."
    )


def test_wrong_codes_do_not(service: InProcess, iam: Caller, device: Device) -> None:
    shown = device.shown()
    swapped = {
        **shown,
        "AuthenticationCode1": shown["AuthenticationCode2"],
        "AuthenticationCode2": shown["AuthenticationCode1"],
    }
    for wrong in (swapped, device.shown(ahead=20), {**shown, "AuthenticationCode1": shown["AuthenticationCode2"]}):
        assert iam.refused("EnableMFADevice", UserName="Bob", **wrong) == WRONG
    assert device.kept(service).user_id is None
    code, message = iam.refused("EnableMFADevice", UserName="Bob", **{**shown, "AuthenticationCode1": "secret"})
    assert code == "ValidationError"
    assert "'secret'" not in message


def test_a_user_has_eight_devices_at_most(
    service: InProcess, iam: Caller, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("strongroom.api.iam.mfa_assignments.MFA_DEVICES_PER_USER", 1)
    iam("EnableMFADevice", UserName="Bob", **device.shown())
    second = Device(iam, "tablet")
    assert iam.refused("EnableMFADevice", UserName="Bob", **second.shown()) == Refused(
        "LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 1"
    )
    assert second.kept(service).user_id is None


def test_codes_are_used_once(service: InProcess, iam: Caller, device: Device) -> None:
    shown = device.shown()
    iam("EnableMFADevice", UserName="Bob", **shown)
    iam("DeactivateMFADevice", UserName="Bob", SerialNumber=device.serial)
    assert iam.refused("EnableMFADevice", UserName="Bob", **shown) == WRONG
    with service.store.change() as change:
        change.identities.put(msgspec.structs.replace(device.kept(service), last_step=0))
    iam("EnableMFADevice", UserName="Bob", **device.shown())


def test_a_device_is_synchronised_by_two_codes(service: InProcess, iam: Caller, device: Device) -> None:
    assert iam.refused("ResyncMFADevice", UserName="Bob", **device.shown()) == NOT_THE_USERS
    iam("EnableMFADevice", UserName="Bob", **device.shown())
    enabled = device.kept(service)
    with service.store.change() as change:
        change.identities.put(msgspec.structs.replace(enabled, last_step=0))
    assert iam.refused("ResyncMFADevice", UserName="Bob", **device.shown(ahead=20)) == WRONG
    iam("ResyncMFADevice", UserName="Bob", **device.shown())
    assert device.kept(service).last_step >= enabled.last_step
    assert device.kept(service).user_id == enabled.user_id


def test_a_deactivated_device_is_nobodys(service: InProcess, iam: Caller, device: Device) -> None:
    iam("EnableMFADevice", UserName="Bob", **device.shown())
    iam("CreateUser", UserName="Carol")
    for operation in ("DeactivateMFADevice", "GetMFADevice"):
        assert iam.refused(operation, UserName="Carol", SerialNumber=device.serial) == NOT_THE_USERS
    iam("DeactivateMFADevice", UserName="Bob", SerialNumber=device.serial)
    assert iam("ListMFADevices", UserName="Bob")["MFADevices"] == []
    assert (device.kept(service).user_id, device.kept(service).enable_date) == (None, None)
    iam("DeleteVirtualMFADevice", SerialNumber=device.serial)
    assert iam("ListVirtualMFADevices")["VirtualMFADevices"] == []


def test_what_is_not_there_cannot_be_found(service: InProcess, iam: Caller, device: Device) -> None:
    service.add_account()
    others = Device(service.root(account_id=OTHER_ACCOUNT, api="iam")).serial
    missing = f"{ARN}:mfa/missing"
    refusal = Refused("NoSuchEntity", f"VirtualMFADevice with serial number {missing} doesn't exist.")
    user: dict[str, Any] = {"UserName": "Bob", "SerialNumber": missing}
    for operation, members in (
        ("EnableMFADevice", {**device.shown(), **user}),
        ("ResyncMFADevice", {**device.shown(), **user}),
        ("DeactivateMFADevice", user),
        ("GetMFADevice", user),
        ("DeleteVirtualMFADevice", {"SerialNumber": missing}),
        ("TagMFADevice", {"SerialNumber": missing, "Tags": []}),
        ("UntagMFADevice", {"SerialNumber": missing, "TagKeys": []}),
        ("ListMFADeviceTags", {"SerialNumber": missing}),
    ):
        assert iam.refused(operation, **members) == refusal
    assert iam.refused("EnableMFADevice", **{**device.shown(), "UserName": "nobody"}) == Refused(
        "NoSuchEntity", "The user with name nobody cannot be found."
    )
    assert iam.refused("GetMFADevice", UserName="Bob", SerialNumber=others).code == "NoSuchEntity"
    assert iam.refused("DeleteVirtualMFADevice", SerialNumber=others).code == "AccessDenied"


def test_the_root_user_has_devices_of_its_own(iam: Caller, device: Device) -> None:
    iam("EnableMFADevice", UserName="root", **device.shown())
    (own,) = iam("ListMFADevices")["MFADevices"]
    assert (own["UserName"], own["SerialNumber"]) == ("root", device.serial)
    assert iam("GetMFADevice", SerialNumber=device.serial)["SerialNumber"] == device.serial
    (listed,) = iam("ListVirtualMFADevices")["VirtualMFADevices"]
    assert listed["User"]["Arn"] == f"{ARN}:root"
    iam("DeactivateMFADevice", SerialNumber=device.serial)
    assert iam("ListMFADevices")["MFADevices"] == []


def test_a_user_called_root_is_meant_where_there_is_one(service: InProcess, iam: Caller, device: Device) -> None:
    iam("CreateUser", UserName="Root")
    iam("EnableMFADevice", UserName="root", **device.shown())
    assert iam("ListMFADevices")["MFADevices"] == []
    assert device.kept(service).user_id == iam("GetUser", UserName="Root")["User"]["UserId"]


def test_lists_are_in_pages(iam: Caller, device: Device) -> None:
    second = Device(iam, "Tablet")
    iam("EnableMFADevice", UserName="Bob", **device.shown())
    iam("EnableMFADevice", UserName="Bob", **second.shown())
    for listing, member in (("ListMFADevices", "MFADevices"), ("ListVirtualMFADevices", "VirtualMFADevices")):
        whose = {"UserName": "Bob"} if listing == "ListMFADevices" else {}
        first = iam(listing, MaxItems=1, **whose)
        rest = iam(listing, MaxItems=1, Marker=first["Marker"], **whose)
        assert [each["SerialNumber"] for each in first[member] + rest[member]] == [device.serial, second.serial]


def test_tags_come_and_go(iam: Caller, device: Device) -> None:
    iam("TagMFADevice", SerialNumber=device.serial, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}])
    listed = iam("ListMFADeviceTags", SerialNumber=device.serial)
    assert listed == {"Tags": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}], "IsTruncated": False}
    first = iam("ListMFADeviceTags", SerialNumber=device.serial, MaxItems=1)
    assert iam("ListMFADeviceTags", SerialNumber=device.serial, Marker=first["Marker"])["Tags"] == listed["Tags"][1:]
    iam("UntagMFADevice", SerialNumber=device.serial, TagKeys=["a"])
    assert iam("ListMFADeviceTags", SerialNumber=device.serial)["Tags"] == listed["Tags"][1:]
