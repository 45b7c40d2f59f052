"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, TagUser, UntagUser, ListUserTags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import WaiterError

from strongroom.api.iam import entities
from strongroom.model.identity import User
from strongroom.model.principal import role_session_principal
from tests.support.in_process import ACCOUNT, Refused, allow
from tests.support.one_time_codes import codes

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
BOUNDARY: Final = "arn:aws:iam::aws:policy/PowerUserAccess"
ANYTHING: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
GOOD: Final = "good-Passw0rd"


def test_a_new_user_is_as_asked(iam: Caller) -> None:
    tags = [{"Key": "Team", "Value": "payments"}, {"Key": "cost centre", "Value": ""}]
    made = iam("CreateUser", UserName="Bob", Path="/division_abc/", PermissionsBoundary=BOUNDARY, Tags=tags)["User"]
    assert made["Arn"] == f"{ARN}:user/division_abc/Bob"
    assert (made["Path"], made["UserName"]) == ("/division_abc/", "Bob")
    assert made["UserId"].startswith("AIDA")
    assert len(made["UserId"]) == 21
    assert made["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": BOUNDARY,
    }
    assert made["Tags"] == tags
    assert "PasswordLastUsed" not in made
    assert iam("GetUser", UserName="bOB")["User"] == made


def test_a_record_shows_the_new_user(service: InProcess, iam: Caller) -> None:
    made = iam("CreateUser", UserName="Bob")["User"]
    record = service.records[-1]
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["requestParameters"] == {"userName": "Bob"}
    assert record["responseElements"]["user"]["userId"] == made["UserId"]
    assert record["resources"][0]["ARN"] == made["Arn"]


@pytest.mark.parametrize("name", ["Bob", "bob"])
def test_names_are_unique_whatever_their_case(iam: Caller, name: str) -> None:
    iam("CreateUser", UserName="Bob", Path="/a/")
    assert iam.refused("CreateUser", UserName=name) == Refused(
        "EntityAlreadyExists", f"User with name {name} already exists."
    )


