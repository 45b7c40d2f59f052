from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.app import root_key_rotation
from strongroom.app.data_folder import DataFolder, InstallationError
from strongroom.app.installation import Opened, create_installation, load_root_key
from strongroom.app.root_key_rotation import change_passphrase, root_key_status, rotate_root_key
from strongroom.app.root_keys import stored_store_keys
from strongroom.custody.pkcs11_module import use_module
from strongroom.custody.pkcs11_token import Pkcs11Token
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_providers import Pkcs11Choice, describe_root_key, open_root_key
from strongroom.storage.accounts import AccountWriter, StoredStoreKey
from strongroom.storage.store import StoreError
from tests.support.in_process import ACCOUNT, REGION
from tests.support.root_keys import BOX, PIN, GivenSecrets, SoftHsm, softhsm_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from strongroom.app.installation import Created
    from strongroom.custody.root_key_providers import NewRootKey

SAME = "an example passphrase"


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data", secrets=GivenSecrets(SAME, new=SAME))


@pytest.fixture
def created(folder: DataFolder) -> Created:
    return create_installation(folder, ACCOUNT, REGION, "production")


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    with softhsm_here(tmp_path, monkeypatch) as hsm:
        yield hsm


def secret_of(folder: DataFolder, created: Created) -> str:
    """Open everything down to a secret that the store keys wrap."""
    with Opened(folder, load_root_key(folder)) as opened, opened.store.read() as reader:
        access_key = reader.accounts.find_access_key(created.credentials.access_key_id)
        assert access_key is not None
        return opened.secret_of(access_key)


def records(folder: DataFolder, name: str) -> list[dict[str, Any]]:
    with Opened(folder, load_root_key(folder)) as opened, opened.store.change() as change:
        found = [json.loads(record) for _, record in change.outbox.oldest(1000)]
    return [each for each in found if each["eventName"] == name]


def test_rotation_changes_the_wrapping_and_nothing_else(folder: DataFolder, created: Created) -> None:
    before, old = stored_store_keys(folder), open_root_key(folder.root_key, folder.secrets)
    rotated = rotate_root_key(folder)
    after = stored_store_keys(folder)
    assert [each.version for each in after] == [each.version for each in before] == list(rotated.store_key_versions)
    assert {each.root_key_id for each in after} == {rotated.root_key_id}
    assert before[0].sealed != after[0].sealed
    assert rotated.old_root_key_id == old.id != rotated.root_key_id
    assert secret_of(folder, created) == created.credentials.secret_access_key
    assert not folder.next_root_key.exists()
    assert describe_root_key(folder.root_key).id == rotated.root_key_id
    with pytest.raises(RootKeyError, match=f"root key {old.id} does not open store key 1, which root key"):
        Opened(folder, old)


def test_a_rotation_is_recorded(folder: DataFolder, created: Created) -> None:
    assert created.account_id == ACCOUNT
    rotated = rotate_root_key(folder)
    (record,) = records(folder, "RotateRootKey")
    assert record["eventSource"] == "kms.amazonaws.com"
    assert record["userIdentity"]["invokedBy"] == "Strongroom operator"
    assert record["responseElements"] == {
        "oldRootKeyId": rotated.old_root_key_id,
        "rootKeyId": rotated.root_key_id,
        "provider": "file",
    }


def test_a_root_key_moves_from_each_provider_to_each(folder: DataFolder, created: Created, softhsm: SoftHsm) -> None:
    token = Pkcs11Choice(module=softhsm.module, token=BOX)
    ways: list[NewRootKey | None] = [token, None, "passphrase", None, token, "file", "passphrase", "file", None]
    kept = []
    for way in ways:
        rotated = rotate_root_key(folder, way)
        kept.append(rotated.provider)
        assert secret_of(folder, created) == created.credentials.secret_access_key
    assert kept == ["pkcs11", "pkcs11", "passphrase", "passphrase", "pkcs11", "file", "passphrase", "file", "file"]


def test_a_server_needs_the_old_key_of_a_token_no_more(folder: DataFolder, created: Created, softhsm: SoftHsm) -> None:
    rotate_root_key(folder, Pkcs11Choice(module=softhsm.module, token=BOX, key="old"))
    held = load_root_key(folder)
    rotate_root_key(folder, "file")
    token = Pkcs11Token(softhsm.module, BOX, PIN)
    token.random(1)
    with use_module(softhsm.module).library.get_token(token_label=BOX).open(rw=True) as session:
        session.get_key(label="old").destroy()
    with Opened(folder, held) as opened, opened.store.read() as reader:
        access_key = reader.accounts.find_access_key(created.credentials.access_key_id)
        assert access_key is not None
        assert opened.secret_of(access_key) == created.credentials.secret_access_key


