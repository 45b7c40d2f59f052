"""The messages of external key stores: whatever changes them, they do not open."""

from __future__ import annotations

from typing import Any, Final

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.xaes import XaesKey
from strongroom.custody.external_key_store import ExternalCipher
from strongroom.custody.xks_answers import ExternalCiphertext
from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.model.errors import InvalidState
from strongroom.model.xks import IV_BYTES, MAX_METADATA, TAG_BYTES, RequestMetadata
from tests.support.fake_xks_proxy import CIPHERTEXT_METADATA, KEY_ID

AAD: Final = b"what it belongs to"
METADATA: Final = RequestMetadata(
    aws_principal_arn="arn:aws:iam::111122223333:user/Alice",
    kms_operation="Encrypt",
    kms_request_id="4112f4d6-db54-4af4-ae30-c55a22a8dfae",
)


class Nearby:
    """A proxy without a network, whose ciphertexts have the parts that it is told."""

    def __init__(self, iv: bytes, metadata: bytes) -> None:
        self._iv, self._metadata = iv, metadata
        self._key = AESGCM(b"an external key, 32 bytes of it.")

    def encrypt(self, _key_id: str, plaintext: bytes, aad: bytes, _metadata: object) -> ExternalCiphertext:
        sealed = self._key.encrypt(self._iv, plaintext, aad + self._metadata)
        return ExternalCiphertext(
            ciphertext=sealed[:-TAG_BYTES],
            initialization_vector=self._iv,
            authentication_tag=sealed[-TAG_BYTES:],
            ciphertext_metadata=self._metadata or None,
        )

    def decrypt(self, _key_id: str, ciphertext: ExternalCiphertext, aad: bytes, _metadata: object) -> bytes:
        sealed = ciphertext.ciphertext + ciphertext.authentication_tag
        aad += ciphertext.ciphertext_metadata or b""
        try:
            return self._key.decrypt(ciphertext.initialization_vector, sealed, aad)
        except InvalidTag:
            raise XksFailure(XksFailureKind.INVALID_CIPHERTEXT) from None


def near(iv: bytes = bytes(12), metadata: bytes = CIPHERTEXT_METADATA) -> ExternalCipher:
    proxy: Any = Nearby(iv, metadata)
    return ExternalCipher(proxy, XaesKey(bytes(32)), KEY_ID, METADATA)


ivs = st.sampled_from(IV_BYTES).flatmap(lambda size: st.binary(min_size=size, max_size=size))
metadatas = st.binary(max_size=MAX_METADATA)


@given(plaintext=st.binary(max_size=64), aad=st.binary(max_size=64), iv=ivs, metadata=metadatas)
def test_each_part_comes_back_to_the_proxy(plaintext: bytes, aad: bytes, iv: bytes, metadata: bytes) -> None:
    cipher = near(iv, metadata)
    assert cipher.open(cipher.seal(plaintext, aad), aad) == plaintext


@given(data=st.data(), plaintext=st.binary(max_size=32), iv=ivs, metadata=metadatas)
def test_what_was_changed_does_not_open(data: st.DataObject, plaintext: bytes, iv: bytes, metadata: bytes) -> None:
    cipher = near(iv, metadata)
    sealed = cipher.seal(plaintext, AAD)
    for changed in (
        flipped(sealed, data.draw(st.integers(0, len(sealed) * 8 - 1))),
        sealed[: data.draw(st.integers(0, len(sealed) - 1))],
        sealed + data.draw(st.binary(min_size=1, max_size=8)),
    ):
        with pytest.raises((InvalidState, ValueError)):
            cipher.open(changed, AAD)


def test_each_flipped_bit_is_refused() -> None:
    cipher = near()
    sealed = cipher.seal(b"x", AAD)
    for bit in range(len(sealed) * 8):
        with pytest.raises((InvalidState, ValueError)):
            cipher.open(flipped(sealed, bit), AAD)


def flipped(sealed: bytes, bit: int) -> bytes:
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
