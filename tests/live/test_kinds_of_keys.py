"""Rotation, imports, multi-Region keys and other usages: boto3 against a live server whose clock is moved."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.live import run_json, wait_until
from tests.support.samples import wrapped

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

    from tests.live.conftest import Launch
    from tests.support.live import Server

THERE: Final = "eu-west-1"


def advance(server: Server, by: str) -> None:
    run_json("dev", "clock", "advance", by, "--data", server.data)


def rotations(kms: KMSClient, key: str) -> list[str]:
    return [each["RotationType"] for each in kms.list_key_rotations(KeyId=key)["Rotations"]]


def state(kms: KMSClient, key: str) -> str:
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def create(kms: KMSClient, **members: Any) -> str:  # noqa: ANN401 - the members of a request
    return kms.create_key(**members)["KeyMetadata"]["KeyId"]


def test_yearly_and_custom_rotations_happen_and_old_ciphertexts_open(launch: Launch) -> None:
    server = launch(dev=True)
    kms = server.boto3()
    yearly, often = create(kms), create(kms)
    kms.enable_key_rotation(KeyId=yearly)
    kms.enable_key_rotation(KeyId=often, RotationPeriodInDays=90)
    blobs = {key: kms.encrypt(KeyId=key, Plaintext=b"old")["CiphertextBlob"] for key in (yearly, often)}
    advance(server, "91d")
    wait_until(lambda: rotations(kms, often) == ["AUTOMATIC"], "the first rotation by a period of 90 days")
    assert rotations(kms, yearly) == []
    advance(server, "275d")
    wait_until(lambda: rotations(kms, yearly) == ["AUTOMATIC"], "the yearly rotation")
    wait_until(lambda: len(rotations(kms, often)) > 1, "the second rotation by a period of 90 days")
    kms.rotate_key_on_demand(KeyId=yearly)
    wait_until(lambda: rotations(kms, yearly) == ["AUTOMATIC", "ON_DEMAND"], "the rotation on demand")
    for key, blob in blobs.items():
        opened = kms.decrypt(CiphertextBlob=blob)
        assert opened["Plaintext"] == b"old"
        current = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
        assert opened["KeyMaterialId"] != current
        assert kms.generate_data_key(KeyId=key, KeySpec="AES_256")["KeyMaterialId"] == current
    recorded = [each for each in server.trail()["changes"] if each["eventName"] == "RotateKey"]
    assert len(recorded) >= 4


def import_into(kms: KMSClient, key: str, material: bytes, **terms: Any) -> None:  # noqa: ANN401 - of a request
    parameters = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_4096"
    )
    kms.import_key_material(
        KeyId=key,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=wrapped(parameters["PublicKey"], material),
        **terms,
    )


def test_imported_material_expires_and_comes_back(launch: Launch) -> None:
    server = launch(dev=True)
    kms = server.boto3()
    key, material = create(kms, Origin="EXTERNAL"), os.urandom(32)
    import_into(kms, key, material, ValidTo=datetime.now(UTC) + timedelta(days=1))
    blob = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    advance(server, "25h")
    wait_until(lambda: state(kms, key) == "PendingImport", "the expiry")
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match="is pending import"):
        kms.decrypt(CiphertextBlob=blob)
    import_into(kms, key, material, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


def test_multi_region_keys(launch: Launch) -> None:
    server = launch(dev=True)
    here, there = server.boto3(), server.boto3(THERE)
    key = create(here, MultiRegion=True)
    here.replicate_key(KeyId=key, ReplicaRegion=THERE)
    wait_until(lambda: state(there, key) == "Enabled", "the replica")
    blob = here.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    here.update_primary_region(KeyId=key, PrimaryRegion=THERE)
    wait_until(lambda: (state(here, key), state(there, key)) == ("Enabled", "Enabled"), "the promotion")
    config = here.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
    assert (config["MultiRegionKeyType"], config["PrimaryKey"]["Region"]) == ("REPLICA", THERE)
    assert there.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)["KeyState"] == "PendingReplicaDeletion"
    here.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    advance(server, "6d")
    assert state(there, key) == "PendingReplicaDeletion"
    advance(server, "25h")
    wait_until(lambda: state(there, key) == "PendingDeletion", "the deletion of the last replica")
    advance(server, "7d")
    wait_until(lambda: there.list_keys()["Keys"] == [], "the deletion of the primary")


def test_other_usages(kms: KMSClient) -> None:
    key = create(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    signed = kms.sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(signed, b"x", ec.ECDSA(SHA256()))
    with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
        kms.verify(KeyId=key, Message=b"y", Signature=signed, SigningAlgorithm="ECDSA_SHA_256")
    symmetric = create(kms)
    pair = kms.generate_data_key_pair(KeyId=symmetric, KeyPairSpec="RSA_4096")
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert opened == pair["PrivateKeyPlaintext"]
