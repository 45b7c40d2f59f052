from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.api.kms import aliases
from strongroom.model.arn import alias_arn
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, Caller, InProcess, place_of
from tests.support.refusals import HIDDEN, denied, invalid, missing, no_alias, no_key, too_long

if TYPE_CHECKING:
    from tests.support.in_process import Refused

NAME = "alias/payroll"
ARN = alias_arn(ACCOUNT, REGION, NAME)
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PREFIX = (
    "ValidationException",
    (
        'Alias must start with the prefix "alias/". Please see '
        "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
    ),
)
PATTERN = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
GONE = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-000000000000"
NAMING = ("CreateAlias", "UpdateAlias", "DeleteAlias")


def members_of(operation: str, name: str, key: str) -> dict[str, str]:
    target = {} if operation == "DeleteAlias" else {"TargetKeyId": key}
    return {"AliasName": name, **target}


def names(answer: dict[str, Any]) -> list[str]:
    return [alias["AliasName"] for alias in answer["Aliases"]]


def test_an_alias_names_its_key(root: Caller, key: str) -> None:
    before = time.time()
    assert root("CreateAlias", AliasName=NAME, TargetKeyId=place_of(key).key_id) == {}
    (alias,) = root("ListAliases")["Aliases"]
    created, updated = alias.pop("CreationDate"), alias.pop("LastUpdatedDate")
    assert alias == {"AliasName": NAME, "AliasArn": ARN, "TargetKeyId": place_of(key).key_id}
    assert created == updated
    assert before - 1 < created.timestamp() < time.time() + 1
    for name in (NAME, ARN):
        assert root("DescribeKey", KeyId=name)["KeyMetadata"]["Arn"] == key


def test_an_alias_is_unique_in_account_and_region(service: InProcess, root: Caller, key: str, other: Caller) -> None:
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    taken = ("AlreadyExistsException", f"An alias with the name {ARN} already exists")
    assert root.refused("CreateAlias", AliasName=NAME, TargetKeyId=key) == taken
    assert root.refused("CreateAlias", AliasName=NAME, TargetKeyId=root.key()) == taken
    for elsewhere in (service.root(OTHER_REGION), other):
        target = elsewhere.key()
        elsewhere("CreateAlias", AliasName=NAME, TargetKeyId=target)
        assert elsewhere("DescribeKey", KeyId=NAME)["KeyMetadata"]["Arn"] == target
    assert root("DescribeKey", KeyId=NAME)["KeyMetadata"]["Arn"] == key
    with pytest.raises(root.client.exceptions.AlreadyExistsException):
        root("CreateAlias", AliasName=NAME, TargetKeyId=key)


def test_alias_names_are_case_sensitive(root: Caller, key: str) -> None:
    upper = root.key()
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    root("CreateAlias", AliasName=NAME.replace("payroll", "Payroll"), TargetKeyId=upper)
    assert root("DescribeKey", KeyId="alias/Payroll")["KeyMetadata"]["Arn"] == upper
    assert root("DescribeKey", KeyId=NAME)["KeyMetadata"]["Arn"] == key


@pytest.mark.parametrize("operation", NAMING)
@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("payroll", PREFIX),
        ("Alias/payroll", PREFIX),
        ("alias", PREFIX),
        ("alias/", ("InvalidAliasNameException", "alias/ is not a valid alias name.")),
        ("alias/aws/ebs", ("InvalidAliasNameException", "alias/aws/ebs is not a valid alias name.")),
        ("alias/" + "a" * 251, too_long("alias/" + "a" * 251, "aliasName", 256)),
        ("alias/bad name", invalid("alias/bad name", "aliasName", PATTERN)),
        ("alias/newline\n", invalid("alias/newline\n", "aliasName", PATTERN)),
        ("alias/Übung", invalid("alias/Übung", "aliasName", PATTERN)),
    ],
)
def test_names_that_no_alias_may_have(
    root: Caller, key: str, operation: str, name: str, refused: tuple[str, str]
) -> None:
    assert root.refused(operation, **members_of(operation, name, key)) == refused


