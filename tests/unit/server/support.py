"""What the tests of the server share: a handler that echoes, a loop without sockets, and a server in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self, cast

import httptools
import uvloop

from strongroom.model.request import Answer, VpcEndpoint
from strongroom.server.limits import Limits
from strongroom.server.listen import ListenAddress, open_for_workers
from strongroom.server.service import Service
from strongroom.server.worker import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from strongroom.model.request import Request
    from strongroom.server.connection import Connection
    from strongroom.server.exchange import Exchange

REQUEST_ID = "11111111-2222-3333-4444-555555555555"
VPC_ENDPOINT = VpcEndpoint(endpoint_id="vpce-1a2b3c4d", vpc_id="vpc-0a1b2c3d")
LOOPBACK = ListenAddress(host="127.0.0.1", port=0)
PLAIN = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"


def request(body: bytes = b"", path: str = "/", method: str = "POST", *fields: str) -> bytes:
    """Render a plain request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: kms.example", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def echo(asked: Request) -> Answer:
    """Answer with the request's body."""
    return Answer(status=200, body=asked.body, content_type="text/plain", request_id=REQUEST_ID)


@dataclass
class EchoHandler:
    """Echoes; does otherwise for some paths."""

    recordable: bool = True
    batches: list[list[Request]] = field(default_factory=list)
    parked: list[Exchange] = field(default_factory=list)
    refusals: list[tuple[str, int, str]] = field(default_factory=list)
    on_park: Callable[[], None] = lambda: None

    @property
    def requests(self) -> list[Request]:
        return [each for batch in self.batches for each in batch]

    def handle(self, exchanges: list[Exchange]) -> None:
        self.batches.append([each.request for each in exchanges])
        for exchange in exchanges:
            self._handle(exchange)

    def _handle(self, exchange: Exchange) -> None:
        path = exchange.request.path
        if path == "/park":
            self.parked.append(exchange)
            self.on_park()
        elif path == "/abandon":
            exchange.abandon()
        elif path == "/raise":
            raise RuntimeError("on request")
        else:
            exchange.answer(echo(exchange.request))

    def malformed(self, source_ip: str, answer_status: int, reason: str) -> bool:
        if reason == "raise":
            raise RuntimeError("on request")
        self.refusals.append((source_ip, answer_status, reason))
        return self.recordable


class FakeLoop:
    """Runs callbacks when told to, at a time that is set."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waiting: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[[], None]) -> None:
        self.waiting.append(callback)


class FakeTransport:
    """Notes what is done to it."""

    def __init__(self, *, half_closes: bool = True, peer: object = ("192.0.2.7", 5)) -> None:
        self.sent = b""
        self.ended = self.closed = self.aborted = self.paused = False
        self._half_closes = half_closes
        self._peer = peer

    def get_extra_info(self, name: str) -> object:
        assert name == "peername"
        return self._peer

    def write(self, data: bytes) -> None:
        assert [self.ended, self.closed, self.aborted] == [False] * 3
        self.sent += data

    def can_write_eof(self) -> bool:
        return self._half_closes

    def write_eof(self) -> None:
        self.ended = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed or self.aborted

    def abort(self) -> None:
        self.aborted = True

    def pause_reading(self) -> None:
        assert not self.paused
        self.paused = True

    def resume_reading(self) -> None:
        assert self.paused
        self.paused = False


class Rig:
    """A service without sockets, with its time in the test's hands."""

    def __init__(self, handler: EchoHandler | None = None, **limits: Any) -> None:  # noqa: ANN401 - of any limit's type
        self.loop = FakeLoop()
        self.handler = handler or EchoHandler()
        self.service = Service(cast("asyncio.AbstractEventLoop", self.loop), self.handler, Limits(**limits))

    def connect(
        self, transport: FakeTransport | None = None, vpc_endpoint: VpcEndpoint | None = None
    ) -> tuple[Connection, FakeTransport]:
        transport = transport or FakeTransport()
        connection = self.service.connect(vpc_endpoint)
        connection.connection_made(cast("asyncio.Transport", transport))
        return connection, transport

    def turn(self) -> None:
        """Run what is waiting, and what that brings."""
        while self.loop.waiting:
            waiting, self.loop.waiting = self.loop.waiting, []
            for callback in waiting:
                callback()

    def advance(self, seconds: float) -> None:
        """Let time pass and sweep."""
        self.loop.now += seconds
        self.service.sweep()
        self.turn()


@dataclass
class Reply:
    """An answer as a client reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


class _ReplyReader:
    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self._headers: dict[str, str] = {}
        self._body = b""
        self.parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.replies.append(Reply(self.parser.get_status_code(), self._headers, self._body))
        self._headers, self._body = {}, b""


def replies(data: bytes) -> list[Reply]:
    """Read all answers in a client's input."""
    reader = _ReplyReader()
    reader.parser.feed_data(data)
    return reader.replies


def read_all(client: socket.socket) -> bytes:
    """Read until the server ends the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(65536):
            data += piece
    return data


def read_replies(client: socket.socket, count: int) -> list[Reply]:
    """Read so many answers from a connection that stays open."""
    reader = _ReplyReader()
    while len(reader.replies) < count:
        piece = client.recv(65536)
        assert piece, "the server has closed the connection"
        reader.parser.feed_data(piece)
    return reader.replies


class ThreadedServer:
    """A worker's loop in a thread, on free ports: one of its own, and one for each VPC endpoint."""

    def __init__(
        self,
        handler: EchoHandler | None = None,
        vpc_endpoints: Sequence[VpcEndpoint] = (),
        **limits: Any,  # noqa: ANN401 - of any limit's type
    ) -> None:
        self.handler = handler or EchoHandler()
        self.drained: bool | None = None
        self._limits = Limits(**{"sweep_seconds": 0.02, **limits})
        vpc_addresses = [ListenAddress(host="127.0.0.1", port=0, vpc_endpoint=each) for each in vpc_endpoints]
        (self._listeners,) = open_for_workers([LOOPBACK, *vpc_addresses], 1)
        self.port, *self.vpc_ports = (listener.sock.getsockname()[1] for listener in self._listeners)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._loop: asyncio.AbstractEventLoop
        self._stop: asyncio.Event

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join()
        for listener in self._listeners:
            listener.sock.close()

    def connect(self, port: int | None = None) -> socket.socket:
        return socket.create_connection(("127.0.0.1", port or self.port), timeout=10)

    def talk(self, data: bytes) -> bytes:
        """Send bytes on a new connection and read until the server closes it."""
        with self.connect() as client:
            client.sendall(data)
            return read_all(client)

    def call(self, callback: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(callback)

    def stop(self) -> None:
        with contextlib.suppress(RuntimeError):  # stopped already
            self._loop.call_soon_threadsafe(self._stop.set)

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            self._loop = runner.get_loop()
            self.drained = runner.run(self._serve())

    async def _serve(self) -> bool:
        self._stop = asyncio.Event()
        return await serve(self._listeners, self.handler, self._limits, self._ready.set, self._stop)
