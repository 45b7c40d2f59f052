"""Multi-Region keys."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.jobs.deletion import delete_due_keys
from strongroom.jobs.rotation import rotate_due_keys
from strongroom.jobs.transitions import finish_transitions
from tests.support.in_process import ACCOUNT, REGION, allow, policy
from tests.support.samples import REPLICA_REGION, import_into, import_request

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

DAY: Final = 86_400
UNSUPPORTED: Final = "UnsupportedOperationException"


@pytest.fixture
def there(service: InProcess) -> Caller:
    """The root user in the replica's Region."""
    return service.root(REPLICA_REGION)


def replicate(root: Caller, key: str, **members: object) -> str:
    arn: str = root("ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION, **members)["ReplicaKeyMetadata"]["Arn"]
    root.settle()
    return arn


def identity_policy(statement: dict[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [statement]}


def metadata(root: Caller, key: str) -> dict[str, Any]:
    found: dict[str, Any] = root("DescribeKey", KeyId=key)["KeyMetadata"]
    return found


@pytest.fixture
def primary(root: Caller) -> str:
    return root.key(MultiRegion=True)


def test_a_replica_is_related_and_its_own(root: Caller, there: Caller, primary: str) -> None:
    tags = [{"TagKey": "team", "TagValue": "red"}]
    answer = root("ReplicateKey", KeyId=primary, ReplicaRegion=REPLICA_REGION, Description="the replica", Tags=tags)
    made = answer["ReplicaKeyMetadata"]
    replica = primary.replace(REGION, REPLICA_REGION)
    assert (made["Arn"], made["KeyState"], made["Description"]) == (replica, "Creating", "the replica")
    assert made["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": {"Arn": primary, "Region": REGION},
        "ReplicaKeys": [{"Arn": replica, "Region": REPLICA_REGION}],
    }
    assert answer["ReplicaTags"] == tags
    assert there("ListResourceTags", KeyId=replica)["Tags"] == tags
    assert there("GetKeyPolicy", KeyId=replica)["Policy"] == answer["ReplicaPolicy"]
    refused = there.refused("Encrypt", KeyId=replica, Plaintext=b"x")
    assert refused == ("KMSInvalidStateException", f"{replica} is creating.")
    root.settle()
    assert metadata(there, replica)["KeyState"] == "Enabled"
    assert metadata(root, primary)["MultiRegionConfiguration"]["ReplicaKeys"] == [
        {"Arn": replica, "Region": REPLICA_REGION}
    ]
    assert metadata(there, replica)["CurrentKeyMaterialId"] == metadata(root, primary)["CurrentKeyMaterialId"]


def test_related_keys_open_each_others_ciphertexts(root: Caller, there: Caller, primary: str) -> None:
    replica = replicate(root, primary)
    blob = root("Encrypt", KeyId=primary, Plaintext=b"here")["CiphertextBlob"]
    assert there("Decrypt", CiphertextBlob=blob)["KeyId"] == replica
    blob = there("Encrypt", KeyId=replica, Plaintext=b"there")["CiphertextBlob"]
    assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"there"
    there("DisableKey", KeyId=replica)
    assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"there"
    refused = there.refused("Decrypt", CiphertextBlob=blob)
    assert refused.code == "DisabledException"


def test_related_keys_verify_each_others_signatures(root: Caller, there: Caller) -> None:
    key = root.key(MultiRegion=True, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    replica = replicate(root, key)
    members = {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = root("Sign", KeyId=key, **members)["Signature"]
    assert there("Verify", KeyId=replica, **members, Signature=signature)["SignatureValid"] is True
    assert there("GetPublicKey", KeyId=replica)["PublicKey"] == root("GetPublicKey", KeyId=key)["PublicKey"]


def test_what_cannot_be_replicated(root: Caller, there: Caller, primary: str, key: str) -> None:
    refused = root.refused("ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION)
    assert refused == (UNSUPPORTED, f"{key} is not a multi-region primary key.")
    replica = replicate(root, primary)
    assert root.refused("ReplicateKey", KeyId=primary, ReplicaRegion=REPLICA_REGION).code == "AlreadyExistsException"
    refused = there.refused("ReplicateKey", KeyId=replica, ReplicaRegion="eu-central-1")
    assert refused == (UNSUPPORTED, f"{replica} is not a multi-region primary key.")
    refused = root.refused("ReplicateKey", KeyId=primary, ReplicaRegion="eu-nowhere-1")
    assert refused.code == "ValidationException"


def test_a_policy_of_its_own(root: Caller, there: Caller, primary: str) -> None:
    own = policy(allow())
    refused = root.refused(
        "ReplicateKey", KeyId=primary, ReplicaRegion=REPLICA_REGION, Policy=policy(allow(action="kms:Encrypt"))
    )
    assert refused.code == "MalformedPolicyDocumentException"
    replica = replicate(root, primary, Policy=own)
    assert json.loads(there("GetKeyPolicy", KeyId=replica)["Policy"]) == json.loads(own)


def test_the_permissions_for_the_new_key_are_those_of_its_region(service: InProcess, primary: str) -> None:
    service.write_policy(primary, allow("*"))
    document = allow(action=["kms:ReplicateKey", "kms:CreateKey"], Resource="*")
    del document["Principal"]
    only_there = {
        "StringEquals": {
            "aws:RequestedRegion": REPLICA_REGION,
            "kms:KeySpec": "SYMMETRIC_DEFAULT",
            "kms:MultiRegionKeyType": "REPLICA",
        }
    }
    allowed = {**document, "Action": "kms:CreateKey", "Condition": only_there}
    alice = service.user("Alice", identity_policy(allowed))
    replica = alice("ReplicateKey", KeyId=primary, ReplicaRegion=REPLICA_REGION)["ReplicaKeyMetadata"]
    assert replica["MultiRegion"] is True
    refused = alice.refused(
        "ReplicateKey", KeyId=primary, ReplicaRegion="eu-central-1", Tags=[{"TagKey": "a", "TagValue": ""}]
    )
    assert refused.code == "AccessDeniedException"
    elsewhere = {"StringEquals": {"aws:RequestedRegion": REGION}}
    bob = service.user("Bob", identity_policy({**allowed, "Condition": elsewhere}))
    refused = bob.refused("ReplicateKey", KeyId=primary, ReplicaRegion="eu-central-1")
    assert (refused.code, "kms:CreateKey" in refused.message) == ("AccessDeniedException", True)


def test_promoting_a_replica(root: Caller, there: Caller, primary: str) -> None:
    replica = replicate(root, primary)
    root("EnableKeyRotation", KeyId=primary, RotationPeriodInDays=90)
    root("UpdatePrimaryRegion", KeyId=primary, PrimaryRegion=REPLICA_REGION)
    assert (metadata(root, primary)["KeyState"], metadata(there, replica)["KeyState"]) == ("Updating", "Updating")
    # A key that is being updated can be used all the time.
    blob = root("Encrypt", KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert there("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"
    root.settle()
    assert metadata(there, replica)["MultiRegionConfiguration"]["MultiRegionKeyType"] == "PRIMARY"
    assert metadata(root, primary)["MultiRegionConfiguration"]["PrimaryKey"]["Region"] == REPLICA_REGION
    assert metadata(root, primary)["KeyState"] == "Enabled"
    status = there("GetKeyRotationStatus", KeyId=replica)
    assert status["RotationPeriodInDays"] == 90
    assert root("GetKeyRotationStatus", KeyId=primary)["NextRotationDate"] == status["NextRotationDate"]
    refused = root.refused("UpdatePrimaryRegion", KeyId=primary, PrimaryRegion=REPLICA_REGION)
    assert refused == (UNSUPPORTED, f"{primary} is not a multi-region primary key.")


def test_regions_that_cannot_become_the_primary(root: Caller, primary: str, key: str) -> None:
    refused = root.refused("UpdatePrimaryRegion", KeyId=primary, PrimaryRegion=REPLICA_REGION)
    assert refused == (UNSUPPORTED, f"{primary} has no related key in {REPLICA_REGION}.")
    refused = root.refused("UpdatePrimaryRegion", KeyId=primary, PrimaryRegion=REGION)
    assert refused == (UNSUPPORTED, f"{primary} is the primary key already.")
    assert root.refused("UpdatePrimaryRegion", KeyId=key, PrimaryRegion=REGION).code == UNSUPPORTED
    assert (
        root.refused("UpdatePrimaryRegion", KeyId=primary, PrimaryRegion="eu-nowhere-1").code == "ValidationException"
    )


def test_the_primary_waits_for_its_replicas(service: InProcess, root: Caller, there: Caller, primary: str) -> None:
    replica = replicate(root, primary)
    answer = root("ScheduleKeyDeletion", KeyId=primary, PendingWindowInDays=7)
    assert answer == {"KeyId": primary, "KeyState": "PendingReplicaDeletion", "PendingWindowInDays": 7}
    assert service.records[-1]["responseElements"]["pendingWindowInDays"] == 7
    shown = metadata(root, primary)
    assert (shown["KeyState"], shown["PendingDeletionWindowInDays"]) == ("PendingReplicaDeletion", 7)
    assert "DeletionDate" not in shown
    there("ScheduleKeyDeletion", KeyId=replica, PendingWindowInDays=7)
    now = time.time()
    finish_transitions(service.store, now + 6 * DAY)
    assert metadata(root, primary)["KeyState"] == "PendingReplicaDeletion"
    assert delete_due_keys(service.store, service.key_stores, now + 7 * DAY + 60) == 1
    assert finish_transitions(service.store, now + 8 * DAY) == 1
    shown = metadata(root, primary)
    assert shown["KeyState"] == "PendingDeletion"
    assert abs(shown["DeletionDate"].timestamp() - now - 15 * DAY) < 60
    assert delete_due_keys(service.store, service.key_stores, now + 16 * DAY) == 1
    assert root.refused("DescribeKey", KeyId=primary).code == "NotFoundException"


def test_cancelling_while_it_waits(root: Caller, primary: str) -> None:
    replicate(root, primary)
    root("ScheduleKeyDeletion", KeyId=primary)
    root("CancelKeyDeletion", KeyId=primary)
    shown = metadata(root, primary)
    assert (shown["KeyState"], "PendingDeletionWindowInDays" in shown) == ("Disabled", False)


def test_rotation_is_in_all_regions_at_once(service: InProcess, root: Caller, there: Caller, primary: str) -> None:
    replica = replicate(root, primary)
    refused = there.refused("EnableKeyRotation", KeyId=replica)
    assert refused == (UNSUPPORTED, f"{replica} is not a multi-region primary key.")
    assert there.refused("RotateKeyOnDemand", KeyId=replica).code == UNSUPPORTED
    root("RotateKeyOnDemand", KeyId=primary)
    assert "OnDemandRotationStartDate" in there("GetKeyRotationStatus", KeyId=replica)
    assert rotate_due_keys(service.store, service.opened.store_keys, time.time()) == 1
    blob = root("Encrypt", KeyId=primary, Plaintext=b"x")["CiphertextBlob"]
    assert there("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"
    assert metadata(there, replica)["CurrentKeyMaterialId"] == metadata(root, primary)["CurrentKeyMaterialId"]
    listed = there("ListKeyRotations", KeyId=replica)["Rotations"]
    assert [each["RotationType"] for each in listed] == ["ON_DEMAND"]


def test_material_is_imported_into_each_region(service: InProcess, root: Caller, there: Caller) -> None:
    key = import_into(root, root.key(MultiRegion=True, Origin="EXTERNAL"), bytes(32))
    replica = replicate(root, key)
    assert metadata(there, replica)["KeyState"] == "PendingImport"
    import_into(there, replica, bytes(32))
    assert metadata(there, replica)["KeyState"] == "Enabled"
    new = {"ImportType": "NEW_KEY_MATERIAL"}
    assert there.refused("ImportKeyMaterial", **import_request(there, replica, b"1" * 32), **new).code == UNSUPPORTED
    import_into(root, key, b"1" * 32, **new)
    assert states(root, key)[-1] == states(there, replica)[-1] == "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
    assert root.refused("RotateKeyOnDemand", KeyId=key).code == "KMSInvalidStateException"
    import_into(there, replica, b"1" * 32)
    assert states(root, key)[-1] == states(there, replica)[-1] == "PENDING_ROTATION"
    root("RotateKeyOnDemand", KeyId=key)
    rotate_due_keys(service.store, service.opened.store_keys, time.time())
    assert states(root, key) == states(there, replica) == ["NON_CURRENT", "CURRENT"]
    blob = there("Encrypt", KeyId=replica, Plaintext=b"x")["CiphertextBlob"]
    assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"


def test_material_that_is_imported_after_the_replica_was_made(root: Caller, there: Caller) -> None:
    key = root.key(MultiRegion=True, Origin="EXTERNAL", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    # Only an enabled key is replicated, and it is enabled by its material.
    assert root.refused("ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION).code == "KMSInvalidStateException"
    import_into(root, key, bytes(32))
    replica = replicate(root, key)
    root("DeleteImportedKeyMaterial", KeyId=key)
    import_into(there, replica, bytes(32))
    members = {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
    mac = there("GenerateMac", KeyId=replica, **members)["Mac"]
    import_into(root, key, bytes(32))
    assert root("VerifyMac", KeyId=key, **members, Mac=mac)["MacValid"] is True


def states(root: Caller, key: str) -> list[str]:
    listed = root("ListKeyRotations", KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    return [each["KeyMaterialState"] for each in listed]


def test_a_new_key_has_a_key_id_of_its_own_form(root: Caller, primary: str) -> None:
    assert primary.startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-")
    assert metadata(root, primary)["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": primary, "Region": REGION},
        "ReplicaKeys": [],
    }
