"""One request of each operation that succeeds, and what must exist before it does."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.in_process import allow, place_of, policy
from tests.support.key_stores import CLOUD_HSM_STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.in_process import Caller

PLAINTEXT: Final = b"planted plaintext that no record may show"
REPLICA_REGION: Final = "eu-west-1"
CONTEXT: Final = {"Department": "Payroll", "aNumber": "7"}


class Sample(NamedTuple):
    """The members of a request, and the ARNs of the keys that it needs, in the order of the operation's needs."""

    members: dict[str, Any]
    keys: tuple[str, ...]


WITHOUT_KEY: Final[Mapping[str, dict[str, Any]]] = {
    "CreateKey": {},
    "ListKeys": {},
    "ListAliases": {},
    "GenerateRandom": {"NumberOfBytes": 32},
    "DescribeCustomKeyStores": {},
}

WITH_KEY: Final[Mapping[str, dict[str, Any]]] = {
    "DescribeKey": {},
    "UpdateKeyDescription": {"Description": "new"},
    "EnableKey": {},
    "DisableKey": {},
    "ScheduleKeyDeletion": {},
    "CancelKeyDeletion": {},
    "TagResource": {"Tags": [{"TagKey": "team", "TagValue": "payments"}]},
    "UntagResource": {"TagKeys": ["team"]},
    "ListResourceTags": {},
    "GetKeyPolicy": {},
    "PutKeyPolicy": {},
    "ListKeyPolicies": {},
    "CreateGrant": {"Operations": ["Decrypt", "DescribeKey"]},
    "ListGrants": {},
    "Encrypt": {"Plaintext": PLAINTEXT},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
    "GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyPairWithoutPlaintext": {"KeyPairSpec": "ECC_NIST_P256"},
    "GetKeyLastUsage": {},
    "EnableKeyRotation": {},
    "DisableKeyRotation": {},
    "GetKeyRotationStatus": {},
    "ListKeyRotations": {},
    "RotateKeyOnDemand": {},
    "Sign": {"Message": PLAINTEXT, "SigningAlgorithm": "ECDSA_SHA_256"},
    "GenerateMac": {"Message": PLAINTEXT, "MacAlgorithm": "HMAC_SHA_256"},
    "Encapsulate": {"EncapsulationAlgorithm": "ML_KEM"},
    "GetPublicKey": {},
    "GetParametersForImport": {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
    "ReplicateKey": {"ReplicaRegion": REPLICA_REGION},
}

_SIGNING: Final = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
_MAC: Final = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
_KEM: Final = {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}
_AGREEMENT: Final = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}
_EXTERNAL: Final = {"Origin": "EXTERNAL"}
# With what the key of an operation is made, where it is not any symmetric key.
KEYS: Final[Mapping[str, Mapping[str, object]]] = {
    "Sign": _SIGNING,
    "GetPublicKey": _SIGNING,
    "GenerateMac": _MAC,
    "Encapsulate": _KEM,
    "GetParametersForImport": _EXTERNAL,
    "ReplicateKey": {"MultiRegion": True},
}


def prepare(owner: Caller, operation: str) -> Sample:
    """Make what a request of the operation needs; gives the request."""
    if operation in WITHOUT_KEY:
        return Sample(dict(WITHOUT_KEY[operation]), ())
    if operation in WITH_KEY:
        return _with_key(owner, operation)
    return _OTHERS[operation](owner)


def root_of(key: str) -> str:
    """Give the ARN of the account that owns a key."""
    return f"arn:aws:iam::{place_of(key).account_id}:root"


def new_grant(owner: Caller, key: str) -> str:
    """Make a grant that its maker's account may retire; gives its id."""
    members = {**WITH_KEY["CreateGrant"], "GranteePrincipal": root_of(key), "RetiringPrincipal": root_of(key)}
    grant_id: str = owner("CreateGrant", KeyId=key, **members)["GrantId"]
    return grant_id


def new_alias(owner: Caller, key: str) -> str:
    """Give a key an alias of a name of its own; gives the name."""
    name = f"alias/{uuid.uuid4()}"
    owner("CreateAlias", AliasName=name, TargetKeyId=key)
    return name


def _with_key(owner: Caller, operation: str) -> Sample:
    key = owner.key(**KEYS.get(operation, {}))
    if operation == "CancelKeyDeletion":
        owner("ScheduleKeyDeletion", KeyId=key)
    members = {"KeyId": key, **WITH_KEY[operation]}
    if operation == "PutKeyPolicy":
        members["Policy"] = policy(allow(root_of(key)))
    if operation == "CreateGrant":
        members["GranteePrincipal"] = root_of(key)
    return Sample(members, (key,))


def _create_alias(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"AliasName": f"alias/{uuid.uuid4()}", "TargetKeyId": key}, (key,))


def _update_alias(owner: Caller) -> Sample:
    old, new = owner.key(), owner.key()
    return Sample({"AliasName": new_alias(owner, old), "TargetKeyId": new}, (old, new))


def _delete_alias(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"AliasName": new_alias(owner, key)}, (key,))


def _decrypt(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"CiphertextBlob": _blob(owner, key)}, (key,))


def _re_encrypt(owner: Caller) -> Sample:
    source, destination = owner.key(), owner.key()
    return Sample(
        {"CiphertextBlob": _blob(owner, source), "SourceKeyId": source, "DestinationKeyId": destination},
        (source, destination),
    )


def _revoke_grant(owner: Caller) -> Sample:
    key = owner.key()
    return Sample({"KeyId": key, "GrantId": new_grant(owner, key)}, (key,))


def _retire_grant(owner: Caller) -> Sample:
    # Key policies have no say in it, so it needs no key.
    return Sample(_revoke_grant(owner).members, ())


