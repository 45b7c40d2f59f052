"""A worker's place: its listeners, and the process that now serves it."""

from __future__ import annotations

import logging
import math
import os
import signal
from typing import TYPE_CHECKING, NoReturn

from strongroom.server.process import end_with_supervisor
from strongroom.server.signals import HANDLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from strongroom.server.listen import Listener
    from strongroom.server.signals import SignalInbox

    RunWorker = Callable[[int, Sequence[Listener], Callable[[], None]], int]

logger = logging.getLogger(__name__)

_STABLE_SECONDS = 1.0
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0


class Slot:
    """A worker's place. All times are of `time.monotonic`.

    Attributes:
        index: the worker's number, from 0.
        listeners: the worker's sockets; they outlive the process, and so do their queues of new connections.
        pid: the process, or None.
        ready: whether the process has said that it takes connections.
        ready_pipe: where it says so, until it has.
        start_at: when to start the next process.
        kill_at: when the process is to be killed because it did not end when told to.
        unready_deaths: processes in a row that ended before they were ready.
    """

    def __init__(self, index: int, listeners: Sequence[Listener]) -> None:
        self.index = index
        self.listeners = listeners
        self.pid: int | None = None
        self.ready = False
        self.ready_pipe: int | None = None
        self.start_at = 0.0
        self.kill_at = math.inf
        self.unready_deaths = 0
        self._quick_deaths = 0
        self._started_at = 0.0

    @property
    def due(self) -> float:
        """When something is to be done here."""
        return self.start_at if self.pid is None else self.kill_at

    def start(self, run_worker: RunWorker, inbox: SignalInbox, now: float, others: Iterable[Slot]) -> None:
        """Fork a process that runs the worker; there it closes the sockets of the others."""
        supervisor = os.getpid()
        reading, writing = os.pipe()
        # A signal that came to the child before it has left the inbox would be taken for one to the parent.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = os.fork()
            if pid == 0:  # pragma: no cover - coverage loses this frame in the fork
                os.close(reading)
                for other in others:
                    other.close()
                _become_worker(self, run_worker, inbox, supervisor, writing)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        os.close(writing)
        os.set_blocking(reading, False)
        self.pid, self.ready, self.ready_pipe = pid, False, reading
        self.kill_at, self._started_at = math.inf, now

    def look(self, now: float) -> None:
        """Notice that the process is ready, or has ended."""
        self._read_pipe()
        if self.pid is not None and (ended := os.waitpid(self.pid, os.WNOHANG)) != (0, 0):
            self._note_end(ended[1], now)

    def signal(self, number: int) -> None:
        """Send a signal to the process, if there is one."""
        if self.pid is not None:
            os.kill(self.pid, number)

    def stop(self, kill_at: float) -> None:
        """Tell the process to finish and end."""
        self.kill_at = kill_at
        self.ready = False
        self.signal(signal.SIGTERM)

    def kill_if_due(self, now: float) -> None:
        """Kill the process if it did not end in time."""
        if now >= self.kill_at:
            logger.warning("Worker %d did not end in time and is killed", self.index)
            self.kill_at = math.inf
            self.signal(signal.SIGKILL)

    def close(self) -> None:
        """Close the sockets."""
        for listener in self.listeners:
            listener.sock.close()

    def _read_pipe(self) -> None:
        if self.ready_pipe is None:
            return
        try:
            said = os.read(self.ready_pipe, 1)
        except BlockingIOError:
            return
        self._close_pipe()
        if said:
            self.ready = True
            self.unready_deaths = 0

    def _close_pipe(self) -> None:
        if self.ready_pipe is not None:
            os.close(self.ready_pipe)
            self.ready_pipe = None

    def _note_end(self, status: int, now: float) -> None:
        self._close_pipe()
        wanted = self.kill_at != math.inf
        self.kill_at = math.inf
        self.pid = None
        if wanted:
            self.start_at = now
            return
        logger.error("Worker %d ended with code %d", self.index, os.waitstatus_to_exitcode(status))
        if not self.ready:
            self.unready_deaths += 1
        quick = not self.ready or now - self._started_at < _STABLE_SECONDS
        self._quick_deaths = self._quick_deaths + 1 if quick else 0
        self.ready = False
        self.start_at = now + self._pause()

    def _pause(self) -> float:
        if self._quick_deaths == 0:
            return 0.0
        return float(min(_FIRST_PAUSE * 2 ** (self._quick_deaths - 1), _LONGEST_PAUSE))


def _become_worker(slot: Slot, run_worker: RunWorker, inbox: SignalInbox, supervisor: int, ready_pipe: int) -> NoReturn:
    """Run the worker and end the process."""

    def ready() -> None:
        os.write(ready_pipe, b".")
        os.close(ready_pipe)

    code = 1
    try:
        inbox.leave_in_child()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        end_with_supervisor(supervisor)
        if os.getppid() == supervisor:
            code = run_worker(slot.index, slot.listeners, ready)
    except BaseException:
        logger.exception("Worker %d failed", slot.index)
    finally:
        logging.shutdown()
        # The interpreter's own way out would run what the supervisor has registered for its end.
        os._exit(code)
