"""Answers as bytes."""

from __future__ import annotations

import json
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.model.clock import Clock
    from strongroom.model.request import Answer
    from strongroom.server.refusal import Refusal

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_NO_LENGTH = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_NOT_CACHED = "Cache-Control: no-cache, no-store, must-revalidate, private\r\nExpires: 0\r\nPragma: no-cache\r\n"
# KMS API Reference, "Common Errors".
_REFUSAL_CODES = {
    408: "RequestTimeoutException",
    413: "RequestEntityTooLargeException",
    503: "ServiceUnavailableException",
}
_MALFORMED = "MalformedHttpRequestException"
_JSON = "application/x-amz-json-1.1"


class Wire:
    """Renders answers.

    The status line, the date and the fixed headers of each status are rendered once and kept until `refresh`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._starts: dict[int, str] = {}

    def refresh(self) -> None:
        """Let the Date header move on; to be called about once a second."""
        self._starts.clear()

    def answer(self, answer: Answer, method: str, *, keep_alive: bool) -> bytes:
        """Render the answer to a request of this method."""
        allow = "Allow: POST, OPTIONS\r\n" if method == "OPTIONS" else ""
        fields = f"x-amzn-RequestId: {answer.request_id}\r\n{allow}"
        start = self._start_with(answer) if answer.headers else self._starts.get(answer.status)
        head = self._head(
            answer.status, answer.content_type, len(answer.body), fields, start=start, keep_alive=keep_alive
        )
        if method == "HEAD" or answer.status in _NO_LENGTH:
            return head
        return head + answer.body

    def refusal(self, refusal: Refusal) -> bytes:
        """Render a refusal, after which the connection closes. It has no request id: no request was read."""
        code = _REFUSAL_CODES.get(refusal.status, _MALFORMED)
        body = json.dumps({"__type": code, "message": refusal.reason}, separators=(",", ":")).encode()
        start = self._starts.get(refusal.status)
        return self._head(refusal.status, _JSON, len(body), "", start=start, keep_alive=False) + body

    def _head(  # noqa: PLR0913 - the parts of a head
        self, status: int, content_type: str, length: int, fields: str, *, start: str | None, keep_alive: bool
    ) -> bytes:
        start = start or self._start(status)
        typed = f"Content-Type: {content_type}\r\n" if content_type else ""
        sized = "" if status in _NO_LENGTH else f"Content-Length: {length}\r\n"
        connection = "keep-alive" if keep_alive else "close"
        return f"{start}{typed}{sized}{fields}Connection: {connection}\r\n\r\n".encode("ascii")

    def _start(self, status: int) -> str:
        start = self._starts[status] = f"{self._first_lines(status)}{_NOT_CACHED}"
        return start

    def _start_with(self, answer: Answer) -> str:
        own = "".join([f"{name}: {value}\r\n" for name, value in answer.headers])
        return f"{self._first_lines(answer.status)}{own}"

    def _first_lines(self, status: int) -> str:
        date = formatdate(self._clock.wall(), usegmt=True)
        return f"HTTP/1.1 {status} {_REASONS.get(status, '')}\r\nDate: {date}\r\nServer: Strongroom\r\n"
