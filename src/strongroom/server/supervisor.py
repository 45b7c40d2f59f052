"""N worker processes on the same addresses.

The sockets belong to the supervisor: what clients have queued at a worker that died waits for its successor.
The supervisor has neither threads nor an event loop, so that forking is safe at any time.
"""

from __future__ import annotations

import logging
import math
import signal
import time
from collections import deque
from typing import TYPE_CHECKING

from strongroom.server.listen import open_for_workers
from strongroom.server.signals import SignalInbox
from strongroom.server.slot import Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from strongroom.server.listen import ListenAddress
    from strongroom.server.slot import RunWorker

logger = logging.getLogger(__name__)

_MOST_FAILED_STARTS = 5
_GRACE_SECONDS = 1.0


class Supervisor:
    """Starts workers, keeps them running and stops them.

    SIGTERM and SIGINT stop all workers; SIGHUP replaces them one after the other. Workers end also when the
    supervisor is killed.
    """

    def __init__(
        self,
        addresses: Sequence[ListenAddress],
        workers: int,
        run_worker: RunWorker,
        *,
        on_ready: Callable[[Sequence[int]], None] = lambda _: None,
        drain_seconds: float = 10.0,
    ) -> None:
        """Open the sockets.

        Args:
            addresses: where to listen; one at least.
            workers: number of processes.
            run_worker: called in each new process with the worker's number, its listeners, one for each address,
                and a function to be called once when it takes connections; returns the process's exit code.
            on_ready: called with the ports, in the order of `addresses`, once, when all workers are ready.
            drain_seconds: how long a worker may take to finish before it is killed; not less than its own limit.

        Raises:
            OSError: an address is taken or not this machine's.
        """
        self._slots = [Slot(index, each) for index, each in enumerate(open_for_workers(addresses, workers))]
        self._ports: list[int] = [listener.sock.getsockname()[1] for listener in self._slots[0].listeners]
        self._run_worker = run_worker
        self._on_ready = on_ready
        self._patience = drain_seconds + _GRACE_SECONDS
        self._announced = False
        self._stopping = False
        self._failed = False
        self._to_replace: deque[Slot] = deque()

    def run(self) -> int:
        """Supervise until a signal says to stop. To be called in the main thread, before there are others.

        Returns:
            The exit code: 0, or 1 when a worker could not be started.
        """
        with SignalInbox() as inbox:
            try:
                while not (self._stopping and all(slot.pid is None for slot in self._slots)):
                    self._step(inbox)
            finally:
                for slot in self._slots:
                    slot.signal(signal.SIGTERM)
                    slot.close()
        return 1 if self._failed else 0

    def _step(self, inbox: SignalInbox) -> None:
        self._start_due(inbox)
        pipes = [slot.ready_pipe for slot in self._slots if slot.ready_pipe is not None]
        self._obey(inbox.wait(pipes, self._timeout()))
        now = time.monotonic()
        for slot in self._slots:
            slot.look(now)
            slot.kill_if_due(now)
        self._give_up_if_hopeless()
        self._announce()
        self._replace_next()

    def _start_due(self, inbox: SignalInbox) -> None:
        now = time.monotonic()
        for slot in self._slots:
            if not self._stopping and slot.pid is None and now >= slot.start_at:
                others = [other for other in self._slots if other is not slot]
                slot.start(self._run_worker, inbox, now, others)

    def _timeout(self) -> float | None:
        due = min(slot.due for slot in self._slots if slot.pid is not None or not self._stopping)
        return None if due == math.inf else max(0.0, due - time.monotonic())

    def _obey(self, signals: set[int]) -> None:
        if signals & {signal.SIGTERM, signal.SIGINT}:
            self._stop()
        elif signal.SIGHUP in signals:
            self._to_replace = deque(self._slots)

    def _stop(self) -> None:
        if self._stopping:
            return
        self._stopping = True
        self._to_replace.clear()
        for slot in self._slots:
            slot.stop(time.monotonic() + self._patience)

    def _give_up_if_hopeless(self) -> None:
        if not self._announced and any(slot.unready_deaths >= _MOST_FAILED_STARTS for slot in self._slots):
            logger.error("A worker failed to start %d times", _MOST_FAILED_STARTS)
            self._failed = True
            self._stop()

    def _announce(self) -> None:
        if not self._announced and self._all_ready():
            self._announced = True
            self._on_ready(self._ports)

    def _replace_next(self) -> None:
        if self._to_replace and self._all_ready():
            self._to_replace.popleft().stop(time.monotonic() + self._patience)

    def _all_ready(self) -> bool:
        return all(slot.ready for slot in self._slots)
