from __future__ import annotations

import math
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from strongroom.server.listen import open_for_workers
from strongroom.server.signals import HANDLED, SignalInbox
from strongroom.server.slot import Slot
from tests.unit.server.support import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from strongroom.server.listen import Listener


@pytest.fixture
def slots() -> Iterator[list[Slot]]:
    slots = [Slot(index, listeners) for index, listeners in enumerate(open_for_workers([LOOPBACK, LOOPBACK], 2))]
    yield slots
    for slot in slots:
        slot.close()


@pytest.fixture
def slot(slots: list[Slot]) -> Slot:
    return slots[0]


def are_open(listeners: Sequence[Listener]) -> list[bool]:
    return [listener.sock.fileno() >= 0 for listener in listeners]


def end_at_once(_index: int, _listeners: Sequence[Listener], _ready: Callable[[], None]) -> int:
    return 7


def get_ready_and_wait(_index: int, _listeners: Sequence[Listener], ready: Callable[[], None]) -> int:
    ready()
    time.sleep(60)
    return 0


def look_until(slot: Slot, condition: Callable[[], bool], now: float) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        slot.look(now)
        time.sleep(0.001)


def run_to_end(slot: Slot, now: float) -> None:
    with SignalInbox() as inbox:
        slot.start(end_at_once, inbox, now, [])
        look_until(slot, lambda: slot.pid is None, now)


def test_pauses_grow_while_workers_die_at_once(slot: Slot, caplog: pytest.LogCaptureFixture) -> None:
    pauses = []
    for _ in range(8):
        run_to_end(slot, 50.0)
        pauses.append(round(slot.due - 50.0, 3))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert slot.unready_deaths == 8
    assert "Worker 0 ended with code 7" in caplog.text


def test_a_worker_that_has_served_is_replaced_without_a_pause(slot: Slot) -> None:
    run_to_end(slot, 50.0)
    with SignalInbox() as inbox:
        slot.start(get_ready_and_wait, inbox, 60.0, [])
        look_until(slot, lambda: slot.ready, 60.0)
        assert slot.ready_pipe is None
        assert (slot.unready_deaths, slot.due) == (0, math.inf)
        slot.signal(signal.SIGKILL)
        look_until(slot, lambda: slot.pid is None, 62.0)
    assert not slot.ready
    assert slot.due == 62.0


def test_a_worker_that_is_told_to_end_is_no_failure(slot: Slot) -> None:
    with SignalInbox() as inbox:
        slot.start(get_ready_and_wait, inbox, 50.0, [])
        look_until(slot, lambda: slot.ready, 50.0)
        slot.stop(55.0)
        assert not slot.ready
        look_until(slot, lambda: slot.pid is None, 51.0)
    assert (slot.start_at, slot.kill_at, slot.unready_deaths) == (51.0, math.inf, 0)


def test_a_worker_that_does_not_end_in_time_is_killed(slot: Slot) -> None:
    with SignalInbox() as inbox:
        slot.start(get_ready_and_wait, inbox, 50.0, [])
        assert slot.pid is not None
        os.kill(slot.pid, signal.SIGSTOP)
        slot.stop(55.0)
        slot.kill_if_due(54.9)
        assert slot.kill_at == 55.0
        slot.kill_if_due(55.0)
        look_until(slot, lambda: slot.pid is None, 55.0)


def test_a_signal_to_nobody_is_nothing(slot: Slot) -> None:
    slot.signal(signal.SIGTERM)


def test_a_worker_whose_supervisor_has_died_already_does_not_start(
    slot: Slot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("strongroom.server.slot.os.getppid", lambda: 1)
    run_to_end(slot, 50.0)
    assert "ended with code 1" in caplog.text


def test_a_worker_has_no_other_sockets_than_its_own(slots: list[Slot]) -> None:
    slot, other = slots

    def look(_index: int, listeners: Sequence[Listener], _ready: Callable[[], None]) -> int:
        return 40 + (are_open(listeners) == [True, True] and are_open(other.listeners) == [False, False])

    with SignalInbox() as inbox:
        slot.start(look, inbox, 50.0, [other])
        assert slot.pid is not None
        assert os.waitstatus_to_exitcode(os.waitpid(slot.pid, 0)[1]) == 41
        assert slot.ready_pipe is not None
        os.close(slot.ready_pipe)
    assert are_open(other.listeners) == [True, True]


def test_signals_wait_for_the_fork_also_when_it_fails(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        assert set(HANDLED) <= signal.pthread_sigmask(signal.SIG_BLOCK, ())
        raise BlockingIOError("no more processes")

    pipes: list[int] = []
    pipe = os.pipe

    def noted() -> tuple[int, int]:
        pipes.extend(ends := pipe())
        return ends

    with SignalInbox() as inbox:
        monkeypatch.setattr("strongroom.server.slot.os.fork", refuse)
        monkeypatch.setattr("strongroom.server.slot.os.pipe", noted)
        with pytest.raises(BlockingIOError):
            slot.start(end_at_once, inbox, 50.0, [])
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
    for end in pipes:
        os.close(end)
