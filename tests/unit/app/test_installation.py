from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from strongroom.app import installation
from strongroom.app.data_folder import DataFolder, InstallationError
from strongroom.app.installation import (
    Opened,
    add_access_key,
    create_installation,
    load_root_key,
    new_account_id,
    set_access_key_status,
)
from strongroom.custody.root_key import RootKeyError
from strongroom.model.principal import root_principal
from tests.support.in_process import ACCOUNT, REGION

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import InProcess


def change_database(folder: DataFolder, statement: str) -> None:
    with closing(sqlite3.connect(folder.database)) as database, database:
        database.execute(statement)


def reopen(folder: DataFolder) -> None:
    Opened(folder, load_root_key(folder)).close()


def outbox(service: InProcess) -> list[dict[str, object]]:
    return [json.loads(record) for record in service.outbox()]


def test_account_ids_are_random_and_have_12_digits() -> None:
    ids = {new_account_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(each) == 12 and each.isdigit() and each[0] != "0" for each in ids)


def test_an_installation_is_closed_to_others_and_opens(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    created = create_installation(folder, ACCOUNT, REGION, "production")
    for path in (folder.database, folder.root_key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    opened = Opened(folder, load_root_key(folder))
    with opened.store.read() as reader:
        assert reader.accounts.account_ids() == [ACCOUNT]
        (access_key,) = reader.accounts.access_keys_of(ACCOUNT)
    assert (access_key.access_key_id, access_key.status) == (created.credentials.access_key_id, "Active")
    assert opened.secret_of(access_key) == created.credentials.secret_access_key
    assert (opened.installation.mode, opened.installation.default_region) == ("production", REGION)
    opened.close()


def test_a_root_key_may_be_elsewhere(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data", tmp_path / "root")
    create_installation(folder, ACCOUNT, REGION, "production")
    reopen(folder)
    assert not (folder.path / "root.key").exists()


def test_what_an_interrupted_start_left_does_not_hinder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(installation, "add_access_key", interrupted)
        with pytest.raises(KeyboardInterrupt):
            create_installation(folder, ACCOUNT, REGION, "production")
    assert not folder.database.exists()
    left = folder.root_key.read_bytes()
    create_installation(folder, ACCOUNT, REGION, "production")
    reopen(folder)
    assert folder.root_key.read_bytes() == left
    assert not list(folder.path.glob("*.new*"))


def test_an_installation_is_not_made_over_another(service: InProcess) -> None:
    before = service.folder.root_key.read_bytes()
    with pytest.raises(InstallationError, match="holds an installation already"):
        create_installation(service.folder, ACCOUNT, REGION, "production")
    assert service.folder.root_key.read_bytes() == before


def test_where_there_is_none_none_is_opened(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with pytest.raises(InstallationError, match="holds no installation"):
        load_root_key(folder)


def test_another_root_key_does_not_open_it(service: InProcess, tmp_path: Path) -> None:
    other = DataFolder(tmp_path / "other")
    create_installation(other, ACCOUNT, REGION, "production")
    with pytest.raises(RootKeyError, match="give the root key of this data folder"):
        reopen(DataFolder(service.folder.path, other.root_key))


def test_a_root_key_open_to_others_is_refused(service: InProcess) -> None:
    service.folder.root_key.chmod(0o640)
    with pytest.raises(RootKeyError, match=f"run: chmod 600 {service.folder.root_key}"):
        reopen(service.folder)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        ("UPDATE alembic_version SET version_num = '0000'", "is of another version of Strongroom"),
        ("DELETE FROM alembic_version", "is of another version of Strongroom"),
        ("DELETE FROM installation", "cannot be read: the database holds no installation"),
        ("DROP TABLE store_keys", "cannot be read: .*no such table"),
    ],
)
def test_a_database_that_is_not_ours_is_refused(service: InProcess, damage: str, text: str) -> None:
    change_database(service.folder, damage)
    with pytest.raises(InstallationError, match=text):
        reopen(service.folder)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path, service: InProcess) -> None:
    folder = DataFolder(tmp_path / "garbage", service.folder.root_key)
    folder.path.mkdir()
    folder.database.write_bytes(b"garbage" * 1000)
    with pytest.raises(InstallationError, match=r"cannot be read: .*not a database"):
        reopen(folder)


@pytest.mark.parametrize(("mode", "offset"), [("dev", 86_400.0), ("production", 0.0)])
def test_the_clock_runs_ahead_in_dev_mode_only(service: InProcess, mode: str, offset: float) -> None:
    change_database(service.folder, f"UPDATE installation SET mode = '{mode}', clock_offset = 86400")  # noqa: S608
    opened = Opened(service.folder, load_root_key(service.folder))
    assert opened.clock.offset == offset
    opened.close()


def test_a_secret_moved_to_another_access_key_does_not_open(service: InProcess) -> None:
    with service.store.change() as change:
        made = add_access_key(change, service.opened.store_keys, ACCOUNT)
    change_database(
        service.folder, "UPDATE access_keys SET wrapped_secret = (SELECT max(wrapped_secret) FROM access_keys)"
    )
    with service.store.read() as reader:
        keys = reader.accounts.access_keys_of(ACCOUNT)
    opening = []
    for key in keys:
        try:
            opening.append(service.opened.secret_of(key))
        except InstallationError as error:
            assert f"the secret of access key {key.access_key_id} does not open" in str(error)  # noqa: PT017
    assert len(opening) == 1
    assert opening[0] in {made.secret_access_key, service.created.credentials.secret_access_key}


def test_sessions_are_of_the_root_user(service: InProcess) -> None:
    issued = service.opened.issue_session(ACCOUNT, 900)
    session = service.opened.session_tokens().open(issued.session_token)
    assert session.principal == root_principal(ACCOUNT)
    assert session.access_key_id == issued.access_key_id
    assert session.expires_at - session.issued_at == 900
    record = outbox(service)[-1]
    assert (record["eventName"], record["eventSource"]) == ("GetSessionToken", "sts.amazonaws.com")
    assert record["responseElements"] == {"accessKeyId": issued.access_key_id, "durationSeconds": 900}
    assert issued.secret_access_key not in json.dumps(record)


def test_what_the_operator_does_is_recorded_with_the_change(service: InProcess) -> None:
    with service.store.change() as change:
        made = add_access_key(change, service.opened.store_keys, ACCOUNT)
    with service.store.change() as change:
        assert set_access_key_status(change, made.access_key_id, "Inactive")
    created, updated = outbox(service)[-2:]
    assert (created["eventName"], updated["eventName"]) == ("CreateAccessKey", "UpdateAccessKey")
    assert updated["responseElements"] == {"accessKeyId": made.access_key_id, "status": "Inactive"}
    assert made.secret_access_key not in json.dumps(created)


def test_an_access_key_that_is_not_there_is_not_changed(service: InProcess) -> None:
    before = len(outbox(service))
    with service.store.change() as change:
        assert not set_access_key_status(change, "AKIAIOSFODNN7EXAMPLE", "Inactive")
    assert len(outbox(service)) == before
