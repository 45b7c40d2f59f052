"""Wycheproof's vectors of RSAES-OAEP, RSASSA-PSS and RSASSA-PKCS1-v1_5.

A vector of verification whose result is "acceptable" may be refused or not, and is not counted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.crypto.algorithms import RSA_ENCRYPTION_ALGORITHMS, RSA_SIGNING_ALGORITHMS
from strongroom.crypto.import_wrapping import WrappingKey
from strongroom.crypto.rsa import RsaKey
from tests.support.published_vectors import definite, json_vectors, verifier

if TYPE_CHECKING:
    from strongroom.crypto.secret_keys import SigningKey
    from tests.support.published_vectors import Count, Vector

SOURCE: Final = "Wycheproof"
OAEP_ARCHIVE: Final = "wycheproof/rsa-oaep.json"
PSS_ARCHIVE: Final = "wycheproof/rsa-pss.json"
PKCS1_ARCHIVE: Final = "wycheproof/rsa-pkcs1.json"
OAEP: Final = [
    "rsa_oaep_2048_sha1_mgf1sha1",
    "rsa_oaep_2048_sha256_mgf1sha256",
    "rsa_oaep_3072_sha256_mgf1sha256",
    "rsa_oaep_4096_sha256_mgf1sha256",
    "rsa_oaep_misc",
]
PSS: Final = [
    "rsa_pss_2048_sha256_mgf1_32",
    "rsa_pss_2048_sha384_mgf1_48",
    "rsa_pss_3072_sha256_mgf1_32",
    "rsa_pss_4096_sha256_mgf1_32",
    "rsa_pss_4096_sha384_mgf1_48",
    "rsa_pss_4096_sha512_mgf1_64",
    "rsa_pss_misc",
]
PKCS1: Final = [f"rsa_signature_{bits}_sha{size}" for bits in (2048, 3072, 4096) for size in (256, 384, 512)]
PKCS1_SIGNING: Final = [f"rsa_pkcs1_{bits}_sig_gen" for bits in (2048, 3072, 4096)]


def algorithm_of(scheme: str, test: Vector) -> str:
    algorithm = f"{scheme}_{test['sha'].replace('-', '_')}"
    assert algorithm in {*RSA_ENCRYPTION_ALGORITHMS, *RSA_SIGNING_ALGORITHMS}
    return algorithm


def verifies(key: SigningKey, algorithm: str, message: bytes, signature: bytes) -> bool:
    """Tell what `verify` says; it must say the same of the message's digest."""
    digest = hashlib.new(f"sha{algorithm[-3:]}", message).digest()
    answer = key.verify(algorithm, message, "RAW", signature)
    assert key.verify(algorithm, digest, "DIGEST", signature) is answer
    return answer


@pytest.mark.parametrize("name", OAEP)
def test_oaep(name: str, count: Count) -> None:
    tests = json_vectors(OAEP_ARCHIVE, name)
    for test in tests:
        # There are no labels in AWS KMS: what was encrypted with one must not open.
        valid = test["result"] == "valid" and not test["label"]
        assert opens(test) is valid, test["tcId"]
        count(SOURCE, algorithm_of("RSAES_OAEP", test), 1)


def opens(test: Vector) -> bool:
    algorithm = algorithm_of("RSAES_OAEP", test)
    secret, ciphertext = bytes.fromhex(test["privateKeyPkcs8"]), bytes.fromhex(test["ct"])
    try:
        plaintext = RsaKey(secret).decrypt(algorithm, ciphertext)
    except ValueError:
        with pytest.raises(ValueError, match=r".*"):
            WrappingKey.load(secret).unwrap(algorithm, ciphertext)
        return False
    assert WrappingKey.load(secret).unwrap(algorithm, ciphertext) == plaintext
    return plaintext == bytes.fromhex(test["msg"])


@pytest.mark.parametrize("name", PSS)
def test_pss(name: str, count: Count) -> None:
    for test in json_vectors(PSS_ARCHIVE, name):
        algorithm = algorithm_of("RSASSA_PSS", test)
        key = verifier(f"RSA_{test['keySize']}", bytes.fromhex(test["publicKeyDer"]))
        # AWS KMS has one mask generation function for each hash, and salts as long as the hash.
        offered = test["mgfSha"] == test["sha"] and test["sLen"] * 8 == int(algorithm[-3:])
        valid = test["result"] == "valid" and offered
        message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        assert verifies(key, algorithm, message, signature) is valid, test["tcId"]
        count(SOURCE, algorithm, 1)


@pytest.mark.parametrize("name", PKCS1)
def test_pkcs1_verification(name: str, count: Count) -> None:
    for test in json_vectors(PKCS1_ARCHIVE, name):
        algorithm = algorithm_of("RSASSA_PKCS1_V1_5", test)
        key = verifier(f"RSA_{test['keySize']}", bytes.fromhex(test["publicKeyDer"]))
        answer = verifies(key, algorithm, bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
        assert test["result"] == "acceptable" or answer is (test["result"] == "valid"), test["tcId"]
        count(SOURCE, algorithm, definite([test]))


@pytest.mark.parametrize("name", PKCS1_SIGNING)
def test_pkcs1_signing(name: str, count: Count) -> None:
    for test in json_vectors(PKCS1_ARCHIVE, name):
        algorithm = algorithm_of("RSASSA_PKCS1_V1_5", test)
        key, message = RsaKey(bytes.fromhex(test["privateKeyPkcs8"])), bytes.fromhex(test["msg"])
        assert key.public_key_der.hex() == test["keyDer"]
        assert key.sign(algorithm, message, "RAW").hex() == test["sig"], test["tcId"]
        assert verifies(key, algorithm, message, bytes.fromhex(test["sig"]))
        count(SOURCE, algorithm, 1)


def test_every_algorithm_has_vectors() -> None:
    verified = {
        algorithm_of(scheme, test)
        for scheme, archive, names in (
            ("RSASSA_PSS", PSS_ARCHIVE, PSS),
            ("RSASSA_PKCS1_V1_5", PKCS1_ARCHIVE, PKCS1),
        )
        for name in names
        for test in json_vectors(archive, name)
    }
    decrypted = {algorithm_of("RSAES_OAEP", test) for name in OAEP for test in json_vectors(OAEP_ARCHIVE, name)}
    assert verified == set(RSA_SIGNING_ALGORITHMS)
    assert decrypted == set(RSA_ENCRYPTION_ALGORITHMS)