def test_the_root_key_in_use_cannot_take_its_own_place(folder: DataFolder, created: Created, softhsm: SoftHsm) -> None:
    token = Pkcs11Choice(module=softhsm.module, token=BOX, key="main")
    rotated = rotate_root_key(folder, token)
    with pytest.raises(RootKeyError, match=f"this is the root key in use, {rotated.root_key_id}; give another label"):
        rotate_root_key(folder, token)
    assert secret_of(folder, created) == created.credentials.secret_access_key


class Killed(BaseException):
    """The process died here."""


def die(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("step", ["create_root_key", "_refuse_same", "_rewrap", "_record"])
def test_a_rotation_killed_before_the_commit_changes_nothing(
    folder: DataFolder, created: Created, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    old = load_root_key(folder).id
    with monkeypatch.context() as patch:
        patch.setattr(root_key_rotation, step, die)
        patch.setattr(root_key_rotation, "settle", lambda _: None)
        with pytest.raises(Killed):
            rotate_root_key(folder)
    assert load_root_key(folder).id == old
    assert secret_of(folder, created) == created.credentials.secret_access_key
    assert rotate_root_key(folder).old_root_key_id == old
    assert secret_of(folder, created) == created.credentials.secret_access_key
    assert not folder.next_root_key.exists()


def test_a_rotation_killed_after_the_commit_is_ended_by_the_next(
    folder: DataFolder, created: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(root_key_rotation, "settle", lambda _: None)
        first = rotate_root_key(folder)
    assert folder.next_root_key.exists()
    status = root_key_status(folder)
    assert (status.path, status.root_key.id) == (folder.next_root_key, first.root_key_id)
    assert secret_of(folder, created) == created.credentials.secret_access_key
    assert rotate_root_key(folder).old_root_key_id == first.root_key_id
    assert secret_of(folder, created) == created.credentials.secret_access_key
    assert not folder.next_root_key.exists()


def test_a_failed_rotation_leaves_no_root_key_behind(
    folder: DataFolder, created: Created, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_writer: AccountWriter, _rewrapped: Iterable[StoredStoreKey]) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(AccountWriter, "rewrap_store_keys", full)
    old = load_root_key(folder).id
    with pytest.raises(StoreError, match="the disk is full"):
        rotate_root_key(folder)
    assert not folder.next_root_key.exists()
    assert load_root_key(folder).id == old
    assert secret_of(folder, created) == created.credentials.secret_access_key


def test_one_rotates_at_a_time(folder: DataFolder, created: Created) -> None:
    assert created.account_id == ACCOUNT
    with (
        folder.changing_root_key(),
        pytest.raises(InstallationError, match=r"the root key of .* is being changed by another process"),
    ):
        rotate_root_key(folder)
    rotate_root_key(folder)


def test_a_passphrase_changes_and_the_root_key_does_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    folder = DataFolder(data, secrets=GivenSecrets(new="the first passphrase"))
    created = create_installation(folder, ACCOUNT, REGION, "production", new_root_key="passphrase")
    changing = DataFolder(data, secrets=GivenSecrets("the first passphrase", new="the second passphrase"))
    root_key_id = change_passphrase(changing)
    reopened = DataFolder(data, secrets=GivenSecrets("the second passphrase"))
    assert load_root_key(reopened).id == root_key_id
    assert secret_of(reopened, created) == created.credentials.secret_access_key
    with pytest.raises(RootKeyError, match="does not open"):
        load_root_key(changing)
    (record,) = records(reopened, "ChangeRootKeyPassphrase")
    assert record["responseElements"] == {"rootKeyId": root_key_id}


def test_a_passphrase_that_is_too_short_changes_nothing(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data", secrets=GivenSecrets(new=SAME))
    create_installation(folder, ACCOUNT, REGION, "production", new_root_key="passphrase")
    before = folder.root_key.read_bytes()
    with pytest.raises(RootKeyError, match="too short"):
        change_passphrase(DataFolder(folder.path, secrets=GivenSecrets(SAME, new="short")))
    assert folder.root_key.read_bytes() == before
    assert records(DataFolder(folder.path, secrets=GivenSecrets(SAME)), "ChangeRootKeyPassphrase") == []


def test_status_needs_no_secret(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data", secrets=GivenSecrets(new=SAME))
    create_installation(folder, ACCOUNT, REGION, "production", new_root_key="passphrase")
    status = root_key_status(DataFolder(folder.path))
    assert status.path == folder.root_key
    assert status.root_key.provider == "passphrase"
    assert status.store_keys == {1: status.root_key.id}
    with pytest.raises(InstallationError, match="holds no installation"):
        root_key_status(DataFolder(tmp_path / "other"))
