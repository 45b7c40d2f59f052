"""Between server and pipeline: one freshness check and one trail write for each batch, and work off the loop.

No answer leaves before its record is in the trail file or, for a change, committed.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Protocol

from strongroom.api.finished import Finished
from strongroom.api.snapshots import Snapshots
from strongroom.app.request_quotas import TOO_FAST
from strongroom.audit.record import Event, encode_event
from strongroom.audit.trail import TrailFile
from strongroom.model.clock import Clock
from strongroom.model.errors import InternalError, Throttling
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred, Pipeline
from strongroom.storage.store import StoreError

logger = logging.getLogger(__name__)

MOST_DEFERRED = 1000
MOST_ASKING = 100


class Exchange(Protocol):
    """A request that waits for its answer."""

    @property
    def request(self) -> Request:
        """The request."""

    def answer(self, answer: Answer) -> None:
        """Send the answer."""

    def abandon(self) -> None:
        """Close the connection with no answer."""


class Dispatcher:
    """Handles batches of requests on the event loop of one worker."""

    def __init__(  # noqa: PLR0913 - the worker's parts
        self,
        loop: asyncio.AbstractEventLoop,
        pipeline: Pipeline,
        snapshots: Snapshots,
        trail: TrailFile,
        clock: Clock,
        *,
        reads: Executor,
        changes: Executor,
        asks_others: Executor,
    ) -> None:
        """Take the worker's parts; the executors run what needs the database, the last what waits for others too."""
        self._loop = loop
        self._pipeline = pipeline
        self._snapshots = snapshots
        self._trail = trail
        self._clock = clock
        self._reads = reads
        self._changes = changes
        self._asks_others = asks_others
        # Anybody can send what waits for others, so it is counted apart.
        self._waiting: Counter[bool] = Counter()

    def handle(self, exchanges: Sequence[Exchange]) -> None:
        """Answer what can be answered from memory, and have the rest answered later."""
        try:
            self._snapshots.refresh()
        except StoreError:
            # Whoever cannot know that it is up to date must not decide.
            logger.exception("The database cannot be read")
            error = InternalError("The request failed because of an internal error.")
            self._conclude([(exchange, self._pipeline.fail(exchange.request, error)) for exchange in exchanges])
            return
        finished: list[tuple[Exchange, Finished]] = []
        for exchange in exchanges:
            outcome = self._pipeline.handle(exchange.request)
            if isinstance(outcome, Finished):
                finished.append((exchange, outcome))
            elif self._waiting[outcome.asks_others] >= (MOST_ASKING if outcome.asks_others else MOST_DEFERRED):
                finished.append((exchange, outcome.refuse(Throttling(TOO_FAST))))
            else:
                self._defer(exchange, outcome)
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

    def _defer(self, exchange: Exchange, outcome: Deferred) -> None:
        self._waiting[outcome.asks_others] += 1
        future = self._loop.run_in_executor(self._executor(outcome), outcome.run)
        future.add_done_callback(lambda done: self._completed(exchange, outcome, done))

    def _executor(self, outcome: Deferred) -> Executor:
        # Whoever waits for others must not keep those waiting who need the database only.
        if outcome.asks_others:
            return self._asks_others
        return self._changes if outcome.changes else self._reads

    def _completed(self, exchange: Exchange, outcome: Deferred, done: "asyncio.Future[Finished]") -> None:
        self._waiting[outcome.asks_others] -= 1
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
