from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from strongroom.storage import migrate
from strongroom.storage.engine import sqlite_engine
from strongroom.storage.schema import metadata
from tests.unit.storage.support import ENGINES, content

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from strongroom.storage.store import Store


def test_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def _definitions(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").all()
    return {name: " ".join(sql.split()) for name, sql in rows if name != "alembic_version"}


def test_migrations_make_the_very_same_tables(tmp_path: Path) -> None:
    """Also what Alembic does not compare: primary keys, checks, numbering."""
    migrated, made = sqlite_engine(tmp_path / "migrated.db"), sqlite_engine(tmp_path / "made.db")
    migrate.upgrade(migrated)
    metadata.create_all(made)
    assert _definitions(migrated) == _definitions(made)
    migrated.dispose()
    made.dispose()


def test_a_migrated_database_is_current(engine: Engine) -> None:
    assert migrate.is_current(engine)


@pytest.mark.parametrize("name", ENGINES)
def test_an_empty_database_is_not_current(name: str, tmp_path: Path) -> None:
    engine = ENGINES[name](tmp_path).open()
    assert not migrate.is_current(engine)
    engine.dispose()


def test_migrating_again_changes_nothing(store: Store, engine: Engine) -> None:
    with store.read() as reader:
        installation = reader.accounts.installation()
    before = content(engine)
    migrate.upgrade(engine)
    assert content(engine) == before
    with store.read() as reader:
        assert reader.accounts.installation() == installation


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = sqlite_engine(tmp_path / "other.db")

    def broken(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr("alembic.op.create_index", broken)
    with pytest.raises(LookupError):
        migrate.upgrade(engine)
    assert set(_definitions(engine)) == set()
    monkeypatch.undo()
    migrate.upgrade(engine)
    assert migrate.is_current(engine)
    engine.dispose()
