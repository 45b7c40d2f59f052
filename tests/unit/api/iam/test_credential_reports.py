"""GenerateCredentialReport, GetCredentialReport."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from strongroom.model.account import AccessKeyUse, AccountSettings
from strongroom.model.identity import User
from tests.support.in_process import ACCOUNT
from tests.support.one_time_codes import codes
from tests.unit.api.iam.makers import give_root_a_device

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

FORMER: Final = "former-Passw0rd"
USED: Final = 1_700_000_000.0
USED_TEXT: Final = "2023-11-14T22:13:20+00:00"
COLUMNS: Final = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)


def content(iam: Caller) -> str:
    assert iam("GenerateCredentialReport") == {"State": "COMPLETE"}
    answer = iam("GetCredentialReport")
    assert answer["ReportFormat"] == "text/csv"
    assert abs(answer["GeneratedTime"] - datetime.now(UTC)) < timedelta(minutes=1)
    text: str = answer["Content"].decode()
    return text


def rows(iam: Caller) -> dict[str, dict[str, str]]:
    return {row["user"]: row for row in csv.DictReader(io.StringIO(content(iam)))}


def enable_device(iam: Caller, name: str, **owner: str) -> None:
    device = iam("CreateVirtualMFADevice", VirtualMFADeviceName=name)["VirtualMFADevice"]
    first, second = codes(device["Base32StringSeed"])
    iam(
        "EnableMFADevice",
        **owner,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=first,
        AuthenticationCode2=second,
    )


def text_of(time: datetime) -> str:
    return time.replace(microsecond=0).isoformat()


def test_it_has_the_columns_of_aws_and_a_row_for_the_root_user(iam: Caller) -> None:
    header, root = content(iam).split("\n")
    assert header == COLUMNS
    row = dict(zip(header.split(","), root.split(","), strict=True))
    created = text_of(iam("GetUser")["User"]["CreateDate"])
    (access_key,) = iam("ListAccessKeys")["AccessKeyMetadata"]
    assert row == {
        "user": "<root_account>",
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "user_creation_time": created,
        "password_enabled": "not_supported",
        "password_last_used": "no_information",
        "password_last_changed": "not_supported",
        "password_next_rotation": "not_supported",
        "mfa_active": "false",
        "access_key_1_active": "true",
        "access_key_1_last_rotated": text_of(access_key["CreateDate"]),
        **dict.fromkeys((f"access_key_1_last_used_{what}" for what in ("date", "region", "service")), "N/A"),
        "access_key_2_active": "false",
        "access_key_2_last_rotated": "N/A",
        **dict.fromkeys((f"access_key_2_last_used_{what}" for what in ("date", "region", "service")), "N/A"),
        "cert_1_active": "false",
        "cert_1_last_rotated": "N/A",
        "cert_2_active": "false",
        "cert_2_last_rotated": "N/A",
    }


def test_users_have_rows_in_their_order(iam: Caller) -> None:
    for name in ("b", "A", "c,d"):
        iam("CreateUser", UserName=name)
    assert list(rows(iam)) == ["<root_account>", "A", "b", "c,d"]


def test_a_password_has_dates(service: InProcess, iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    columns = ("password_enabled", "password_last_used", "password_last_changed", "password_next_rotation")

    def password() -> list[str]:
        row = rows(iam)["Bob"]
        return [row[column] for column in columns]

    assert password() == ["false", "N/A", "N/A", "N/A"]
    profile: dict[str, Any] = iam("CreateLoginProfile", UserName="Bob", Password=FORMER)["LoginProfile"]
    changed = profile["CreateDate"]
    assert password() == ["true", "no_information", text_of(changed), "N/A"]
    iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=8)
    assert password()[3] == "N/A"
    iam("UpdateAccountPasswordPolicy", MaxPasswordAge=90)
    with service.store.change() as change:
        bob = change.identities.find(User, ACCOUNT, "Bob")
        assert bob is not None
        change.identities.put(msgspec.structs.replace(bob, password_last_used=USED))
    assert password() == ["true", USED_TEXT, text_of(changed), text_of(changed + timedelta(days=90))]


def test_access_keys_have_dates_and_uses(service: InProcess, iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    first, second = (iam("CreateAccessKey", UserName="Bob")["AccessKey"] for _ in range(2))
    iam("UpdateAccessKey", UserName="Bob", AccessKeyId=second["AccessKeyId"], Status="Inactive")
    with service.store.change() as change:
        change.accounts.record_use([AccessKeyUse(first["AccessKeyId"], USED, "eu-west-1", "kms")])
    row = rows(iam)["Bob"]
    assert [value for column, value in row.items() if column.startswith("access_key_")] == [
        *("true", text_of(first["CreateDate"]), USED_TEXT, "eu-west-1", "kms"),
        *("false", text_of(second["CreateDate"]), "N/A", "N/A", "N/A"),
    ]


def test_mfa_devices_are_active(iam: Caller) -> None:
    iam("CreateUser", UserName="Ann")
    iam("CreateUser", UserName="Bob")
    enable_device(iam, "bobs", UserName="Bob")
    assert {user: row["mfa_active"] for user, row in rows(iam).items()} == {
        "<root_account>": "false",
        "Ann": "false",
        "Bob": "true",
    }


def test_the_device_of_the_root_user_is_active(service: InProcess, iam: Caller) -> None:
    give_root_a_device(service)
    assert rows(iam)["<root_account>"]["mfa_active"] == "true"


def test_it_tells_when_the_root_user_last_signed_in(service: InProcess, iam: Caller) -> None:
    with service.store.change() as change:
        settings = change.identities.find(AccountSettings, ACCOUNT, "")
        assert settings is not None
        change.identities.put(msgspec.structs.replace(settings, root_password_last_used=USED))
    assert rows(iam)["<root_account>"]["password_last_used"] == USED_TEXT
