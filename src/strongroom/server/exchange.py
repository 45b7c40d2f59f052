"""What the server and the layer above it say to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from strongroom.model.request import Answer, Request


class Replies(Protocol):
    """The side of a connection that takes the outcome of an exchange."""

    def reply(self, exchange: Exchange, answer: Answer) -> None:
        """Send the answer."""

    def abort(self) -> None:
        """Close the connection at once and send nothing more."""


class Exchange:
    """A request that waits for its answer.

    Exactly one of `answer` and `abandon` is to be called, once, from the thread of the event loop.
    When the client has gone meanwhile, the outcome is dropped without an error.
    """

    __slots__ = ("_connection", "finished", "keep_alive", "request")

    def __init__(self, request: Request, connection: Replies, *, keep_alive: bool) -> None:
        self.request = request
        self.keep_alive = keep_alive
        self.finished = False
        self._connection = connection

    def answer(self, answer: Answer) -> None:
        """Send the answer.

        Raises:
            RuntimeError: the exchange is finished already.
        """
        self._finish()
        self._connection.reply(self, answer)

    def abandon(self) -> None:
        """Close the connection with no answer, for when the record of the answer could not be written.

        Raises:
            RuntimeError: the exchange is finished already.
        """
        self._finish()
        self._connection.abort()

    def _finish(self) -> None:
        if self.finished:
            raise RuntimeError("the exchange is finished already")
        self.finished = True


class Handler(Protocol):
    """The layer above."""

    def handle(self, exchanges: list[Exchange]) -> None:
        """Answer or abandon each exchange, now or later.

        When this raises, what is unfinished among `exchanges` is abandoned.
        """

    def malformed(self, source_ip: str, answer_status: int, reason: str) -> bool:
        """Record a request that could not be read as HTTP, before the server refuses it with `answer_status`.

        Returns:
            False when it could not be recorded; then the connection is closed and the refusal not sent.
        """
