from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.xaes import KEY_SIZE, NONCE_SIZE, TAG_SIZE, XaesKey, XaesMessages, derivation_blocks

PUBLISHED: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "xaes-256-gcm.json").read_text(encoding="utf-8")
)
VECTORS = [
    {name: bytes.fromhex(value) for name, value in vector.items() if name != "comment"}
    for vector in PUBLISHED["vectors"]
]
KEY = bytes(range(KEY_SIZE))


def flipped(data: bytes) -> list[bytes]:
    number = int.from_bytes(data)
    return [(number ^ (1 << bit)).to_bytes(len(data)) for bit in range(8 * len(data))]


class Stream:
    """What a deterministic generator gives, taken piece by piece."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._position = 0

    def take(self, size: int) -> bytes:
        start, self._position = self._position, self._position + size
        return bytes(self._data[start : self._position])

    def take_sized(self) -> bytes:
        return self.take(self.take(1)[0])


@pytest.mark.parametrize("vector", VECTORS)
def test_published_vectors(vector: dict[str, bytes]) -> None:
    key = XaesKey(vector["key"])
    assert key.encrypt(vector["nonce"], vector["plaintext"], vector["aad"]) == vector["ciphertext"]
    assert key.decrypt(vector["nonce"], vector["ciphertext"], vector["aad"]) == vector["plaintext"]
    assert key.open(vector["nonce"] + vector["ciphertext"], vector["aad"]) == vector["plaintext"]


def test_published_accumulated_vector() -> None:
    expected = PUBLISHED["accumulated"]
    longest = KEY_SIZE + NONCE_SIZE + 2 * (1 + 255)
    stream = Stream(hashlib.shake_128().digest(expected["iterations"] * longest))
    hashed = hashlib.shake_128()
    for _ in range(expected["iterations"]):
        key, nonce = XaesKey(stream.take(KEY_SIZE)), stream.take(NONCE_SIZE)
        plaintext, aad = stream.take_sized(), stream.take_sized()
        ciphertext = key.encrypt(nonce, plaintext, aad)
        assert key.decrypt(nonce, ciphertext, aad) == plaintext
        hashed.update(ciphertext)
    assert hashed.hexdigest(32) == expected["hash"]


def test_a_key_serves_many_messages_as_if_it_were_fresh() -> None:
    kept = XaesKey(KEY)
    for number in range(50):
        nonce = number.to_bytes(NONCE_SIZE)
        assert kept.encrypt(nonce, b"message", b"aad") == XaesKey(KEY).encrypt(nonce, b"message", b"aad")


def test_sealing_takes_a_nonce_of_the_operating_system(monkeypatch: pytest.MonkeyPatch) -> None:
    vector = VECTORS[1]
    sizes: list[int] = []

    def urandom(size: int) -> bytes:
        sizes.append(size)
        return vector["nonce"]

    monkeypatch.setattr("strongroom.crypto.xaes.os.urandom", urandom)
    assert XaesKey(vector["key"]).seal(vector["plaintext"], vector["aad"]) == vector["nonce"] + vector["ciphertext"]
    assert sizes == [NONCE_SIZE]


def test_each_sealing_has_a_nonce_of_its_own() -> None:
    key = XaesKey(KEY)
    assert len({key.seal(b"", b"")[:NONCE_SIZE] for _ in range(1000)}) == 1000


@given(key=st.binary(min_size=KEY_SIZE, max_size=KEY_SIZE), plaintext=st.binary(max_size=5000), aad=st.binary())
def test_what_was_sealed_opens(key: bytes, plaintext: bytes, aad: bytes) -> None:
    sealed = XaesKey(key).seal(plaintext, aad)
    assert len(sealed) == NONCE_SIZE + len(plaintext) + TAG_SIZE
    assert XaesKey(key).open(sealed, aad) == plaintext


def test_any_flipped_bit_is_refused() -> None:
    key = XaesKey(KEY)
    sealed = key.seal(b"plaintext", b"aad")
    for changed in flipped(sealed):
        with pytest.raises(ValueError, match=r"^not authentic$"):
            key.open(changed, b"aad")
    for changed in flipped(b"aad"):
        with pytest.raises(ValueError, match=r"^not authentic$"):
            key.open(sealed, changed)
    for changed in flipped(KEY):
        with pytest.raises(ValueError, match=r"^not authentic$"):
            XaesKey(changed).open(sealed, b"aad")


@pytest.mark.parametrize("size", range(NONCE_SIZE + TAG_SIZE))
def test_what_is_too_short_to_be_sealed_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="too short"):
        XaesKey(KEY).open(bytes(size), b"")


@pytest.mark.parametrize("size", [0, 16, 24, KEY_SIZE - 1, KEY_SIZE + 1])
def test_keys_of_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        XaesKey(bytes(size))


@pytest.mark.parametrize("size", [0, 12, 20, NONCE_SIZE - 1, NONCE_SIZE + 1, 36])
def test_nonces_of_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match="24 bytes"):
        XaesKey(KEY).encrypt(bytes(size), b"", b"")
    with pytest.raises(ValueError, match="24 bytes"):
        XaesKey(KEY).decrypt(bytes(size), bytes(TAG_SIZE), b"")


def test_a_key_does_not_show_its_bytes() -> None:
    assert KEY.hex() not in repr(XaesKey(KEY)).lower()
    assert not hasattr(XaesKey(KEY), "__dict__")


class CmacKey(XaesMessages):
    """A key of which only CMACs are to be had."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def _message_key(self, prefix: bytes) -> AESGCM:
        return AESGCM(b"".join(self._code(block) for block in derivation_blocks(prefix)))

    def _code(self, block: bytes) -> bytes:
        cmac = CMAC(algorithms.AES(self._key))
        cmac.update(block)
        return cmac.finalize()


@pytest.mark.parametrize("vector", VECTORS)
def test_message_keys_are_cmacs_of_the_derivation_blocks(vector: dict[str, bytes]) -> None:
    key = CmacKey(vector["key"])
    assert key.encrypt(vector["nonce"], vector["plaintext"], vector["aad"]) == vector["ciphertext"]
    assert key.open(vector["nonce"] + vector["ciphertext"], vector["aad"]) == vector["plaintext"]


@given(key=st.binary(min_size=KEY_SIZE, max_size=KEY_SIZE), plaintext=st.binary(max_size=500), aad=st.binary())
def test_a_key_of_cmacs_and_a_key_that_is_here_open_each_others_messages(
    key: bytes, plaintext: bytes, aad: bytes
) -> None:
    assert XaesKey(key).open(CmacKey(key).seal(plaintext, aad), aad) == plaintext
    assert CmacKey(key).open(XaesKey(key).seal(plaintext, aad), aad) == plaintext


def test_derivation_blocks_count_from_one() -> None:
    prefix = bytes(range(12))
    assert derivation_blocks(prefix) == (b"\x00\x01\x58\x00" + prefix, b"\x00\x02\x58\x00" + prefix)
