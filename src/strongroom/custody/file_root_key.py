"""The root key in a file of mode 0600: the default.

The file holds one line, `strongroom-root-key-1 ` and the base64 of 32 random bytes. Whoever reads it and
the database reads all keys, so keep them and their backups apart.
"""

import base64
import binascii
import hmac
import os
from pathlib import Path

from strongroom.crypto.xaes import KEY_SIZE, XaesKey
from strongroom.custody.root_key_file import damaged, read_line, write_line

FORMAT = "strongroom-root-key-1"
_ID_LABEL = b"strongroom root key id v1"
_ID_SIZE = 16


def root_key_id(key: bytes) -> str:
    """Name the 32 bytes of a root key without telling anything of them."""
    return hmac.digest(key, _ID_LABEL, "sha256")[:_ID_SIZE].hex()


class FileRootKey:
    """A root key whose bytes this process holds."""

    def __init__(self, key: bytes) -> None:
        """Take the 32 bytes of the key."""
        self.id = root_key_id(key)
        self._key = key

    def wrap(self, secret: bytes, aad: bytes) -> bytes:
        """Encrypt with XAES-256-GCM."""
        return XaesKey(self._key).seal(secret, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Decrypt. Raises ValueError when `wrapped` or `aad` is not what was wrapped."""
        return XaesKey(self._key).open(wrapped, aad)


def create(path: Path) -> FileRootKey:
    """Make a new root key and write its file durably; the file is there whole or not at all.

    Raises RootKeyError when there is one already, or it cannot be written.
    """
    key = os.urandom(KEY_SIZE)
    write_line(path, f"{FORMAT} {base64.b64encode(key).decode()}")
    return FileRootKey(key)


def load(path: Path) -> FileRootKey:
    """Read a root key. Raises RootKeyError when the file is missing, damaged, or open to others."""
    return decode(read_line(path), path)


def decode(line: str, path: Path) -> FileRootKey:
    """Take the root key from the line of its file. Raises RootKeyError when the line is damaged."""
    prefix, _, encoded = line.partition(" ")
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix != FORMAT or len(key) != KEY_SIZE:
        raise damaged(path)
    return FileRootKey(key)
