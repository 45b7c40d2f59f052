"""What holds for SQLite alone."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from strongroom.storage import migrate
from strongroom.storage.engine import sqlite_engine
from strongroom.storage.store import Store, StoreBusyError, StoreError
from tests.unit.storage.support import StillClock, fill

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "strongroom.db"


def pragma(engine: Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("busy_timeout", 10_000),
    ],
)
def test_every_connection_is_set_up(path: Path, name: str, value: object) -> None:
    engine = sqlite_engine(path)
    with engine.connect():  # another one
        assert pragma(engine, name) == value
    engine.dispose()


@pytest.mark.parametrize("name", ["a?b=c", "a%20b", "a#b", "a b", "ü", "a@b:c"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    engine = sqlite_engine(folder / "strongroom.db")
    migrate.upgrade(engine)
    fill(Store(engine, StillClock()))
    engine.dispose()
    assert [each.name for each in folder.iterdir()] == ["strongroom.db"]


def test_what_is_no_database_cannot_be_read(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    store = Store(sqlite_engine(path), StillClock())
    with pytest.raises(StoreError, match="not a database"), store.read():
        pytest.fail("read")
    with pytest.raises(StoreError, match="not a database"), store.change():
        pytest.fail("changed")
    with pytest.raises(StoreError, match="not a database"):
        store.forget_deleted()
    with pytest.raises(StoreError, match="not a database"):
        migrate.is_current(sqlite_engine(path))


def test_a_generation_that_cannot_be_read_is_told(path: Path) -> None:
    engine = sqlite_engine(path)
    opened: list[Any] = []
    event.listen(engine, "connect", lambda connection, _record: opened.append(connection))
    watch = Store(engine, StillClock()).generation()
    watch.current()
    opened[0].close()
    with pytest.raises(StoreError, match="closed database"):
        watch.current()
    engine.dispose()


def test_a_lock_held_by_any_program_is_respected(path: Path) -> None:
    engine = sqlite_engine(path)
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=20"))
    migrate.upgrade(engine)
    store = Store(engine, StillClock())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusyError, match="database is locked"), store.change():
        pytest.fail("changed")
    other.execute("ROLLBACK")
    other.close()
    fill(store)
    engine.dispose()
