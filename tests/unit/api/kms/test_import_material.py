"""Importing, deleting and expiry of key material."""

from __future__ import annotations

import base64
import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.crypto.material import generate_material
from strongroom.crypto.specs import KEY_SPECS
from strongroom.jobs.expiry import delete_expired_materials
from tests.support.samples import import_into, import_request
from tests.unit.crypto.test_import_wrapping import wrap, wrap_hybrid

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

SECRET: Final = bytes(range(32))
INVALID: Final = "ValidationException"
HOUR: Final = timedelta(hours=1)


class Wrapping:
    """The public half of a wrapping key, as an importer has it."""

    def __init__(self, public_key: bytes) -> None:
        self._public_key = public_key

    def public_bytes(self) -> bytes:
        return self._public_key


def state(root: Caller, key: str) -> str:
    found: str = root("DescribeKey", KeyId=key)["KeyMetadata"]["KeyState"]
    return found


def external(root: Caller, **members: object) -> str:
    return root.key(Origin="EXTERNAL", **members)


ALGORITHMS: Final = [
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_1"),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_256"),
    ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_256"),
    ("HMAC_512", "GENERATE_VERIFY_MAC", "RSAES_OAEP_SHA_256"),
    ("RSA_2048", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_1"),
    ("RSA_2048", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_256"),
    ("ECC_NIST_P256", "SIGN_VERIFY", "RSAES_OAEP_SHA_256"),
    ("ECC_NIST_P521", "KEY_AGREEMENT", "RSA_AES_KEY_WRAP_SHA_256"),
    ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "RSAES_OAEP_SHA_1"),
]


