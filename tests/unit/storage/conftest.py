"""An empty database of each engine, and a store over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.storage import migrate
from strongroom.storage.store import Store
from tests.unit.storage.support import ENGINES, Database, StillClock, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def database(engine_name: str, tmp_path: Path) -> Database:
    """A database with all tables and no rows."""
    database = ENGINES[engine_name](tmp_path)
    engine = database.open()
    migrate.upgrade(engine)
    engine.dispose()
    return database


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    engine = database.open()
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine, clock: StillClock) -> Store:
    """A store that holds an installation, a store key and two accounts."""
    store = Store(engine, clock)
    fill(store)
    return store
