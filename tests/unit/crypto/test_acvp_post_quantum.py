"""NIST's ACVP vectors of ML-DSA (FIPS 204) and ML-KEM (FIPS 203)."""

from __future__ import annotations

from hashlib import shake_256
from typing import TYPE_CHECKING, Final

from strongroom.crypto.mldsa import MlDsaKey
from strongroom.crypto.mlkem import MlKemKey
from tests.support.published_vectors import json_vectors, seeded, verifier

if TYPE_CHECKING:
    from tests.support.published_vectors import Count, Vector

SOURCE: Final = "NIST ACVP"
ALGORITHM: Final = "ML_DSA_SHAKE_256"
# What precedes the raw key in SubjectPublicKeyInfo.
SPKI_HEADER_SIZE: Final = 22


def spec_of(test: Vector) -> str:
    return str(test["parameterSet"]).replace("-", "_")


def test_ml_dsa_key_generation(count: Count) -> None:
    for test in json_vectors("acvp/ml-dsa.json", "ML-DSA-keyGen-FIPS204"):
        key = seeded(spec_of(test), bytes.fromhex(test["seed"]))
        assert isinstance(key, MlDsaKey)
        assert key.public_key_der[SPKI_HEADER_SIZE:] == bytes.fromhex(test["pk"]), test["tcId"]
        count(SOURCE, spec_of(test), 1)


def test_ml_dsa_verification(count: Count) -> None:
    for test in json_vectors("acvp/ml-dsa.json", "ML-DSA-sigVer-FIPS204"):
        assert verifies(test) is test["testPassed"], test["tcId"]
        count(SOURCE, spec_of(test), 1)


def test_ml_dsa_signatures_verify(count: Count) -> None:
    for test in json_vectors("acvp/ml-dsa.json", "ML-DSA-sigGen-FIPS204"):
        assert verifies(test), test["tcId"]
        count(SOURCE, spec_of(test), 1)


def verifies(test: Vector) -> bool:
    """Verify by mu, for the messages have context strings and AWS KMS takes none but the empty one."""
    spec, public_key, signature = spec_of(test), bytes.fromhex(test["pk"]), bytes.fromhex(test["signature"])
    some = seeded(spec, bytes(32))
    assert isinstance(some, MlDsaKey)
    key = verifier(spec, some.public_key_der[:SPKI_HEADER_SIZE] + public_key)
    if test["signatureInterface"] == "internal":
        return key.verify(ALGORITHM, bytes.fromhex(test["mu"]), "EXTERNAL_MU", signature)
    message, context = bytes.fromhex(test["message"]), bytes.fromhex(test["context"])
    raw = key.verify(ALGORITHM, message, "RAW", signature)
    answer = key.verify(ALGORITHM, representative(public_key, message, context), "EXTERNAL_MU", signature)
    assert raw is (answer and not context)
    return answer


def representative(public_key: bytes, message: bytes, context: bytes) -> bytes:
    """Give mu (FIPS 204, algorithms 2 and 7)."""
    framed = bytes((0, len(context))) + context + message
    return shake_256(shake_256(public_key).digest(64) + framed).digest(64)


def test_ml_kem_key_generation(count: Count) -> None:
    for test in json_vectors("acvp/ml-kem.json", "ML-KEM-keyGen-FIPS203"):
        key = seeded(spec_of(test), bytes.fromhex(test["d"] + test["z"]))
        assert isinstance(key, MlKemKey)
        assert key.public_key_der[SPKI_HEADER_SIZE:] == bytes.fromhex(test["ek"]), test["tcId"]
        secret, ciphertext = key.encapsulate()
        assert key.decapsulate(ciphertext) == secret
        count(SOURCE, spec_of(test), 1)
