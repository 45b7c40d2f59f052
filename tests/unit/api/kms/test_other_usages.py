"""MACs, key agreement, encapsulation, RSA encryption, public keys and data key pairs."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from strongroom.crypto.specs import KEY_SPECS
from tests.support.samples import CONTEXT, import_into, new_alias

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

MESSAGE: Final = b"a message"
PAIRS: Final = [name for name, spec in KEY_SPECS.items() if spec.data_key_pair and name not in {"RSA_3072", "RSA_4096"}]
UNREADABLE: Final = ("KMSInternalException", "The key material cannot be read.")


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs(root: Caller, bits: int) -> None:
    spec, algorithm = f"HMAC_{bits}", f"HMAC_SHA_{bits}"
    key = root.key(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")
    made = root("GenerateMac", KeyId=key, Message=MESSAGE, MacAlgorithm=algorithm)
    assert (made["KeyId"], made["MacAlgorithm"], len(made["Mac"])) == (key, algorithm, bits // 8)
    verified = root("VerifyMac", KeyId=key, Message=MESSAGE, MacAlgorithm=algorithm, Mac=made["Mac"])
    assert verified == {"KeyId": key, "MacValid": True, "MacAlgorithm": algorithm}
    for mac in (made["Mac"][:-1], made["Mac"][:-1] + bytes([made["Mac"][-1] ^ 1])):
        refused = root.refused("VerifyMac", KeyId=key, Message=MESSAGE, MacAlgorithm=algorithm, Mac=mac)
        assert refused == ("KMSInvalidMacException", "")
    other = "HMAC_SHA_256" if bits != 256 else "HMAC_SHA_512"
    refused = root.refused("GenerateMac", KeyId=key, Message=MESSAGE, MacAlgorithm=other)
    assert refused == ("InvalidKeyUsageException", f"Algorithm {other} is incompatible with key spec {spec}.")


def test_an_imported_mac_key_is_the_clients_own(root: Caller) -> None:
    secret = bytes(range(32))
    key = import_into(root, root.key(Origin="EXTERNAL", KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"), secret)
    made = root("GenerateMac", KeyId=key, Message=MESSAGE, MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert made == hmac.new(secret, MESSAGE, "sha256").digest()


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_the_same_secret_on_both_sides(root: Caller, spec: str) -> None:
    key = root.key(KeySpec=spec, KeyUsage="KEY_AGREEMENT")
    answer = root("GetPublicKey", KeyId=key)
    assert answer["KeyAgreementAlgorithms"] == ["ECDH"]
    public = load_der_public_key(answer["PublicKey"])
    assert isinstance(public, ec.EllipticCurvePublicKey)
    own = ec.generate_private_key(public.curve)
    der = own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    derived = root("DeriveSharedSecret", KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=der)
    assert derived == {
        "KeyId": key,
        "SharedSecret": own.exchange(ec.ECDH(), public),
        "KeyAgreementAlgorithm": "ECDH",
        "KeyOrigin": "AWS_KMS",
    }
    other = ec.generate_private_key(ec.SECP256K1()).public_key()
    foreign = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for bad in (b"x", foreign):
        refused = root.refused("DeriveSharedSecret", KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=bad)
        assert refused == ("ValidationException", "")


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_encapsulation(root: Caller, spec: str) -> None:
    key = root.key(KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")
    made = root("Encapsulate", KeyId=key, EncapsulationAlgorithm="ML_KEM")
    assert len(made["SharedSecret"]) == 32
    members: dict[str, Any] = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
    blob = made["SharedSecretCiphertextBlob"]
    opened = root("Decapsulate", **members, SharedSecretCiphertextBlob=blob)
    assert opened == {**members, "SharedSecret": made["SharedSecret"]}
    answer = root("GetPublicKey", KeyId=key)
    assert answer["EncapsulationAlgorithms"] == ["ML_KEM"]
    assert "CustomerMasterKeySpec" not in answer
    public = load_der_public_key(answer["PublicKey"])
    assert isinstance(public, mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey)
    secret, elsewhere = public.encapsulate()
    assert root("Decapsulate", **members, SharedSecretCiphertextBlob=elsewhere)["SharedSecret"] == secret
    wrong = root("Decapsulate", **members, SharedSecretCiphertextBlob=bytes(len(blob)))["SharedSecret"]
    assert wrong not in {secret, made["SharedSecret"]}
    refused = root.refused("Decapsulate", **members, SharedSecretCiphertextBlob=blob[:-1])
    assert refused == ("InvalidCiphertextException", "")


@pytest.mark.parametrize(("algorithm", "limit"), [("RSAES_OAEP_SHA_1", 214), ("RSAES_OAEP_SHA_256", 190)])
def test_rsa_encryption(root: Caller, algorithm: str, limit: int) -> None:
    key = root.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    made = root("Encrypt", KeyId=key, Plaintext=bytes(limit), EncryptionAlgorithm=algorithm)
    assert made["EncryptionAlgorithm"] == algorithm
    opened = root("Decrypt", KeyId=key, CiphertextBlob=made["CiphertextBlob"], EncryptionAlgorithm=algorithm)
    assert opened == {"KeyId": key, "Plaintext": bytes(limit), "EncryptionAlgorithm": algorithm}
    public = load_der_public_key(root("GetPublicKey", KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    hashing: Any = SHA1() if algorithm.endswith("_1") else SHA256()  # noqa: S303 - what AWS offers
    elsewhere = public.encrypt(MESSAGE, padding.OAEP(padding.MGF1(hashing), hashing, None))
    opened = root("Decrypt", KeyId=key, CiphertextBlob=elsewhere, EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == MESSAGE
    refused = root.refused("Encrypt", KeyId=key, Plaintext=bytes(limit + 1), EncryptionAlgorithm=algorithm)
    text = f"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {limit} bytes."
    assert refused == ("ValidationException", text)
    for blob in (b"x", bytes(256)):
        refused = root.refused("Decrypt", KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
        assert refused == ("InvalidCiphertextException", "")


def test_what_rsa_keys_do_not_take(root: Caller, key: str) -> None:
    asymmetric = root.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    wrong = ("InvalidKeyUsageException", "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.")
    assert root.refused("Encrypt", KeyId=asymmetric, Plaintext=b"x") == wrong
    for operation, members in (
        ("GenerateDataKey", {"KeySpec": "AES_256"}),
        ("GenerateDataKeyWithoutPlaintext", {"KeySpec": "AES_256"}),
        ("GenerateDataKeyPair", {"KeyPairSpec": "ECC_NIST_P256"}),
    ):
        assert root.refused(operation, KeyId=asymmetric, **members) == wrong
    oaep = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256", "EncryptionContext": CONTEXT}
    refused = root.refused("Encrypt", KeyId=asymmetric, Plaintext=b"x", **oaep)
    text = "EncryptionContext can only be specified with symmetric encryption keys."
    assert refused == ("ValidationException", text)
    assert root.refused("Decrypt", KeyId=asymmetric, CiphertextBlob=b"x", **oaep) == ("ValidationException", text)
    blob = root("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    incorrect = (
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
    mac = root.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    for other in (asymmetric, mac):
        assert root.refused("Decrypt", KeyId=other, CiphertextBlob=blob) == incorrect
        refused = root.refused("ReEncrypt", SourceKeyId=other, DestinationKeyId=key, CiphertextBlob=blob)
        assert refused == incorrect


def test_an_asymmetric_ciphertext_does_not_name_its_key(root: Caller) -> None:
    key = root.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    oaep = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    blob = root("Encrypt", KeyId=key, Plaintext=MESSAGE, **oaep)["CiphertextBlob"]
    assert root.refused("Decrypt", CiphertextBlob=blob, **oaep) == ("InvalidCiphertextException", "")
    assert root("Decrypt", KeyId=new_alias(root, key), CiphertextBlob=blob, **oaep)["Plaintext"] == MESSAGE


def test_a_dry_run_without_ciphertext_tells_what_the_key_cannot_do(root: Caller, key: str) -> None:
    asymmetric = root.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    oaep, ignored = "RSAES_OAEP_SHA_256", {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    decrypt: dict[str, Any] = {"KeyId": asymmetric, "EncryptionAlgorithm": oaep, **ignored}
    into: dict[str, Any] = {"SourceKeyId": key, "DestinationKeyId": asymmetric, **ignored}
    into["DestinationEncryptionAlgorithm"] = oaep
    text = "EncryptionContext can only be specified with symmetric encryption keys."
    for operation, members, context in (
        ("Decrypt", decrypt, "EncryptionContext"),
        ("ReEncrypt", into, "DestinationEncryptionContext"),
    ):
        assert root.refused(operation, **members).code == "DryRunOperationException"
        assert root.refused(operation, **members, **{context: CONTEXT}) == ("ValidationException", text)


def test_re_encrypt_between_kinds_of_keys(root: Caller, key: str) -> None:
    asymmetric = root.key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    oaep = "RSAES_OAEP_SHA_256"
    blob = root("Encrypt", KeyId=key, Plaintext=MESSAGE)["CiphertextBlob"]
    there = root("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=asymmetric, DestinationEncryptionAlgorithm=oaep)
    assert "DestinationKeyMaterialId" not in there
    assert "SourceKeyMaterialId" in there
    back = root(
        "ReEncrypt",
        CiphertextBlob=there["CiphertextBlob"],
        SourceKeyId=asymmetric,
        SourceEncryptionAlgorithm=oaep,
        DestinationKeyId=key,
    )
    assert "SourceKeyMaterialId" not in back
    assert root("Decrypt", CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == MESSAGE


def test_public_keys_are_of_asymmetric_keys(root: Caller, key: str) -> None:
    mac = root.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    for each in (key, mac):
        refused = root.refused("GetPublicKey", KeyId=each)
        assert refused == ("UnsupportedOperationException", f"{each} is not an asymmetric key.")
    signing = root.key(KeySpec="ECC_SECG_P256K1", KeyUsage="SIGN_VERIFY")
    answer = root("GetPublicKey", KeyId=signing)
    del answer["PublicKey"]
    assert answer == {
        "KeyId": signing,
        "CustomerMasterKeySpec": "ECC_SECG_P256K1",
        "KeySpec": "ECC_SECG_P256K1",
        "KeyUsage": "SIGN_VERIFY",
        "SigningAlgorithms": ["ECDSA_SHA_256"],
    }


def test_a_public_key_that_is_lost(service: InProcess, root: Caller) -> None:
    key = root.key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    service.write(key, public_key=None)
    assert root.refused("GetPublicKey", KeyId=key) == ("KMSInternalException", "The public key is not here.")


@pytest.mark.parametrize("spec", PAIRS)
def test_data_key_pairs(root: Caller, key: str, spec: str) -> None:
    members: dict[str, Any] = {"KeyId": key, "KeyPairSpec": spec, "EncryptionContext": CONTEXT}
    pair = root("GenerateDataKeyPair", **members)
    hidden = root("GenerateDataKeyPairWithoutPlaintext", **members)
    assert pair["KeyMaterialId"] == hidden["KeyMaterialId"]
    assert (pair["KeyId"], pair["KeyPairSpec"], hidden["KeyId"], hidden["KeyPairSpec"]) == (key, spec, key, spec)
    assert "PrivateKeyPlaintext" not in hidden
    for each in (pair, hidden):
        opened = root("Decrypt", CiphertextBlob=each["PrivateKeyCiphertextBlob"], EncryptionContext=CONTEXT)
        private: Any = load_der_private_key(opened["Plaintext"], None)
        public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert public == each["PublicKey"]
    opened = root("Decrypt", CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext=CONTEXT)
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]


@pytest.mark.parametrize("spec", ["SM2", "ML_KEM_512"])
def test_data_key_pairs_that_cannot_be_made(root: Caller, key: str, spec: str) -> None:
    refused = root.refused("GenerateDataKeyPair", KeyId=key, KeyPairSpec=spec)
    assert refused == ("UnsupportedOperationException", f"{spec} is not supported.")


def test_an_rsa_pair_is_made_off_the_loop_and_admitted_once_more(service: InProcess, root: Caller, key: str) -> None:
    root("GenerateDataKeyPair", KeyId=key, KeyPairSpec="RSA_2048")
    root("DisableKey", KeyId=key)
    refused = root.refused("GenerateDataKeyPair", KeyId=key, KeyPairSpec="RSA_2048")
    assert refused == ("DisabledException", f"{key} is disabled.")
    assert service.records[-1]["errorCode"] == "DisabledException"


@pytest.mark.parametrize(
    ("made", "operation", "members"),
    [
        (
            {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
            "GenerateMac",
            {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"},
        ),
        (
            {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"},
            "Encapsulate",
            {"EncapsulationAlgorithm": "ML_KEM"},
        ),
        (
            {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"},
            "Encrypt",
            {"Plaintext": b"x", "EncryptionAlgorithm": "RSAES_OAEP_SHA_1"},
        ),
        ({}, "Encrypt", {"Plaintext": b"x"}),
        ({}, "GenerateDataKeyPair", {"KeyPairSpec": "ECC_NIST_P256"}),
    ],
)
def test_material_that_does_not_open(
    service: InProcess, root: Caller, made: dict[str, str], operation: str, members: dict[str, object]
) -> None:
    key = root.key(**made)
    with service.store.change() as change:
        kept = service.kept(key)
        change.keys.update_material(kept.place, kept.current_material_id or "", wrapped=b"x" * 64)
    assert root.refused(operation, KeyId=key, **members) == UNREADABLE


def test_symmetric_material_that_does_not_open_decrypts_nothing(service: InProcess, root: Caller, key: str) -> None:
    blob = root("Encrypt", KeyId=key, Plaintext=MESSAGE)["CiphertextBlob"]
    with service.store.change() as change:
        kept = service.kept(key)
        change.keys.update_material(kept.place, kept.current_material_id or "", wrapped=b"x" * 64)
    assert root.refused("Decrypt", CiphertextBlob=blob) == UNREADABLE
