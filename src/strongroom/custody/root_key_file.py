"""The file of a root key: one line, mode 0600. What the line holds depends on who keeps the key."""

import os
import stat
from pathlib import Path

from strongroom.custody.root_key import RootKeyError
from strongroom.model.files import sync_folder

_LONGEST = 8192


def write_line(path: Path, line: str) -> None:
    """Write a new file durably; it is there whole or not at all.

    Raises RootKeyError when there is one already, or it cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.new")
    try:
        _write(unfinished, line)
        # Unlike a renamed file, a linked one never takes another's place.
        os.link(unfinished, path)
        unfinished.unlink()
        sync_folder(path.parent)
    except FileExistsError:
        unfinished.unlink(missing_ok=True)
        raise RootKeyError(f"{path} exists; a root key is never overwritten") from None
    except OSError as error:
        raise RootKeyError(f"cannot write the root key to {path}: {error.strerror}") from None


def replace_line(path: Path, line: str) -> None:
    """Put another line in the place of a file's at once and durably. Raises RootKeyError when it cannot be written."""
    unfinished = path.with_name(f"{path.name}.new")
    try:
        _write(unfinished, line)
        unfinished.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RootKeyError(f"cannot write the root key to {path}: {error.strerror}") from None


def _write(path: Path, line: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_line(path: Path) -> str:
    """Read the line. Raises RootKeyError when the file is missing, no text, or open to others."""
    content = read_private(path, "root key")
    try:
        return content.decode("ascii").strip()
    except UnicodeDecodeError:
        raise damaged(path) from None


def read_private(path: Path, what: str) -> bytes:
    """Read a small file that only its owner may read. Raises RootKeyError when it is missing or open to others."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_LONGEST + 1)
    except OSError as error:
        raise RootKeyError(f"cannot read the {what} from {path}: {error.strerror}") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RootKeyError(f"{path} can be read by others than its owner; run: chmod 600 {path}")
    if len(content) > _LONGEST:
        raise RootKeyError(f"{path} is too long for a {what}")
    return content


def damaged(path: Path) -> RootKeyError:
    """Make the error of a file that holds no root key."""
    return RootKeyError(f"{path} is not a Strongroom root key, or is damaged; restore it from your copy")
