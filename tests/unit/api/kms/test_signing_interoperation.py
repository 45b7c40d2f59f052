"""Signatures both ways between the service and a client that has only `cryptography` and PyCryptodome."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from Crypto.Hash import SHA512 as ED25519_PREHASH
from Crypto.Signature import eddsa
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from tests.support.samples import wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.in_process import Caller, InProcess

MESSAGE: Final = b"what both sides know"
HASHES: Final[Mapping[str, Any]] = {"256": SHA256(), "384": SHA384(), "512": SHA512()}
RSA_ALGORITHMS: Final = [
    f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in ("256", "384", "512")
]
ECDSA: Final[Mapping[str, tuple[str, ec.EllipticCurve]]] = {
    "ECC_NIST_P256": ("ECDSA_SHA_256", ec.SECP256R1()),
    "ECC_NIST_P384": ("ECDSA_SHA_384", ec.SECP384R1()),
    "ECC_NIST_P521": ("ECDSA_SHA_512", ec.SECP521R1()),
    "ECC_SECG_P256K1": ("ECDSA_SHA_256", ec.SECP256K1()),
}
ED25519: Final = "ECC_NIST_EDWARDS25519"
ML_DSA: Final = ("ML_DSA_44", "ML_DSA_65", "ML_DSA_87")


class Case(NamedTuple):
    """A spec with one of its algorithms and a message type."""

    spec: str
    algorithm: str
    message_type: str


def hashed(spec: str, algorithm: str) -> list[Case]:
    return [Case(spec, algorithm, "RAW"), Case(spec, algorithm, "DIGEST")]


IMPORTABLE: Final = [
    *(case for algorithm in RSA_ALGORITHMS for case in hashed("RSA_2048", algorithm)),
    *(case for spec, (algorithm, _) in ECDSA.items() for case in hashed(spec, algorithm)),
    Case(ED25519, "ED25519_SHA_512", "RAW"),
    Case(ED25519, "ED25519_PH_SHA_512", "DIGEST"),
]
ALL: Final = [
    *IMPORTABLE,
    *(Case(spec, "ML_DSA_SHAKE_256", message_type) for spec in ML_DSA for message_type in ("RAW", "EXTERNAL_MU")),
]
MAKE: Final[Mapping[str, Callable[[], Any]]] = {
    "RSA_2048": lambda: rsa.generate_private_key(65_537, 2048),
    ED25519: ed25519.Ed25519PrivateKey.generate,
    **{spec: partial(ec.generate_private_key, curve) for spec, (_, curve) in ECDSA.items()},
}


@pytest.fixture
def service(shared_service: InProcess) -> InProcess:
    return shared_service


def named(case: Case) -> str:
    return "-".join(case)


def sent(case: Case, public: Any) -> bytes:  # noqa: ANN401 - a public key of any kind
    """Give what a client sends for the message to be signed in this way."""
    if case.message_type == "DIGEST":
        return hashlib.new(f"sha{case.algorithm[-3:]}", MESSAGE).digest()
    if case.message_type == "EXTERNAL_MU":
        # FIPS 204, algorithm 7, line 6, with the empty context.
        hashed_key = hashlib.shake_256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).digest(64)
        return hashlib.shake_256(hashed_key + b"\0\0" + MESSAGE).digest(64)
    return MESSAGE


def scheme(algorithm: str) -> tuple[Any, ...]:
    """Give what `cryptography` is told besides the signature and the message."""
    if algorithm.startswith(("ED25519", "ML_DSA")):
        return ()
    hashing = HASHES[algorithm[-3:]]
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(hashing),)
    if "PSS" in algorithm:
        return padding.PSS(padding.MGF1(hashing), hashing.digest_size), hashing
    return padding.PKCS1v15(), hashing


def verify_elsewhere(case: Case, public: Any, signature: bytes) -> None:  # noqa: ANN401 - a public key of any kind
    """Verify a signature of the message itself. Raises for a wrong one."""
    if case.algorithm == "ED25519_PH_SHA_512":
        key = eddsa.import_public_key(public.public_bytes(Encoding.Raw, PublicFormat.Raw))
        # What is sent, a digest already, is the message that Ed25519ph hashes.
        eddsa.new(key, "rfc8032").verify(ED25519_PREHASH.new(sent(case, public)), signature)
        return
    public.verify(signature, MESSAGE, *scheme(case.algorithm))


def sign_elsewhere(case: Case, private: Any) -> bytes:  # noqa: ANN401 - a private key of any kind
    if case.algorithm == "ED25519_PH_SHA_512":
        key = eddsa.import_private_key(private.private_bytes_raw())
        return eddsa.new(key, "rfc8032").sign(ED25519_PREHASH.new(sent(case, None)))
    signature: bytes = private.sign(MESSAGE, *scheme(case.algorithm))
    return signature


def imported(root: Caller, spec: str, private: Any) -> str:  # noqa: ANN401 - a private key of any kind
    """Make a KMS key of a client's own private key; gives its ARN."""
    key = root.key(Origin="EXTERNAL", KeySpec=spec, KeyUsage="SIGN_VERIFY")
    wrapping = {"WrappingAlgorithm": "RSA_AES_KEY_WRAP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    parameters = root("GetParametersForImport", KeyId=key, **wrapping)
    material = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    aes = os.urandom(32)
    root(
        "ImportKeyMaterial",
        KeyId=key,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=wrapped(parameters["PublicKey"], aes) + aes_key_wrap_with_padding(aes, material),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    return key


@pytest.mark.parametrize("case", ALL, ids=named)
def test_what_the_service_signs_a_client_verifies(root: Caller, case: Case) -> None:
    key = root.key(KeySpec=case.spec, KeyUsage="SIGN_VERIFY")
    public = load_der_public_key(root("GetPublicKey", KeyId=key)["PublicKey"])
    signed = root(
        "Sign",
        KeyId=key,
        Message=sent(case, public),
        MessageType=case.message_type,
        SigningAlgorithm=case.algorithm,
    )
    verify_elsewhere(case, public, signed["Signature"])


@pytest.mark.parametrize("case", IMPORTABLE, ids=named)
def test_what_a_client_signs_the_service_verifies(root: Caller, case: Case) -> None:
    private = MAKE[case.spec]()
    key = imported(root, case.spec, private)
    members: dict[str, Any] = {
        "KeyId": key,
        "MessageType": case.message_type,
        "SigningAlgorithm": case.algorithm,
        "Signature": sign_elsewhere(case, private),
    }
    message = sent(case, private.public_key())
    assert root("Verify", **members, Message=message)["SignatureValid"] is True
    other = bytes([message[0] ^ 1]) + message[1:]
    assert root.refused("Verify", **members, Message=other) == ("KMSInvalidSignatureException", "")
