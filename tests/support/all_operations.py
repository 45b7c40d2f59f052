"""Every operation of KMS on a live server, so that its answers show every member that they can have."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.support.in_process import ACCOUNT, Caller
from tests.support.live import wait_until
from tests.support.modelled_answers import OPERATIONS
from tests.support.samples import KEYS, REPLICA_REGION, import_into, new_alias, new_grant, prepare, root_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_kms import KMSClient

SERVICE: Final = "ec2.amazonaws.com"
ATTESTED: Final = ("Decrypt", "DeriveSharedSecret", "GenerateDataKey", "GenerateDataKeyPair", "GenerateRandom")
_TAGS: Final = [{"TagKey": "team", "TagValue": "payments"}, {"TagKey": "stage", "TagValue": "test"}]
_ASYMMETRIC: Final = (
    {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
    {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"},
    KEYS["Sign"],
    KEYS["Encapsulate"],
)

# What is documented to happen to a well-formed request, by operation, where it is not that the key does not exist;
# and the members that the request has besides those that are required.
REFUSALS: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "ConnectCustomKeyStore": ("CustomKeyStoreNotFoundException", {}),
    "CreateCustomKeyStore": (
        "CloudHsmClusterNotFoundException",
        {
            "CloudHsmClusterId": "cluster-abcdefghijk",
            "KeyStorePassword": "example-password",
            "TrustAnchorCertificate": "an example certificate",
        },
    ),
    "CreateGrant": ("NotFoundException", {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root"}),
    "CreateKey": ("MalformedPolicyDocumentException", {"Policy": "{}"}),
    "Decrypt": ("InvalidCiphertextException", {"CiphertextBlob": b"no ciphertext"}),
    "DeleteCustomKeyStore": ("CustomKeyStoreNotFoundException", {}),
    "DescribeCustomKeyStores": ("CustomKeyStoreNotFoundException", {"CustomKeyStoreName": "missing"}),
    "DisconnectCustomKeyStore": ("CustomKeyStoreNotFoundException", {}),
    "GenerateDataKey": ("NotFoundException", {"NumberOfBytes": 1}),
    "GenerateDataKeyWithoutPlaintext": ("NotFoundException", {"NumberOfBytes": 1}),
    "GenerateRandom": (
        "CustomKeyStoreNotFoundException",
        {"NumberOfBytes": 1, "CustomKeyStoreId": "cks-1234567890abcdef0"},
    ),
    "GetParametersForImport": ("NotFoundException", {"WrappingAlgorithm": "RSAES_OAEP_SHA_256"}),
    "ImportKeyMaterial": ("NotFoundException", {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}),
    "ListAliases": ("InvalidMarkerException", {"Marker": "no marker"}),
    "ListKeys": ("InvalidMarkerException", {"Marker": "no marker"}),
    "ListRetirableGrants": ("InvalidArnException", {"RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:role/missing"}),
    "ReEncrypt": ("InvalidCiphertextException", {"CiphertextBlob": b"no ciphertext"}),
    "RetireGrant": ("InvalidGrantTokenException", {"GrantToken": "no token"}),
    "RevokeGrant": ("NotFoundException", {"GrantId": "0" * 64}),
    "UpdateCustomKeyStore": ("CustomKeyStoreNotFoundException", {"NewCustomKeyStoreName": "new"}),
}


class LiveCaller(Caller):
    """A principal of a live server, in the Region of its keys and in that of their replicas."""

    def __init__(self, client: KMSClient, there: KMSClient) -> None:
        super().__init__(client)
        self._there = Caller(there)

    def settle(self) -> None:
        """Wait until the replicas are there and the primary keys are where they were asked to be."""
        keys = [key["KeyArn"] for key in self._there("ListKeys")["Keys"]]
        wait_until(lambda: not any(self._passes(key) for key in keys), "the keys of the other Region")

    def _passes(self, key: str) -> bool:
        return self._there("DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"] in {"Creating", "Updating"}


def call_each(owner: LiveCaller) -> None:
    """Call each operation but those on custom key stores."""
    for operation in OPERATIONS:
        if "CustomKeyStore" not in operation:
            owner(operation, **prepare(owner, operation).members)


def describe_kinds_of_keys(owner: LiveCaller) -> None:
    """Make, replicate and describe a key of each usage."""
    for members in (*_ASYMMETRIC, KEYS["GenerateMac"]):
        key = owner.key(MultiRegion=True, **members)
        owner(
            "ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION, Tags=[{"TagKey": "team", "TagValue": "payments"}]
        )
        owner("DescribeKey", KeyId=key)
        if members in _ASYMMETRIC:
            owner("GetPublicKey", KeyId=key)


def await_deletion(owner: LiveCaller) -> None:
    """Describe a key that is to be deleted, and a primary key that waits for its replica's deletion."""
    primary = prepare(owner, "UpdatePrimaryRegion").keys[0]
    for key in (owner.key(), primary):
        owner("ScheduleKeyDeletion", KeyId=key)
        owner("DescribeKey", KeyId=key)


