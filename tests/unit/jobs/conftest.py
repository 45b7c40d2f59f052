"""A store with two accounts, and a trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.audit.trail import TrailFile
from strongroom.storage import migrate
from strongroom.storage.engine import sqlite_engine
from strongroom.storage.store import Store
from tests.unit.storage.support import StillClock, fill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = sqlite_engine(tmp_path / "strongroom.db")
    migrate.upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine, clock: StillClock) -> Store:
    store = Store(engine, clock)
    fill(store)
    return store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trail" / "changes.jsonl"


@pytest.fixture
def trail(path: Path) -> Iterator[TrailFile]:
    trail = TrailFile(path)
    yield trail
    trail.close()