def _list_retirable_grants(owner: Caller) -> Sample:
    key = owner.key()
    new_grant(owner, key)
    return Sample({"RetiringPrincipal": root_of(key)}, ())


def _verify(owner: Caller) -> Sample:
    key = owner.key(**_SIGNING)
    members = {"KeyId": key, **WITH_KEY["Sign"]}
    return Sample({**members, "Signature": owner("Sign", **members)["Signature"]}, (key,))


def _verify_mac(owner: Caller) -> Sample:
    key = owner.key(**_MAC)
    members = {"KeyId": key, **WITH_KEY["GenerateMac"]}
    return Sample({**members, "Mac": owner("GenerateMac", **members)["Mac"]}, (key,))


def _decapsulate(owner: Caller) -> Sample:
    key = owner.key(**_KEM)
    members = {"KeyId": key, **WITH_KEY["Encapsulate"]}
    blob = owner("Encapsulate", **members)["SharedSecretCiphertextBlob"]
    return Sample({**members, "SharedSecretCiphertextBlob": blob}, (key,))


def _derive_shared_secret(owner: Caller) -> Sample:
    key = owner.key(**_AGREEMENT)
    public_key = owner("GetPublicKey", KeyId=key)["PublicKey"]
    return Sample({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public_key}, (key,))


def wrapped(public_key: bytes, material: bytes) -> bytes:
    """Wrap key material as RSAES_OAEP_SHA_256 says."""
    wrapping_key = load_der_public_key(public_key)
    assert isinstance(wrapping_key, rsa.RSAPublicKey)
    return wrapping_key.encrypt(material, padding.OAEP(padding.MGF1(SHA256()), SHA256(), None))


def import_request(owner: Caller, key: str, material: bytes) -> dict[str, Any]:
    """Give the members of a request that imports material."""
    parameters = owner("GetParametersForImport", KeyId=key, **WITH_KEY["GetParametersForImport"])
    return {
        "KeyId": key,
        "ImportToken": parameters["ImportToken"],
        "EncryptedKeyMaterial": wrapped(parameters["PublicKey"], material),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }


def import_into(owner: Caller, key: str, material: bytes, **members: object) -> str:
    """Import material into a key; gives the key."""
    owner("ImportKeyMaterial", **{**import_request(owner, key, material), **members})
    return key


def _import_key_material(owner: Caller) -> Sample:
    key = owner.key(**_EXTERNAL)
    return Sample(import_request(owner, key, os.urandom(32)), (key,))


def _delete_imported_key_material(owner: Caller) -> Sample:
    sample = _import_key_material(owner)
    owner("ImportKeyMaterial", **sample.members)
    return Sample({"KeyId": sample.keys[0]}, sample.keys)


def _update_primary_region(owner: Caller) -> Sample:
    key = owner.key(MultiRegion=True)
    replica = owner("ReplicateKey", KeyId=key, ReplicaRegion=REPLICA_REGION)["ReplicaKeyMetadata"]["Arn"]
    owner.settle()
    return Sample({"KeyId": key, "PrimaryRegion": REPLICA_REGION}, (key, replica))


def _blob(owner: Caller, key: str) -> bytes:
    blob: bytes = owner("Encrypt", KeyId=key, Plaintext=PLAINTEXT)["CiphertextBlob"]
    return blob


def new_key_store(owner: Caller) -> str:
    """Make a custom key store that is not connected, in the place of one that is there; gives its id."""
    remove_key_stores(owner)
    made: str = owner("CreateCustomKeyStore", **CLOUD_HSM_STORE)["CustomKeyStoreId"]
    return made


def remove_key_stores(owner: Caller) -> None:
    """Delete the custom key stores of an account, which must be empty."""
    owner.settle()
    for each in owner("DescribeCustomKeyStores")["CustomKeyStores"]:
        if each["ConnectionState"] != "DISCONNECTED":
            owner("DisconnectCustomKeyStore", CustomKeyStoreId=each["CustomKeyStoreId"])
            owner.settle()
        owner("DeleteCustomKeyStore", CustomKeyStoreId=each["CustomKeyStoreId"])


def _create_key_store(owner: Caller) -> Sample:
    remove_key_stores(owner)
    return Sample(dict(CLOUD_HSM_STORE), ())


def _key_store(owner: Caller) -> Sample:
    return Sample({"CustomKeyStoreId": new_key_store(owner)}, ())


def _disconnect(owner: Caller) -> Sample:
    sample = _key_store(owner)
    owner("ConnectCustomKeyStore", **sample.members)
    return sample


def _update_key_store(owner: Caller) -> Sample:
    return Sample({"CustomKeyStoreId": new_key_store(owner), "NewCustomKeyStoreName": "another"}, ())


_OTHERS: Final[Mapping[str, Callable[[Caller], Sample]]] = {
    "CreateAlias": _create_alias,
    "UpdateAlias": _update_alias,
    "DeleteAlias": _delete_alias,
    "Decrypt": _decrypt,
    "ReEncrypt": _re_encrypt,
    "RevokeGrant": _revoke_grant,
    "RetireGrant": _retire_grant,
    "ListRetirableGrants": _list_retirable_grants,
    "Verify": _verify,
    "VerifyMac": _verify_mac,
    "Decapsulate": _decapsulate,
    "DeriveSharedSecret": _derive_shared_secret,
    "ImportKeyMaterial": _import_key_material,
    "DeleteImportedKeyMaterial": _delete_imported_key_material,
    "UpdatePrimaryRegion": _update_primary_region,
    "ConnectCustomKeyStore": _key_store,
    "CreateCustomKeyStore": _create_key_store,
    "DisconnectCustomKeyStore": _disconnect,
    "DeleteCustomKeyStore": _key_store,
    "UpdateCustomKeyStore": _update_key_store,
}