@pytest.mark.parametrize(("spec", "usage", "algorithm"), ALGORITHMS)
def test_each_kind_of_key_is_imported_by_each_algorithm(root: Caller, spec: str, usage: str, algorithm: str) -> None:
    key = external(root, KeySpec=spec, KeyUsage=usage)
    assert state(root, key) == "PendingImport"
    parameters = root("GetParametersForImport", KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    assert abs(parameters["ParametersValidTo"].timestamp() - time.time() - 86_400) < 60
    material = generate_material(KEY_SPECS[spec])
    wrapping: Any = Wrapping(parameters["PublicKey"])
    put = wrap if algorithm.startswith("RSAES") else wrap_hybrid
    members = {
        "KeyId": key,
        "ImportToken": parameters["ImportToken"],
        "EncryptedKeyMaterial": put(wrapping, algorithm, material),
        "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
    }
    answer = root("ImportKeyMaterial", **members)
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert ("CurrentKeyMaterialId" in metadata) is (spec == "SYMMETRIC_DEFAULT")
    assert root("ImportKeyMaterial", **members) == answer
    if KEY_SPECS[spec].is_asymmetric:
        assert root("GetPublicKey", KeyId=key)["KeySpec"] == spec


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm", "wrapping_spec", "code"),
    [
        ("RSA_2048", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_4096", INVALID),
        ("ECC_NIST_P521", "SIGN_VERIFY", "RSAES_OAEP_SHA_256", "RSA_2048", INVALID),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_PKCS1_V1_5", "RSA_2048", "UnsupportedOperationException"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "SM2PKE", "SM2", "UnsupportedOperationException"),
    ],
)
def test_parameters_that_are_refused(  # noqa: PLR0913, PLR0917 - the columns of a case
    root: Caller, spec: str, usage: str, algorithm: str, wrapping_spec: str, code: str
) -> None:
    key = external(root, KeySpec=spec, KeyUsage=usage)
    refused = root.refused(
        "GetParametersForImport",
        KeyId=key,
        WrappingAlgorithm=algorithm,
        WrappingKeySpec=wrapping_spec,
    )
    assert refused.code == code


def test_keys_that_are_not_imported(root: Caller, key: str) -> None:
    wrong = ("UnsupportedOperationException", f"{key} origin is AWS_KMS which is not valid for this operation.")
    parameters = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    assert root.refused("GetParametersForImport", KeyId=key, **parameters) == wrong
    members = {"ImportToken": b"x", "EncryptedKeyMaterial": b"x", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    assert root.refused("ImportKeyMaterial", KeyId=key, **members) == wrong
    assert root.refused("DeleteImportedKeyMaterial", KeyId=key) == wrong


def test_tokens(service: InProcess, root: Caller) -> None:
    key, other = external(root), external(root)
    members = import_request(root, key, SECRET)
    invalid = ("InvalidImportTokenException", "")
    assert root.refused("ImportKeyMaterial", **{**members, "KeyId": other}) == invalid
    assert root.refused("ImportKeyMaterial", **{**members, "ImportToken": b"x"}) == invalid
    mixed = {**members, "ImportToken": import_request(root, key, SECRET)["ImportToken"]}
    assert root.refused("ImportKeyMaterial", **mixed) == ("InvalidCiphertextException", "")
    service.clock.offset = 86_401
    assert root.refused("ImportKeyMaterial", **members) == ("ExpiredImportTokenException", "")


def test_material_of_the_wrong_form(root: Caller) -> None:
    key = external(root)
    refused = root.refused("ImportKeyMaterial", **import_request(root, key, bytes(31)))
    text = "The key material is not valid for key spec SYMMETRIC_DEFAULT."
    assert refused == ("IncorrectKeyMaterialException", text)


def test_only_the_same_material_comes_back(root: Caller) -> None:
    key = import_into(root, external(root), SECRET)
    current = root("DescribeKey", KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    blob = root("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert root("DeleteImportedKeyMaterial", KeyId=key) == {"KeyId": key, "KeyMaterialId": current}
    assert state(root, key) == "PendingImport"
    assert root.refused("Decrypt", CiphertextBlob=blob) == ("KMSInvalidStateException", f"{key} is pending import.")
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert metadata["CurrentKeyMaterialId"] == current
    assert "ExpirationModel" not in metadata
    refused = root.refused("ImportKeyMaterial", **import_request(root, key, os.urandom(32)))
    assert refused.code == "IncorrectKeyMaterialException"
    wrong_id = {**import_request(root, key, SECRET), "KeyMaterialId": "0" * 64}
    assert root.refused("ImportKeyMaterial", **wrong_id).code == "IncorrectKeyMaterialException"
    import_into(root, key, SECRET, KeyMaterialId=current, ImportType="EXISTING_KEY_MATERIAL")
    assert state(root, key) == "Enabled"
    assert root("Decrypt", CiphertextBlob=blob)["Plaintext"] == b"x"


def test_deleting_nothing(root: Caller) -> None:
    key = external(root)
    assert root("DeleteImportedKeyMaterial", KeyId=key) == {"KeyId": key}
    refused = root.refused("DeleteImportedKeyMaterial", KeyId=key, KeyMaterialId="0" * 64)
    assert refused.code == "IncorrectKeyMaterialException"


def test_a_key_that_is_to_be_deleted_stays_so(root: Caller) -> None:
    key = import_into(root, external(root), SECRET)
    root("ScheduleKeyDeletion", KeyId=key)
    root("DeleteImportedKeyMaterial", KeyId=key)
    assert state(root, key) == "PendingDeletion"
    root("CancelKeyDeletion", KeyId=key)
    assert state(root, key) == "PendingImport"


def test_a_disabled_key_stays_disabled(root: Caller) -> None:
    key = import_into(root, external(root), SECRET)
    root("DisableKey", KeyId=key)
    import_into(root, key, SECRET)
    assert state(root, key) == "Disabled"


def test_the_public_key_stays(root: Caller) -> None:
    key = external(root, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    pending = ("KMSInvalidStateException", f"{key} is pending import.")
    assert root.refused("GetPublicKey", KeyId=key) == pending
    import_into(root, key, generate_material(KEY_SPECS["ECC_NIST_P256"]))
    public_key = root("GetPublicKey", KeyId=key)["PublicKey"]
    root("DeleteImportedKeyMaterial", KeyId=key)
    assert root("GetPublicKey", KeyId=key)["PublicKey"] == public_key


def test_one_new_material_at_a_time(root: Caller) -> None:
    key = import_into(root, external(root), SECRET)
    new = {"ImportType": "NEW_KEY_MATERIAL"}
    refused = root.refused("ImportKeyMaterial", **import_request(root, key, SECRET), **new)
    assert refused.code == "IncorrectKeyMaterialException"
    refused = root.refused("ImportKeyMaterial", **import_request(root, key, SECRET), **new, KeyMaterialId="0" * 64)
    assert refused.code == INVALID
    import_into(root, key, bytes(32), **new)
    refused = root.refused("ImportKeyMaterial", **import_request(root, key, b"1" * 32), **new)
    assert refused.code == "KMSInvalidStateException"
    assert "because another key material (id: " in refused.message
    assert state(root, key) == "Enabled"


@pytest.mark.parametrize("member", ["ImportType", "KeyMaterialDescription", "KeyMaterialId"])
def test_what_only_symmetric_keys_take(root: Caller, member: str) -> None:
    key = external(root, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    value = {"ImportType": "NEW_KEY_MATERIAL", "KeyMaterialDescription": "text", "KeyMaterialId": "0" * 64}[member]
    refused = root.refused("ImportKeyMaterial", **import_request(root, key, SECRET), **{member: value})
    assert refused.code == INVALID


@pytest.mark.parametrize(
    "terms",
    [
        {"ExpirationModel": "KEY_MATERIAL_EXPIRES"},
        {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE", "ValidTo": datetime.now(UTC) + HOUR},
        {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": datetime.now(UTC) - HOUR},
        {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": datetime.now(UTC) + timedelta(days=366)},
    ],
)
def test_times_that_are_refused(root: Caller, terms: dict[str, object]) -> None:
    key = external(root)
    refused = root.refused("ImportKeyMaterial", **{**import_request(root, key, SECRET), **terms})
    assert refused.code == INVALID


def test_material_expires_and_comes_back(service: InProcess, root: Caller) -> None:
    terms = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": datetime.now(UTC) + HOUR}
    key = import_into(root, external(root), SECRET, **terms)
    metadata = root("DescribeKey", KeyId=key)["KeyMetadata"]
    assert metadata["ExpirationModel"] == "KEY_MATERIAL_EXPIRES"
    assert abs(metadata["ValidTo"] - terms["ValidTo"]) < timedelta(seconds=1)
    assert delete_expired_materials(service.store, time.time()) == 0
    assert delete_expired_materials(service.store, time.time() + 3601) == 1
    assert delete_expired_materials(service.store, time.time() + 3601) == 0
    assert state(root, key) == "PendingImport"
    assert b'"eventName":"DeleteExpiredKeyMaterial"' in service.outbox()[-1]
    import_into(root, key, SECRET)
    assert state(root, key) == "Enabled"


def test_no_record_shows_what_is_imported(service: InProcess, root: Caller) -> None:
    key = external(root)
    members = import_request(root, key, SECRET)
    root("ImportKeyMaterial", **members)
    shown = str(service.records)
    for secret in (SECRET, members["ImportToken"], members["EncryptedKeyMaterial"]):
        assert base64.b64encode(secret).decode()[:24] not in shown
        assert secret.hex()[:24] not in shown
