"""What each operation supplies to conditions, held against AWS's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.kms import OPERATIONS

if TYPE_CHECKING:
    from strongroom.api.declare import Needs

CONTEXT: Final = "kms:EncryptionContext:KEY"
TAGS: Final = "aws:RequestTag/KEY"

# Source: AWS KMS Developer Guide, "AWS KMS permissions": condition keys of the request, beside those of every
# operation and those that api.conditions works out from other things than the request's members.
SUPPLIED: Final = f"""
CreateGrant         kms:GrantConstraintType kms:GrantConstraintSourceArn kms:GranteePrincipal kms:GrantOperations
CreateGrant         kms:GranteeServicePrincipal kms:RetiringPrincipal kms:RetiringServicePrincipal {CONTEXT}
CreateKey           kms:BypassPolicyLockoutSafetyCheck kms:KeySpec kms:KeyUsage kms:KeyOrigin kms:MultiRegion
CreateKey           kms:MultiRegionKeyType {TAGS}
CreateKey/TagResource kms:KeySpec kms:KeyUsage kms:KeyOrigin kms:MultiRegion kms:MultiRegionKeyType {TAGS}
Decapsulate         kms:EncapsulationAlgorithm
DeriveSharedSecret  kms:KeyAgreementAlgorithm
EnableKeyRotation   kms:RotationPeriodInDays
Encapsulate         kms:EncapsulationAlgorithm
GenerateDataKeyPair kms:DataKeyPairSpec kms:EncryptionAlgorithm {CONTEXT}
GenerateDataKeyPairWithoutPlaintext kms:DataKeyPairSpec kms:EncryptionAlgorithm {CONTEXT}
GenerateMac         kms:MacAlgorithm
GetParametersForImport kms:WrappingAlgorithm kms:WrappingKeySpec
ImportKeyMaterial   kms:ExpirationModel kms:ValidTo
ReplicateKey        kms:ReplicaRegion
ReplicateKey/CreateKey aws:RequestedRegion kms:BypassPolicyLockoutSafetyCheck kms:MultiRegion
ReplicateKey/CreateKey kms:MultiRegionKeyType {TAGS}
ReplicateKey/TagResource aws:RequestedRegion kms:MultiRegion kms:MultiRegionKeyType {TAGS}
Sign                kms:MessageType kms:SigningAlgorithm
UpdatePrimaryRegion kms:PrimaryRegion
Verify              kms:MessageType kms:SigningAlgorithm
VerifyMac           kms:MacAlgorithm
Decrypt             kms:EncryptionAlgorithm {CONTEXT}
Encrypt             kms:EncryptionAlgorithm {CONTEXT}
GenerateDataKey     kms:EncryptionAlgorithm {CONTEXT}
GenerateDataKeyWithoutPlaintext kms:EncryptionAlgorithm {CONTEXT}
GetKeyPolicy        kms:PolicyName
PutKeyPolicy        kms:PolicyName kms:BypassPolicyLockoutSafetyCheck
ReEncrypt/ReEncryptFrom kms:EncryptionAlgorithm {CONTEXT}
ReEncrypt/ReEncryptTo kms:EncryptionAlgorithm {CONTEXT}
ScheduleKeyDeletion kms:ScheduleKeyDeletionPendingWindowInDays
TagResource         {TAGS}
UntagResource       {TAGS}
"""

KEY: Final = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN: Final = f"arn:aws:kms:us-east-1:111122223333:key/{KEY}"
ROOT: Final = "arn:aws:iam::111122223333:root"
SIGNED: Final = {"key_id": KEY, "message": b"x"}


def permissions() -> dict[str, Needs]:
    """Give each permission by operation, and by action where that has another name."""
    return {
        name if needs.action == f"kms:{name}" else f"{name}/{needs.action.removeprefix('kms:')}": needs
        for name, operation in OPERATIONS.items()
        for needs in operation.needs
    }


def test_each_permission_is_supplied_with_what_aws_documents() -> None:
    expected: dict[str, set[str]] = {}
    for line in SUPPLIED.strip().splitlines():
        name, *keys = line.split()
        expected.setdefault(name, set()).update(key if "KEY" in key else key.lower() for key in keys)
    found = {
        name: set(needs.supplies)
        | ({CONTEXT} if needs.encryption_context is not None else set())
        | ({TAGS} if needs.tags is not None else set())
        for name, needs in permissions().items()
    }
    assert {name: keys for name, keys in found.items() if keys} == expected


@pytest.mark.parametrize(
    ("permission", "members", "key", "values"),
    [
        ("CreateKey", {}, "kms:keyspec", ("SYMMETRIC_DEFAULT",)),
        ("CreateKey", {"customer_master_key_spec": "RSA_2048"}, "kms:keyspec", ("RSA_2048",)),
        ("CreateKey", {"key_spec": "HMAC_256"}, "kms:keyspec", ("HMAC_256",)),
        ("CreateKey", {}, "kms:keyusage", ("ENCRYPT_DECRYPT",)),
        ("CreateKey", {}, "kms:keyorigin", ("AWS_KMS",)),
        ("CreateKey", {}, "kms:multiregion", ("false",)),
        ("CreateKey", {"multi_region": True}, "kms:multiregion", ("true",)),
        ("CreateKey", {}, "kms:multiregionkeytype", None),
        ("CreateKey", {"multi_region": True}, "kms:multiregionkeytype", ("PRIMARY",)),
        ("CreateKey", {}, "kms:bypasspolicylockoutsafetycheck", None),
        (
            "CreateKey",
            {"bypass_policy_lockout_safety_check": False},
            "kms:bypasspolicylockoutsafetycheck",
            ("false",),
        ),
        ("GenerateDataKey", {"key_id": KEY}, "kms:encryptionalgorithm", ("SYMMETRIC_DEFAULT",)),
        ("Encrypt", {"key_id": KEY, "plaintext": b"x"}, "kms:encryptionalgorithm", ("SYMMETRIC_DEFAULT",)),
        (
            "ReEncrypt/ReEncryptTo",
            {"destination_key_id": KEY, "destination_encryption_algorithm": "RSAES_OAEP_SHA_256"},
            "kms:encryptionalgorithm",
            ("RSAES_OAEP_SHA_256",),
        ),
        ("Sign", {"signing_algorithm": "ECDSA_SHA_256", **SIGNED}, "kms:messagetype", ("RAW",)),
        ("Sign", {"signing_algorithm": "ECDSA_SHA_256", **SIGNED}, "kms:signingalgorithm", ("ECDSA_SHA_256",)),
        (
            "Verify",
            {"signing_algorithm": "ML_DSA_SHAKE_256", "message_type": "EXTERNAL_MU", "signature": b"x", **SIGNED},
            "kms:messagetype",
            ("EXTERNAL_MU",),
        ),
        ("GenerateMac", {"mac_algorithm": "HMAC_SHA_256", **SIGNED}, "kms:macalgorithm", ("HMAC_SHA_256",)),
        ("VerifyMac", {"mac_algorithm": "HMAC_SHA_224", "mac": b"x", **SIGNED}, "kms:macalgorithm", ("HMAC_SHA_224",)),
        (
            "DeriveSharedSecret",
            {"key_id": KEY, "key_agreement_algorithm": "ECDH", "public_key": b"x"},
            "kms:keyagreementalgorithm",
            ("ECDH",),
        ),
        (
            "Encapsulate",
            {"key_id": KEY, "encapsulation_algorithm": "ML_KEM"},
            "kms:encapsulationalgorithm",
            ("ML_KEM",),
        ),
        ("GenerateDataKeyPair", {"key_id": KEY, "key_pair_spec": "SM2"}, "kms:datakeypairspec", ("SM2",)),
        (
            "GenerateDataKeyPairWithoutPlaintext",
            {"key_id": KEY, "key_pair_spec": "SM2"},
            "kms:encryptionalgorithm",
            ("SYMMETRIC_DEFAULT",),
        ),
        ("GetKeyPolicy", {"key_id": KEY}, "kms:policyname", ("default",)),
        ("PutKeyPolicy", {"key_id": KEY, "policy": "{}", "policy_name": "AWS_RAM"}, "kms:policyname", ("AWS_RAM",)),
        ("ScheduleKeyDeletion", {"key_id": KEY}, "kms:schedulekeydeletionpendingwindowindays", ("30",)),
        (
            "ScheduleKeyDeletion",
            {"key_id": KEY, "pending_window_in_days": 7},
            "kms:schedulekeydeletionpendingwindowindays",
            ("7",),
        ),
        (
            "CreateGrant",
            {"key_id": KEY, "operations": ["Decrypt", "Encrypt"]},
            "kms:grantoperations",
            ("Decrypt", "Encrypt"),
        ),
        ("CreateGrant", {"key_id": KEY, "operations": []}, "kms:grantconstrainttype", None),
        ("CreateGrant", {"key_id": KEY, "operations": []}, "kms:grantconstraintsourcearn", None),
        ("CreateGrant", {"key_id": KEY, "operations": [], "grantee_principal": ROOT}, "kms:granteeprincipal", (ROOT,)),
    ],
)
def test_values(permission: str, members: dict[str, Any], key: str, values: tuple[str, ...] | None) -> None:
    request = OPERATIONS[permission.partition("/")[0]].request(**members)
    assert permissions()[permission].supplies[key](request) == values
