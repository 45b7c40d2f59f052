"""Between server and pipeline: one freshness check and one trail write for each batch, and work off the loop.

No answer leaves before its record is in the trail file or, for a change, committed.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import NamedTuple, Protocol

from strongroom.api.finished import Finished
from strongroom.api.snapshots import Snapshots
from strongroom.app.console import Handles
from strongroom.app.request_quotas import TOO_FAST
from strongroom.audit.record import Event, encode_event
from strongroom.audit.trail import TrailFile
from strongroom.model.clock import Clock
from strongroom.model.errors import InternalError, Throttling
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred
from strongroom.storage.store import StoreError

logger = logging.getLogger(__name__)

MOST_DEFERRED = 1000
MOST_ASKING = 100
MOST_HASHING = 32


class Exchange(Protocol):
    """A request that waits for its answer."""

    @property
    def request(self) -> Request:
        """The request."""

    def answer(self, answer: Answer) -> None:
        """Send the answer."""

    def abandon(self) -> None:
        """Close the connection with no answer."""


class Queue(NamedTuple):
    """Those who wait for an executor, of whom there may be so many, with those who are counted as the same."""

    executor: Executor
    counted_as: str
    most: int


class Dispatcher:
    """Handles batches of requests on the event loop of one worker."""

    def __init__(  # noqa: PLR0913 - the worker's parts
        self,
        loop: asyncio.AbstractEventLoop,
        handles: Handles,
        snapshots: Snapshots,
        trail: TrailFile,
        clock: Clock,
        *,
        reads: Executor,
        changes: Executor,
        asks_others: Executor,
        hashes: Executor,
    ) -> None:
        """Take the worker's parts; the executors run what needs the database, what waits for others, what hashes."""
        self._loop = loop
        self._handles = handles
        self._snapshots = snapshots
        self._trail = trail
        self._clock = clock
        # Anybody can send what waits for others, and what hashes passwords, so each is counted apart.
        self._reading = Queue(reads, "database", MOST_DEFERRED)
        self._changing = Queue(changes, "database", MOST_DEFERRED)
        self._asking = Queue(asks_others, "others", MOST_ASKING)
        self._hashing = Queue(hashes, "hashes", MOST_HASHING)
        self._waiting: Counter[str] = Counter()

    def handle(self, exchanges: Sequence[Exchange]) -> None:
        """Answer what can be answered from memory, and have the rest answered later."""
        try:
            self._snapshots.refresh()
        except StoreError:
            # Whoever cannot know that it is up to date must not decide.
            logger.exception("The database cannot be read")
            error = InternalError("The request failed because of an internal error.")
            self._conclude([(exchange, self._handles.fail(exchange.request, error)) for exchange in exchanges])
            return
        finished: list[tuple[Exchange, Finished]] = []
        for exchange in exchanges:
            outcome = self._handles.handle(exchange.request)
            if isinstance(outcome, Finished):
                finished.append((exchange, outcome))
            elif not self._defer(exchange, outcome):
                finished.append((exchange, outcome.refuse(Throttling(TOO_FAST))))
        self._conclude(finished)

    def malformed(self, source_ip: str, answer_status: int, reason: str) -> bool:
        """Record a request that is not HTTP; False when it could not be recorded."""
        event = Event(
            name="MalformedRequest",
            time=self._clock.now(),
            request_id="",
            region="",
            source_ip=source_ip,
            user_agent="",
            read_only=True,
            error_code=f"HTTP {answer_status}",
            error_message=reason,
        )
        return self._keep([encode_event(event)])

    def _defer(self, exchange: Exchange, outcome: Deferred) -> bool:
        """Have a request handled off the event loop; False when too many wait for that."""
        queue = self._queue(outcome)
        if self._waiting[queue.counted_as] >= queue.most:
            return False
        self._waiting[queue.counted_as] += 1
        future = self._loop.run_in_executor(queue.executor, outcome.run)
        future.add_done_callback(lambda done: self._completed(exchange, queue, done))
        return True

    def _queue(self, outcome: Deferred) -> Queue:
        # Whoever waits for others, or for a hash, must not keep those waiting who need the database only.
        if outcome.hashes:
            return self._hashing
        if outcome.asks_others:
            return self._asking
        return self._changing if outcome.changes else self._reading

    def _completed(self, exchange: Exchange, queue: Queue, done: "asyncio.Future[Finished]") -> None:
        self._waiting[queue.counted_as] -= 1
        self._conclude([(exchange, done.result())])

    def _conclude(self, finished: Sequence[tuple[Exchange, Finished]]) -> None:
        records = [outcome.record for _, outcome in finished if outcome.record is not None]
        if self._keep(records):
            for exchange, outcome in finished:
                exchange.answer(outcome.answer)
            return
        for exchange, outcome in finished:
            # A change is recorded by its commit.
            if outcome.record is None:
                exchange.answer(outcome.answer)
            else:
                exchange.abandon()

    def _keep(self, records: Sequence[bytes]) -> bool:
        if not records:
            return True
        try:
            self._trail.append(records)
        except OSError:
            logger.exception("The trail cannot be written; %d requests go without an answer", len(records))
            return False
        return True
