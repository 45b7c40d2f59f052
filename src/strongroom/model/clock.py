"""All time comes from here: seconds since the Unix epoch, UTC, as float."""

import time
from typing import Protocol


class Clock(Protocol):
    """Time as the service sees it."""

    def now(self) -> float:
        """Service time, which in dev mode may run ahead of the wall."""

    def wall(self) -> float:
        """Time on the wall, which is what clients sign with."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Service time."""
        return time.time()

    def wall(self) -> float:
        """Time on the wall."""
        return time.time()


class MovableClock:
    """The machine's clock plus an offset in seconds, for dev mode only."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Service time: the wall's plus the offset."""
        return time.time() + self.offset

    def wall(self) -> float:
        """Time on the wall."""
        return time.time()
