"""What the connections of one worker share."""

from __future__ import annotations

import heapq
import logging
from typing import TYPE_CHECKING

from strongroom.model.clock import SystemClock
from strongroom.model.failures import describe
from strongroom.server.batching import Batcher
from strongroom.server.budget import BodyBudget
from strongroom.server.connection import Connection
from strongroom.server.wire import Wire

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from strongroom.model.request import VpcEndpoint
    from strongroom.server.exchange import Handler
    from strongroom.server.limits import Limits
    from strongroom.server.refusal import Refusal

logger = logging.getLogger(__name__)

_SHED_SHARE = 100


class Service:
    """The connections of one worker, of all its listeners, and what is common to them.

    Attributes:
        limits: the bounds.
        secure: whether the listeners speak TLS.
        batcher: takes requests to the handler.
        budget: bounds the memory that bodies take.
        wire: renders answers.
        now: the event loop's time at the last sweep; reading the clock for each request would cost more.
        draining: whether each connection is to close with its next answer.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, handler: Handler, limits: Limits, *, secure: bool = False
    ) -> None:
        self.limits = limits
        self.secure = secure
        self.batcher = Batcher(loop, handler)
        self.budget = BodyBudget(limits.buffered)
        self.wire = Wire(SystemClock())
        self.now = loop.time()
        self.draining = False
        self._loop = loop
        self._handler = handler
        self._connections: set[Connection] = set()
        self._on_empty: Callable[[], None] | None = None

    def connect(self, vpc_endpoint: VpcEndpoint | None = None) -> Connection:
        """Make the protocol of a new connection, which came to a listener that may stand for a VPC endpoint."""
        return Connection(self, vpc_endpoint)

    def admit(self, connection: Connection) -> None:
        """Take in a new connection; when there are too many, close the longest idle ones, or else the new one.

        While draining, a connection that was accepted just before is closed too. No answer is sent: nothing was
        asked. SDKs try again after a closed connection.
        """
        full = len(self._connections) >= self.limits.connections
        if self.draining or (full and not self._shed()):
            connection.abort()
        else:
            self._connections.add(connection)

    def forget(self, connection: Connection) -> None:
        """Let a lost connection go."""
        self._connections.discard(connection)
        if self._on_empty is not None and not self._connections:
            self._on_empty()

    def record(self, source_ip: str, refusal: Refusal) -> bool:
        """Have a refusal recorded; False when it could not be."""
        try:
            return self._handler.malformed(source_ip, refusal.status, refusal.reason)
        except Exception as error:  # noqa: BLE001 - without a record there is no answer, whatever the cause
            logger.error("A refusal could not be recorded: %s", describe(error))  # noqa: TRY400 - no message
            return False

    def sweep(self) -> None:
        """Move the time on and act on the time limits; to be called every `Limits.sweep_seconds`."""
        self.now = self._loop.time()
        self.wire.refresh()
        for connection in tuple(self._connections):
            connection.check(self.now)

    def drain(self, on_empty: Callable[[], None]) -> None:
        """Close idle connections now and the others with their next answer; then call `on_empty`."""
        self.draining = True
        self._on_empty = on_empty
        for connection in tuple(self._connections):
            connection.drain()
        if not self._connections:
            on_empty()

    def abort(self) -> None:
        """Close what is left."""
        for connection in tuple(self._connections):
            connection.abort()

    def _shed(self) -> bool:
        # Some at a time, so that looking for them does not cost a pass over all connections for each new one.
        idle = [(until, id(each), each) for each in self._connections if (until := each.idle_until) is not None]
        for _, _, connection in heapq.nsmallest(max(1, self.limits.connections // _SHED_SHARE), idle):
            self._connections.discard(connection)
            connection.abort()
        return bool(idle)
