"""XAES-256-GCM: AES-256-GCM with 192-bit nonces.

Source: C2SP, XAES-256-GCM (c2sp.org/XAES-256-GCM). A key of 256 bits and the first 12 bytes of the nonce give,
by the key derivation function of SP 800-108r1 in counter mode with CMAC, a key for AES-256-GCM, which takes the last 12
bytes as its nonce. Random nonces are safe for more messages than a key can ever see.
"""

import os
from abc import ABC, abstractmethod

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_SIZE = 32
NONCE_SIZE = 24
TAG_SIZE = 16

_BLOCK_1 = b"\x00\x01X\x00"
_BLOCK_2 = b"\x00\x02X\x00"
# The reduction polynomial of GF(2^128), which doubles the CMAC subkey (SP 800-38B, section 6.1).
_REDUCTION = 0x87
_BLOCK_BITS = 128


class XaesMessages(ABC):
    """The messages of XAES-256-GCM, wherever the key is that gives each of them its own."""

    __slots__ = ()

    @abstractmethod
    def _message_key(self, prefix: bytes) -> AESGCM:
        """Derive the key of a message from the first 12 bytes of its nonce."""

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt under a fresh random nonce; gives nonce (24 bytes), ciphertext, tag (16 bytes)."""
        nonce = os.urandom(NONCE_SIZE)
        return nonce + self.encrypt(nonce, plaintext, aad)

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt what `seal` made. Raises ValueError when it is not authentic."""
        if len(sealed) < NONCE_SIZE + TAG_SIZE:
            raise ValueError("too short for a sealed message")
        return self.decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], aad)

    def encrypt(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt under a nonce of 24 bytes that the key has never seen; gives ciphertext and tag.

        Raises ValueError for a nonce of another length.
        """
        _check_nonce(nonce)
        return self._message_key(nonce[:12]).encrypt(nonce[12:], plaintext, aad)

    def decrypt(self, nonce: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        """Decrypt ciphertext and tag. Raises ValueError when they are not authentic."""
        _check_nonce(nonce)
        try:
            return self._message_key(nonce[:12]).decrypt(nonce[12:], ciphertext, aad)
        except InvalidTag:
            raise ValueError("not authentic") from None


class XaesKey(XaesMessages):
    """One XAES-256-GCM key, kept ready for many messages. Not for use by two threads at once."""

    __slots__ = ("_derive", "_mask")

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes. Raises ValueError for any other length."""
        if len(key) != KEY_SIZE:
            raise ValueError("an XAES-256-GCM key has 32 bytes")
        # ECB without padding keeps no state between whole blocks, so that one encryptor serves every derivation.
        self._derive = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305 - the block cipher of CMAC
        subkey = int.from_bytes(self._derive(bytes(16)))
        subkey = (subkey << 1) ^ (_REDUCTION if subkey >> (_BLOCK_BITS - 1) else 0)
        single = subkey & ((1 << _BLOCK_BITS) - 1)
        self._mask = (single << _BLOCK_BITS) | single

    def _message_key(self, prefix: bytes) -> AESGCM:
        blocks = _BLOCK_1 + prefix + _BLOCK_2 + prefix
        return AESGCM(self._derive((int.from_bytes(blocks) ^ self._mask).to_bytes(32)))


def derivation_blocks(prefix: bytes) -> tuple[bytes, bytes]:
    """Give the blocks (16 bytes each) whose CMACs under a key, joined, are the key of a message.

    Takes the first 12 bytes of the message's nonce.
    """
    return _BLOCK_1 + prefix, _BLOCK_2 + prefix


def _check_nonce(nonce: bytes) -> None:
    # AES-GCM takes the rest of a longer or shorter one without complaint.
    if len(nonce) != NONCE_SIZE:
        raise ValueError("an XAES-256-GCM nonce has 24 bytes")
