"""The vectors of NIST's CAVP, which came before ACVP: AES-GCM, AES key wrapping, RSA, ECDSA and ECDH."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from strongroom.crypto.ecc import CURVES, EccKey
from strongroom.crypto.encoded_keys import private_der, public_der
from tests.support.published_vectors import kwp_unwrapped, text_vectors, verifier

if TYPE_CHECKING:
    from tests.support.published_vectors import Count

SOURCE: Final = "NIST CAVP"
ECDSA: Final = {
    "P-256,SHA-256": ("ECC_NIST_P256", "ECDSA_SHA_256"),
    "P-384,SHA-384": ("ECC_NIST_P384", "ECDSA_SHA_384"),
    "P-521,SHA-512": ("ECC_NIST_P521", "ECDSA_SHA_512"),
    "K-256,SHA-256": ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
}
ECDH: Final = {"EC - SHA256": "ECC_NIST_P256", "ED - SHA384": "ECC_NIST_P384", "EE - SHA512": "ECC_NIST_P521"}
Record = dict[str, str]


def passes(record: Record) -> bool:
    return record["Result"].startswith("P")


@pytest.mark.parametrize("name", ["aes-gcm-decrypt", "aes-gcm-encrypt"])
def test_aes_256_gcm(name: str, count: Count) -> None:
    for record in text_vectors(f"cavp/{name}.rsp"):
        key, nonce, aad, sealed = (
            bytes.fromhex(text) for text in (record["Key"], record["IV"], record["AAD"], record["CT"] + record["Tag"])
        )
        if "FAIL" in record:
            with pytest.raises(InvalidTag):
                AESGCM(key).decrypt(nonce, sealed, aad)
        else:
            message = bytes.fromhex(record["PT"])
            assert AESGCM(key).decrypt(nonce, sealed, aad) == message
            assert AESGCM(key).encrypt(nonce, message, aad) == sealed
        count(SOURCE, "AES-256-GCM", 1)


@pytest.mark.parametrize("name", ["aes-kwp-ad", "aes-kwp-ae"])
def test_aes_256_kwp(name: str, count: Count) -> None:
    for record in text_vectors(f"cavp/{name}.rsp"):
        key, wrapped = bytes.fromhex(record["K"]), bytes.fromhex(record["C"])
        if "FAIL" in record:
            with pytest.raises(ValueError, match="does not unwrap"):
                kwp_unwrapped(key, wrapped)
        else:
            assert kwp_unwrapped(key, wrapped).hex() == record["P"]
        count(SOURCE, "AES-256-KWP", 1)


@pytest.mark.parametrize("name", ["rsa-pkcs1-siggen", "rsa-pkcs1-sigver"])
def test_rsassa_pkcs1(name: str, count: Count) -> None:
    for record in text_vectors(f"cavp/{name}.rsp"):
        algorithm = f"RSASSA_PKCS1_V1_5_SHA_{record['SHAAlg'][-3:]}"
        expected = passes(record) if "Result" in record else True
        assert rsa_verifies(algorithm, record) is expected, record["S"]
        count(SOURCE, algorithm, 1)


def rsa_verifies(algorithm: str, record: Record) -> bool:
    message, signature = bytes.fromhex(record["Msg"]), bytes.fromhex(record["S"])
    try:
        public = RSAPublicNumbers(int(record["e"], 16), int(record["n"], 16)).public_key()
        key = verifier(f"RSA_{public.key_size}", public_der(public))
    except ValueError:
        return False
    return key.verify(algorithm, message, "RAW", signature)


@pytest.mark.parametrize("name", ["ecdsa-sigver", "ecdsa-siggen", "ecdsa-secp256k1-siggen"])
def test_ecdsa(name: str, count: Count) -> None:
    for record in text_vectors(f"cavp/{name}.rsp"):
        spec, algorithm = ECDSA[record["section"]]
        expected = passes(record) if "Result" in record else True
        assert ecdsa_verifies(spec, algorithm, record) is expected, record["R"]
        if "d" in record:
            signs(spec, algorithm, record)
        # NIST has no vectors of secp256k1; these are like its own.
        count("pyca" if spec == "ECC_SECG_P256K1" else SOURCE, f"{algorithm} ({spec})", 1)


def public_key(spec: str, x: str, y: str) -> bytes:
    return public_der(ec.EllipticCurvePublicNumbers(int(x, 16), int(y, 16), CURVES[spec]).public_key())


def ecdsa_verifies(spec: str, algorithm: str, record: Record) -> bool:
    message = bytes.fromhex(record["Msg"])
    signature = encode_dss_signature(int(record["R"], 16), int(record["S"], 16))
    try:
        key = verifier(spec, public_key(spec, record["Qx"], record["Qy"]))
    except ValueError:
        return False
    digest = hashlib.new(f"sha{algorithm[-3:]}", message).digest()
    answer = key.verify(algorithm, message, "RAW", signature)
    assert key.verify(algorithm, digest, "DIGEST", signature) is answer
    return answer


def signs(spec: str, algorithm: str, record: Record) -> None:
    """Check that the published private key has the published public key, which verifies what it signs."""
    key, message = private_key(spec, record["d"]), bytes.fromhex(record["Msg"])
    public = public_key(spec, record["Qx"], record["Qy"])
    assert key.public_key_der == public
    assert verifier(spec, public).verify(algorithm, message, "RAW", key.sign(algorithm, message, "RAW"))


def private_key(spec: str, scalar: str) -> EccKey:
    return EccKey(private_der(ec.derive_private_key(int(scalar, 16), CURVES[spec])))


@pytest.mark.parametrize("name", ["ecdh-init", "ecdh-resp"])
def test_ecdh(name: str, count: Count) -> None:
    for record in text_vectors(f"cavp/{name}.rsp"):
        spec = ECDH[record["section"]]
        assert agrees(spec, record) is passes(record), record["Result"]
        count(SOURCE, f"ECDH ({spec})", 1)


def agrees(spec: str, record: Record) -> bool:
    """Tell whether the key pair of the implementation under test is one, and gives Z with the other's public key."""
    try:
        key = private_key(spec, record["dsIUT"])
        own = public_key(spec, record["QsIUTx"], record["QsIUTy"])
        secret = key.derive(public_key(spec, record["QsCAVSx"], record["QsCAVSy"]))
    except ValueError:
        return False
    return own == key.public_key_der and secret == bytes.fromhex(record["Z"])
