"""What the kernel knows of a server: its sockets, and its waiting for a lock."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESTABLISHED = "01"


@contextmanager
def write_lock(data: Path) -> Iterator[None]:
    """Keep all changes of an installation waiting."""
    with closing(sqlite3.connect(data / "strongroom.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


class _Socket(NamedTuple):
    local_port: int
    remote_port: int
    state: str
    unread: int
    inode: int  # 0 until it is accepted


def _sockets() -> Iterator[_Socket]:
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        local, remote, state, queues, inode = fields[1], fields[2], fields[3], fields[4], fields[9]
        yield _Socket(_port(local), _port(remote), state, int(queues.partition(":")[2], 16), int(inode))


def _port(address: str) -> int:
    return int(address.rpartition(":")[2], 16)


def has_read(port: int, client_port: int) -> bool:
    """Tell whether the server of a port has taken all that came from a client's port."""
    return any(
        each.unread == 0 and each.inode != 0
        for each in _sockets()
        if (each.local_port, each.remote_port, each.state) == (port, client_port, _ESTABLISHED)
    )


def has_accepted(port: int) -> bool:
    """Tell whether the server of a port has a connection."""
    return any(each.inode != 0 for each in _sockets() if (each.local_port, each.state) == (port, _ESTABLISHED))
