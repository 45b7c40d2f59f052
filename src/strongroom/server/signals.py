"""Signals as something to wait for, so that no code runs inside a signal handler."""

from __future__ import annotations

import os
import select
import signal
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType, TracebackType

HANDLED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class SignalInbox:
    """Receives the handled signals while it is entered; for the main thread only."""

    def __enter__(self) -> Self:
        """Take the signals over."""
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(self._writing, False)
        self._wakeup = signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _nothing) for number in HANDLED}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._close()

    def wait(self, others: Iterable[int], timeout: float | None) -> set[int]:
        """Wait for a signal, for one of the other descriptors to become readable, or for the time to pass.

        Args:
            others: file descriptors.
            timeout: seconds; None is for ever.

        Returns:
            The numbers of the signals that came.
        """
        # Not select(), which takes no descriptor above 1023; with many workers and listeners there are more.
        poll = select.poll()
        for descriptor in (self._reading, *others):
            poll.register(descriptor, select.POLLIN)
        poll.poll(None if timeout is None else timeout * 1000)
        return set(_drain(self._reading))

    def leave_in_child(self) -> None:
        """Undo, in a forked child, what its parent has set up; SIGHUP is the parent's alone."""
        signal.set_wakeup_fd(-1)
        for number in HANDLED:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._close()

    def _close(self) -> None:
        os.close(self._reading)
        os.close(self._writing)


def _nothing(number: int, frame: FrameType | None) -> None:
    """Handle a signal by nothing: its number comes through the pipe."""


def _drain(descriptor: int) -> Iterator[int]:
    try:
        while True:
            yield from os.read(descriptor, 512)
    except BlockingIOError:
        return
