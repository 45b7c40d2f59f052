from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.in_process import Caller, InProcess, allow, deny, place_of
from tests.support.refusals import invalid, missing
from tests.support.samples import CONTEXT

if TYPE_CHECKING:
    from tests.support.in_process import Refused

PLAINTEXT = b"kept through disabling"


def state_of(root: Caller, key: str) -> str:
    state: str = root("DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"]
    return state


def test_a_disabled_key_is_refused_until_it_is_enabled_again(root: Caller, key: str) -> None:
    blob = root("Encrypt", KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
    assert root("DisableKey", KeyId=key) == {}
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"]) == ("Disabled", False)
    assert root.refused("Decrypt", CiphertextBlob=blob) == ("DisabledException", f"{key} is disabled.")
    assert root("EnableKey", KeyId=place_of(key).key_id) == {}
    assert state_of(root, key) == "Enabled"
    assert root("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == PLAINTEXT


@pytest.mark.parametrize(("operation", "state"), [("EnableKey", "Enabled"), ("DisableKey", "Disabled")])
def test_enabling_and_disabling_may_be_repeated(root: Caller, key: str, operation: str, state: str) -> None:
    assert root(operation, KeyId=key) == root(operation, KeyId=key) == {}
    assert state_of(root, key) == state


def test_typed_exceptions_of_boto3(root: Caller, key: str) -> None:
    root("DisableKey", KeyId=key)
    with pytest.raises(root.client.exceptions.DisabledException, match="is disabled"):
        root("Encrypt", KeyId=key, Plaintext=b"x")
    with pytest.raises(root.client.exceptions.KMSInvalidStateException, match="is not pending deletion"):
        root("CancelKeyDeletion", KeyId=key)
    with pytest.raises(root.client.exceptions.NotFoundException):
        root("EnableKey", KeyId="alias/none")


@pytest.mark.parametrize(
    ("window", "days"), [({}, 30), ({"PendingWindowInDays": 7}, 7), ({"PendingWindowInDays": 30}, 30)]
)
def test_schedule_key_deletion(service: InProcess, root: Caller, key: str, window: dict[str, int], days: int) -> None:
    service.clock.offset = 86_400.0 * 365
    before = service.clock.now()
    answer = root("ScheduleKeyDeletion", KeyId=place_of(key).key_id, **window)
    deletion = answer.pop("DeletionDate")
    assert answer == {"KeyId": key, "KeyState": "PendingDeletion", "PendingWindowInDays": days}
    since = deletion.timestamp() - before
    assert 0 <= since - timedelta(days=days).total_seconds() < 60
    assert root("DescribeKey", KeyId=key)["KeyMetadata"]["DeletionDate"] == deletion


@pytest.mark.parametrize(
    ("days", "refused"),
    [
        (0, invalid(0, "pendingWindowInDays", "Member must have value greater than or equal to 1")),
        (1, invalid(1, "pendingWindowInDays", "Member must have value greater than or equal to 7")),
        (6, invalid(6, "pendingWindowInDays", "Member must have value greater than or equal to 7")),
        (31, invalid(31, "pendingWindowInDays", "Member must have value less than or equal to 30")),
        (365, invalid(365, "pendingWindowInDays", "Member must have value less than or equal to 30")),
        (366, invalid(366, "pendingWindowInDays", "Member must have value less than or equal to 365")),
    ],
)
def test_a_window_out_of_bounds(root: Caller, key: str, days: int, refused: Refused) -> None:
    assert root.refused("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=days) == refused
    assert state_of(root, key) == "Enabled"


def test_the_window_is_looked_at_before_the_key(root: Caller) -> None:
    refused = root.refused("ScheduleKeyDeletion", KeyId="none", PendingWindowInDays=6)
    assert refused.code == "ValidationException"


def test_scheduling_again_changes_nothing(root: Caller, key: str) -> None:
    first = root("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=7)["DeletionDate"]
    refused = root.refused("ScheduleKeyDeletion", KeyId=key, PendingWindowInDays=30)
    assert refused == ("KMSInvalidStateException", f"{key} is pending deletion.")
    assert root("DescribeKey", KeyId=key)["KeyMetadata"]["DeletionDate"] == first


@pytest.mark.parametrize("disabled_before", [False, True])
def test_a_key_whose_deletion_is_cancelled_is_disabled(root: Caller, key: str, *, disabled_before: bool) -> None:
    if disabled_before:
        root("DisableKey", KeyId=key)
    root("ScheduleKeyDeletion", KeyId=key)
    assert root.refused("Encrypt", KeyId=key, Plaintext=b"x").code == "KMSInvalidStateException"
    assert root("CancelKeyDeletion", KeyId=place_of(key).key_id) == {"KeyId": key}
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"]) == ("Disabled", False)
    assert "DeletionDate" not in metadata
    root("EnableKey", KeyId=key)
    assert root("Encrypt", KeyId=key, Plaintext=b"x")["KeyId"] == key


@pytest.mark.parametrize("operation", ["EnableKey", "DisableKey", "ScheduleKeyDeletion", "CancelKeyDeletion"])
@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({}, missing("keyId")),
        ({"KeyId": ""}, invalid("", "keyId", "Member must have length greater than or equal to 1")),
        ({"KeyId": "k" * 2049}, invalid("k" * 2049, "keyId", "Member must have length less than or equal to 2048")),
        ({"KeyId": "k" * 2048}, ("NotFoundException", f"Invalid keyId '{'k' * 2048}'")),
    ],
)
def test_limits_of_the_key_id(root: Caller, operation: str, members: dict[str, Any], refused: tuple[str, str]) -> None:
    assert root.refused(operation, **members) == refused


@pytest.mark.parametrize("operation", ["DisableKey", "ScheduleKeyDeletion"])
def test_a_condition_on_the_last_use_fails_closed(service: InProcess, root: Caller, key: str, operation: str) -> None:
    unused = {"NumericGreaterThan": {"kms:TrailingDaysWithoutKeyUsage": "90"}}
    used = {"NumericLessThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "90"}}
    service.write_policy(key, allow(Condition=unused))
    assert root.refused(operation, KeyId=key).code == "AccessDeniedException"
    service.write_policy(key, allow(), deny(action=f"kms:{operation}", Condition=used))
    assert root.refused(operation, KeyId=key).code == "AccessDeniedException"
    service.write_policy(key, allow())
    root(operation, KeyId=key)
