"""The ciphertext blob of symmetric keys: a header in the clear, authenticated, and an XAES-256-GCM message.

    offset  bytes  field
         0      1  version: 1, or 2 where an external key has encrypted the message once more
         1      1  form of the key id: 0 a UUID, 1 `mrk-` and 32 hexadecimal digits
         2      6  account id as a number, big-endian
         8     16  key id
        24     32  key material id
        56     24  nonce
        80      n  ciphertext
      80+n     16  tag

The additional data is the header (bytes 0 to 55) and the encoded encryption context; as the header has a fixed length,
the two cannot be confused. The Region is not part of the header: related multi-Region keys open each other's blobs.
In version 2 everything from byte 56 on is what `custody.external_key_store` makes of the message.
"""

import uuid
from collections.abc import Mapping
from typing import Protocol

import msgspec

from strongroom.crypto.context import encode_context
from strongroom.crypto.xaes import NONCE_SIZE, TAG_SIZE
from strongroom.model.key import MULTI_REGION_PREFIX

VERSION = 1
EXTERNAL_VERSION = 2
HEADER_SIZE = 56
_VERSIONS = frozenset({VERSION, EXTERNAL_VERSION})
_ACCOUNTS = 10**12  # six bytes hold more than the twelve digits of an account id


class BlobHeader(msgspec.Struct, frozen=True):
    """What a blob says of its origin; trustworthy only once the blob has been opened.

    Attributes:
        account_id: 12 digits.
        key_id: the id without its ARN.
        material_id: 64 lower-case hexadecimal digits.
        version: VERSION, or EXTERNAL_VERSION for a key in an external key store.
    """

    account_id: str
    key_id: str
    material_id: str
    version: int = VERSION


class MessageCipher(Protocol):
    """What makes and opens the messages behind headers: an XAES-256-GCM key, wherever it is."""

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Encrypt."""

    def open(self, sealed: bytes, aad: bytes) -> bytes:
        """Decrypt what `seal` made. Raises ValueError when it is not authentic."""


def encode_header(header: BlobHeader) -> bytes:
    """Give the 56 bytes of a header. Raises ValueError for ids that are none."""
    multi_region = header.key_id.startswith(MULTI_REGION_PREFIX)
    key = bytes.fromhex(header.key_id[4:]) if multi_region else uuid.UUID(header.key_id).bytes
    account = int(header.account_id)
    if not 0 <= account < _ACCOUNTS:
        raise ValueError("not an account id")
    encoded = b"".join(
        (bytes((header.version, multi_region)), account.to_bytes(6), key, bytes.fromhex(header.material_id))
    )
    # The parsers above take other spellings and lengths too.
    if decode_header(encoded + bytes(NONCE_SIZE + TAG_SIZE)) != header:
        raise ValueError("not the ids of a key and its material")
    return encoded


def decode_header(blob: bytes) -> BlobHeader:
    """Read the header of a blob. Raises ValueError when the blob has no such header."""
    if len(blob) < HEADER_SIZE + NONCE_SIZE + TAG_SIZE or blob[0] not in _VERSIONS or blob[1] > 1:
        raise ValueError("not a ciphertext blob")
    account = int.from_bytes(blob[2:8])
    if account >= _ACCOUNTS:
        raise ValueError("not an account id")
    key = blob[8:24].hex()
    key_id = MULTI_REGION_PREFIX + key if blob[1] else _uuid_text(key)
    return BlobHeader(f"{account:012d}", key_id, blob[24:56].hex(), blob[0])


def _uuid_text(digits: str) -> str:
    # Decrypt comes through here, and uuid.UUID takes three times as long.
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def seal(key: MessageCipher, header: bytes, plaintext: bytes, context: Mapping[str, str] | None) -> bytes:
    """Encrypt a plaintext under an encoded header; gives the blob."""
    return header + key.seal(plaintext, header + encode_context(context))


def unseal(key: MessageCipher, blob: bytes, context: Mapping[str, str] | None) -> bytes:
    """Decrypt a blob. Raises ValueError when blob or context are not what was sealed."""
    return key.open(blob[HEADER_SIZE:], blob[:HEADER_SIZE] + encode_context(context))
