from __future__ import annotations

import base64
import errno
import hashlib
import hmac
import os
import stat
from typing import TYPE_CHECKING

import pytest

from strongroom.custody.file_root_key import FileRootKey, create, load
from strongroom.custody.root_key import RootKey, RootKeyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = bytes(range(32))
LINE = b"strongroom-root-key-1 " + base64.b64encode(KEY) + b"\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


@pytest.fixture
def _open_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def write(path: Path, content: bytes, mode: int = 0o600) -> None:
    path.write_bytes(content)
    path.chmod(mode)


def test_a_new_key_can_be_loaded(path: Path) -> None:
    created: RootKey = create(path)
    loaded = load(path)
    assert loaded.id == created.id
    assert loaded.unwrap(created.wrap(b"secret", b"aad"), b"aad") == b"secret"


@pytest.mark.usefixtures("_open_umask")
def test_the_file_is_its_owners_alone(path: Path) -> None:
    create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_is_one_line(path: Path) -> None:
    created = create(path)
    prefix, encoded = path.read_bytes().split(b" ")
    assert prefix == b"strongroom-root-key-1"
    assert encoded.endswith(b"\n")
    assert FileRootKey(base64.b64decode(encoded.strip(), validate=True)).id == created.id


def test_no_two_keys_are_the_same(tmp_path: Path) -> None:
    assert create(tmp_path / "one").id != create(tmp_path / "other").id


def test_file_and_name_are_on_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    create(path)
    assert synced == [path.stat().st_ino, path.parent.stat().st_ino]


def test_a_key_is_never_overwritten(path: Path) -> None:
    create(path)
    before = path.read_bytes()
    with pytest.raises(RootKeyError, match=r"root\.key exists"):
        create(path)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RootKeyError, match=r"cannot write the root key to .*: No such file"):
        create(tmp_path / "missing" / "root.key")


def test_a_key_that_cannot_be_written_whole_leaves_no_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(RootKeyError, match=r"cannot write the root key to .*: No space left"):
        create(path)
    assert not path.exists()


def test_what_an_interrupted_creation_left_does_not_hinder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.link", killed)
        with pytest.raises(KeyboardInterrupt):
            create(path)
    assert not path.exists()
    assert create(path).id == load(path).id
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_id_is_a_part_of_an_hmac_keyed_by_the_key() -> None:
    expected = hmac.new(KEY, b"strongroom root key id v1", hashlib.sha256).digest()[:16].hex()
    assert FileRootKey(KEY).id == expected


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_modes_that_are_fine(path: Path, mode: int) -> None:
    write(path, LINE, mode)
    assert load(path).id == FileRootKey(KEY).id


@pytest.mark.parametrize("mode", [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o777])
def test_a_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    write(path, LINE, mode)
    with pytest.raises(RootKeyError, match=r"can be read by others than its owner; run: chmod 600 .*root\.key"):
        load(path)


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(RootKeyError, match=r"cannot read the root key from .*root\.key: No such file"):
        load(path)


def test_a_folder_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(RootKeyError, match="cannot read the root key"):
        load(tmp_path)


@pytest.mark.parametrize("content", [LINE, LINE[:-1], LINE[:-1] + b"\r\n"])
def test_line_ends_do_not_matter(path: Path, content: bytes) -> None:
    write(path, content)
    assert load(path).id == FileRootKey(KEY).id


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        LINE[1:],
        LINE[:22],
        LINE[:-2] + b"\n",
        LINE[:-5] + b"\n",
        LINE.replace(b"-1 ", b"-2 "),
        LINE.lower().replace(b"aaec", b"!aec"),
        b"strongroom-root-key-1 " + base64.b64encode(KEY[:-1]) + b"\n",
        b"strongroom-root-key-1 " + base64.b64encode(KEY + b"\0") + b"\n",
        LINE + LINE,
        LINE + b"x" * 2000,
        bytes(64),
        b"\xff" * 64,
    ],
)
def test_a_damaged_file_is_refused(path: Path, content: bytes) -> None:
    write(path, content)
    with pytest.raises(RootKeyError, match="is not a Strongroom root key, or is damaged"):
        load(path)


def test_an_error_does_not_show_the_key(path: Path) -> None:
    write(path, LINE[1:])
    with pytest.raises(RootKeyError) as caught:
        load(path)
    assert base64.b64encode(KEY).decode() not in str(caught.value)


def test_another_key_or_another_use_does_not_open() -> None:
    key, other = FileRootKey(KEY), FileRootKey(bytes(32))
    wrapped = key.wrap(b"secret", b"aad")
    for holder, aad in ((other, b"aad"), (key, b"other"), (key, b"")):
        with pytest.raises(ValueError, match=r"^not authentic$"):
            holder.unwrap(wrapped, aad)


def test_a_root_key_does_not_show_its_bytes() -> None:
    assert KEY.hex() not in repr(FileRootKey(KEY)).lower()
    assert "\\x" not in repr(FileRootKey(KEY))
