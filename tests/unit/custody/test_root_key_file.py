from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_file import read_line, read_private, replace_line, write_line

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_is_replaced_at_once_and_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    write_line(path, "first")
    replace_line(path, "second")
    assert (read_line(path), path.read_bytes()) == ("second", b"second\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_line_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "root.key"
    write_line(path, "first")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RootKeyError, match=r"cannot write the root key to .*: No space left on device"):
        replace_line(path, "second")
    assert read_line(path) == "first"


def test_what_is_no_text_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    path.touch(mode=0o600)
    path.write_bytes(b"\xff")
    with pytest.raises(RootKeyError, match="is damaged"):
        read_line(path)


def test_what_is_too_long_is_not_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    path.write_bytes(b"x" * 8192)
    assert len(read_private(path, "passphrase")) == 8192
    path.write_bytes(b"x" * 8193)
    with pytest.raises(RootKeyError, match="is too long for a passphrase"):
        read_private(path, "passphrase")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_secret_that_is_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "passphrase"
    path.write_bytes(b"example")
    path.chmod(mode)
    with pytest.raises(RootKeyError, match=f"run: chmod 600 {path}"):
        read_private(path, "passphrase")


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(RootKeyError, match=r"cannot read the PIN from .*/pin: No such file or directory"):
        read_private(tmp_path / "pin", "PIN")
