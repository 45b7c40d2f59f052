from __future__ import annotations

import re
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.api.kms import quotas
from strongroom.policy.defaults import default_key_policy
from tests.support.in_process import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Caller,
    InProcess,
    allow,
    place_of,
    policy,
)
from tests.support.refusals import invalid, missing, too_long

if TYPE_CHECKING:
    from collections.abc import Iterable

STATEMENT = allow(OTHER_ACCOUNT)
LOCKED_OUT = (
    "MalformedPolicyDocumentException",
    "The new key policy will not allow you to update the key policy in the future.",
)


def tags(count: int) -> list[dict[str, str]]:
    return [{"TagKey": f"key{number}", "TagValue": f"value{number}"} for number in range(count)]


def listed_tags(root: Caller, key: str) -> dict[str, str]:
    return {tag["TagKey"]: tag["TagValue"] for tag in root("ListResourceTags", KeyId=key)["Tags"]}


def test_a_key_made_without_parameters(root: Caller) -> None:
    before = time.time()
    metadata = root("CreateKey")["KeyMetadata"]
    created = metadata.pop("CreationDate")
    key_id = metadata.pop("KeyId")
    material_id = metadata.pop("CurrentKeyMaterialId")
    assert metadata == {
        "AWSAccountId": ACCOUNT,
        "Arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key_id}",
        "Enabled": True,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
    assert str(uuid.UUID(key_id)) == key_id
    assert re.fullmatch("[0-9a-f]{64}", material_id)
    assert datetime.fromtimestamp(before - 1, UTC) < created < datetime.fromtimestamp(time.time() + 1, UTC)


def test_a_key_has_the_default_policy_no_tags_and_no_alias(root: Caller, key: str) -> None:
    assert root("GetKeyPolicy", KeyId=key)["Policy"] == default_key_policy(ACCOUNT)
    assert root("ListResourceTags", KeyId=key) == {"Tags": [], "Truncated": False}
    assert root("ListAliases", KeyId=key) == {"Aliases": [], "Truncated": False}


def test_creating_is_not_idempotent(root: Caller) -> None:
    assert root.key(Description="same") != root.key(Description="same")


def test_every_parameter_of_create_key(root: Caller) -> None:
    own = policy(allow(), {**allow(), "Sid": "again", "Action": ["kms:Encrypt"]})
    metadata = root(
        "CreateKey",
        Policy=own,
        Description="payroll",
        KeyUsage="ENCRYPT_DECRYPT",
        KeySpec="SYMMETRIC_DEFAULT",
        Origin="AWS_KMS",
        BypassPolicyLockoutSafetyCheck=False,
        Tags=tags(2),
        MultiRegion=False,
    )["KeyMetadata"]
    assert metadata["Description"] == "payroll"
    assert listed_tags(root, metadata["KeyId"]) == {"key0": "value0", "key1": "value1"}
    kept = root("GetKeyPolicy", KeyId=metadata["KeyId"])["Policy"]
    assert '"Sid" : "again"' in kept


@pytest.mark.parametrize("spec", ["KeySpec", "CustomerMasterKeySpec"])
def test_the_spec_may_be_given_in_either_member(root: Caller, spec: str) -> None:
    metadata = root("CreateKey", **{spec: "SYMMETRIC_DEFAULT"})["KeyMetadata"]
    assert metadata["KeySpec"] == metadata["CustomerMasterKeySpec"] == "SYMMETRIC_DEFAULT"


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        (
            {"KeySpec": "SYMMETRIC_DEFAULT", "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT"},
            (
                "ValidationException",
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request.",
            ),
        ),
        (
            {"KeySpec": "RSA_2048"},
            (
                "ValidationException",
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
            ),
        ),
        (
            {"CustomerMasterKeySpec": "HMAC_256"},
            (
                "ValidationException",
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
            ),
        ),
        (
            {"KeyUsage": "SIGN_VERIFY"},
            ("ValidationException", "KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT"),
        ),
        ({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}, ("UnsupportedOperationException", "SM2 is not supported.")),
        ({"Origin": "AWS_CLOUDHSM"}, ("ValidationException", "Origin AWS_CLOUDHSM needs a CustomKeyStoreId.")),
        (
            {"Origin": "EXTERNAL_KEY_STORE"},
            ("ValidationException", "Origin EXTERNAL_KEY_STORE needs a CustomKeyStoreId."),
        ),
        (
            {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"},
            ("UnsupportedOperationException", "Key material of ML_DSA_44 cannot be imported."),
        ),
        (
            {"KeySpec": "RSA_2048", "KeyUsage": "KEY_AGREEMENT"},
            ("ValidationException", "KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048"),
        ),
        (
            {"CustomKeyStoreId": "cks-1234567890abcdef0"},
            ("ValidationException", "A CustomKeyStoreId needs the Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE."),
        ),
        (
            {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1234567890abcdef0"},
            ("CustomKeyStoreNotFoundException", "There is no custom key store cks-1234567890abcdef0."),
        ),
        (
            {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": "cks-1234567890abcdef0"},
            (
                "ValidationException",
                "Origin EXTERNAL_KEY_STORE needs an XksKeyId, which is not valid for any other origin.",
            ),
        ),
        (
            {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1234567890abcdef0", "MultiRegion": True},
            (
                "UnsupportedOperationException",
                "Custom key stores support only symmetric encryption keys of a single Region.",
            ),
        ),
        (
            {"Policy": policy(STATEMENT)},
            (
                "MalformedPolicyDocumentException",
                "Policy contains a statement with one or more invalid principals.",
            ),
        ),
        ({"Policy": policy(allow(action="kms:Encrypt"))}, LOCKED_OUT),
        (
            {"Policy": policy(allow(action="kms:Encrypt")), "BypassPolicyLockoutSafetyCheck": False},
            LOCKED_OUT,
        ),
        ({"Policy": "{"}, ("MalformedPolicyDocumentException", "This policy contains invalid Json")),
        ({"Tags": [*tags(1), *tags(1)]}, ("TagException", "Duplicate tag keys")),
        ({"Tags": tags(51)}, ("TagException", "Too many tags")),
        (
            {"Tags": [{"TagKey": "AWS:x", "TagValue": ""}]},
            ("TagException", "Tags beginning with aws: are reserved"),
        ),
        (
            {"XksKeyId": "bad key"},
            invalid("bad key", "xksKeyId", "Member must satisfy regular expression pattern: ^[a-zA-Z0-9-_.]+$"),
        ),
        (
            {"Tags": [{"TagKey": "k", "TagValue": "v" * 257}]},
            too_long("v" * 257, "tags.1.member.tagValue", 256),
        ),
        (
            {"Description": "d" * 8193},
            too_long("d" * 8193, "description", 8192),
        ),
        ({"Policy": ""}, None),
    ],
)
def test_what_create_key_refuses(root: Caller, members: dict[str, Any], refused: tuple[str, str] | None) -> None:
    found = root.refused("CreateKey", **members)
    if refused is None:
        assert found.code == "ValidationException"
        assert "Member must have length greater than or equal to 1" in found.message
    else:
        assert found == refused
    assert root("ListKeys")["Keys"] == []


def test_several_faults_are_told_at_once_in_the_order_of_the_model(root: Caller) -> None:
    refused = root.refused("CreateKey", KeyUsage="RANDOM", Origin="MOON")
    assert refused.message.startswith("2 validation errors detected: Value 'RANDOM' at 'keyUsage' ")
    assert "; Value 'MOON' at 'origin' failed to satisfy constraint: Member must satisfy enum value set: [" in (
        refused.message
    )


def test_limits_of_create_key_are_inclusive(root: Caller) -> None:
    filling = "d" * 8192
    arn = root.key(Description=filling, Tags=[{"TagKey": "k" * 128, "TagValue": "v" * 256}, *tags(49)])
    assert root("DescribeKey", KeyId=arn)["KeyMetadata"]["Description"] == filling
    assert len(listed_tags(root, arn)) == 50


def test_the_lockout_check_may_be_bypassed(root: Caller) -> None:
    arn = root.key(Policy=policy(allow(action="kms:DescribeKey")), BypassPolicyLockoutSafetyCheck=True)
    assert root("DescribeKey", KeyId=arn)["KeyMetadata"]["Enabled"] is True
    assert root.refused("GetKeyPolicy", KeyId=arn).code == "AccessDeniedException"


def test_a_policy_may_name_other_accounts_of_the_installation(root: Caller, other: Caller) -> None:
    arn = root.key(Policy=policy(allow(), STATEMENT))
    assert other("DescribeKey", KeyId=arn)["KeyMetadata"]["AWSAccountId"] == ACCOUNT


def test_the_quota_of_keys_is_per_account_and_region(
    service: InProcess, root: Caller, other: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "KEYS_PER_REGION", 2)
    root.key()
    arn = root.key()
    limit = ("LimitExceededException", "You cannot create more than 2 KMS keys in this account and Region.")
    assert root.refused("CreateKey") == limit
    assert len(root("ListKeys")["Keys"]) == 2
    service.write(arn, manager="AWS")
    root.key()
    root("ScheduleKeyDeletion", KeyId=root("ListKeys")["Keys"][0]["KeyId"])
    assert root.refused("CreateKey") == limit
    service.root(OTHER_REGION).key()
    other.key()


def test_describe_key_of_a_key_that_is_pending_deletion(root: Caller, key: str) -> None:
    scheduled = root("ScheduleKeyDeletion", KeyId=key)["DeletionDate"]
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert metadata["DeletionDate"] == scheduled
    assert (metadata["KeyState"], metadata["Enabled"]) == ("PendingDeletion", False)


def test_describe_key_tells_what_create_key_told(root: Caller) -> None:
    created = root("CreateKey", Description="x")
    assert root("DescribeKey", KeyId=created["KeyMetadata"]["KeyId"]) == created


@pytest.mark.parametrize("description", ["", "new", "é 😀", "d" * 8192])
def test_update_key_description(root: Caller, key: str, description: str) -> None:
    assert root("UpdateKeyDescription", KeyId=place_of(key).key_id, Description=description) == {}
    assert root("DescribeKey", KeyId=key)["KeyMetadata"]["Description"] == description


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        (
            {"Description": "d" * 8193},
            too_long("d" * 8193, "description", 8192),
        ),
        ({}, missing("description")),
    ],
)
def test_what_update_key_description_refuses(
    root: Caller, key: str, members: dict[str, Any], refused: tuple[str, str]
) -> None:
    assert root.refused("UpdateKeyDescription", KeyId=key, **members) == refused


@pytest.fixture(scope="module")
def lister(shared_service: InProcess) -> Caller:
    return shared_service.root()


@pytest.fixture(scope="module")
def arns(lister: Caller) -> list[str]:
    """Give 101 keys in the order in which they are listed."""
    return sorted(lister.key() for _ in range(101))


def test_the_default_page_has_100_keys(lister: Caller, arns: list[str]) -> None:
    first = lister("ListKeys")
    assert first["Truncated"] is True
    assert [each["KeyArn"] for each in first["Keys"]] == arns[:100]
    assert [each["KeyId"] for each in first["Keys"]] == [place_of(arn).key_id for arn in arns[:100]]
    last = lister("ListKeys", Marker=first["NextMarker"])
    assert [each["KeyArn"] for each in last.pop("Keys")] == arns[100:]
    assert last == {"Truncated": False}


def test_the_greatest_page_has_1000_keys(lister: Caller, arns: list[str]) -> None:
    answer = lister("ListKeys", Limit=1000)
    assert [each["KeyArn"] for each in answer.pop("Keys")] == arns
    assert answer == {"Truncated": False}


@pytest.mark.parametrize(
    ("limit", "constraint"), [(0, "greater than or equal to 1"), (1001, "less than or equal to 1000")]
)
def test_a_limit_out_of_bounds(lister: Caller, limit: int, constraint: str) -> None:
    assert lister.refused("ListKeys", Limit=limit) == invalid(limit, "limit", f"Member must have value {constraint}")


@pytest.mark.parametrize("size", [1, 50, 101])
def test_boto3_pages_through_all(lister: Caller, arns: list[str], size: int) -> None:
    pages = lister.client.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": size})
    assert [each["KeyArn"] for page in pages for each in page["Keys"]] == arns


def test_a_full_last_page_is_not_truncated(lister: Caller, arns: list[str]) -> None:
    assert lister("ListKeys", Limit=len(arns))["Truncated"] is False


@pytest.mark.parametrize("owners", [["OTHER_ACCOUNTS_VIA_RAM"], ["OTHER_ACCOUNTS_VIA_RAM"] * 2])
def test_no_key_is_shared_by_other_accounts(lister: Caller, arns: list[str], owners: list[str]) -> None:
    assert arns
    assert lister("ListKeys", ResourceOwners=owners) == {"Keys": [], "Truncated": False}


@pytest.mark.parametrize("owners", [["SELF"], ["SELF", "OTHER_ACCOUNTS_VIA_RAM"]])
def test_own_keys_are_listed_by_owner(lister: Caller, arns: list[str], owners: list[str]) -> None:
    assert listed(lister("ListKeys", ResourceOwners=owners)) == arns[:100]


def test_a_marker_belongs_to_its_owners_in_any_order(lister: Caller, arns: list[str]) -> None:
    both = ["SELF", "OTHER_ACCOUNTS_VIA_RAM"]
    marker = lister("ListKeys", ResourceOwners=both)["NextMarker"]
    assert listed(lister("ListKeys", ResourceOwners=both[::-1], Marker=marker)) == arns[100:]
    for owners in ({}, {"ResourceOwners": ["SELF"]}, {"ResourceOwners": ["OTHER_ACCOUNTS_VIA_RAM"]}):
        assert lister.refused("ListKeys", Marker=marker, **owners) == ("InvalidMarkerException", "")


def test_self_is_the_default_owner(lister: Caller, arns: list[str]) -> None:
    marker = lister("ListKeys", ResourceOwners=["SELF"])["NextMarker"]
    assert listed(lister("ListKeys", Marker=marker)) == arns[100:]


@pytest.mark.parametrize(
    ("owners", "text"),
    [
        ([], "Member must have length greater than or equal to 1"),
        (["SELF"] * 3, "Member must have length less than or equal to 2"),
        (["ALL"], "Member must satisfy constraint: [Member must satisfy enum value set: "),
    ],
)
def test_owners_out_of_bounds(lister: Caller, owners: list[str], text: str) -> None:
    refused = lister.refused("ListKeys", ResourceOwners=owners)
    assert refused.code == "ValidationException"
    assert f"at 'resourceOwners' failed to satisfy constraint: {text}" in refused.message


@pytest.mark.parametrize("marker", ["x", "AAAA", "é", "*" * 1024])
def test_a_marker_from_nowhere(lister: Caller, marker: str) -> None:
    assert lister.refused("ListKeys", Marker=marker) == ("InvalidMarkerException", "")


@pytest.mark.parametrize(
    ("marker", "constraint"),
    [
        ("", "Member must have length greater than or equal to 1"),
        ("m" * 1025, "Member must have length less than or equal to 1024"),
        ("tab\t", "Member must satisfy regular expression pattern: [\\u0020-\\u00FF]*"),
    ],
)
def test_a_marker_out_of_bounds(lister: Caller, marker: str, constraint: str) -> None:
    assert lister.refused("ListKeys", Marker=marker) == invalid(marker, "marker", constraint)


def test_other_accounts_and_regions_do_not_see_them(shared_service: InProcess, lister: Caller, arns: list[str]) -> None:
    elsewhere, other = shared_service.root(OTHER_REGION), shared_service.add_account()
    mine, theirs = elsewhere.key(), other.key()
    assert listed(elsewhere("ListKeys")) == [mine]
    assert listed(other("ListKeys")) == [theirs]
    # A marker carries no authority: it only says where to start.
    marker = lister("ListKeys")["NextMarker"]
    assert set(listed(other("ListKeys", Marker=marker))) <= {theirs}
    assert listed(lister("ListKeys", Limit=1000)) == arns


def listed(answer: dict[str, Any]) -> list[str]:
    entries: Iterable[dict[str, str]] = answer["Keys"]
    return [each["KeyArn"] for each in entries]