@pytest.mark.parametrize("operation", NAMING)
def test_an_empty_name_breaks_two_constraints(root: Caller, key: str, operation: str) -> None:
    assert root.refused(operation, **members_of(operation, "", key)) == (
        "ValidationException",
        (
            f"2 validation errors detected: Value '' at 'aliasName' failed to satisfy constraint: {PATTERN}; "
            "Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater than or equal to 1"
        ),
    )


@pytest.mark.parametrize("name", ["alias/" + "a" * 250, "alias/a:/_-9", "alias/aws", "alias/awsome", "alias/alias/x"])
def test_names_that_an_alias_may_have(root: Caller, key: str, name: str) -> None:
    root("CreateAlias", AliasName=name, TargetKeyId=key)
    assert root("DescribeKey", KeyId=name)["KeyMetadata"]["Arn"] == key
    root("DeleteAlias", AliasName=name)
    assert names(root("ListAliases")) == []


@pytest.mark.parametrize("operation", NAMING)
def test_members_that_are_required(root: Caller, key: str, operation: str) -> None:
    members = members_of(operation, NAME, key)
    for name, spelled in (("AliasName", "aliasName"), ("TargetKeyId", "targetKeyId")):
        if name in members:
            given = {member: value for member, value in members.items() if member != name}
            assert root.refused(operation, **given) == missing(spelled)


@pytest.mark.parametrize("operation", ["CreateAlias", "UpdateAlias"])
@pytest.mark.parametrize(
    ("target", "refused"),
    [
        (GONE, no_key(GONE)),
        (place_of(GONE).key_id, no_key(GONE)),
        ("alias/other", ("NotFoundException", "Invalid keyId 'alias/other'")),
        ("rubbish", ("NotFoundException", "Invalid keyId 'rubbish'")),
        (alias_arn(ACCOUNT, REGION, "alias/x"), ("InvalidArnException", f"Invalid arn {ARN[:-7]}x")),
        (GONE.replace(REGION, OTHER_REGION), ("NotFoundException", f"Invalid arn {OTHER_REGION}")),
        (
            GONE.replace(ACCOUNT, OTHER_ACCOUNT),
            denied(ROOT, "kms:{operation}", f"on this resource {HIDDEN}"),
        ),
    ],
)
def test_targets_that_an_alias_may_not_have(
    root: Caller, key: str, operation: str, target: str, refused: Refused
) -> None:
    if operation == "UpdateAlias":
        root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    expected = (refused[0], refused[1].replace("{operation}", operation))
    assert root.refused(operation, AliasName=NAME, TargetKeyId=target) == expected


@pytest.mark.parametrize("operation", ["CreateAlias", "UpdateAlias"])
def test_an_alias_never_names_a_key_of_another_account(
    service: InProcess, root: Caller, key: str, other: Caller, operation: str
) -> None:
    foreign = other.key()
    service.write(foreign, policy=service.kept(foreign).policy.replace(OTHER_ACCOUNT, ACCOUNT))
    if operation == "UpdateAlias":
        root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    assert root("DescribeKey", KeyId=foreign)
    refused = denied(ROOT, f"kms:{operation}", f"on this resource {HIDDEN}")
    assert root.refused(operation, AliasName=NAME, TargetKeyId=foreign) == refused


def test_update_alias(service: InProcess, root: Caller, key: str) -> None:
    new = root.key()
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    (before,) = root("ListAliases")["Aliases"]
    service.clock.offset = 100.0
    service.snapshots.refresh()
    assert root("UpdateAlias", AliasName=NAME, TargetKeyId=new) == {}
    assert root("DescribeKey", KeyId=NAME)["KeyMetadata"]["Arn"] == new
    (after,) = root("ListAliases")["Aliases"]
    assert after["CreationDate"] == before["CreationDate"]
    assert (after["LastUpdatedDate"] - before["LastUpdatedDate"]).total_seconds() > 99
    assert names(root("ListAliases", KeyId=key)) == []
    assert names(root("ListAliases", KeyId=new)) == [NAME]


