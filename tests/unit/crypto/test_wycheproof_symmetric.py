"""Wycheproof's vectors of AES-GCM, AES key wrapping, HKDF and HMAC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from strongroom.crypto.mac import MacKey
from strongroom.crypto.specs import KEY_SPECS
from tests.support.published_vectors import json_vectors, kwp_unwrapped

if TYPE_CHECKING:
    from tests.support.published_vectors import Count, Vector

SOURCE: Final = "Wycheproof"
ALGORITHMS: Final = [algorithm for spec in KEY_SPECS.values() for algorithm in spec.algorithms("GENERATE_VERIFY_MAC")]


def test_aes_256_gcm(count: Count) -> None:
    tests = json_vectors("wycheproof/aes-gcm.json", "aes_gcm")
    wrong = [test["tcId"] for test in tests if opens(test) != (test["result"] == "valid")]
    assert wrong == []
    count(SOURCE, "AES-256-GCM", len(tests))


def opens(test: Vector) -> bool:
    key, nonce, aad, message, ciphertext, tag = (
        bytes.fromhex(test[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
    )
    try:
        opened = AESGCM(key).decrypt(nonce, ciphertext + tag, aad)
    except InvalidTag:
        return False
    return opened == message and AESGCM(key).encrypt(nonce, message, aad) == ciphertext + tag


def test_aes_256_kwp(count: Count) -> None:
    tests = json_vectors("wycheproof/aes-kwp.json", "aes_kwp")
    wrong = [test["tcId"] for test in tests if unwraps(test) != (test["result"] == "valid")]
    assert wrong == []
    count(SOURCE, "AES-256-KWP", len(tests))


def unwraps(test: Vector) -> bool:
    key, message, wrapped = (bytes.fromhex(test[name]) for name in ("key", "msg", "ct"))
    try:
        return kwp_unwrapped(key, wrapped) == message
    except ValueError:
        return False


def test_hkdf_sha_256(count: Count) -> None:
    tests = json_vectors("wycheproof/hkdf.json", "hkdf_sha256")
    wrong = [test["tcId"] for test in tests if derives(test) != (test["result"] == "valid")]
    assert wrong == []
    count(SOURCE, "HKDF-SHA-256", len(tests))


def derives(test: Vector) -> bool:
    secret, salt, info, expected = (bytes.fromhex(test[name]) for name in ("ikm", "salt", "info", "okm"))
    try:
        return HKDF(SHA256(), test["size"], salt, info).derive(secret) == expected
    except ValueError:
        return False


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_hmac(algorithm: str, count: Count) -> None:
    tests = json_vectors("wycheproof/hmac.json", f"hmac_sha{algorithm[-3:]}")
    for test in tests:
        key, message, tag = MacKey(bytes.fromhex(test["key"])), bytes.fromhex(test["msg"]), bytes.fromhex(test["tag"])
        valid = test["result"] == "valid"
        assert key.verify_mac(algorithm, message, tag) is valid, test["tcId"]
        assert (key.mac(algorithm, message) == tag) is valid, test["tcId"]
    count(SOURCE, algorithm, len(tests))
