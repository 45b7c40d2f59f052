"""One batch of requests for each turn of the event loop.

While the loop reads from its sockets, requests are only parsed and queued; one callback afterwards hands all of
them to the handler. So a check of freshness that the handler makes comes after every byte of every request in the
batch was read, and costs once per turn; and the records of the batch can be one write.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from strongroom.model.failures import describe

if TYPE_CHECKING:
    import asyncio

    from strongroom.server.exchange import Exchange, Handler

logger = logging.getLogger(__name__)


class Batcher:
    """Collects exchanges until the loop has read all that is there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, handler: Handler) -> None:
        self._loop = loop
        self._handler = handler
        self._waiting: list[Exchange] = []

    def add(self, exchange: Exchange) -> None:
        """Put an exchange into the batch of this turn."""
        if not self._waiting:
            self._loop.call_soon(self._hand_over)
        self._waiting.append(exchange)

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            self._handler.handle(batch)
        except Exception as error:  # noqa: BLE001 - the loop goes on; what the handler recorded is not known
            logger.error("The handler failed: %s", describe(error))  # noqa: TRY400 - the message stays out of the log
            # No answer may leave without a record.
            for exchange in batch:
                if not exchange.finished:
                    exchange.abandon()