def import_two_materials(owner: LiveCaller) -> None:
    """Import a material that expires and another, and rotate to that."""
    key = owner.key(Origin="EXTERNAL")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    import_into(owner, key, os.urandom(32), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=tomorrow)
    owner("DescribeKey", KeyId=key)
    import_into(owner, key, os.urandom(32), ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="the second")
    owner("RotateKeyOnDemand", KeyId=key)
    wait_until(lambda: owner("ListKeyRotations", KeyId=key)["Rotations"], "the rotation to imported material")
    for limit in (1, 2):
        owner("ListKeyRotations", KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL", Limit=limit)


def rotate_on_demand(owner: LiveCaller) -> None:
    """Ask for a rotation until it is seen waiting, before a job has done it; then for the schedule."""
    key = owner.key()

    def is_waiting() -> bool:
        owner("RotateKeyOnDemand", KeyId=key)
        return "OnDemandRotationStartDate" in owner("GetKeyRotationStatus", KeyId=key)

    wait_until(is_waiting, "a rotation that is not done yet")
    owner("EnableKeyRotation", KeyId=key)
    owner("GetKeyRotationStatus", KeyId=key)


def list_grants(owner: LiveCaller, service: Caller) -> None:
    """List grants with constraints, to principals and to a service, and what either may retire."""
    key = owner.key()
    root = root_of(key)
    source = {"SourceArn": f"{key.replace(':kms:', ':lambda:').partition(':key/')[0]}:function:example"}
    to_root = {"Name": "example", "GranteePrincipal": root, "RetiringPrincipal": root}
    grants: tuple[dict[str, Any], ...] = (
        {**to_root, "Constraints": {**source, "EncryptionContextSubset": {"team": "payments"}}},
        {**to_root, "Constraints": {"EncryptionContextEquals": {"team": "payments"}}},
        {"GranteeServicePrincipal": SERVICE, "RetiringPrincipal": root, "Constraints": source},
        {"GranteeServicePrincipal": SERVICE, "RetiringServicePrincipal": SERVICE, "Constraints": source},
    )
    for members in grants:
        owner("CreateGrant", KeyId=key, Operations=["Decrypt"], **members)
    for limit in (1, 50):
        owner("ListGrants", KeyId=key, Limit=limit)
        owner("ListRetirableGrants", RetiringPrincipal=root, Limit=limit)
    service("ListRetirableGrants", RetiringServicePrincipal=SERVICE)


def list_pages(owner: LiveCaller) -> None:
    """List one item where there are two."""
    key = owner.key(Tags=_TAGS)
    for _ in range(2):
        new_alias(owner, key)
        new_grant(owner, key)
    owner("ListKeys", Limit=1)
    owner("ListAliases", KeyId=key, Limit=1)
    owner("ListResourceTags", KeyId=key, Limit=1)


def answer_recipients(owner: LiveCaller, document: bytes) -> None:
    """Get what is for an enclave only."""
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": document}
    for operation in ATTESTED:
        owner(operation, **prepare(owner, operation).members, Recipient=recipient)


def show_last_use(owner: LiveCaller) -> None:
    """Wait until it is told that a key was used."""
    key = prepare(owner, "Decrypt").keys[0]
    wait_until(lambda: owner("GetKeyLastUsage", KeyId=key)["KeyLastUsage"], "the last use")
