from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from strongroom.app import root_keys
from strongroom.app.data_folder import DataFolder, InstallationError
from strongroom.app.installation import Opened, create_installation, load_root_key
from strongroom.app.root_key_rotation import rotate_root_key
from strongroom.app.root_keys import FolderRootKey, root_key_for, settle, stored_store_keys
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_file import write_line
from strongroom.custody.root_key_providers import create_root_key, open_root_key
from tests.support.in_process import ACCOUNT, REGION
from tests.support.root_keys import GivenSecrets

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom.custody.root_key import RootKey
    from strongroom.custody.root_key_providers import RootKeySecrets


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    create_installation(folder, ACCOUNT, REGION, "production")
    return folder


def opens(folder: DataFolder, root_key: RootKey) -> None:
    Opened(folder, root_key).close()


def test_a_root_key_in_hand_follows_a_rotation(folder: DataFolder) -> None:
    held = load_root_key(folder)
    old = held.id
    rotated = rotate_root_key(folder)
    assert held.id == old
    opens(folder, held)
    assert held.id == rotated.root_key_id
    opens(folder, held)


def test_a_root_key_in_hand_follows_to_another_provider(tmp_path: Path) -> None:
    secrets = GivenSecrets(new="an example passphrase")
    folder = DataFolder(tmp_path / "data", secrets=secrets)
    create_installation(folder, ACCOUNT, REGION, "production")
    held = load_root_key(folder)
    rotate_root_key(folder, "passphrase")
    secrets.asked.clear()
    opens(folder, held)
    assert secrets.asked == ["passphrase"]
    held.unwrap(held.wrap(b"secret", b"aad"), b"aad")
    assert secrets.asked == ["passphrase"]


def test_what_no_root_key_opens_is_an_error(folder: DataFolder) -> None:
    held = load_root_key(folder)
    with pytest.raises(ValueError, match="not authentic"):
        held.unwrap(bytes(80), b"aad")


def test_the_next_root_key_does_not_count_before_the_commit(folder: DataFolder) -> None:
    create_root_key(folder.next_root_key, "file", folder.secrets)
    assert load_root_key(folder).id == open_root_key(folder.root_key, folder.secrets).id
    opens(folder, load_root_key(folder))
    settle(folder)
    assert not folder.next_root_key.exists()
    opens(folder, load_root_key(folder))


def test_the_next_root_key_counts_after_the_commit(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongroom.app.root_key_rotation.settle", lambda _: None)
    rotated = rotate_root_key(folder)
    assert folder.next_root_key.exists()
    assert load_root_key(folder).id == rotated.root_key_id
    opens(folder, load_root_key(folder))
    settle(folder)
    assert not folder.next_root_key.exists()
    assert load_root_key(folder).id == rotated.root_key_id
    opens(folder, load_root_key(folder))


def test_a_damaged_next_root_key_does_not_count(folder: DataFolder) -> None:
    write_line(folder.next_root_key, "damaged")
    opens(folder, load_root_key(folder))
    settle(folder)
    assert not folder.next_root_key.exists()


def test_a_rotation_may_end_while_its_root_key_is_opened(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongroom.app.root_key_rotation.settle", lambda _: None)
    rotated = rotate_root_key(folder)

    def open_late(path: Path, secrets: RootKeySecrets) -> RootKey:
        settle(folder)
        return open_root_key(path, secrets)

    monkeypatch.setattr(root_keys, "open_root_key", open_late)
    assert FolderRootKey(folder).id == rotated.root_key_id


def test_a_root_key_that_cannot_be_opened_is_not_passed_over(folder: DataFolder) -> None:
    folder.root_key.chmod(0o644)
    with pytest.raises(RootKeyError, match="can be read by others"):
        FolderRootKey(folder)
    folder.root_key.unlink()
    with pytest.raises(RootKeyError, match="cannot read the root key"):
        FolderRootKey(folder)


def test_a_root_key_at_its_place_is_used(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path, secrets=GivenSecrets(new="an example passphrase"))
    made = root_key_for(folder, "passphrase")
    assert root_key_for(folder, "passphrase").id == made.id
    assert root_key_for(folder).id == made.id
    with pytest.raises(RootKeyError, match="holds a root key already, of provider passphrase; move it away first"):
        root_key_for(folder, "file")


def test_an_unreadable_database_is_named(folder: DataFolder) -> None:
    with closing(sqlite3.connect(folder.database)) as database, database:
        database.execute("ALTER TABLE store_keys RENAME TO others")
    with pytest.raises(InstallationError, match="cannot be read"):
        stored_store_keys(folder)
