"""Bytes to requests, without any input or output of its own."""

from __future__ import annotations

import enum
from collections import deque
from typing import TYPE_CHECKING

import httptools

from strongroom.model.request import Request
from strongroom.server.head import Head, check_length, read_head
from strongroom.server.refusal import Refusal

if TYPE_CHECKING:
    from strongroom.model.request import VpcEndpoint
    from strongroom.server.budget import BodyBudget
    from strongroom.server.limits import Limits


class Phase(enum.Enum):
    """Where in the input the reader is."""

    BETWEEN = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()
    ENDED = enum.auto()


# Looking up a member of an enumeration costs more than a global.
_BETWEEN, _HEAD, _BODY, _ENDED = Phase


class RequestReader:
    """Reads the requests of one connection.

    Attributes:
        requests: whole requests in their order, each with whether the connection may stay open after its answer;
            the owner takes them out.
        phase: where the reader is; at ENDED all further input is ignored.
        stage: changes whenever another head or body begins.
        awaits_continue: the client waits for "100 Continue" before it sends the body; the owner resets it.
    """

    __slots__ = (
        "_body",
        "_budget",
        "_fields",
        "_head",
        "_held",
        "_limits",
        "_parser",
        "_piece",
        "_secure",
        "_silent",
        "_source_ip",
        "_target",
        "_vpc_endpoint",
        "awaits_continue",
        "phase",
        "requests",
        "stage",
    )

    def __init__(
        self,
        limits: Limits,
        source_ip: str,
        budget: BodyBudget,
        *,
        secure: bool,
        vpc_endpoint: VpcEndpoint | None = None,
    ) -> None:
        self.requests: deque[tuple[Request, bool]] = deque()
        self.phase = _BETWEEN
        self.stage = 0
        self.awaits_continue = False
        self._limits = limits
        self._budget = budget
        self._held = 0
        self._source_ip = source_ip
        self._secure = secure
        self._vpc_endpoint = vpc_endpoint
        self._piece = 0
        self._silent = 0
        self._head: Head | None = None
        self._target = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""
        self._parser = httptools.HttpRequestParser(self)

    @property
    def received(self) -> int:
        """Bytes of the body that is being read."""
        return len(self._body)

    def feed(self, data: bytes | memoryview) -> None:
        """Read on.

        Raises:
            Refusal: the input is not HTTP as this server takes it; the reader is not to be fed again.
        """
        if self.phase is _ENDED:
            return
        self._piece = len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, Refusal):
                raise error.__context__ from None
            raise
        except httptools.HttpParserError as error:
            # What follows the last request of a connection is nobody's.
            if self.phase is not _ENDED:
                raise Refusal(400, str(error)) from None
        self._silent += self._piece
        if self._silent > self._limits.head_bytes:
            self._refuse_silence()

    def release(self, request: Request) -> None:
        """Hold the body of a request no longer, as it was answered."""
        self._budget.give_back(len(request.body))
        self._held -= len(request.body)

    def close(self) -> None:
        """Let go of all bodies, and of the parser, which refers back to the reader."""
        self._budget.give_back(self._held)
        self._held = 0
        self.phase = _ENDED
        del self._parser

    def _refuse_silence(self) -> None:
        # The parser kept or skipped this much and gave nothing out: an endless header, chunk extension or trailer.
        if self.phase is _HEAD:
            raise Refusal(431, "The head of the request is too long")
        if self.phase is _BODY:
            raise Refusal(400, "The body holds too much that is not payload")

    # What follows is called by the parser.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.phase = _HEAD
        self.stage += 1
        self._silent = -self._piece

    def on_url(self, url: bytes) -> None:
        """Take the target, or a part of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Check the head."""
        parser = self._parser
        if parser.should_upgrade():
            raise Refusal(400, "The connection cannot be turned into another")
        limit = self._limits.head_bytes
        if self._piece > limit or self._silent != -self._piece:  # else it came in one piece that is short enough
            check_length(self._target, self._fields, limit)
        self._head = read_head(parser.get_method(), self._target, parser.get_http_version(), self._fields, self._limits)
        self.awaits_continue = self._head.expects_continue
        self._target = b""
        self._fields = []
        self.phase = _BODY
        self.stage += 1
        self._silent = -self._piece

    def on_body(self, data: bytes) -> None:
        """Take a part of the body."""
        self._budget.take(len(data))
        self._held += len(data)
        if not self._body:
            self._body = data
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += data
        if len(self._body) > self._limits.body:
            raise Refusal(413, "The body of the request is too long")
        self.awaits_continue = False
        self._silent = -self._piece

    def on_message_complete(self) -> None:
        """Give out the request."""
        if self._fields:
            raise Refusal(400, "Trailers are not taken")
        head = self._head
        assert head is not None  # noqa: S101 - the parser completes the head first
        keep_alive = self._parser.should_keep_alive()
        request = Request(
            method=head.method,
            path=head.path,
            query=head.query,
            headers=head.headers,
            body=bytes(self._body),
            source_ip=self._source_ip,
            secure=self._secure,
            vpc_endpoint=self._vpc_endpoint,
        )
        self.requests.append((request, keep_alive))
        self.awaits_continue = False
        self._head = None
        self._body = b""
        self.phase = _BETWEEN if keep_alive else _ENDED