def test_an_alias_may_be_updated_to_the_key_that_it_has(
    root: Caller, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aliases, "ALIASES_PER_KEY", 1)
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    assert root("UpdateAlias", AliasName=NAME, TargetKeyId=key) == {}


def test_an_alias_keeps_to_one_usage(service: InProcess, root: Caller, key: str) -> None:
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    new = root.key()
    service.write(new, key_usage="GENERATE_VERIFY_MAC")
    refused = root.refused("UpdateAlias", AliasName=NAME, TargetKeyId=new)
    assert refused == (
        "ValidationException",
        f"Alias {ARN} cannot change from a key of usage ENCRYPT_DECRYPT to one of usage GENERATE_VERIFY_MAC.",
    )
    assert root("DescribeKey", KeyId=NAME)["KeyMetadata"]["Arn"] == key


def test_delete_alias(root: Caller, key: str) -> None:
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)
    root("CreateAlias", AliasName="alias/kept", TargetKeyId=key)
    assert root("DeleteAlias", AliasName=NAME) == {}
    assert names(root("ListAliases")) == ["alias/kept"]
    assert root.refused("DescribeKey", KeyId=NAME) == no_alias(ARN)
    assert root.refused("Encrypt", KeyId=ARN, Plaintext=b"x") == no_alias(ARN)
    root("CreateAlias", AliasName=NAME, TargetKeyId=key)


@pytest.mark.parametrize("operation", ["UpdateAlias", "DeleteAlias"])
def test_an_alias_that_is_not_there(service: InProcess, root: Caller, key: str, operation: str) -> None:
    assert root.refused(operation, **members_of(operation, NAME, key)) == no_alias(ARN)
    elsewhere = service.root(OTHER_REGION)
    elsewhere("CreateAlias", AliasName=NAME, TargetKeyId=elsewhere.key())
    assert root.refused(operation, **members_of(operation, NAME, key)) == no_alias(ARN)


def test_the_quota_of_aliases_is_per_key(root: Caller, key: str) -> None:
    for number in range(50):
        root("CreateAlias", AliasName=f"alias/{number}", TargetKeyId=key)
    limit = ("LimitExceededException", "A KMS key cannot have more than 50 aliases.")
    assert root.refused("CreateAlias", AliasName=NAME, TargetKeyId=key) == limit
    root("CreateAlias", AliasName=NAME, TargetKeyId=root.key())
    assert root.refused("UpdateAlias", AliasName=NAME, TargetKeyId=key) == limit
    root("DeleteAlias", AliasName="alias/0")
    root("UpdateAlias", AliasName=NAME, TargetKeyId=key)
    assert names(root("ListAliases", KeyId=key)) == sorted([NAME, *(f"alias/{number}" for number in range(1, 50))])


