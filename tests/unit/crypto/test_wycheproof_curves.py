"""Wycheproof's vectors of ECDSA, ECDH and Ed25519.

A vector whose result is "acceptable" may be refused; when it is not, its value must be right. It is not counted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from strongroom.crypto.ecc import CURVES, EccKey
from strongroom.crypto.encoded_keys import private_der
from strongroom.crypto.specs import KEY_SPECS
from tests.support.published_vectors import definite, json_vectors, verifier

if TYPE_CHECKING:
    from tests.support.published_vectors import Count, Vector

SOURCE: Final = "Wycheproof"
CURVE_NAMES: Final = {
    "ECC_NIST_P256": "secp256r1",
    "ECC_NIST_P384": "secp384r1",
    "ECC_NIST_P521": "secp521r1",
    "ECC_SECG_P256K1": "secp256k1",
}
ECDSA: Final = [
    (spec.name, algorithm, f"ecdsa_{CURVE_NAMES[spec.name]}_sha{algorithm[-3:]}")
    for spec in KEY_SPECS.values()
    if spec.family == "ECC"
    for algorithm in spec.algorithms("SIGN_VERIFY")
]
ECDH: Final = [
    (spec.name, f"ecdh_{CURVE_NAMES[spec.name]}") for spec in KEY_SPECS.values() if spec.algorithms("KEY_AGREEMENT")
]


@pytest.mark.parametrize(("spec", "algorithm", "name"), ECDSA)
def test_ecdsa(spec: str, algorithm: str, name: str, count: Count) -> None:
    tests = json_vectors("wycheproof/ecdsa.json", name)
    for test in tests:
        key = verifier(spec, bytes.fromhex(test["publicKeyDer"]))
        message, signature = bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"])
        digest = hashlib.new(f"sha{algorithm[-3:]}", message).digest()
        answer = key.verify(algorithm, message, "RAW", signature)
        assert answer is (test["result"] == "valid"), test["tcId"]
        assert key.verify(algorithm, digest, "DIGEST", signature) is answer
    count(SOURCE, f"{algorithm} ({spec})", len(tests))


def test_ed25519(count: Count) -> None:
    tests = json_vectors("wycheproof/ed25519.json", "ed25519")
    for test in tests:
        key = verifier("ECC_NIST_EDWARDS25519", bytes.fromhex(test["publicKeyDer"]))
        answer = key.verify("ED25519_SHA_512", bytes.fromhex(test["msg"]), "RAW", bytes.fromhex(test["sig"]))
        # Acceptable are public keys of small or mixed order. Nobody can hand us one: our public keys follow from seeds.
        assert test["result"] == "acceptable" or answer is (test["result"] == "valid"), test["tcId"]
    count(SOURCE, "ED25519_SHA_512", definite(tests))


@pytest.mark.parametrize(("spec", "name"), ECDH)
def test_ecdh(spec: str, name: str, count: Count) -> None:
    tests = json_vectors("wycheproof/ecdh.json", name)
    for test in tests:
        shared = shared_secret(spec, test)
        if test["result"] == "valid":
            assert shared == test["shared"], test["tcId"]
        else:
            acceptable = {None, test["shared"]} if test["result"] == "acceptable" else {None}
            assert shared in acceptable, test["tcId"]
    count(SOURCE, f"ECDH ({spec})", definite(tests))


def shared_secret(spec: str, test: Vector) -> str | None:
    """Give the secret in hexadecimal, or None when the public key is refused."""
    private = ec.derive_private_key(int(test["private"], 16), CURVES[spec])
    try:
        return EccKey(private_der(private)).derive(bytes.fromhex(test["public"])).hex()
    except ValueError:
        return None


@pytest.mark.parametrize(("spec", "name"), ECDH)
def test_public_keys_with_a_curve_spelt_out_are_refused(spec: str, name: str) -> None:
    unnamed = [test for test in json_vectors("wycheproof/ecdh.json", name) if "UnnamedCurve" in test["flags"]]
    assert unnamed
    assert {shared_secret(spec, test) for test in unnamed} == {None}
