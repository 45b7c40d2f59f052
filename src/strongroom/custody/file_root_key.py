"""The root key in a file of mode 0600: the default.

The file holds one line, `strongroom-root-key-1 ` and the base64 of 32 random bytes. Whoever reads it and
the database reads all keys, so keep them and their backups apart.
"""

import base64
import binascii
import hmac
import os
import stat
from pathlib import Path

from strongroom.crypto.xaes import KEY_SIZE, XaesKey
from strongroom.custody.root_key import RootKeyError
from strongroom.model.files import sync_folder

_PREFIX = "strongroom-root-key-1 "
_ID_LABEL = b"strongroom root key id v1"
_ID_SIZE = 16


class FileRootKey:
    """A root key read from a file."""

    def __init__(self, key: bytes) -> None:
        """Take the 32 bytes of the key."""
        self.id = hmac.digest(key, _ID_LABEL, "sha256")[:_ID_SIZE].hex()
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
    unfinished = path.with_name(f"{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        _write(unfinished, _PREFIX.encode() + base64.b64encode(key) + b"\n")
        # Unlike a renamed file, a linked one never takes another's place.
        os.link(unfinished, path)
        unfinished.unlink()
        sync_folder(path.parent)
    except FileExistsError:
        unfinished.unlink(missing_ok=True)
        raise RootKeyError(f"{path} exists; a root key is never overwritten") from None
    except OSError as error:
        raise RootKeyError(f"cannot write the root key to {path}: {error.strerror}") from None
    return FileRootKey(key)


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def load(path: Path) -> FileRootKey:
    """Read a root key. Raises RootKeyError when the file is missing, damaged, or open to others."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(1024)
    except OSError as error:
        raise RootKeyError(f"cannot read the root key from {path}: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RootKeyError(f"{path} can be read by others than its owner; run: chmod 600 {path}")
    return FileRootKey(_decode(content, path))


def _decode(content: bytes, path: Path) -> bytes:
    prefix, encoded = content[: len(_PREFIX)], content[len(_PREFIX) :].strip()
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if prefix != _PREFIX.encode() or len(key) != KEY_SIZE:
        raise RootKeyError(f"{path} is not a Strongroom root key, or is damaged; restore it from your copy")
    return key