def test_names_and_paths_are_checked_in_the_words_of_aws(iam: Caller) -> None:
    assert iam.refused("CreateUser", UserName="a b") == Refused(
        "ValidationError",
        "The specified value for userName is invalid. "
        "It must contain only alphanumeric characters and/or the following: +=,.@_-",
    )
    assert iam.refused("CreateUser", UserName="a", Path="/b") == Refused(
        "ValidationError",
        "The specified value for path is invalid. "
        "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    )
    code, message = iam.refused("CreateUser", UserName="a" * 65)
    assert code == "ValidationError"
    assert message.endswith("'userName' failed to satisfy constraint: Member must have length less than or equal to 64")
    assert iam.refused("CreateUser") == Refused(
        "ValidationError",
        "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null",
    )


def test_a_boundary_must_be_a_policy_that_is_there(iam: Caller) -> None:
    missing = f"{ARN}:policy/missing"
    assert iam.refused("CreateUser", UserName="Bob", PermissionsBoundary=missing) == Refused(
        "NoSuchEntity", f"Scope ARN: {missing} does not exist or is not attachable."
    )
    assert iam("ListUsers")["Users"] == []


def test_an_account_has_a_quota_of_users(iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entities._QUOTAS["user"] == ("UsersPerAccount", 5000)  # noqa: SLF001 - reaching it takes minutes
    monkeypatch.setattr(entities, "_QUOTAS", {"user": ("UsersPerAccount", 1)})
    iam("CreateUser", UserName="Bob")
    assert iam.refused("CreateUser", UserName="Carol") == Refused(
        "LimitExceeded", "Cannot exceed quota for UsersPerAccount: 1"
    )


def test_a_user_that_is_not_there_cannot_be_found(iam: Caller) -> None:
    refusal = Refused("NoSuchEntity", "The user with name nobody cannot be found.")
    assert iam.refused("GetUser", UserName="nobody") == refusal
    assert iam.refused("UpdateUser", UserName="nobody", NewUserName="b") == refusal
    assert iam.refused("DeleteUser", UserName="nobody") == refusal
    assert iam.refused("TagUser", UserName="nobody", Tags=[]) == refusal
    assert iam.refused("UntagUser", UserName="nobody", TagKeys=[]) == refusal
    assert iam.refused("ListUserTags", UserName="nobody") == refusal


def test_waiters_wait_for_users(iam: Caller) -> None:
    waiter: Any = iam.client.get_waiter("user_exists")
    once = {"Delay": 0, "MaxAttempts": 1}
    with pytest.raises(WaiterError):
        waiter.wait(UserName="Bob", WaiterConfig=once)
    iam("CreateUser", UserName="Bob")
    waiter.wait(UserName="Bob", WaiterConfig=once)


def test_without_a_name_it_is_about_who_asks(service: InProcess, iam: Caller) -> None:
    root = iam("GetUser")["User"]
    assert (root["UserId"], root["Arn"]) == (ACCOUNT, f"{ARN}:root")
    bob = service.signing(service.new_user("Bob", json.loads(ANYTHING)), api="iam")
    assert bob("GetUser")["User"]["UserName"] == "Bob"
    session = role_session_principal(ACCOUNT, f"{ARN}:role/Clerk", "AROAEXAMPLE", "morning")
    clerk = service.signing(_credentials(service, session), api="iam")
    assert clerk.refused("GetUser") == Refused(
        "ValidationError", "Must specify userName when calling with non-User credentials"
    )


def _credentials(service: InProcess, principal: object) -> dict[str, str]:
    held = service.as_principal(principal).client._request_signer._credentials  # type: ignore[arg-type,attr-defined] # noqa: SLF001 - there is no other way to them
    return {"AccessKeyId": held.access_key, "SecretAccessKey": held.secret_key, "SessionToken": held.token}


def test_users_of_other_accounts_are_not_seen(service: InProcess, iam: Caller) -> None:
    service.add_account()
    other = service.root(account_id="444455556666", api="iam")
    iam("CreateUser", UserName="Bob")
    assert other("ListUsers")["Users"] == []
    assert other.refused("GetUser", UserName="Bob").code == "NoSuchEntity"
    other("CreateUser", UserName="Bob")


def test_lists_are_sorted_short_and_in_pages(iam: Caller) -> None:
    for name, path in (("carol", "/"), ("Bob", "/eu/"), ("alice", "/eu/west/"), ("Dave", "/us/")):
        iam("CreateUser", UserName=name, Path=path, Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=BOUNDARY)
    listed = iam("ListUsers")
    assert [user["UserName"] for user in listed["Users"]] == ["alice", "Bob", "carol", "Dave"]
    assert listed["IsTruncated"] is False
    assert listed["Users"][0].keys() == {"Path", "UserName", "UserId", "Arn", "CreateDate"}
    assert [user["UserName"] for user in iam("ListUsers", PathPrefix="/eu/")["Users"]] == ["alice", "Bob"]
    first = iam("ListUsers", MaxItems=3)
    assert (len(first["Users"]), first["IsTruncated"]) == (3, True)
    second = iam("ListUsers", MaxItems=3, Marker=first["Marker"])
    assert [user["UserName"] for user in second["Users"]] == ["Dave"]
    assert second["IsTruncated"] is False
    assert "Marker" not in second
    assert iam.refused("ListUsers", Marker=first["Marker"], PathPrefix="/eu/") == Refused(
        "ValidationError", "Invalid Marker."
    )


def test_a_renamed_user_is_the_same_user(service: InProcess, iam: Caller) -> None:
    access_key = service.new_user("Bob")
    before = iam("GetUser", UserName="Bob")["User"]
    iam("UpdateUser", UserName="Bob", NewUserName="Robert", NewPath="/new/")
    after = iam("GetUser", UserName="Robert")["User"]
    assert after["UserId"] == before["UserId"]
    assert after["Arn"] == f"{ARN}:user/new/Robert"
    assert iam.refused("GetUser", UserName="Bob").code == "NoSuchEntity"
    bob = service.signing(access_key, api="iam")
    assert f"User: {ARN}:user/new/Robert is not" in bob.refused("ListUsers").message
    iam("UpdateUser", UserName="Robert", NewUserName="ROBERT")
    assert iam("GetUser", UserName="robert")["User"]["Path"] == "/new/"
    iam("UpdateUser", UserName="Robert")
    iam("CreateUser", UserName="Carol")
    assert iam.refused("UpdateUser", UserName="Robert", NewUserName="carol") == Refused(
        "EntityAlreadyExists", "User with name carol already exists."
    )


def test_a_user_is_deleted_when_nothing_hangs_on_it(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    iam("CreateGroup", GroupName="devs")
    device = iam("CreateVirtualMFADevice", VirtualMFADeviceName="phone")["VirtualMFADevice"]
    first, second = codes(device["Base32StringSeed"])
    serial = {"SerialNumber": device["SerialNumber"]}
    iam("EnableMFADevice", UserName="Bob", **serial, AuthenticationCode1=first, AuthenticationCode2=second)
    access_key = iam("CreateAccessKey", UserName="Bob")["AccessKey"]["AccessKeyId"]
    iam("CreateLoginProfile", UserName="Bob", Password=GOOD)
    iam("AddUserToGroup", UserName="Bob", GroupName="devs")
    iam("PutUserPolicy", UserName="Bob", PolicyName="p", PolicyDocument=ANYTHING)
    iam("AttachUserPolicy", UserName="Bob", PolicyArn=BOUNDARY)
    for remedy, operation, members in (
        ("must detach all policies first.", "DetachUserPolicy", {"PolicyArn": BOUNDARY}),
        ("must delete policies first.", "DeleteUserPolicy", {"PolicyName": "p"}),
        ("must remove users from group first.", "RemoveUserFromGroup", {"GroupName": "devs"}),
        ("must delete login profile first.", "DeleteLoginProfile", {}),
        ("must delete access keys first.", "DeleteAccessKey", {"AccessKeyId": access_key}),
        ("must delete MFA device first.", "DeactivateMFADevice", serial),
    ):
        assert iam.refused("DeleteUser", UserName="Bob") == Refused("DeleteConflict", f"Cannot delete entity, {remedy}")
        iam(operation, UserName="Bob", **members)
    iam("DeleteUser", UserName="Bob")
    assert iam("ListUsers")["Users"] == []


def test_tags_are_one_whatever_the_case_of_their_keys(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob", Tags=[{"Key": "Team", "Value": "1"}, {"Key": "other", "Value": "2"}])
    iam("TagUser", UserName="Bob", Tags=[{"Key": "team", "Value": "3"}])
    listed = iam("ListUserTags", UserName="Bob")
    assert listed["Tags"] == [{"Key": "other", "Value": "2"}, {"Key": "team", "Value": "3"}]
    first = iam("ListUserTags", UserName="Bob", MaxItems=1)
    assert iam("ListUserTags", UserName="Bob", Marker=first["Marker"])["Tags"] == listed["Tags"][1:]
    iam("UntagUser", UserName="Bob", TagKeys=["OTHER", "unknown"])
    assert iam("ListUserTags", UserName="Bob") == {"Tags": listed["Tags"][1:], "IsTruncated": False}
    iam("UntagUser", UserName="Bob", TagKeys=["team"])
    assert "Tags" not in iam("GetUser", UserName="Bob")["User"]


def test_a_user_made_anew_inherits_nothing(service: InProcess, iam: Caller) -> None:
    root = service.root()
    bob = service.user("Bob")
    key = root.key()
    root(
        "PutKeyPolicy",
        KeyId=key,
        Policy=json.dumps(
            {"Version": "2012-10-17", "Statement": [allow(), allow(f"{ARN}:user/Bob", "kms:DescribeKey")]}
        ),
    )
    bob("DescribeKey", KeyId=key)
    unique_id = iam("GetUser", UserName="Bob")["User"]["UserId"]
    for access_key in iam("ListAccessKeys", UserName="Bob")["AccessKeyMetadata"]:
        iam("DeleteAccessKey", UserName="Bob", AccessKeyId=access_key["AccessKeyId"])
    iam("DeleteUser", UserName="Bob")
    assert bob.refused("DescribeKey", KeyId=key).code == "UnrecognizedClientException"
    shown = json.loads(root("GetKeyPolicy", KeyId=key)["Policy"])
    assert shown["Statement"][1]["Principal"]["AWS"] == unique_id
    assert service.user("Bob").refused("DescribeKey", KeyId=key).code == "AccessDeniedException"
    with service.store.read() as reader:
        assert reader.identities.by_id(User, unique_id) is None
