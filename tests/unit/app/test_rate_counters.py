"""Requests are counted over all workers."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.app.rate_counters import RateCounters, WorkerCounters, this_second

if TYPE_CHECKING:
    from collections.abc import Callable

TAG = 0xFEDCBA9876543210
PROBES = 16
WORKERS = 4


class Clock:
    """Says what second it is."""

    def __init__(self) -> None:
        self.now = 1

    def __call__(self) -> int:
        return self.now


def workers(count: int, clock: Clock, cells: int = 64) -> list[WorkerCounters]:
    counters = RateCounters(count, cells=cells)
    return [counters.worker(index, clock) for index in range(count)]


def passed(worker: WorkerCounters, rate: int, tag: int = TAG, attempts: int = 100) -> int:
    return sum(worker.take(tag, rate) for _ in range(attempts))


def test_as_many_pass_as_the_rate_says_in_each_second() -> None:
    clock = Clock()
    (worker,) = workers(1, clock)
    for clock.now in (1, 2, 7):
        assert passed(worker, 5) == 5


def test_workers_count_together() -> None:
    one, two, three = workers(3, Clock())
    assert passed(one, 10, attempts=4) == 4
    assert passed(two, 10, attempts=3) == 3
    assert passed(three, 10) == 3
    assert passed(one, 10) == 0


def test_other_workers_count_again_in_the_next_second() -> None:
    clock = Clock()
    one, two = workers(2, clock)
    assert passed(one, 5) == 5
    clock.now = 2
    assert passed(two, 5) == 5


def test_what_is_counted_apart_does_not_meet() -> None:
    one, two = workers(2, Clock())
    # Each of them is first looked for in the same cell.
    tags = [TAG + (number << 32) for number in range(PROBES)]
    for worker in (one, two):
        assert [passed(worker, 6, tag, attempts=3) for tag in tags] == [3] * PROBES
    assert [passed(one, 6, tag) for tag in tags] == [0] * PROBES


def test_a_request_may_count_as_several() -> None:
    (worker,) = workers(1, Clock())
    assert worker.take(TAG, 5, 2)
    assert worker.take(TAG, 5, 2)
    assert not worker.take(TAG, 5, 2)
    assert worker.take(TAG, 5, 1)
    assert not worker.take(TAG, 5, 1)


def test_a_rate_of_zero_lets_nothing_through() -> None:
    (worker,) = workers(1, Clock())
    assert not worker.take(TAG, 0)


def test_a_worker_goes_on_where_its_predecessor_ended() -> None:
    clock, counters = Clock(), RateCounters(2, cells=64)
    assert passed(counters.worker(1, clock), 5, attempts=3) == 3
    assert passed(counters.worker(1, clock), 5) == 2


def test_a_full_table_keeps_the_busiest(caplog: pytest.LogCaptureFixture) -> None:
    (worker,) = workers(1, Clock(), cells=PROBES)
    assert passed(worker, 50) == 50
    others = [TAG + number for number in range(1, 100)]
    assert all(worker.take(tag, 1) for tag in others)
    assert not worker.take(TAG, 50)
    assert caplog.messages == ["More different request quotas are in use than can be counted"]


def test_a_full_table_warns_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    (worker,) = workers(1, clock, cells=PROBES)
    for clock.now in (1, 2):
        for tag in range(3 * PROBES):
            worker.take(tag, 1)
    assert len(caplog.messages) == 2


def test_others_find_nothing_in_a_full_table_and_let_through() -> None:
    one, two = workers(2, Clock(), cells=PROBES)
    for tag in range(PROBES):
        one.take(tag, 1)
    assert passed(two, 5, TAG) == 5


takes = st.tuples(
    st.integers(0, WORKERS - 1),
    # They meet in one cell, or in neighbouring ones.
    st.builds(lambda low, high: low | high << 40, st.integers(0, 3), st.integers(0, 3)),
    st.integers(0, 6),
    st.integers(1, 3),
    st.sampled_from((0, 0, 0, 0, 0, 1, 5)),
)


@given(steps=st.lists(takes, max_size=80))
def test_one_after_the_other_they_are_counted_exactly(steps: list[tuple[int, int, int, int, int]]) -> None:
    clock = Clock()
    counting = workers(WORKERS, clock)
    counts: Counter[int] = Counter()
    for index, tag, rate, cost, seconds in steps:
        clock.now += seconds
        if seconds:
            counts.clear()
        fits = counts[tag] + cost <= rate
        assert counting[index].take(tag, rate, cost) is fits
        counts[tag] += cost * fits


def forked(work: Callable[[], int]) -> tuple[int, int]:
    """Do something in a process of its own; gives its id and a pipe with the number that comes of it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.write(writing, str(work()).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    return pid, reading


def result(child: tuple[int, int]) -> int:
    pid, reading = child
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    assert os.waitpid(pid, 0)[1] == 0
    return int(said)


@pytest.mark.parametrize("rate", [1, 50, 20_000])
def test_processes_together_let_through_the_rate(rate: int) -> None:
    counters, clock = RateCounters(WORKERS), Clock()
    opened, gate = os.pipe()

    def work(index: int) -> int:
        os.close(gate)
        os.read(opened, 1)  # all begin at once, when there is no writer any more
        return passed(counters.worker(index, clock), rate, attempts=2 * rate)

    children = [forked(lambda index=index: work(index)) for index in range(WORKERS)]  # type: ignore[misc] # bound now
    os.close(gate)
    os.close(opened)
    together = sum(result(child) for child in children)
    assert rate <= together <= rate + WORKERS - 1


def test_all_processes_are_in_the_same_second() -> None:
    before = this_second()
    there = result(forked(this_second))
    assert 0 < before <= there <= this_second()


def test_by_default_it_is_this_second_that_counts() -> None:
    worker = RateCounters(1, cells=64).worker(0)
    seconds_before = this_second()
    got_through = passed(worker, 10, attempts=50)
    assert 10 <= got_through <= 10 * (1 + this_second() - seconds_before)
