"""Listening sockets."""

from __future__ import annotations

import errno
import socket


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
        return OSError(error.errno, f"{host} port {port} is in use: another process listens there")
    return OSError(error.errno, f"cannot listen on {host} port {port}: {error.strerror}")
