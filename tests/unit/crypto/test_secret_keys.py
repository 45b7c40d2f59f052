"""Every kind of secret key against `cryptography` on the other side."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final

import pytest
from Crypto.Hash import SHA512 as CRYPTO_SHA512
from Crypto.Signature import eddsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from strongroom.crypto.ecc import EccKey
from strongroom.crypto.eddsa import Ed25519Key
from strongroom.crypto.mac import MacKey
from strongroom.crypto.material import generate_material
from strongroom.crypto.mldsa import MlDsaKey
from strongroom.crypto.mlkem import MlKemKey
from strongroom.crypto.rsa import RsaKey
from strongroom.crypto.secret_keys import SigningKey, load_secret_key, public_key_of
from strongroom.crypto.specs import KEY_SPECS

HASHES: Final = {"256": SHA256(), "384": SHA384(), "512": SHA512()}
MESSAGE: Final = b"a message"
SECRETS: Final = {
    name: generate_material(spec) for name, spec in KEY_SPECS.items() if name not in {"RSA_3072", "SYMMETRIC_DEFAULT"}
}
SIGNING: Final = [
    (name, algorithm)
    for name, spec in KEY_SPECS.items()
    if name in SECRETS
    for algorithm in spec.algorithms("SIGN_VERIFY")
]


def key_of(name: str) -> Any:  # noqa: ANN401 - a key of any kind
    return load_secret_key(KEY_SPECS[name], SECRETS[name])


def public_key(name: str) -> Any:  # noqa: ANN401 - a key of any kind
    return load_der_public_key(key_of(name).public_key_der)


def check(name: str, algorithm: str, message: bytes, message_type: str, signature: bytes) -> None:
    """Verify elsewhere; raises for a wrong signature."""
    public, hashing = public_key(name), HASHES.get(algorithm[-3:])
    chosen: Any = Prehashed(hashing) if message_type == "DIGEST" and hashing else hashing
    if isinstance(public, rsa.RSAPublicKey):
        assert hashing is not None
        scheme: Any = padding.PKCS1v15()
        if "PSS" in algorithm:
            scheme = padding.PSS(padding.MGF1(hashing), hashing.digest_size)
        public.verify(signature, message, scheme, chosen)
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(signature, message, ec.ECDSA(chosen))
    elif algorithm == "ED25519_PH_SHA_512":
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        eddsa.new(eddsa.import_public_key(raw), "rfc8032").verify(CRYPTO_SHA512.new(message), signature)
    else:
        public.verify(signature, message)


def messages(name: str, algorithm: str) -> list[tuple[bytes, str, bytes]]:
    """Give what may be signed, how, and what the other side verifies."""
    if algorithm == "ED25519_SHA_512":
        return [(MESSAGE, "RAW", MESSAGE)]
    if algorithm == "ED25519_PH_SHA_512":
        digest = hashlib.sha512(MESSAGE).digest()
        return [(digest, "DIGEST", digest)]
    if algorithm == "ML_DSA_SHAKE_256":
        raw = public_key(name).public_bytes(Encoding.Raw, PublicFormat.Raw)
        mu = hashlib.shake_256(hashlib.shake_256(raw).digest(64) + b"\0\0" + MESSAGE).digest(64)
        return [(MESSAGE, "RAW", MESSAGE), (mu, "EXTERNAL_MU", MESSAGE)]
    digest = hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()
    return [(MESSAGE, "RAW", MESSAGE), (digest, "DIGEST", MESSAGE)]


@pytest.mark.parametrize(("name", "algorithm"), SIGNING)
def test_what_is_signed_here_is_verified_elsewhere_and_here(name: str, algorithm: str) -> None:
    key = key_of(name)
    assert isinstance(key, SigningKey)
    for message, message_type, elsewhere in messages(name, algorithm):
        signature = key.sign(algorithm, message, message_type)
        check(name, algorithm, elsewhere, "RAW", signature)
        assert key.verify(algorithm, message, message_type, signature)
        assert not key.verify(algorithm, bytes([message[0] ^ 1]) + message[1:], message_type, signature)
        assert not key.verify(algorithm, message, message_type, signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not key.verify(algorithm, message, message_type, b"x")
        with pytest.raises((InvalidSignature, ValueError)):
            check(name, algorithm, elsewhere + b"x", "RAW", signature)


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_rsa_encryption_both_ways(algorithm: str) -> None:
    key, public = key_of("RSA_2048"), public_key("RSA_2048")
    hashing: Any = SHA1() if algorithm.endswith("_1") else SHA256()  # noqa: S303 - what AWS offers
    limit = KEY_SPECS["RSA_2048"].plaintext_limits[algorithm]
    oaep = padding.OAEP(padding.MGF1(hashing), hashing, None)
    for plaintext in (b"x", bytes(limit)):
        assert key.decrypt(algorithm, public.encrypt(plaintext, oaep)) == plaintext
        assert key.decrypt(algorithm, key.encrypt(algorithm, plaintext)) == plaintext
    with pytest.raises(ValueError, match=r"."):
        key.encrypt(algorithm, bytes(limit + 1))
    for wrong in (b"x", bytes(256), bytes(257)):
        with pytest.raises(ValueError, match=r"."):
            key.decrypt(algorithm, wrong)


@pytest.mark.parametrize("name", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_the_same_secret_is_derived_on_both_sides(name: str) -> None:
    key = key_of(name)
    assert isinstance(key, EccKey)
    public = public_key(name)
    other = ec.generate_private_key(public.curve)
    der = other.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.derive(der) == other.exchange(ec.ECDH(), public)
    wrong_curve = key_of("ECC_SECG_P256K1").public_key_der
    for bad in (b"", b"x", wrong_curve, key_of("RSA_2048").public_key_der, der[:-1], der[:-1] + bytes([der[-1] ^ 1])):
        with pytest.raises(ValueError, match=r"."):
            key.derive(bad)


@pytest.mark.parametrize(("name", "size"), [("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
def test_encapsulation_both_ways(name: str, size: int) -> None:
    key = key_of(name)
    assert isinstance(key, MlKemKey)
    secret, blob = public_key(name).encapsulate()
    assert key.decapsulate(blob) == secret
    secret, blob = key.encapsulate()
    assert (len(secret), len(blob)) == (32, size)
    assert key.decapsulate(blob) == secret
    other = key.decapsulate(bytes([blob[0] ^ 1]) + blob[1:])
    assert len(other) == 32
    assert other not in {secret, bytes(32)}
    with pytest.raises(ValueError, match=r"."):
        key.decapsulate(blob[:-1])


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs_are_hmacs(bits: int) -> None:
    name, algorithm = f"HMAC_{bits}", f"HMAC_SHA_{bits}"
    key = key_of(name)
    assert isinstance(key, MacKey)
    mac = key.mac(algorithm, MESSAGE)
    assert mac == hmac.new(SECRETS[name], MESSAGE, f"sha{bits}").digest()
    assert key.verify_mac(algorithm, MESSAGE, mac)
    assert not key.verify_mac(algorithm, MESSAGE, mac[:-1])
    assert not key.verify_mac(algorithm, b"another", mac)
    assert public_key_of(KEY_SPECS[name], SECRETS[name]) is None


@pytest.mark.parametrize(
    ("name", "kind", "public_kind"),
    [
        ("RSA_2048", RsaKey, rsa.RSAPublicKey),
        ("RSA_4096", RsaKey, rsa.RSAPublicKey),
        ("ECC_SECG_P256K1", EccKey, ec.EllipticCurvePublicKey),
        ("ECC_NIST_EDWARDS25519", Ed25519Key, ed25519.Ed25519PublicKey),
        ("ML_DSA_44", MlDsaKey, mldsa.MLDSA44PublicKey),
        ("ML_DSA_65", MlDsaKey, mldsa.MLDSA65PublicKey),
        ("ML_DSA_87", MlDsaKey, mldsa.MLDSA87PublicKey),
        ("ML_KEM_768", MlKemKey, mlkem.MLKEM768PublicKey),
        ("ML_KEM_1024", MlKemKey, mlkem.MLKEM1024PublicKey),
    ],
)
def test_each_spec_has_its_kind(name: str, kind: type, public_kind: type) -> None:
    assert isinstance(key_of(name), kind)
    assert isinstance(public_key(name), public_kind)
    assert public_key_of(KEY_SPECS[name], SECRETS[name]) == key_of(name).public_key_der
    for other in ("HMAC_256", "ECC_NIST_P256", "ML_DSA_44" if name != "ML_DSA_44" else "ML_DSA_65"):
        if other.split("_")[:2] != name.split("_")[:2] and (kind, other) != (EccKey, "ECC_NIST_P256"):
            with pytest.raises(ValueError, match=r"."):
                load_secret_key(KEY_SPECS[name], SECRETS[other])
