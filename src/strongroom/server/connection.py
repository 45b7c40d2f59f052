"""One client's connection."""

from __future__ import annotations

import asyncio
import ipaddress
import math
from typing import TYPE_CHECKING, Final, cast

from strongroom.server.exchange import Exchange
from strongroom.server.reader import Phase, RequestReader
from strongroom.server.refusal import Refusal
from strongroom.server.wire import CONTINUE

if TYPE_CHECKING:
    from strongroom.model.request import Answer, VpcEndpoint
    from strongroom.server.service import Service

# The parser is fed at most this much at a time, so that one read cannot queue requests without bound.
_PIECE: Final = 16 * 1024
_BETWEEN = Phase.BETWEEN
_NOTHING: Final = memoryview(b"")
_UNSET: Final = -1


class Connection(asyncio.Protocol):
    """Reads requests, hands them over one at a time and sends the answers in order.

    A connection that is finished takes no further request: it only waits until what was sent has arrived.
    All times are of `Service.now`.
    """

    __slots__ = (
        "_current",
        "_deadline",
        "_finished",
        "_half_closed",
        "_paused",
        "_reader",
        "_refusal",
        "_service",
        "_source_ip",
        "_stage",
        "_transport",
        "_unread",
        "_vpc_endpoint",
        "_write_deadline",
    )

    _reader: RequestReader
    _transport: asyncio.Transport

    def __init__(self, service: Service, vpc_endpoint: VpcEndpoint | None = None) -> None:
        self._service = service
        self._vpc_endpoint = vpc_endpoint
        self._source_ip = ""
        self._current: Exchange | None = None
        self._refusal: Refusal | None = None
        self._unread = _NOTHING
        self._paused = False
        self._half_closed = False
        self._finished = False
        self._stage = 0
        self._deadline = math.inf
        self._write_deadline = math.inf

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        service = self._service
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are not asyncio's by class
        self._source_ip = _address(transport)
        self._reader = RequestReader(
            service.limits,
            self._source_ip,
            service.budget,
            secure=service.secure,
            vpc_endpoint=self._vpc_endpoint,
        )
        self._deadline = service.now + service.limits.idle_seconds
        service.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the event loop's signature
        """End; answers that still come are dropped."""
        self._finished = True
        self._current = None
        self._unread = _NOTHING
        self._reader.requests.clear()
        self._reader.close()
        self._service.forget(self)

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._finished or self._refusal is not None:
            return
        if self._unread or len(data) > _PIECE:
            self._unread = memoryview(bytes(self._unread) + data)
            self._read_pieces()
        else:
            self._read(data)
        self._proceed()

    def eof_received(self) -> bool:
        """Keep the connection for what the client still waits for."""
        self._half_closed = True
        return not self._finished and (self._current is not None or self._refusal is not None)

    def pause_writing(self) -> None:
        """Hand nothing more over until the client has taken its answers."""
        self._write_deadline = self._service.now + self._service.limits.write_seconds

    def resume_writing(self) -> None:
        """Go on."""
        self._write_deadline = math.inf
        self._proceed()

    # What the handler calls, through an exchange.

    def reply(self, exchange: Exchange, answer: Answer) -> None:
        """Send an answer; it is dropped when the client has gone."""
        if exchange is not self._current:
            return
        self._current = None
        self._reader.release(exchange.request)
        service = self._service
        last = self._half_closed and not self._reader.requests and self._refusal is None
        keep_alive = exchange.keep_alive and not service.draining and not last
        self._transport.write(service.wire.answer(answer, exchange.request.method, keep_alive=keep_alive))
        if not keep_alive:
            self._finish()
            return
        if self._reader.phase is _BETWEEN:
            self._deadline = service.now + service.limits.idle_seconds
        self._proceed()

    def abort(self) -> None:
        """Close at once and drop what was not sent."""
        self._finished = True
        self._current = None
        self._transport.abort()

    # What the service calls.

    @property
    def idle_until(self) -> float | None:
        """When the connection will have been idle for too long; None when it is not idle."""
        if self._finished or self._current is not None or self._reader.phase is not _BETWEEN or self._refusal:
            return None
        return self._deadline

    def check(self, now: float) -> None:
        """Act on the time limits."""
        if now > self._write_deadline:
            self.abort()
        elif not self._is_ours() and (now > self._deadline or self._trickles(now)):
            self._expire()

    def drain(self) -> None:
        """Close if idle; otherwise the next answer is the last."""
        if self.idle_until is not None:
            self._close()

    # One step on, after whatever has happened.

    def _proceed(self) -> None:
        if self._finished:
            return
        if self._unread:
            self._read_pieces()
        if self._current is None and self._write_deadline == math.inf:
            self._next()
        full = bool(self._unread) or self._is_full()
        if full != self._paused:
            self._pause(full)
        self._restart_clock()

    def _next(self) -> None:
        reader = self._reader
        if reader.requests:
            request, keep_alive = reader.requests.popleft()
            self._current = Exchange(request, self, keep_alive=keep_alive)
            self._service.batcher.add(self._current)
        elif self._refusal is not None:
            self._refuse(self._refusal)
        elif reader.awaits_continue:
            reader.awaits_continue = False
            self._stage = _UNSET
            self._transport.write(CONTINUE)

    def _read(self, data: bytes | memoryview) -> None:
        try:
            self._reader.feed(data)
        except Refusal as refusal:
            self._give_up(refusal)

    def _read_pieces(self) -> None:
        while self._unread and not self._is_full():
            piece, self._unread = self._unread[:_PIECE], self._unread[_PIECE:]
            self._read(piece)

    def _is_full(self) -> bool:
        return len(self._reader.requests) > self._service.limits.pipelined

    def _pause(self, full: bool) -> None:  # noqa: FBT001 - a state, not a mode
        self._paused = full
        if full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
            self._stage = _UNSET

    # Time.

    def _is_ours(self) -> bool:
        """Whether the client cannot go on because of the server."""
        return self._paused or self._reader.awaits_continue

    def _restart_clock(self) -> None:
        reader = self._reader
        limits = self._service.limits
        if reader.phase is _BETWEEN:
            if self._current is not None:
                self._deadline = math.inf
        elif reader.stage != self._stage and self._refusal is None:
            self._stage = reader.stage
            seconds = limits.head_seconds if reader.phase is Phase.HEAD else limits.body_seconds
            self._deadline = self._service.now + seconds

    def _trickles(self, now: float) -> bool:
        if self._reader.phase is not Phase.BODY:
            return False
        limits = self._service.limits
        elapsed = now - (self._deadline - limits.body_seconds)
        return elapsed > limits.body_grace_seconds and self._reader.received < limits.body_rate * elapsed

    def _expire(self) -> None:
        if self._transport.is_closing():
            self.abort()
        elif self._finished or self.idle_until is not None:
            self._close()
        else:
            self._give_up(Refusal(408, "The request did not arrive in time"))
            self._proceed()

    # Endings.

    def _give_up(self, refusal: Refusal) -> None:
        """Read no more; the refusal is sent when the requests before it are answered."""
        self._refusal = refusal
        self._unread = _NOTHING
        self._deadline = math.inf

    def _refuse(self, refusal: Refusal) -> None:
        if self._service.record(self._source_ip, refusal):
            self._transport.write(self._service.wire.refusal(refusal))
            self._finish()
        else:
            self.abort()

    def _finish(self) -> None:
        """Say that nothing more will come, and let the client read what was sent.

        Closing while the client still sends would make the kernel reset the connection and the answer be lost.
        """
        self._finished = True
        self._reader.requests.clear()
        self._unread = _NOTHING
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self._deadline = self._service.now + self._service.limits.linger_seconds
        else:
            self._close()
        if self._paused:
            self._pause(full=False)

    def _close(self) -> None:
        self._finished = True
        self._transport.close()
        self._deadline = self._service.now + self._service.limits.write_seconds


def _address(transport: asyncio.BaseTransport) -> str:
    """Give the client's address as policies compare it: IPv4 as IPv4, IPv6 without a zone."""
    peer = transport.get_extra_info("peername")
    if not isinstance(peer, tuple):
        return ""
    address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
