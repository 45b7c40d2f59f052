from __future__ import annotations

import time

import pytest

from strongroom.model.clock import Clock, MovableClock, SystemClock


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.5)


@pytest.mark.parametrize("clock", [SystemClock(), MovableClock()])
def test_a_clock_that_was_not_moved(clock: Clock) -> None:
    assert (clock.now(), clock.wall()) == (1000.5, 1000.5)


def test_a_moved_clock_runs_ahead_of_the_wall() -> None:
    clock = MovableClock(30.0)
    assert (clock.now(), clock.wall()) == (1030.5, 1000.5)
    clock.offset = 86400.0
    assert (clock.now(), clock.wall()) == (87400.5, 1000.5)
