"""Key material wrapped elsewhere, as its importers do, is opened here."""

from __future__ import annotations

import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

from strongroom.crypto.import_wrapping import WrappingKey
from strongroom.crypto.material import generate_material
from strongroom.crypto.specs import KEY_SPECS

KEY = WrappingKey.generate("RSA_2048")


def wrap(key: WrappingKey, algorithm: str, secret: bytes) -> bytes:
    public = load_der_public_key(key.public_bytes())
    assert isinstance(public, rsa.RSAPublicKey)
    hashing: Any = SHA1() if algorithm.endswith("_1") else SHA256()  # noqa: S303 - what AWS offers
    return public.encrypt(secret, padding.OAEP(padding.MGF1(hashing), hashing, None))


def wrap_hybrid(key: WrappingKey, algorithm: str, secret: bytes, size: int = 32) -> bytes:
    aes = os.urandom(size)
    return wrap(key, algorithm, aes) + aes_key_wrap_with_padding(aes, secret)


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_direct(algorithm: str) -> None:
    secret = os.urandom(32)
    assert KEY.unwrap(algorithm, wrap(KEY, algorithm, secret)) == secret
    with pytest.raises(ValueError, match=r"."):
        KEY.unwrap(algorithm, bytes(256))


@pytest.mark.parametrize("algorithm", ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"])
def test_hybrid(algorithm: str) -> None:
    secret = generate_material(KEY_SPECS["RSA_2048"])
    wrapped = wrap_hybrid(KEY, algorithm, secret)
    assert KEY.unwrap(algorithm, wrapped) == secret
    for bad in (
        wrapped[:-1],
        wrapped[:-1] + bytes([wrapped[-1] ^ 1]),
        wrapped[:256],
        wrap_hybrid(KEY, algorithm, secret, 16),
    ):
        with pytest.raises(ValueError, match=r"."):
            KEY.unwrap(algorithm, bad)


def test_the_key_comes_back_from_its_bytes() -> None:
    again = WrappingKey.load(KEY.private_bytes())
    assert again.public_bytes() == KEY.public_bytes()
    with pytest.raises(ValueError, match="not a wrapping key"):
        WrappingKey.load(generate_material(KEY_SPECS["ECC_NIST_P256"]))


@pytest.mark.parametrize(("spec", "bits"), [("RSA_3072", 3072), ("RSA_4096", 4096)])
def test_sizes(spec: Any, bits: int) -> None:  # noqa: ANN401 - the name of a spec
    public = load_der_public_key(WrappingKey.generate(spec).public_bytes())
    assert isinstance(public, rsa.RSAPublicKey)
    assert public.key_size == bits
