"""What audit records show: exactly the declared parameters, and never a secret."""

from __future__ import annotations

import base64
import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest

from strongroom.api.kms import OPERATIONS
from strongroom.api.recording import recorded_parameters, recorded_value
from strongroom.model.arn import alias_arn
from strongroom.model.principal import root_principal
from strongroom.protocol.structures import AwsStruct
from tests.support.in_process import ACCOUNT, REGION, SOURCE_IP, Caller, InProcess, allow, policy
from tests.support.key_stores import CLOUD_HSM_STORE, CLUSTER_ID, PASSWORD
from tests.support.samples import CONTEXT, PLAINTEXT, REPLICA_REGION, prepare

PLANTED: Final = b"a planted secret that no record may show"
CONTEXTS: Final = {"EncryptionContext": CONTEXT}
LOGGED_CONTEXT: Final = {"encryptionContext": CONTEXT}
SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
NEW_POLICY: Final = policy(allow())
TAG: Final = {"TagKey": "Team", "TagValue": "Payments"}

# What is asked for beyond the sample, and what the record shows beyond the members that name keys and aliases.
MORE: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "CancelKeyDeletion": ({}, {}),
    "CreateAlias": ({}, {}),
    "CreateKey": (
        {
            "Policy": NEW_POLICY,
            "Description": "text",
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeySpec": SYMMETRIC,
            "Origin": "AWS_KMS",
            "BypassPolicyLockoutSafetyCheck": True,
            "Tags": [TAG],
            "MultiRegion": False,
        },
        {
            "policy": NEW_POLICY,
            "description": "text",
            "keyUsage": "ENCRYPT_DECRYPT",
            "keySpec": SYMMETRIC,
            "origin": "AWS_KMS",
            "bypassPolicyLockoutSafetyCheck": True,
            "tags": [{"tagKey": "Team", "tagValue": "Payments"}],
            "multiRegion": False,
        },
    ),
    "CreateGrant": (
        {"Name": "a-grant"},
        {"granteePrincipal": ROOT, "operations": ["Decrypt", "DescribeKey"], "name": "a-grant"},
    ),
    "ConnectCustomKeyStore": ({}, {}),
    "CreateCustomKeyStore": (
        {},
        {
            "customKeyStoreName": CLOUD_HSM_STORE["CustomKeyStoreName"],
            "customKeyStoreType": "AWS_CLOUDHSM",
            "cloudHsmClusterId": CLUSTER_ID,
        },
    ),
    "DeleteCustomKeyStore": ({}, {}),
    "DescribeCustomKeyStores": ({"Limit": 5}, {"limit": 5}),
    "DisconnectCustomKeyStore": ({}, {}),
    "UpdateCustomKeyStore": ({"KeyStorePassword": PASSWORD}, {"newCustomKeyStoreName": "another"}),
    "Decrypt": ({}, {"encryptionAlgorithm": SYMMETRIC}),
    "DeleteAlias": ({}, {}),
    "DescribeKey": ({}, {}),
    "Decapsulate": ({}, {"encapsulationAlgorithm": "ML_KEM"}),
    "DeleteImportedKeyMaterial": ({}, {}),
    "DeriveSharedSecret": ({}, {"keyAgreementAlgorithm": "ECDH"}),
    "DisableKeyRotation": ({}, {}),
    "EnableKeyRotation": ({"RotationPeriodInDays": 90}, {"rotationPeriodInDays": 90}),
    "Encapsulate": ({}, {"encapsulationAlgorithm": "ML_KEM"}),
    "GenerateDataKeyPair": (CONTEXTS, {**LOGGED_CONTEXT, "keyPairSpec": "ECC_NIST_P256"}),
    "GenerateDataKeyPairWithoutPlaintext": (CONTEXTS, {**LOGGED_CONTEXT, "keyPairSpec": "ECC_NIST_P256"}),
    "GenerateMac": ({}, {"macAlgorithm": "HMAC_SHA_256"}),
    "GetKeyLastUsage": ({}, {}),
    "GetKeyRotationStatus": ({}, {}),
    "GetParametersForImport": ({}, {"wrappingAlgorithm": "RSAES_OAEP_SHA_256", "wrappingKeySpec": "RSA_2048"}),
    "GetPublicKey": ({}, {}),
    "ImportKeyMaterial": ({}, {"expirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}),
    "ListKeyRotations": ({"Limit": 5}, {"limit": 5}),
    "ReplicateKey": (
        {"Description": "text"},
        {"replicaRegion": REPLICA_REGION, "description": "text", "bypassPolicyLockoutSafetyCheck": False},
    ),
    "RotateKeyOnDemand": ({}, {}),
    "Sign": ({}, {"messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256"}),
    "UpdatePrimaryRegion": ({}, {"primaryRegion": REPLICA_REGION}),
    "Verify": ({}, {"messageType": "RAW", "signingAlgorithm": "ECDSA_SHA_256"}),
    "VerifyMac": ({}, {"macAlgorithm": "HMAC_SHA_256"}),
    "DisableKey": ({}, {}),
    "EnableKey": ({}, {}),
    "Encrypt": (
        {**CONTEXTS, "Plaintext": PLANTED, "EncryptionAlgorithm": SYMMETRIC},
        {**LOGGED_CONTEXT, "encryptionAlgorithm": SYMMETRIC},
    ),
    "GenerateDataKey": (CONTEXTS, {**LOGGED_CONTEXT, "keySpec": "AES_256"}),
    "GenerateDataKeyWithoutPlaintext": (CONTEXTS, {**LOGGED_CONTEXT, "keySpec": "AES_256"}),
    "GenerateRandom": ({}, {"numberOfBytes": 32}),
    "GetKeyPolicy": ({"PolicyName": "default"}, {"policyName": "default"}),
    "ListAliases": ({"Limit": 5}, {"limit": 5}),
    "ListGrants": ({"Limit": 5}, {"limit": 5}),
    "ListKeyPolicies": ({"Limit": 5}, {"limit": 5}),
    "ListKeys": (
        {"Limit": 5, "ResourceOwners": ["SELF"]},
        {"limit": 5, "resourceOwners": ["SELF"]},
    ),
    "ListResourceTags": ({"Limit": 5}, {"limit": 5}),
    "ListRetirableGrants": ({"Limit": 5}, {"limit": 5, "retiringPrincipal": ROOT}),
    "PutKeyPolicy": (
        {"Policy": NEW_POLICY, "PolicyName": "default", "BypassPolicyLockoutSafetyCheck": False},
        {"policy": NEW_POLICY, "policyName": "default", "bypassPolicyLockoutSafetyCheck": False},
    ),
    "ReEncrypt": (
        {"DestinationEncryptionContext": CONTEXT},
        {
            "sourceEncryptionAlgorithm": SYMMETRIC,
            "destinationEncryptionAlgorithm": SYMMETRIC,
            "destinationEncryptionContext": CONTEXT,
        },
    ),
    "RetireGrant": ({}, {}),
    "RevokeGrant": ({}, {}),
    "ScheduleKeyDeletion": ({"PendingWindowInDays": 7}, {"pendingWindowInDays": 7}),
    "TagResource": ({"Tags": [TAG]}, {"tags": [{"tagKey": "Team", "tagValue": "Payments"}]}),
    "UntagResource": ({"TagKeys": ["Team"]}, {"tagKeys": ["Team"]}),
    "UpdateAlias": ({}, {}),
    "UpdateKeyDescription": ({"Description": "text"}, {"description": "text"}),
}
NAMES: Final = {
    "KeyId": "keyId",
    "SourceKeyId": "sourceKeyId",
    "DestinationKeyId": "destinationKeyId",
    "TargetKeyId": "targetKeyId",
    "AliasName": "aliasName",
    "GrantId": "grantId",
    "CustomKeyStoreId": "customKeyStoreId",
}
NAMED_BY_CIPHERTEXT: Final = {"Decrypt": "keyId", "ReEncrypt": "sourceKeyId"}
READ_ONLY: Final = {
    "Decapsulate",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "Encapsulate",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "GetKeyLastUsage",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ListKeyRotations",
    "Sign",
    "Verify",
    "VerifyMac",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateRandom",
    "GetKeyPolicy",
    "ListAliases",
    "ListGrants",
    "ListKeyPolicies",
    "ListKeys",
    "ListResourceTags",
    "ListRetirableGrants",
    "ReEncrypt",
}
# What beside its parameters the record of a symmetric operation shows of the keys.
SHOWS_MATERIAL: Final = {
    "Decrypt": ("keyMaterialId",),
    "Encrypt": ("keyMaterialId",),
    "GenerateDataKey": ("keyMaterialId",),
    "GenerateDataKeyWithoutPlaintext": ("keyMaterialId",),
    "ReEncrypt": ("sourceKeyMaterialId", "destinationKeyMaterialId"),
}
# Whose record shows the ARN of which of the request's keys as its only element.
SHOWS_KEY: Final = {
    "CancelKeyDeletion": 0,
    "CreateAlias": 0,
    "DeleteAlias": 0,
    "DisableKey": 0,
    "DisableKeyRotation": 0,
    "EnableKey": 0,
    "EnableKeyRotation": 0,
    "RotateKeyOnDemand": 0,
    "UpdatePrimaryRegion": 0,
    "RevokeGrant": 0,
    "TagResource": 0,
    "UntagResource": 0,
    "UpdateAlias": 1,
    "UpdateKeyDescription": 0,
}


class Inner(AwsStruct, frozen=True, kw_only=True):
    aws_account_id: str | None = msgspec.field(default=None, name="AWSAccountId")
    valid_to: float | None = None


class Outer(AwsStruct, frozen=True, kw_only=True):
    inner: list[Inner]
    encryption_context: dict[str, str]
    count: int


every_operation = pytest.mark.parametrize("operation", list(OPERATIONS))


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


@every_operation
def test_the_record_of_a_request(service: InProcess, root: Caller, operation: str) -> None:
    sample = prepare(root, operation)
    asked, shown = MORE[operation]
    members = {**sample.members, **asked}
    answer = root(operation, **members)
    record = service.records[-1]
    named = {spelled: members[name] for name, spelled in NAMES.items() if name in members}
    if operation in NAMED_BY_CIPHERTEXT:
        named = {NAMED_BY_CIPHERTEXT[operation]: sample.keys[0], **named}
    assert record["requestParameters"] == ({**named, **shown} or None)
    made = [answer[name]["Arn"] for name in ("KeyMetadata", "ReplicaKeyMetadata") if name in answer]
    made = [] if operation == "DescribeKey" else made
    aliases = [alias_arn(ACCOUNT, REGION, members["AliasName"])] if "AliasName" in members else []
    others: dict[str, list[object]] = {"RetireGrant": [members.get("KeyId")], "ListRetirableGrants": [ROOT]}
    found = others.get(operation, [])
    assert record["resources"] == [
        {"accountId": ACCOUNT, "type": "AWS::IAM::Account" if arn == ROOT else "AWS::KMS::Key", "ARN": arn}
        for arn in (*aliases, *sample.keys, *found, *made)
    ]
    assert record["readOnly"] is (operation in READ_ONLY)
    if operation in SHOWS_KEY:
        assert record["responseElements"] == {"keyId": sample.keys[SHOWS_KEY[operation]]}
    elif operation == "CreateGrant":
        assert record["responseElements"] == {"grantId": answer["GrantId"], "keyId": sample.keys[0]}
    elif operation in {"ImportKeyMaterial", "DeleteImportedKeyMaterial"}:
        expected = {"keyId": sample.keys[0], "keyMaterialId": answer["KeyMaterialId"]}
        assert record["responseElements"] == expected
    elif operation == "CreateCustomKeyStore":
        assert record["responseElements"] == {"customKeyStoreId": answer["CustomKeyStoreId"]}
    elif operation not in {"CreateKey", "ReplicateKey", "ScheduleKeyDeletion"}:
        assert record["responseElements"] is None
    assert "errorCode" not in record
    assert "errorMessage" not in record
    assert answer is not None


@every_operation
def test_the_rest_of_a_record(service: InProcess, root: Caller, operation: str) -> None:
    sample = prepare(root, operation)
    root(operation, **sample.members)
    record = service.records[-1]
    shown = {
        name: service.kept(arn).current_material_id
        for name, arn in zip(SHOWS_MATERIAL.get(operation, ()), sample.keys, strict=False)
    }
    assert record.pop("additionalEventData", {}) == shown
    for name in ("requestParameters", "responseElements", "resources", "readOnly"):
        del record[name]
    assert uuid.UUID(record.pop("eventID")) != uuid.UUID(record.pop("requestID"))
    assert record.pop("userAgent").startswith("Boto3/")
    recorded = datetime.strptime(record.pop("eventTime"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs(recorded.timestamp() - time.time()) < 60
    identity = record.pop("userIdentity")
    assert identity.pop("accessKeyId").startswith("AKIA")
    assert identity == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "accountId": ACCOUNT,
    }
    assert record == {
        "eventVersion": "1.11",
        "eventSource": "kms.amazonaws.com",
        "eventName": operation,
        "awsRegion": REGION,
        "sourceIPAddress": SOURCE_IP,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_the_record_of_a_new_key_describes_it(service: InProcess, root: Caller) -> None:
    service.clock.offset = 0.0
    metadata = root("CreateKey", Description="text")["KeyMetadata"]
    shown = service.records[-1]["responseElements"]
    created = metadata["CreationDate"].astimezone(UTC)
    assert shown == {
        "keyMetadata": {
            "aWSAccountId": ACCOUNT,
            "keyId": metadata["KeyId"],
            "arn": metadata["Arn"],
            "creationDate": f"{created:%b} {created.day}, {created.year}, {created.hour % 12 or 12}:{created:%M:%S %p}",
            "enabled": True,
            "description": "text",
            "keyUsage": "ENCRYPT_DECRYPT",
            "keyState": "Enabled",
            "origin": "AWS_KMS",
            "keyManager": "CUSTOMER",
            "customerMasterKeySpec": SYMMETRIC,
            "keySpec": SYMMETRIC,
            "encryptionAlgorithms": [SYMMETRIC],
            "multiRegion": False,
            "currentKeyMaterialId": metadata["CurrentKeyMaterialId"],
        }
    }


def test_the_record_of_a_key_made_without_parameters_shows_what_was_meant(service: InProcess, root: Caller) -> None:
    root("CreateKey")
    assert service.records[-1]["requestParameters"] == {
        "description": "",
        "keyUsage": "ENCRYPT_DECRYPT",
        "origin": "AWS_KMS",
        "bypassPolicyLockoutSafetyCheck": False,
        "multiRegion": False,
    }


def test_the_record_of_a_session_tells_since_when(service: InProcess) -> None:
    before = int(time.time())
    service.as_principal(root_principal(ACCOUNT))("ListKeys")
    attributes = service.records[-1]["userIdentity"]["sessionContext"]["attributes"]
    issued = datetime.strptime(attributes["creationDate"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    assert before <= issued <= time.time()
    assert attributes["mfaAuthenticated"] == "false"


def test_the_record_of_a_scheduled_deletion_tells_when(service: InProcess, root: Caller, key: str) -> None:
    deletion = root("ScheduleKeyDeletion", KeyId=key)["DeletionDate"].timestamp()
    shown = service.records[-1]["responseElements"]
    assert shown == {"keyId": key, "keyState": "PendingDeletion", "deletionDate": recorded_value(deletion)}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1660171107.0, "Aug 10, 2022, 10:38:27 PM"),
        (1659312000.5, "Aug 1, 2022, 12:00:00 AM"),
        (1735732800.0, "Jan 1, 2025, 12:00:00 PM"),
    ],
)
def test_times_are_text(seconds: float, text: str) -> None:
    assert recorded_value(seconds) == text


def test_structures_are_spelled_as_cloudtrail_does_and_maps_are_the_callers() -> None:
    value = Outer(inner=[Inner(aws_account_id="1"), Inner(valid_to=0.0)], encryption_context={"AbC": "DeF"}, count=7)
    assert recorded_value(value) == {
        "inner": [{"aWSAccountId": "1"}, {"validTo": "Jan 1, 1970, 12:00:00 AM"}],
        "encryptionContext": {"AbC": "DeF"},
        "count": 7,
    }


def test_a_request_without_parameters_shows_none() -> None:
    operation = OPERATIONS["ListKeys"]
    assert recorded_parameters(operation, operation.decoder.decode(b"{}")) == {}


def test_an_empty_value_is_shown() -> None:
    operation = OPERATIONS["UpdateKeyDescription"]
    message = operation.decoder.decode(b'{"KeyId":"k","Description":""}')
    assert recorded_parameters(operation, message) == {"keyId": "k", "description": ""}


def secrets_of(answer: dict[str, Any]) -> list[bytes]:
    return [value for value in answer.values() if isinstance(value, bytes)]


def spellings(secret: bytes) -> list[str]:
    """Give the ways in which a record could hold bytes; half of them would be a leak too."""
    half = secret[: max(12, len(secret) // 2)]
    return [half.decode("latin-1"), half.hex(), base64.b64encode(half).decode().rstrip("=")[:-1], str(half)[2:-1]]


def test_no_record_shows_a_secret(service: InProcess, root: Caller, key: str) -> None:
    service.records.clear()
    blob = root("Encrypt", KeyId=key, Plaintext=PLANTED, EncryptionContext=CONTEXT)["CiphertextBlob"]
    secrets = [PLANTED, PLAINTEXT, blob, *map(str.encode, service.created.credentials[1:])]
    opened = root("Decrypt", CiphertextBlob=blob, EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == PLANTED
    secrets += secrets_of(root("ReEncrypt", CiphertextBlob=blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=key))
    for operation in ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"):
        secrets += secrets_of(root(operation, KeyId=key, KeySpec="AES_256"))
    secrets += secrets_of(root("GenerateRandom", NumberOfBytes=64))
    # Refused ones as well, for the state, the context, the size and the type.
    root.refused("Decrypt", CiphertextBlob=blob)
    root.refused("Decrypt", CiphertextBlob=blob + PLANTED)
    root.refused("Encrypt", KeyId=key, Plaintext=PLANTED * 200)
    root.refused("Encrypt", KeyId=key, Plaintext=PLANTED, DryRun=True)
    root.refused("Encrypt", KeyId=key, Plaintext=PLANTED, EncryptionAlgorithm="SM2PKE")
    recipient = {"AttestationDocument": PLANTED * 10}
    root.refused("Decrypt", CiphertextBlob=blob, Recipient=recipient)
    root("DisableKey", KeyId=key)
    root.refused("Encrypt", KeyId=key, Plaintext=PLANTED)
    for body in (f'{{"Plaintext":"{PLANTED.decode()}"}}', f'{{"Plaintext":["{PLANTED.decode()}"]}}', PLANTED.decode()):
        service.send(service.signed("TrentService.Encrypt", body.encode()))
    with service.store.read() as reader:
        secrets += [material.wrapped for material in reader.keys.materials(service.kept(key).place)]
    text = json.dumps(service.records, ensure_ascii=False)
    assert len(service.records) == 17
    for secret in secrets:
        for spelling in spellings(secret):
            assert spelling not in text


def test_what_is_never_logged_is_never_declared() -> None:
    never = {"plaintext", "ciphertextBlob", "grantTokens", "recipient"}
    for operation in OPERATIONS.values():
        assert never.isdisjoint(dict(operation.logs))


@pytest.mark.parametrize(
    ("operation", "members", "code"),
    [
        ("Encrypt", {}, "ValidationException"),
        ("DescribeKey", {"KeyId": "x"}, "NotFoundException"),
        ("CancelKeyDeletion", {}, "KMSInvalidStateException"),
        ("Decrypt", {"CiphertextBlob": b"x"}, "InvalidCiphertextException"),
        ("GenerateDataKey", {"NumberOfBytes": 1, "DryRun": True}, "DryRunOperationException"),
        ("GetKeyPolicy", {"PolicyName": "x"}, "NotFoundException"),
        ("ListResourceTags", {"Marker": "x"}, "InvalidMarkerException"),
    ],
)
def test_refused_requests_are_recorded(
    service: InProcess, root: Caller, operation: str, members: dict[str, Any], code: str
) -> None:
    key = root.key()
    in_outbox = len(service.outbox())
    refused = root.refused(operation, **{"KeyId": key, **members})
    record = service.records[-1]
    assert (record["eventName"], record["errorCode"], refused.code) == (operation, code, code)
    assert record.get("errorMessage", "") == refused.message
    assert record["responseElements"] is None
    assert record["userIdentity"]["accountId"] == ACCOUNT
    assert len(service.outbox()) == in_outbox


@pytest.mark.parametrize("operation", [name for name, each in OPERATIONS.items() if each.changes])
def test_the_record_of_a_change_is_committed_with_it(service: InProcess, root: Caller, operation: str) -> None:
    sample = prepare(root, operation)
    before = len(service.outbox())
    root(operation, **sample.members)
    *others, record = service.outbox()[before:]
    # The replica is recorded in its own Region too.
    assert len(others) == (operation == "ReplicateKey")
    assert msgspec.json.decode(record) == service.records[-1]
    assert service.records[-1]["eventName"] == operation


@pytest.mark.parametrize("operation", [name for name, each in OPERATIONS.items() if not each.changes])
def test_the_record_of_what_changes_nothing_goes_to_the_trail(service: InProcess, root: Caller, operation: str) -> None:
    sample = prepare(root, operation)
    before = len(service.outbox())
    root(operation, **sample.members)
    assert len(service.outbox()) == before
