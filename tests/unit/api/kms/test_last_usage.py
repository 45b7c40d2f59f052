"""The last use of keys, and conditions on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.in_process import allow, deny

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

DAY: Final = 86_400


def write(service: InProcess) -> None:
    service.pipeline.uses.write(service.store)


def test_the_last_use_of_a_key(service: InProcess, root: Caller, key: str) -> None:
    answer = root("GetKeyLastUsage", KeyId=key)
    assert (answer["KeyId"], answer["KeyLastUsage"]) == (key, {})
    assert answer["KeyCreationDate"] >= answer["TrackingStartDate"]
    root("Encrypt", KeyId=key, Plaintext=b"x")
    root("GenerateDataKey", KeyId=key, KeySpec="AES_256")
    record = service.records[-1]
    root.refused("Encrypt", KeyId=key, Plaintext=b"x", DryRun=True)
    root.refused("Encrypt", KeyId=key, Plaintext=b"")
    root("DescribeKey", KeyId=key)
    write(service)
    use = root("GetKeyLastUsage", KeyId=key)["KeyLastUsage"]
    assert abs(use.pop("Timestamp").timestamp() - time.time()) < 60
    assert use == {
        "Operation": "GenerateDataKey",
        "CloudTrailEventId": record["eventID"],
        "KmsRequestId": record["requestID"],
    }


def test_both_keys_of_a_re_encrypt_are_used(service: InProcess, root: Caller, key: str) -> None:
    other = root.key()
    blob = root("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    root("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=other)
    write(service)
    for each in (key, other):
        assert root("GetKeyLastUsage", KeyId=each)["KeyLastUsage"]["Operation"] == "ReEncrypt"


def test_what_runs_off_the_loop_is_noted_too(service: InProcess, root: Caller, key: str) -> None:
    root("GenerateDataKeyPairWithoutPlaintext", KeyId=key, KeyPairSpec="RSA_2048")
    write(service)
    use = root("GetKeyLastUsage", KeyId=key)["KeyLastUsage"]
    assert use["Operation"] == "GenerateDataKeyPairWithoutPlaintext"


def test_the_use_of_a_deleted_key_is_dropped(service: InProcess, root: Caller, key: str) -> None:
    root("Encrypt", KeyId=key, Plaintext=b"x")
    with service.store.change() as change:
        change.keys.delete(service.kept(key).place)
    write(service)
    with service.store.read() as reader:
        assert reader.accounts.account_ids()


@pytest.mark.parametrize(("days", "refused"), [(0, True), (89, True), (90, False)])
def test_a_key_that_was_used_lately_is_kept_from_being_disabled(
    service: InProcess, root: Caller, key: str, days: int, *, refused: bool
) -> None:
    root("Encrypt", KeyId=key, Plaintext=b"x")
    write(service)
    lately = {"NumericLessThan": {"kms:TrailingDaysWithoutKeyUsage": "90"}}
    service.write_policy(key, allow(), deny(action=["kms:DisableKey", "kms:ScheduleKeyDeletion"], Condition=lately))
    service.clock.offset = days * DAY
    if refused:
        assert root.refused("DisableKey", KeyId=key).code == "AccessDeniedException"
        assert root.refused("ScheduleKeyDeletion", KeyId=key).code == "AccessDeniedException"
    else:
        root("DisableKey", KeyId=key)
    # It is supplied to these two operations alone.
    assert root("DescribeKey", KeyId=key)["KeyMetadata"]["Arn"] == key


def test_a_key_that_was_never_used_counts_from_its_creation(service: InProcess, root: Caller, key: str) -> None:
    long = {"NumericGreaterThanEquals": {"kms:TrailingDaysWithoutKeyUsage": "30"}}
    service.write_policy(key, allow("*", "kms:DescribeKey"), allow(action="kms:DisableKey", Condition=long))
    assert root.refused("DisableKey", KeyId=key).code == "AccessDeniedException"
    service.clock.offset = 30 * DAY
    root("DisableKey", KeyId=key)
