"""Requests counted over all workers of a machine, in memory that they share, with no lock.

Each worker has a table of its own, a hash table of cells with open addressing, which it alone writes; it reads those of
the others. A cell is two words: what is counted (the tag), and the second and the count. Each word is read and written
at once. In another second than its own a cell is empty, so nothing has ever to be cleared.

Requests at the very same time may not see each other: of N workers each may let one through before it sees those of the
others. So in a second at least `rate` get through, if as many come, and at most N - 1 more (times what one costs); N
more still if all workers are held up just as the second ends. Nothing is refused that is within its rate.
"""

import logging
import mmap
import time
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

# More than what a worker can count in a second, in a mebibyte.
_CELLS: Final = 1 << 16
_WORD: Final = 8
_PROBES: Final = 16
_COUNT_BITS: Final = 32
_MOST: Final = (1 << _COUNT_BITS) - 1
_EMPTY: Final = 0


def this_second() -> int:
    """Give the second that it is: the same in all processes of a machine, and never 0."""
    return int(time.monotonic()) + 1


class RateCounters:
    """Shared memory for the counts of all workers; to be made before they are forked.

    Attributes:
        workers: how many there are.
        cells: how many each of them has.
        tags: what is counted, in the cells of worker 0, then in those of worker 1, and so on.
        states: the second of a cell in the upper 32 bits, its count in the lower.
    """

    def __init__(self, workers: int, *, cells: int = _CELLS) -> None:
        """Take room for `cells` different tags a second in each worker; a power of two."""
        words = memoryview(mmap.mmap(-1, 2 * workers * cells * _WORD)).cast("Q")
        self.workers = workers
        self.cells = cells
        self.tags, self.states = words[: workers * cells], words[workers * cells :]

    def worker(self, index: int, second: Callable[[], int] = this_second) -> "WorkerCounters":
        """Give what the worker of this number counts with. It goes on where its predecessor ended."""
        return WorkerCounters(self, index, second)


class WorkerCounters:
    """The counts as one worker sees them; for one thread of one process."""

    def __init__(self, shared: RateCounters, index: int, second: Callable[[], int]) -> None:
        self._tags = shared.tags
        self._states = shared.states
        self._mask = shared.cells - 1
        self._own = index * shared.cells
        self._others = tuple(other * shared.cells for other in range(shared.workers) if other != index)
        self._second = second
        self._warned_in = 0

    def take(self, tag: int, rate: int, cost: int = 1) -> bool:
        """Count a request for a tag of 64 bits, unless with it there were more than `rate` in this second."""
        floor = self._second() << _COUNT_BITS
        cell, own = self._find(self._own, tag, floor)
        if own + self._count_of_others(tag, floor) + cost > rate:
            return False
        if cell is None:
            self._warn(floor)
            cell = self._least_busy(tag)
        if self._tags[cell] != tag:
            # Nobody may take the count of what was in the cell for one of this.
            self._states[cell] = _EMPTY
            self._tags[cell] = tag
        self._states[cell] = floor + min(own + cost, _MOST)
        return True

    def _count_of_others(self, tag: int, floor: int) -> int:
        states, tags, slot, ceiling = self._states, self._tags, tag & self._mask, floor + _MOST
        count = 0
        for table in self._others:
            state = states[table + slot]
            # The first cell mostly is the one: spelt out, for it is done for each worker and each request.
            if floor <= state <= ceiling:
                count += state - floor if tags[table + slot] == tag else self._find(table, tag, floor)[1]
        return count

    def _find(self, table: int, tag: int, floor: int) -> tuple[int | None, int]:
        """Give the cell in which a tag is or would be counted, None where there is no room, and the count."""
        ceiling = floor + _MOST
        for slot in range(tag, tag + _PROBES):
            cell = table + (slot & self._mask)
            # In the other order than they are written.
            state = self._states[cell]
            if not floor <= state <= ceiling:
                return cell, 0
            if self._tags[cell] == tag:
                return cell, state - floor
        return None, 0

    def _least_busy(self, tag: int) -> int:
        # So the busiest keep their counts, and it is one with few requests that may get more than its rate.
        cells = (self._own + (slot & self._mask) for slot in range(tag, tag + _PROBES))
        return min(cells, key=self._states.__getitem__)

    def _warn(self, floor: int) -> None:
        if floor != self._warned_in:
            self._warned_in = floor
            logger.warning("More different request quotas are in use than can be counted")
