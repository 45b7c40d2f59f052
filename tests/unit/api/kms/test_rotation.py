"""Rotation by request and by the job, and what is listed of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.jobs.rotation import rotate_due_keys
from tests.support.in_process import allow, deny
from tests.support.samples import REPLICA_REGION, import_into

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

DAY: Final = 86_400
UNSUPPORTED: Final = "UnsupportedOperationException"


def turn(service: InProcess, days: float = 0) -> int:
    """Let the job run some days from now; gives how many keys it rotated."""
    return rotate_due_keys(service.store, service.opened.store_keys, time.time() + days * DAY)


def rotations(root: Caller, key: str, **members: object) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = root("ListKeyRotations", KeyId=key, **members)["Rotations"]
    return listed


def test_a_key_is_rotated_each_period_and_opens_old_ciphertexts(service: InProcess, root: Caller, key: str) -> None:
    assert root("GetKeyRotationStatus", KeyId=key) == {"KeyRotationEnabled": False, "KeyId": key}
    root("EnableKeyRotation", KeyId=key, RotationPeriodInDays=90)
    status = root("GetKeyRotationStatus", KeyId=key)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert abs(status["NextRotationDate"].timestamp() - time.time() - 90 * DAY) < 60
    blobs = [root("Encrypt", KeyId=key, Plaintext=b"0")["CiphertextBlob"]]
    for number in (1, 2):
        assert turn(service, number * 91) == 1
        blobs.append(root("Encrypt", KeyId=key, Plaintext=str(number).encode())["CiphertextBlob"])
    opened = [root("Decrypt", CiphertextBlob=blob) for blob in blobs]
    assert [each["Plaintext"] for each in opened] == [b"0", b"1", b"2"]
    used = [each["KeyMaterialId"] for each in opened]
    assert len(set(used)) == 3
    listed = rotations(root, key)
    assert [each["KeyMaterialId"] for each in listed] == used[1:]
    assert [each["KeyMaterialState"] for each in listed] == ["NON_CURRENT", "CURRENT"]
    assert {each["RotationType"] for each in listed} == {"AUTOMATIC"}
    everything = rotations(root, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [each["KeyMaterialId"] for each in everything] == used
    assert "RotationDate" not in everything[0]
    assert root("DescribeKey", KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == used[2]
    assert root("GenerateDataKey", KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == used[2]


def test_each_rotation_is_recorded(service: InProcess, root: Caller, key: str) -> None:
    root("RotateKeyOnDemand", KeyId=key)
    turn(service)
    assert b'"eventName":"RotateKey"' in service.outbox()[-1]
    assert b'"rotationType":"ON_DEMAND"' in service.outbox()[-1]


def test_the_period_is_counted_from_its_last_change(service: InProcess, root: Caller, key: str) -> None:
    root("EnableKeyRotation", KeyId=key)
    first = root("GetKeyRotationStatus", KeyId=key)
    assert first["RotationPeriodInDays"] == 365
    root("EnableKeyRotation", KeyId=key)
    assert root("GetKeyRotationStatus", KeyId=key) == first
    root("EnableKeyRotation", KeyId=key, RotationPeriodInDays=2560)
    assert turn(service, 366) == 0
    root("EnableKeyRotation", KeyId=key)
    assert root("GetKeyRotationStatus", KeyId=key)["RotationPeriodInDays"] == 365
    root("DisableKeyRotation", KeyId=key)
    assert turn(service, 3000) == 0
    assert root("GetKeyRotationStatus", KeyId=key)["KeyRotationEnabled"] is False


@pytest.mark.parametrize("days", [89, 2561])
def test_periods_that_are_refused(root: Caller, key: str, days: int) -> None:
    assert root.refused("EnableKeyRotation", KeyId=key, RotationPeriodInDays=days).code == "ValidationException"


def test_keys_that_cannot_be_used_wait(service: InProcess, root: Caller, key: str) -> None:
    root("EnableKeyRotation", KeyId=key)
    root("DisableKey", KeyId=key)
    assert turn(service, 400) == 0
    root("ScheduleKeyDeletion", KeyId=key)
    assert root("GetKeyRotationStatus", KeyId=key) == {"KeyRotationEnabled": False, "KeyId": key}
    root("CancelKeyDeletion", KeyId=key)
    assert root("GetKeyRotationStatus", KeyId=key)["KeyRotationEnabled"] is True
    root("EnableKey", KeyId=key)
    assert turn(service, 400) == 1


def test_on_demand(service: InProcess, root: Caller, key: str) -> None:
    assert root("RotateKeyOnDemand", KeyId=key) == {"KeyId": key}
    started = root("GetKeyRotationStatus", KeyId=key)["OnDemandRotationStartDate"]
    root("RotateKeyOnDemand", KeyId=key)
    assert root("GetKeyRotationStatus", KeyId=key)["OnDemandRotationStartDate"] == started
    assert (turn(service), turn(service)) == (1, 0)
    assert "OnDemandRotationStartDate" not in root("GetKeyRotationStatus", KeyId=key)
    assert [each["RotationType"] for each in rotations(root, key)] == ["ON_DEMAND"]


def test_the_limit_of_rotations_on_demand(service: InProcess, root: Caller, key: str) -> None:
    for _ in range(25):
        root("RotateKeyOnDemand", KeyId=key)
        turn(service)
    refused = root.refused("RotateKeyOnDemand", KeyId=key)
    assert refused.code == "LimitExceededException"
    assert refused.message.startswith("The on-demand rotations limit has been reached for the given keyId.")
    pages = root("ListKeyRotations", KeyId=key, Limit=20)
    assert (len(pages["Rotations"]), pages["Truncated"]) == (20, True)
    rest = root("ListKeyRotations", KeyId=key, Limit=20, Marker=pages["NextMarker"])
    assert (len(rest["Rotations"]), rest["Truncated"]) == (5, False)
    assert root.refused("ListKeyRotations", KeyId=key, Marker="x").code == "InvalidMarkerException"


def test_a_policy_may_bound_the_period(service: InProcess, root: Caller, key: str) -> None:
    too_short = {"NumericLessThan": {"kms:RotationPeriodInDays": "365"}}
    service.write_policy(key, allow(), deny(action="kms:EnableKeyRotation", Condition=too_short))
    root("EnableKeyRotation", KeyId=key)
    refused = root.refused("EnableKeyRotation", KeyId=key, RotationPeriodInDays=364)
    assert refused.code == "AccessDeniedException"


def test_a_rotation_on_demand_just_before_an_automatic_one(service: InProcess, root: Caller, key: str) -> None:
    root("EnableKeyRotation", KeyId=key)
    service.write(key, next_rotation_date=time.time() + 1_190)
    assert root.refused("RotateKeyOnDemand", KeyId=key).code == "ConflictException"
    service.write(key, next_rotation_date=time.time() + 1_210)
    root("RotateKeyOnDemand", KeyId=key)


def test_keys_that_are_not_rotated(root: Caller) -> None:
    mac = root.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    for operation in ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "ListKeyRotations"):
        assert root.refused(operation, KeyId=mac) == (UNSUPPORTED, "")
    assert root("GetKeyRotationStatus", KeyId=mac)["KeyRotationEnabled"] is False
    external = root.key(Origin="EXTERNAL")
    wrong = (UNSUPPORTED, f"{external} origin is EXTERNAL which is not valid for this operation.")
    for operation in ("EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus"):
        assert root.refused(operation, KeyId=external) == wrong
    assert root.refused("RotateKeyOnDemand", KeyId=external) == (
        "KMSInvalidStateException",
        f"{external} is pending import.",
    )


@pytest.mark.parametrize("origin", ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"])
def test_keys_in_custom_key_stores_are_not_rotated(service: InProcess, root: Caller, key: str, origin: str) -> None:
    service.write(key, origin=origin)
    text = f"{key} origin is {origin} which is not valid for this operation."
    for operation in ("EnableKeyRotation", "GetKeyRotationStatus", "RotateKeyOnDemand", "ListKeyRotations"):
        assert root.refused(operation, KeyId=key) == (UNSUPPORTED, text)


def test_imported_material_is_rotated_on_demand(service: InProcess, root: Caller) -> None:
    key = import_into(root, root.key(Origin="EXTERNAL"), bytes(32))
    blob = root("Encrypt", KeyId=key, Plaintext=b"old")["CiphertextBlob"]
    refused = root.refused("RotateKeyOnDemand", KeyId=key)
    text = f"No available key material pending rotation for the key: {key}."
    assert refused == ("KMSInvalidStateException", text)
    import_into(root, key, bytes(31) + b"1", ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="second")
    listed = rotations(root, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [each["KeyMaterialState"] for each in listed] == ["CURRENT", "PENDING_ROTATION"]
    assert [each["ImportState"] for each in listed] == ["IMPORTED", "IMPORTED"]
    assert listed[1]["KeyMaterialDescription"] == "second"
    root("RotateKeyOnDemand", KeyId=key)
    assert turn(service) == 1
    assert [each["KeyMaterialState"] for each in rotations(root, key)] == ["CURRENT"]
    assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"old"
    assert root("DescribeKey", KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"] == listed[1]["KeyMaterialId"]


def test_pending_material_that_is_deleted_before_its_rotation(service: InProcess, root: Caller) -> None:
    key = import_into(root, root.key(Origin="EXTERNAL"), bytes(32))
    import_into(root, key, bytes(31) + b"1", ImportType="NEW_KEY_MATERIAL")
    pending = rotations(root, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")[1]["KeyMaterialId"]
    root("RotateKeyOnDemand", KeyId=key)
    root("DeleteImportedKeyMaterial", KeyId=key, KeyMaterialId=pending)
    assert turn(service) == 0
    assert "OnDemandRotationStartDate" not in root("GetKeyRotationStatus", KeyId=key)
    assert root("Encrypt", KeyId=key, Plaintext=b"x")["KeyId"] == key


def test_material_that_a_replica_has_no_more_is_not_rotated_to(service: InProcess, root: Caller) -> None:
    there = service.root(REPLICA_REGION)
    key = import_into(root, root.key(MultiRegion=True, Origin="EXTERNAL"), bytes(32))
    replica = root("ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION)["ReplicaKeyMetadata"]["Arn"]
    root.settle()
    import_into(there, replica, bytes(32))
    import_into(root, key, b"1" * 32, ImportType="NEW_KEY_MATERIAL")
    import_into(there, replica, b"1" * 32)
    pending = rotations(root, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")[-1]["KeyMaterialId"]
    there("DeleteImportedKeyMaterial", KeyId=replica, KeyMaterialId=pending)
    assert root.refused("RotateKeyOnDemand", KeyId=key).code == "KMSInvalidStateException"
    assert rotations(there, replica, IncludeKeyMaterial="ALL_KEY_MATERIAL")[-1]["ImportState"] == "PENDING_IMPORT"
    import_into(there, replica, b"1" * 32)
    root("RotateKeyOnDemand", KeyId=key)
    assert turn(service) == 1
    assert rotations(there, replica)[-1]["KeyMaterialId"] == pending


def test_materials_of_a_new_replica_are_listed_in_the_order_of_the_rotations(service: InProcess, root: Caller) -> None:
    key = root.key(MultiRegion=True)
    for number in range(8):
        root("RotateKeyOnDemand", KeyId=key)
        assert turn(service, number) == 1
    replica = root("ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION)["ReplicaKeyMetadata"]["Arn"]
    here, there = (
        [each["KeyMaterialId"] for each in rotations(caller, arn, IncludeKeyMaterial="ALL_KEY_MATERIAL")]
        for caller, arn in ((root, key), (service.root(REPLICA_REGION), replica))
    )
    assert (len(here), here) == (9, there)
