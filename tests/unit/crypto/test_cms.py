from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest
from cryptography.hazmat.primitives import padding as block_padding
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509 import SubjectKeyIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.crypto.cms import envelop, load_recipient_key
from tests.support.attestation import public_key_der

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {bits: rsa.generate_private_key(65537, bits) for bits in (2048, 3072, 4096)}
KEY = KEYS[2048]
# RFC 5652, RFC 4055 and RFC 3565, written out: the identifiers with all their parameters.
ENVELOPED_DATA = bytes.fromhex("06092a864886f70d010703")
OAEP_SHA_256 = bytes.fromhex(
    "303c06092a864886f70d010107302fa00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d0609608648016503"
    "04020105 00"
)
DATA = bytes.fromhex("06092a864886f70d010701")
AES_256_CBC = bytes.fromhex("060960864801650304012a")


class Element(NamedTuple):
    """A DER element: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    encoded: bytes


def elements(data: bytes) -> list[Element]:
    """Split DER into its elements, with definite lengths in the fewest bytes."""
    found = []
    while data:
        size, start = data[1], 2
        if size > 0x80:
            start += size - 0x80
            size = int.from_bytes(data[2:start])
            assert size >= 0x80
        else:
            assert size != 0x80
        assert len(data) >= start + size
        found.append(Element(data[0], data[start : start + size], data[: start + size]))
        data = data[start + size :]
    return found


def opened(message: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """Open an answer, holding every byte of it to the form that AWS gives."""
    (info,) = elements(message)
    content_type, explicit = elements(info.content)
    assert (info.tag, content_type.encoded, explicit.tag) == (0x30, ENVELOPED_DATA, 0xA0)
    (enveloped,) = elements(explicit.content)
    version, recipients, encrypted = elements(enveloped.content)
    assert (enveloped.tag, version.encoded, recipients.tag, encrypted.tag) == (0x30, b"\x02\x01\x02", 0x31, 0x30)

    (recipient,) = elements(recipients.content)
    version, identifier, algorithm, encrypted_key = elements(recipient.content)
    assert (recipient.tag, version.encoded) == (0x30, b"\x02\x01\x02")
    assert identifier[:2] == (0x80, SubjectKeyIdentifier.from_public_key(key.public_key()).digest)
    assert (algorithm.encoded, encrypted_key.tag) == (OAEP_SHA_256, 0x04)

    content_type, algorithm, content = elements(encrypted.content)
    assert (content_type.encoded, algorithm.tag, content.tag) == (DATA, 0x30, 0x80)
    name, iv = elements(algorithm.content)
    assert (name.encoded, iv.tag, len(iv.content)) == (AES_256_CBC, 0x04, 16)

    oaep = padding.OAEP(mgf=padding.MGF1(SHA256()), algorithm=SHA256(), label=None)
    aes = algorithms.AES(key.decrypt(encrypted_key.content, oaep))
    assert aes.key_size == 256
    decryptor = Cipher(aes, modes.CBC(iv.content)).decryptor()
    unpadder = block_padding.PKCS7(128).unpadder()
    return unpadder.update(decryptor.update(content.content) + decryptor.finalize()) + unpadder.finalize()


@settings(deadline=None)
@given(st.binary(max_size=2500))
def test_answers_open(plaintext: bytes) -> None:
    assert opened(envelop(public_key_der(KEY), plaintext), KEY) == plaintext


@pytest.mark.parametrize("bits", KEYS)
def test_openssl_opens_answers(bits: int, tmp_path: Path) -> None:
    key = KEYS[bits]
    (tmp_path / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-inkey", str(tmp_path / "key.pem")]
    for plaintext in (b"", b"sixteen bytes  .", b"plaintext" * 100):
        message = envelop(public_key_der(key), plaintext)
        result = subprocess.run(command, input=message, capture_output=True, check=True)  # noqa: S603 - fixed words
        assert result.stdout == plaintext


def test_every_answer_has_a_key_and_an_iv_of_its_own() -> None:
    one, other = (envelop(public_key_der(KEY), b"plaintext") for _ in range(2))
    assert one[-48:] != other[-48:]


@pytest.mark.parametrize("bits", KEYS)
def test_keys_of_the_usual_sizes_are_taken(bits: int) -> None:
    assert load_recipient_key(public_key_der(KEYS[bits])).key_size == bits


def spki(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def numbered(modulus: int) -> bytes:
    return spki(rsa.RSAPublicNumbers(65537, modulus).public_key())


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (b"", "DER"),
        (b"\x30\x00", "DER"),
        (public_key_der(KEY)[:-1], "DER"),
        (public_key_der(KEY) + b"\0", "DER"),
        (KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), "DER"),
        # The identifier of a key type that does not exist.
        (bytes.fromhex("300b 3006 0604 2a030405 0301 00"), "DER"),
        (spki(ec.generate_private_key(ec.SECP384R1()).public_key()), "RSA public key"),
        (numbered(2**2046 + 1), "RSA public key"),
        (numbered(2**4096 + 1), "RSA public key"),
        (numbered(2**2047 + 2), "modulus"),
    ],
)
def test_other_keys_are_refused(key: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load_recipient_key(key)
    with pytest.raises(ValueError, match=reason):
        envelop(key, b"plaintext")