class Listed:
    """101 aliases in the order in which they are listed: of the keys 50, 50, 1 and none."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.keys = [caller.key(), caller.key(), caller.key(), caller.key()]
        self.names = [f"alias/{number:03}" for number in range(101)]
        for number, name in enumerate(self.names):
            caller("CreateAlias", AliasName=name, TargetKeyId=self.keys[number // 50])


@pytest.fixture(scope="module")
def listed(shared_service: InProcess) -> Listed:
    return Listed(shared_service.root())


def test_the_default_page_has_50_aliases(listed: Listed) -> None:
    first = listed.caller("ListAliases")
    assert names(first) == listed.names[:50]
    assert first["Truncated"] is True
    second = listed.caller("ListAliases", Marker=first["NextMarker"])
    assert names(second) == listed.names[50:100]
    third = listed.caller("ListAliases", Marker=second["NextMarker"])
    assert names(third) == listed.names[100:]
    assert third["Truncated"] is False
    assert "NextMarker" not in third


def test_the_greatest_page_has_100_aliases(listed: Listed) -> None:
    assert names(listed.caller("ListAliases", Limit=100)) == listed.names[:100]


@pytest.mark.parametrize(
    ("limit", "constraint"),
    [
        (0, "greater than or equal to 1"),
        (101, "less than or equal to 100"),
        (1000, "less than or equal to 100"),
        (1001, "less than or equal to 1000"),
    ],
)
def test_a_limit_out_of_bounds(listed: Listed, limit: int, constraint: str) -> None:
    refused = listed.caller.refused("ListAliases", Limit=limit)
    assert refused == invalid(limit, "limit", f"Member must have value {constraint}")


@pytest.mark.parametrize("size", [1, 7, 100])
def test_boto3_pages_through_all(listed: Listed, size: int) -> None:
    pages = listed.caller.client.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": size})
    assert [alias["AliasName"] for page in pages for alias in page["Aliases"]] == listed.names


def test_boto3_pages_through_the_aliases_of_a_key(listed: Listed) -> None:
    paginate = listed.caller.client.get_paginator("list_aliases").paginate
    pages = list(paginate(KeyId=listed.keys[1], PaginationConfig={"PageSize": 20}))
    assert [alias["AliasName"] for page in pages for alias in page["Aliases"]] == listed.names[50:100]
    assert [len(page["Aliases"]) for page in pages] == [20, 20, 10]


def test_the_aliases_of_a_key_by_its_id(listed: Listed) -> None:
    assert names(listed.caller("ListAliases", KeyId=place_of(listed.keys[2]).key_id)) == listed.names[100:]


def test_a_key_without_aliases(listed: Listed) -> None:
    assert listed.caller("ListAliases", KeyId=listed.keys[3]) == {"Aliases": [], "Truncated": False}


def test_a_marker_belongs_to_its_listing(listed: Listed) -> None:
    of_all = listed.caller("ListAliases", Limit=1)["NextMarker"]
    of_key = listed.caller("ListAliases", KeyId=listed.keys[0], Limit=1)["NextMarker"]
    bad = ("InvalidMarkerException", "")
    for members in (
        {"Marker": of_key},
        {"Marker": of_all, "KeyId": listed.keys[0]},
        {"Marker": of_key, "KeyId": listed.keys[1]},
        {"Marker": "nonsense"},
    ):
        assert listed.caller.refused("ListAliases", **members) == bad
    assert listed.caller.refused("ListKeys", Marker=of_all) == bad


@pytest.mark.parametrize(
    ("key", "refused"),
    [
        (GONE, no_key(GONE)),
        ("rubbish", ("NotFoundException", "Invalid keyId 'rubbish'")),
        ("alias/000", ("NotFoundException", "Invalid keyId 'alias/000'")),
        ("arn:aws:kms:x", ("InvalidArnException", "Invalid arn arn:aws:kms:x")),
        (GONE.replace(REGION, OTHER_REGION), ("NotFoundException", f"Invalid arn {OTHER_REGION}")),
        (GONE.replace(ACCOUNT, OTHER_ACCOUNT), no_key(GONE.replace(ACCOUNT, OTHER_ACCOUNT))),
    ],
)
def test_aliases_of_a_key_that_is_not_there(listed: Listed, key: str, refused: Refused) -> None:
    assert listed.caller.refused("ListAliases", KeyId=key) == refused


def test_aliases_of_another_account_are_hidden(service: InProcess, root: Caller, other: Caller) -> None:
    foreign = other.key()
    other("CreateAlias", AliasName=NAME, TargetKeyId=foreign)
    service.write(foreign, policy=service.kept(foreign).policy.replace(OTHER_ACCOUNT, ACCOUNT))
    assert names(root("ListAliases")) == []
    assert root.refused("ListAliases", KeyId=foreign) == no_key(foreign)
    assert names(service.root(OTHER_REGION)("ListAliases")) == []
