from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import pytest

from strongroom.server.listen import ListenAddress, open_for_workers, open_listeners
from tests.unit.server.support import LOOPBACK, VPC_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def listening(host: str = "127.0.0.1", port: int = 0, count: int = 1) -> Iterator[list[socket.socket]]:
    listeners = open_listeners(host, port, count)
    with contextlib.ExitStack() as stack:
        for listener in listeners:
            stack.enter_context(listener)
        yield listeners


@contextlib.contextmanager
def foreign(*, shared: bool) -> Iterator[int]:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_all_sockets_share_a_chosen_port() -> None:
    with listening(count=3) as listeners:
        ports = {listener.getsockname()[1] for listener in listeners}
        assert len(ports) == 1
        assert ports != {0}


def test_connections_are_spread_over_the_sockets() -> None:
    with listening(count=3) as listeners, contextlib.ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(socket.create_connection(listeners[0].getsockname(), timeout=5))
        for listener in listeners:
            listener.settimeout(5)
            listener.accept()[0].close()


@pytest.mark.parametrize("shared", [True, False])
def test_a_port_where_another_listens_is_refused(shared: bool) -> None:  # noqa: FBT001 - a case
    with foreign(shared=shared) as port:
        with pytest.raises(OSError, match=f"port {port} is in use: another process or listener") as caught:
            open_listeners("127.0.0.1", port, 2)
        assert caught.value.errno == errno.EADDRINUSE


def test_a_second_set_on_the_same_port_is_refused() -> None:
    with listening(count=2) as listeners, pytest.raises(OSError, match="in use"):
        open_listeners("127.0.0.1", listeners[0].getsockname()[1], 2)


def test_a_port_can_be_taken_again_at_once() -> None:
    with listening() as (listener,):
        address = listener.getsockname()
        client = socket.create_connection(address, timeout=5)
        listener.accept()[0].close()  # the server's side closes first and lingers in TIME_WAIT
        assert client.recv(1) == b""
        client.close()
    with listening(port=address[1]):
        pass


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1 port 80"):
        open_listeners("192.0.2.1", 80, 1)


def test_a_failure_closes_what_was_open(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def refuse(family: int, address: object) -> socket.socket:
        opened.append((family, address))
        raise OSError(errno.ENOMEM, "no memory")

    monkeypatch.setattr("strongroom.server.listen._bind_beside", refuse)
    with pytest.raises(OSError, match="no memory"):
        open_listeners("127.0.0.1", 0, 2)
    ((_, address),) = opened
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)  # type: ignore[arg-type]  # of the family's own form


def test_each_worker_gets_a_listener_on_each_address() -> None:
    addresses = [LOOPBACK, ListenAddress(host="127.0.0.1", port=0, vpc_endpoint=VPC_ENDPOINT)]
    by_worker = open_for_workers(addresses, 3)
    ports = [[listener.sock.getsockname()[1] for listener in listeners] for listeners in by_worker]
    assert len(ports) == 3
    assert ports[0] == ports[1] == ports[2]
    assert len(set(ports[0])) == 2
    for listeners in by_worker:
        assert [listener.vpc_endpoint for listener in listeners] == [None, VPC_ENDPOINT]
        for listener in listeners:
            listener.sock.close()


def test_an_address_that_is_taken_closes_the_listeners_on_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []

    def noted(host: str, port: int, count: int) -> list[socket.socket]:
        socks = open_listeners(host, port, count)
        opened.extend(socks)
        return socks

    monkeypatch.setattr("strongroom.server.listen.open_listeners", noted)
    with foreign(shared=False) as port:
        with pytest.raises(OSError, match=f"port {port} is in use"):
            open_for_workers([LOOPBACK, ListenAddress(host="127.0.0.1", port=port)], 2)
        assert [sock.fileno() for sock in opened] == [-1, -1]
