"""Listening sockets."""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from strongroom.model.request import VpcEndpoint


class ListenAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where to listen.

    Attributes:
        host: name or address of this machine.
        port: port, or 0 for one that the kernel chooses.
        vpc_endpoint: the VPC endpoint that the address stands for, or None.
    """

    host: str
    port: int
    vpc_endpoint: VpcEndpoint | None = None


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A listening socket of one worker.

    Attributes:
        sock: the socket; it is bound and listens.
        vpc_endpoint: the VPC endpoint that it stands for, or None.
    """

    sock: socket.socket
    vpc_endpoint: VpcEndpoint | None = None


def open_for_workers(addresses: Sequence[ListenAddress], workers: int) -> list[tuple[Listener, ...]]:
    """Open listeners on all addresses for each worker, in the order of the addresses.

    Raises:
        OSError: as of `open_listeners`; then none stays open.
    """
    with contextlib.ExitStack() as opened:
        by_address = []
        for address in addresses:
            socks = open_listeners(address.host, address.port, workers)
            for sock in socks:
                opened.enter_context(sock)
            by_address.append([Listener(sock=sock, vpc_endpoint=address.vpc_endpoint) for sock in socks])
        opened.pop_all()
    return list(zip(*by_address, strict=True))


def open_listeners(host: str, port: int, count: int) -> list[socket.socket]:
    """Open sockets that share one address; the kernel spreads new connections over them (SO_REUSEPORT).

    Each is bound and listens. With port 0 the kernel chooses a port, which all of them share.

    Raises:
        OSError: the address is taken, also when by another process that would share it; or it is not this machine's.
    """
    family, _, _, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICSERV
    )[0]
    listeners: list[socket.socket] = []
    try:
        listeners.append(_bind_alone(family, address))
        address = listeners[0].getsockname()
        listeners.extend(_bind_beside(family, address) for _ in range(count - 1))
        for listener in listeners:
            listener.listen(socket.SOMAXCONN)
    except OSError as error:
        for listener in listeners:
            listener.close()
        raise _explain(error, host, port) from error
    return listeners


def _open(family: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return listener


def _bind_alone(family: int, address: object) -> socket.socket:
    """Bind without SO_REUSEPORT, which fails when anybody listens there; only then let others in."""
    listener = _open(family)
    _bind(listener, address)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return listener


def _bind_beside(family: int, address: object) -> socket.socket:
    listener = _open(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    _bind(listener, address)
    return listener


def _bind(listener: socket.socket, address: object) -> None:
    try:
        listener.bind(address)  # type: ignore[arg-type]  # of the family's own form
    except OSError:
        listener.close()
        raise


def _explain(error: OSError, host: str, port: int) -> OSError:
    if error.errno == errno.EADDRINUSE:
        return OSError(error.errno, f"{host} port {port} is in use: another process or listener is there")
    return OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}")
