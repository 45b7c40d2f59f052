"""Wycheproof's vectors of ML-DSA and ML-KEM."""

from __future__ import annotations

from hashlib import shake_256
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.crypto.mldsa import MlDsaKey
from strongroom.crypto.mlkem import MlKemKey
from strongroom.crypto.specs import KEY_SPECS
from tests.support.published_vectors import json_vectors, seeded, verifier

if TYPE_CHECKING:
    from strongroom.crypto.secret_keys import SigningKey
    from tests.support.published_vectors import Count, Vector

SOURCE: Final = "Wycheproof"
ALGORITHM: Final = "ML_DSA_SHAKE_256"


def levels(family: str) -> list[int]:
    return [int(spec.name.rsplit("_")[-1]) for spec in KEY_SPECS.values() if spec.family == family]


@pytest.mark.parametrize("level", levels("ML_DSA"))
def test_ml_dsa_verification(level: int, count: Count) -> None:
    tests = json_vectors(f"wycheproof/ml-dsa-{level}.json", f"mldsa_{level}_verify")
    for test in tests:
        # The context string of AWS KMS is empty: what was signed with another must be refused.
        valid = test["result"] == "valid" and not test.get("ctx")
        assert verifies(f"ML_DSA_{level}", test) is valid, test["tcId"]
    count(SOURCE, f"ML_DSA_{level}", len(tests))


def verifies(spec: str, test: Vector) -> bool:
    message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
    public_key = bytes.fromhex(test["publicKeyDer"])
    try:
        key = verifier(spec, public_key)
    except ValueError:
        return False
    answer = key.verify(ALGORITHM, message, "RAW", signature)
    assert key.verify(ALGORITHM, representative(public_key, message), "EXTERNAL_MU", signature) is answer
    return answer


def representative(public_key_der: bytes, message: bytes) -> bytes:
    """Give mu for an empty context string (FIPS 204, algorithms 2 and 7); 22 bytes of DER precede the key."""
    return shake_256(shake_256(public_key_der[22:]).digest(64) + bytes(2) + message).digest(64)


@pytest.mark.parametrize("level", levels("ML_DSA"))
def test_ml_dsa_signing(level: int, count: Count) -> None:
    tests = json_vectors(f"wycheproof/ml-dsa-{level}.json", f"mldsa_{level}_sign_seed")
    for test in tests:
        if test["result"] == "valid":
            signs(f"ML_DSA_{level}", test)
        else:
            with pytest.raises(ValueError, match=r"."):
                seeded(f"ML_DSA_{level}", bytes.fromhex(test["privateSeed"]))
    count(SOURCE, f"ML_DSA_{level}", len(tests))


def signs(spec: str, test: Vector) -> None:
    """Check the key, the published signature and one of ours: they differ, for ours are hedged (FIPS 204, 3.4)."""
    key, published, mu = (
        seeded(spec, bytes.fromhex(test["privateSeed"])),
        bytes.fromhex(test["sig"]),
        bytes.fromhex(test["mu"]),
    )
    assert isinstance(key, MlDsaKey)
    assert key.public_key_der[22:].hex() == test["publicKey"], test["tcId"]
    assert agree(key, mu, "EXTERNAL_MU", published), test["tcId"]
    if "msg" in test and not test.get("ctx"):
        assert agree(key, bytes.fromhex(test["msg"]), "RAW", published), test["tcId"]


def agree(key: SigningKey, message: bytes, message_type: str, published: bytes) -> bool:
    own = key.sign(ALGORITHM, message, message_type)
    return all(key.verify(ALGORITHM, message, message_type, signature) for signature in (own, published))


@pytest.mark.parametrize("level", levels("ML_KEM"))
def test_ml_kem_key_generation(level: int, count: Count) -> None:
    tests = json_vectors(f"wycheproof/ml-kem-{level}.json", f"mlkem_{level}_keygen_seed")
    for test in tests:
        key = seeded(f"ML_KEM_{level}", bytes.fromhex(test["seed"]))
        assert isinstance(key, MlKemKey)
        assert key.public_key_der[22:].hex() == test["ek"], test["tcId"]
    count(SOURCE, f"ML_KEM_{level}", len(tests))


@pytest.mark.parametrize("level", levels("ML_KEM"))
def test_ml_kem_decapsulation(level: int, count: Count) -> None:
    tests = json_vectors(f"wycheproof/ml-kem-{level}.json", f"mlkem_{level}")
    for test in tests:
        assert (decapsulated(f"ML_KEM_{level}", test) == test["K"]) is (test["result"] == "valid"), test["tcId"]
    count(SOURCE, f"ML_KEM_{level}", len(tests))


def decapsulated(spec: str, test: Vector) -> str | None:
    """Give the shared secret in hexadecimal, or None when the seed or the ciphertext is refused."""
    try:
        key = seeded(spec, bytes.fromhex(test["seed"]))
        assert isinstance(key, MlKemKey)
        return key.decapsulate(bytes.fromhex(test["c"])).hex()
    except ValueError:
        return None
