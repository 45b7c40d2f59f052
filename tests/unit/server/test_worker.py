from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from strongroom.model.request import VpcEndpoint
from strongroom.server import worker
from strongroom.server.limits import Limits
from strongroom.server.listen import ListenAddress, Listener, open_for_workers
from tests.unit.server.support import (
    LOOPBACK,
    VPC_ENDPOINT,
    EchoHandler,
    ThreadedServer,
    echo,
    read_all,
    read_replies,
    replies,
    request,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator

PLAIN = request(b"a")
PARK = request(b"", "/park")


@contextlib.contextmanager
def listening(*addresses: ListenAddress) -> Iterator[tuple[Listener, ...]]:
    (listeners,) = open_for_workers(addresses or (LOOPBACK,), 1)
    with contextlib.ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener.sock)
        yield listeners


def run_in_main_thread(handler: EchoHandler, limits: Limits, client: threading.Thread) -> int:
    with listening() as listeners:
        code = worker.run_worker_loop(listeners, lambda _: handler, limits, client.start)
    client.join()
    return code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_the_worker(number: signal.Signals) -> None:
    client = threading.Thread(target=os.kill, args=(os.getpid(), number))
    assert run_in_main_thread(EchoHandler(), Limits(), client) == 0


def test_requests_in_flight_are_finished() -> None:
    with ThreadedServer() as server, server.connect() as busy, server.connect() as idle:
        idle.sendall(PLAIN)
        read_replies(idle, 1)
        parked = threading.Event()
        server.handler.on_park = parked.set
        busy.sendall(PARK)
        assert parked.wait(10)
        server.stop()
        assert read_all(idle) == b""
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        exchange = server.handler.parked[0]
        server.call(lambda: exchange.answer(echo(exchange.request)))
        (reply,) = replies(read_all(busy))
        assert reply.headers["connection"] == "close"
    assert server.drained


def test_requests_carry_the_vpc_endpoint_of_their_listener() -> None:
    other = VpcEndpoint(endpoint_id="vpce-5e6f7a8b", vpc_id=None)
    last = request(b"", "/", "POST", "Connection: close")
    with ThreadedServer(vpc_endpoints=[VPC_ENDPOINT, other]) as server:
        for port in (server.vpc_ports[1], server.port, server.vpc_ports[0]):
            with server.connect(port) as client:
                client.sendall(PLAIN + last)
                assert [reply.status for reply in replies(read_all(client))] == [200, 200]
    assert [asked.vpc_endpoint for asked in server.handler.requests] == [other] * 2 + [None] * 2 + [VPC_ENDPOINT] * 2
    assert server.drained


def test_the_limit_of_connections_is_one_for_all_listeners() -> None:
    with ThreadedServer(vpc_endpoints=[VPC_ENDPOINT], connections=1) as server, server.connect() as first:
        first.sendall(PLAIN)
        read_replies(first, 1)
        with server.connect(server.vpc_ports[0]) as second:
            second.sendall(PLAIN)
            read_replies(second, 1)
            assert read_all(first) == b""


def test_stopping_closes_the_listeners_of_vpc_endpoints() -> None:
    with ThreadedServer(vpc_endpoints=[VPC_ENDPOINT]) as server, server.connect(server.vpc_ports[0]) as busy:
        parked = threading.Event()
        server.handler.on_park = parked.set
        busy.sendall(PARK)
        assert parked.wait(10)
        with server.connect() as idle:
            idle.sendall(PLAIN)
            read_replies(idle, 1)
            server.stop()
            assert read_all(idle) == b""
        with pytest.raises(ConnectionRefusedError):
            server.connect(server.vpc_ports[0])
        exchange = server.handler.parked[0]
        server.call(lambda: exchange.answer(echo(exchange.request)))
        (reply,) = replies(read_all(busy))
        assert reply.headers["connection"] == "close"
    assert server.drained


def test_a_listener_that_cannot_be_served_ends_the_worker() -> None:
    with listening(LOOPBACK, LOOPBACK) as listeners:
        listeners[1].sock.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            worker.run_worker_loop(listeners, lambda _: EchoHandler(), Limits(), lambda: None)


def test_requests_that_take_too_long_are_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    with ThreadedServer(drain_seconds=0.05) as server, server.connect() as client:
        client.sendall(PARK)
        while not server.handler.parked:
            time.sleep(0.001)
        server.stop()
        assert read_all(client) == b""
        server.join()
    assert server.drained is False
    assert "Requests were cut off" in caplog.text


def test_a_worker_that_cut_requests_off_says_so_by_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cut(_service: object) -> bool:
        return False

    monkeypatch.setattr(worker, "_drain", cut)
    client = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM))
    assert run_in_main_thread(EchoHandler(), Limits(), client) == 1


def test_a_worker_whose_sweeps_fail_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    clients: list[socket.socket] = []

    def fail() -> bool:
        if clients:
            raise RuntimeError("on request")
        clients.append(socket.create_connection(listeners[0].sock.getsockname(), timeout=5))
        return False

    monkeypatch.setattr(worker, "is_orphaned", fail)
    with listening() as listeners, pytest.raises(ExceptionGroup) as caught:
        worker.run_worker_loop(listeners, lambda _: EchoHandler(), Limits(sweep_seconds=0.01), lambda: None)
    assert caught.group_contains(RuntimeError, match="on request")
    with clients[0] as client:
        assert read_all(client) == b""


def test_failures_in_the_loop_are_logged_without_their_message(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError("a secret")

    def make_handler(loop: asyncio.AbstractEventLoop) -> EchoHandler:
        loop.call_soon(fail)
        loop.call_soon(loop.call_exception_handler, {"message": "something else"})
        return EchoHandler()

    client = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGTERM))
    with listening() as listeners:
        assert worker.run_worker_loop(listeners, make_handler, Limits(), client.start) == 0
    client.join()
    assert "ValueError" in caplog.text
    assert "something else: no exception" in caplog.text
    assert "a secret" not in caplog.text.replace('raise ValueError("a secret")', "")


def test_an_orphan_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "is_orphaned", lambda: True)
    with ThreadedServer() as server:
        server.join()
    assert server.drained


@pytest.mark.parametrize(("files", "connections"), [(resource.RLIM_INFINITY, 500), (10_000, 500), (166, 100), (10, 1)])
def test_connections_fit_into_what_may_be_opened(monkeypatch: pytest.MonkeyPatch, files: int, connections: int) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert worker._fit(Limits(connections=500), listeners=2).connections == connections  # noqa: SLF001
