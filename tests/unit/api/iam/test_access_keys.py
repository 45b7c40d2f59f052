"""CreateAccessKey, UpdateAccessKey, DeleteAccessKey, ListAccessKeys, GetAccessKeyLastUsed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.custody.secrets import unwrap_secret_access_key
from strongroom.model.account import AccessKeyUse
from strongroom.model.principal import role_session_principal
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ALLOW_OWN: Final = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"},
}
UNKNOWN: Final = "AKIAIOSFODNN7EXAMPLE"


def unknown(access_key_id: str) -> Refused:
    return Refused("NoSuchEntity", f"The Access Key with id {access_key_id} cannot be found.")


def test_a_new_access_key_signs_for_its_user(service: InProcess, iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    made = iam("CreateAccessKey", UserName="bob")["AccessKey"]
    record = service.records[-1]
    assert (made["UserName"], made["Status"]) == ("Bob", "Active")
    assert made["AccessKeyId"].startswith("AKIA")
    assert record["responseElements"]["accessKey"].keys() == {"userName", "accessKeyId", "status", "createDate"}
    bob = service.signing(made, api="iam")
    assert bob.refused("ListUsers").message.startswith(f"User: arn:aws:iam::{ACCOUNT}:user/Bob is not authorized")


def test_the_secret_is_kept_wrapped_for_its_owner(service: InProcess, iam: Caller) -> None:
    made = service.new_user("Bob")
    with service.store.read() as reader:
        kept = reader.accounts.find_access_key(made["AccessKeyId"])
    assert kept is not None
    assert made["SecretAccessKey"].encode() not in kept.wrapped_secret
    assert kept.owner_id == iam("GetUser", UserName="Bob")["User"]["UserId"]
    assert unwrap_secret_access_key(service.opened.store_keys, kept) == made["SecretAccessKey"]


def test_a_user_has_two_access_keys_at_most(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    keys = [iam("CreateAccessKey", UserName="Bob")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    assert iam.refused("CreateAccessKey", UserName="Bob") == Refused(
        "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"
    )
    listed = iam("ListAccessKeys", UserName="Bob")
    assert {each["AccessKeyId"] for each in listed["AccessKeyMetadata"]} == set(keys)
    assert listed["AccessKeyMetadata"][0].keys() == {"UserName", "AccessKeyId", "Status", "CreateDate"}
    first = iam("ListAccessKeys", UserName="Bob", MaxItems=1)
    second = iam("ListAccessKeys", UserName="Bob", MaxItems=1, Marker=first["Marker"])
    assert first["AccessKeyMetadata"] + second["AccessKeyMetadata"] == listed["AccessKeyMetadata"]


def test_a_deactivated_access_key_does_not_sign(service: InProcess, iam: Caller) -> None:
    made = service.new_user("Bob")
    bob = service.signing(made, api="iam")
    iam("UpdateAccessKey", UserName="Bob", AccessKeyId=made["AccessKeyId"], Status="Inactive")
    assert bob.refused("ListUsers").code == "InvalidClientTokenId"
    assert iam("ListAccessKeys", UserName="Bob")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    iam("UpdateAccessKey", UserName="Bob", AccessKeyId=made["AccessKeyId"], Status="Active")
    assert bob.refused("ListUsers").code == "AccessDenied"
    assert iam.refused("UpdateAccessKey", UserName="Bob", AccessKeyId=made["AccessKeyId"], Status="Expired") == Refused(
        "ValidationError", "An access key can be set to Active or Inactive only."
    )
    iam("DeleteAccessKey", UserName="Bob", AccessKeyId=made["AccessKeyId"])
    assert bob.refused("ListUsers").code == "InvalidClientTokenId"
    assert iam("ListAccessKeys", UserName="Bob")["AccessKeyMetadata"] == []


def test_without_a_name_it_is_about_who_asks(service: InProcess) -> None:
    bob = service.signing(service.new_user("Bob", ALLOW_OWN), api="iam")
    made = bob("CreateAccessKey")["AccessKey"]["AccessKeyId"]
    assert len(bob("ListAccessKeys")["AccessKeyMetadata"]) == 2
    bob("UpdateAccessKey", AccessKeyId=made, Status="Inactive")
    bob("DeleteAccessKey", AccessKeyId=made)
    assert len(bob("ListAccessKeys")["AccessKeyMetadata"]) == 1


def test_the_root_user_has_access_keys_of_its_own(service: InProcess, iam: Caller) -> None:
    made = iam("CreateAccessKey")["AccessKey"]
    assert made["UserName"] == "root"
    second = service.signing(made, api="iam")
    assert second("GetUser")["User"]["UserId"] == ACCOUNT
    assert len(second("ListAccessKeys")["AccessKeyMetadata"]) == 2
    assert iam("GetAccessKeyLastUsed", AccessKeyId=made["AccessKeyId"])["UserName"] == "root"
    iam("DeleteAccessKey", AccessKeyId=made["AccessKeyId"])
    assert second.refused("GetUser").code == "InvalidClientTokenId"


def test_a_session_of_a_role_has_to_name_a_user(service: InProcess) -> None:
    session = role_session_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/Clerk", "AROAEXAMPLE", "morning")
    held: Any = service.as_principal(session).client
    credentials = held._request_signer._credentials  # noqa: SLF001 - there is no other way to them
    clerk = service.signing(
        {
            "AccessKeyId": credentials.access_key,
            "SecretAccessKey": credentials.secret_key,
            "SessionToken": credentials.token,
        },
        api="iam",
    )
    assert clerk.refused("CreateAccessKey") == Refused(
        "ValidationError", "Must specify userName when calling with non-User credentials"
    )


@pytest.mark.parametrize("operation", ["UpdateAccessKey", "DeleteAccessKey"])
def test_access_keys_of_others_are_not_touched(service: InProcess, iam: Caller, operation: str) -> None:
    members = {"Status": "Inactive"} if operation == "UpdateAccessKey" else {}
    carols = service.new_user("Carol")["AccessKeyId"]
    service.new_user("Bob")
    for access_key_id in (carols, UNKNOWN):
        assert iam.refused(operation, UserName="Bob", AccessKeyId=access_key_id, **members) == unknown(access_key_id)
    assert iam.refused(operation, UserName="nobody", AccessKeyId=carols, **members).code == "NoSuchEntity"
    assert iam("ListAccessKeys", UserName="Carol")["AccessKeyMetadata"][0]["Status"] == "Active"


def test_who_is_not_there_has_no_access_keys(iam: Caller) -> None:
    refusal = Refused("NoSuchEntity", "The user with name nobody cannot be found.")
    assert iam.refused("CreateAccessKey", UserName="nobody") == refusal
    assert iam.refused("ListAccessKeys", UserName="nobody") == refusal


def test_the_last_use_is_told(service: InProcess, iam: Caller) -> None:
    access_key_id = service.new_user("Bob")["AccessKeyId"]
    never = {"ServiceName": "N/A", "Region": "N/A"}
    assert iam("GetAccessKeyLastUsed", AccessKeyId=access_key_id) == {"UserName": "Bob", "AccessKeyLastUsed": never}
    used = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
    with service.store.change() as change:
        change.accounts.record_use([AccessKeyUse(access_key_id, used.timestamp(), "eu-central-1", "kms")])
    told = iam("GetAccessKeyLastUsed", AccessKeyId=access_key_id)["AccessKeyLastUsed"]
    assert told == {"LastUsedDate": used, "ServiceName": "kms", "Region": "eu-central-1"}


def test_whose_access_key_it_is_is_not_told_to_others(service: InProcess, iam: Caller) -> None:
    service.add_account()
    other = service.root(account_id=OTHER_ACCOUNT, api="iam")
    others = service.new_user("Olga", account_id=OTHER_ACCOUNT)["AccessKeyId"]
    others_root = other("CreateAccessKey")["AccessKey"]["AccessKeyId"]
    for access_key_id in (others, others_root):
        assert iam.refused("GetAccessKeyLastUsed", AccessKeyId=access_key_id).code == "NoSuchEntity"
    assert iam.refused("GetAccessKeyLastUsed", AccessKeyId=UNKNOWN) == unknown(UNKNOWN)
    bob = service.signing(service.new_user("Bob"), api="iam")
    refused = bob.refused("GetAccessKeyLastUsed", AccessKeyId=UNKNOWN)
    assert "on resource: * because" in refused.message


def test_records_show_no_secret(service: InProcess, iam: Caller) -> None:
    secret = iam("CreateAccessKey")["AccessKey"]["SecretAccessKey"]
    assert secret not in json.dumps(service.records)
