from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from strongroom.server.listen import ListenAddress
from strongroom.server.slot import Slot
from strongroom.server.supervisor import Supervisor
from tests.unit.server.support import LOOPBACK, read_all, replies, request

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).with_name("supervised.py")
PATIENCE = 20.0


def eventually(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


class Supervised:
    """The script, running."""

    def __init__(self, kind: str, workers: int) -> None:
        self._command = [sys.executable, str(SCRIPT), kind, str(workers), "0", "0"]
        self.port = self.vpc_port = 0

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(  # noqa: S603 - this test's own script
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        # Nothing is said by one that cannot start.
        self.port, self.vpc_port = map(int, self.process.stdout.readline().split() or (0, 0))
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.communicate(timeout=PATIENCE)

    def open(self, path: str, port: int | None = None) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", port or self.port), timeout=PATIENCE)
        client.sendall(request(b"", path, "POST", "Connection: close"))
        return client

    def ask(self, path: str = "/") -> int:
        """Ask a worker for its process id; 0 when the connection was cut."""
        with self.open(path) as client:
            answered = replies(read_all(client))
        return int(answered[0].body) if answered else 0

    def pids(self, count: int) -> set[int]:
        """Ask until so many workers have answered."""
        seen: set[int] = set()

        def enough() -> bool:
            seen.add(self.ask())
            return len(seen) >= count

        eventually(enough)
        return seen

    def end(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


def test_all_workers_serve_one_port() -> None:
    with Supervised("serve", 2) as server:
        assert len(server.pids(2)) == 2


def test_all_workers_serve_the_port_of_a_vpc_endpoint() -> None:
    with Supervised("serve", 2) as server:
        pids = server.pids(2)
        seen: set[int] = set()

        def enough() -> bool:
            with server.open("/", server.vpc_port) as client:
                (reply,) = replies(read_all(client))
            name, pid = reply.body.split()
            assert name == b"vpce-1a2b3c4d"
            seen.add(int(pid))
            return len(seen) >= 2

        eventually(enough)
        assert seen == pids
        server.process.terminate()
        assert server.end() == (0, "")
        with pytest.raises(ConnectionRefusedError):
            server.open("/", server.vpc_port)


def test_a_killed_worker_is_replaced_and_its_queue_served() -> None:
    with Supervised("serve", 1) as server:
        (before,) = server.pids(1)
        os.kill(before, signal.SIGSTOP)
        queued = server.open("/")  # in the accept queue of a worker that will never take it
        os.kill(before, signal.SIGKILL)
        with queued:
            (reply,) = replies(read_all(queued))
        assert int(reply.body) != before
        assert server.ask("/die") == 0
        assert server.ask() not in {0, before, int(reply.body)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_lets_requests_in_flight_finish(number: signal.Signals) -> None:
    with Supervised("serve", 2) as server, server.open("/slow") as client:
        time.sleep(0.1)
        server.process.send_signal(number)
        time.sleep(0.1)
        server.process.send_signal(number)
        (reply,) = replies(read_all(client))
        assert reply.headers["connection"] == "close"
        assert server.end() == (0, "")
        with pytest.raises(ConnectionRefusedError):
            server.ask()


def test_workers_end_with_a_killed_supervisor() -> None:
    with Supervised("serve", 2) as server:
        pids = server.pids(2)
        server.process.kill()
        eventually(lambda: not any(map(is_running, pids)))


def test_a_hangup_replaces_the_workers_one_by_one() -> None:
    with Supervised("serve", 2) as server:
        before = server.pids(2)
        server.process.send_signal(signal.SIGHUP)
        now: set[int] = set()

        def replaced() -> bool:
            now.add(server.ask())
            return len(now - before) == 2

        eventually(replaced)
        eventually(lambda: not any(map(is_running, before)))
        server.process.terminate()
        assert server.end() == (0, "")
        assert 0 not in now


def test_a_worker_is_replaced_only_when_all_are_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    stopped: list[int] = []

    def stop(slot: Slot, _kill_at: float) -> None:
        stopped.append(slot.index)
        slot.ready = False

    monkeypatch.setattr(Slot, "stop", stop)
    supervisor = Supervisor([LOOPBACK], 2, lambda *_: 0)
    first, second = supervisor._slots  # noqa: SLF001 - one step of its loop
    first.ready = second.ready = True
    supervisor._obey({signal.SIGHUP})  # noqa: SLF001
    for ready, so_far in ((True, [0]), (False, [0]), (True, [0, 1]), (True, [0, 1])):
        first.ready = ready
        supervisor._replace_next()  # noqa: SLF001
        assert stopped == so_far
    for slot in (first, second):
        slot.close()


def test_a_worker_that_cannot_start_ends_the_supervisor() -> None:
    with Supervised("fail", 1) as server:
        code, errors = server.end()
    assert code == 1
    assert errors.count("RuntimeError: on request: 0, [True, True], True") == 5
    assert "A worker failed to start 5 times" in errors


def test_a_worker_that_does_not_end_is_killed() -> None:
    with Supervised("ignore", 1) as server:
        server.process.terminate()
        code, errors = server.end()
    assert code == 0
    assert "Worker 0 did not end in time and is killed" in errors


def test_a_taken_address_is_refused() -> None:
    with Supervised("serve", 1) as server, pytest.raises(OSError, match=f"port {server.port} is in use"):
        Supervisor([LOOPBACK, ListenAddress(host="127.0.0.1", port=server.port)], 1, lambda *_: 0)
