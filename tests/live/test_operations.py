"""Starting, stopping, restarting and shedding."""

from __future__ import annotations

import os
import signal
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Self

import pytest

from tests.support.kernel import has_read, write_lock
from tests.support.live import kill_and_wait, run, run_json, wait_until
from tests.support.wire import connected

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

    from tests.live.conftest import Launch
    from tests.support.live import Server

CLIENTS = 4
IDLE = 10
SLOW = 40
HEAD_SECONDS = 10.0
SWEEPS = 3.0


class Callers:
    """Clients that call again and again, as the SDKs do."""

    def __init__(self, server: Server) -> None:
        self._finish = threading.Event()
        self.calls = 0
        self.errors: list[Exception] = []
        clients = [server.boto3(attempts=5) for _ in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._call, args=(client,)) for client in clients]

    def _call(self, kms: KMSClient) -> None:
        while not self._finish.is_set():
            try:
                kms.generate_random(NumberOfBytes=1)
            except Exception as error:  # noqa: BLE001 - of whatever kind
                self.errors.append(error)
            self.calls += 1

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._finish.set()
        for thread in self._threads:
            thread.join()

    def wait_for_calls(self, number: int = 20) -> None:
        already = self.calls
        wait_until(lambda: self.calls >= already + number, "calls")


def test_a_killed_worker_is_replaced(launch: Launch) -> None:
    server = launch()
    before = set(server.worker_pids())
    assert len(before) == 2
    with Callers(server) as callers:
        callers.wait_for_calls()
        server.kill_worker(0)
        callers.wait_for_calls()
    assert callers.errors == []
    assert len(before & set(server.worker_pids())) == 1
    assert "ended with code -9" in server.read_log()


def test_workers_end_with_a_killed_supervisor(launch: Launch) -> None:
    server = launch()
    kill_and_wait(server.worker_pids(), lambda: os.kill(server.pid, signal.SIGKILL))
    assert server.wait() == -signal.SIGKILL
    server.start()
    assert server.boto3().list_keys()["Keys"] == []


def test_a_change_in_flight_is_finished_before_the_server_stops(launch: Launch) -> None:
    server = launch()
    with (
        connected(server.endpoint, server.login, CLIENTS) as wires,
        connected(server.endpoint, server.login, IDLE) as idle,
    ):
        for wire in idle:
            wire.done("GenerateRandom", NumberOfBytes=1)
        with write_lock(server.data):
            for wire in wires:
                wire.send(wire.sign("CreateKey"))
                wait_until(partial(has_read, server.port, wire.own_port), "the server to read")
            server.process.terminate()
            # Idle connections are closed, which tells that the workers are stopping.
            assert {wire.connection.sock.recv(1) for wire in idle} == {b""}
        replies = [wire.receive() for wire in wires]
    assert {reply.status for reply in replies} == {200}
    assert server.wait() == 0
    server.start()
    made = {reply.body["KeyMetadata"]["KeyId"] for reply in replies}
    assert {key["KeyId"] for key in server.boto3().list_keys()["Keys"]} == made


@pytest.mark.parametrize("command", ["serve", "dev"])
def test_a_data_folder_is_served_once(launch: Launch, command: str) -> None:
    server = launch(dev=command == "dev")
    second = run(command, "--data", server.data, "--listen", "127.0.0.1:0")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == (
        f"strongroom: {server.data} is being served already (process {server.pid}, {server.endpoint}); "
        "stop that server first\n"
    )
    assert server.boto3().list_keys()["Keys"] == []


def test_a_port_is_served_once(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    other = tmp_path / "other"
    run_json("init", "--data", other)
    second = run("serve", "--data", other, "--listen", f"127.0.0.1:{server.port}")
    assert (second.returncode, second.stdout) == (1, "")
    assert f"127.0.0.1 port {server.port} is in use: another process or listener is there" in second.stderr
    assert server.boto3().list_keys()["Keys"] == []


def test_a_reload_keeps_serving(launch: Launch) -> None:
    server = launch()
    before = set(server.worker_pids())
    with Callers(server) as callers:
        callers.wait_for_calls()
        os.kill(server.pid, signal.SIGHUP)
        wait_until(lambda: len(after := set(server.worker_pids())) == 2 and not before & after, "new workers")
        callers.wait_for_calls()
    assert callers.errors == []


def sent(server: Server, data: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.sendall(data)
    return connection


def answer(connection: socket.socket) -> bytes:
    """Give what comes until the server closes the connection."""
    with connection:
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX-Filler: " + b"x" * 20_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), b"400"),
    ],
)
def test_what_is_oversized_or_not_http_is_refused_and_recorded(server: Server, request_: bytes, status: bytes) -> None:
    before = sum(map(len, server.trail().values()))
    reply = answer(sent(server, request_))
    assert reply.startswith(b"HTTP/1.1 " + status)
    assert b"Traceback" not in reply
    records = [each for file in server.trail().values() for each in file]
    assert len(records) == before + 1
    assert f"HTTP {status.decode()}" in {each.get("errorCode") for each in records}
    assert server.boto3().list_keys()["Keys"] == []


def test_slow_and_half_open_requests_are_shed_while_others_are_served(server: Server) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Le"
    slow = [sent(server, head) for _ in range(SLOW)]
    silent = [sent(server, b"") for _ in range(SLOW)]
    half = [sent(server, head) for _ in range(SLOW)]
    for connection in half:
        connection.shutdown(socket.SHUT_WR)
    # These can never be completed, so they are closed at once.
    assert not any(answer(connection).startswith(b"HTTP/1.1 200") for connection in half)
    gone = [sent(server, head) for _ in range(SLOW)]
    for connection in gone:
        connection.close()
    with Callers(server) as callers:
        callers.wait_for_calls(100)
        for connection in slow:
            connection.settimeout(HEAD_SECONDS + SWEEPS)
            assert answer(connection).startswith(b"HTTP/1.1 408")
    assert callers.errors == []
    for connection in silent:
        connection.close()
