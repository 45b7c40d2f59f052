from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder, ServeLock
from strongroom.app.installation import load_root_key
from tests.support.in_process import ACCOUNT, InProcess

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import Template
    from tests.unit.cli.conftest import Run


def test_status_tells_all_as_json(run: Run, data: Path) -> None:
    assert run("status", "--data", data, "--json").json() == {
        "data": str(data),
        "mode": "production",
        "region": "us-east-1",
        "root_key_id": load_root_key(DataFolder(data)).id,
        "store_key_version": 1,
        "accounts": [ACCOUNT],
        "keys": {},
        "endpoint": None,
        "pid": None,
    }


def test_status_tells_who_serves_and_what_keys_there_are(run: Run, tmp_path: Path, template: Template) -> None:
    with InProcess(tmp_path / "dev", template) as service:
        root = service.root()
        for _ in range(3):
            arn = root.key()
        root("DisableKey", KeyId=arn)
    data = tmp_path / "dev"
    lock = ServeLock(DataFolder(data))
    lock.announce("http://127.0.0.1:1")
    printed = run("status", "--data", data, "--json").json()
    assert printed["keys"] == {"Enabled": 2, "Disabled": 1}
    assert printed["endpoint"] == "http://127.0.0.1:1"
    assert printed["pid"] > 0
    assert printed["clock_offset_seconds"] == 0
    done = run("status", "--data", data)
    assert (done.code, done.err) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    assert lines["keys"] == "1 Disabled, 2 Enabled"
    assert lines["endpoint"] == "http://127.0.0.1:1"
    lock.release()


def test_status_says_when_nobody_serves(run: Run, data: Path) -> None:
    lines = dict(line.split(maxsplit=1) for line in run("status", "--data", data).out.splitlines())
    assert (lines["keys"], lines["endpoint"], lines["pid"], lines["accounts"]) == ("none", "not served", "-", ACCOUNT)
    assert "clock_offset_seconds" not in lines


def refused(run: Run, data: Path) -> str:
    done = run("status", "--data", data, "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("strongroom: ")
    return done.err


def test_a_folder_that_is_not_there_is_said_so(run: Run, tmp_path: Path) -> None:
    assert f"run: strongroom init --data {tmp_path}/none" in refused(run, tmp_path / "none")


def test_a_missing_root_key_is_said_so(run: Run, data: Path) -> None:
    data.joinpath("root.key").unlink()
    assert f"cannot read the root key from {data}/root.key: No such file or directory" in refused(run, data)


def test_a_wrong_root_key_is_said_so(run: Run, data: Path, template: Template) -> None:
    data.joinpath("root.key").write_bytes(template.data.joinpath("root.key").read_bytes())
    assert "does not open store key 1" in refused(run, data)


def test_a_damaged_root_key_is_said_so(run: Run, data: Path) -> None:
    data.joinpath("root.key").write_bytes(b"strongroom-root-key-1 nothing\n")
    assert "is not a Strongroom root key, or is damaged; restore it from your copy" in refused(run, data)


def test_a_root_key_that_others_can_read_is_refused(run: Run, data: Path) -> None:
    data.joinpath("root.key").chmod(0o644)
    assert f"can be read by others than its owner; run: chmod 600 {data}/root.key" in refused(run, data)


@pytest.mark.parametrize("version", ["0000", "9999"])
def test_another_version_of_the_schema_is_refused(run: Run, data: Path, version: str) -> None:
    with closing(sqlite3.connect(data / "strongroom.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    assert "is of another version of Strongroom; use that version" in refused(run, data)


def test_a_database_that_is_damaged_is_said_so(run: Run, data: Path) -> None:
    data.joinpath("strongroom.db").write_bytes(b"garbage" * 1000)
    assert f"{data}/strongroom.db cannot be read" in refused(run, data)
