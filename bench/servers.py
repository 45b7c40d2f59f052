"""The servers that are compared, each started afresh on one core."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from botocore.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

_BIN = Path(sys.executable).parent
_BENCH_BIN = Path(__file__).parent.parent / ".venv-bench" / "bin"
_START_SECONDS = 60.0


class Server(NamedTuple):
    """A running server."""

    endpoint: str
    credentials: Credentials
    start_seconds: float
    process: subprocess.Popen[bytes]

    def memory_mb(self) -> float:
        """Give the resident memory of all its processes, pages that they share counted once (PSS)."""
        return sum(_pss_kb(pid) for pid in _family(self.process.pid)) / 1024


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _pss_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


@contextmanager
def _running(command: list[str], port: int, core: int, credentials: Credentials) -> Iterator[Server]:
    began = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", str(core), *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process, began)
        yield Server(f"http://127.0.0.1:{port}", credentials, time.perf_counter() - began, process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], began: float) -> None:
    """Wait for the first answer of any kind."""
    while time.perf_counter() - began < _START_SECONDS:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                if connection.recv(1):
                    return
        except OSError:
            pass
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"{process.args!r} did not start")


def free_port() -> int:
    """Give a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def strongroom(core: int) -> Iterator[Server]:
    """Strongroom with one worker and everything on."""
    data = Path(tempfile.mkdtemp(prefix="strongroom-bench-"))
    try:
        made = subprocess.run(
            [_BIN / "strongroom", "init", "--data", data, "--json"], capture_output=True, check=True
        ).stdout
        fields = json.loads(made)
        port = free_port()
        command = [str(_BIN / "strongroom"), "serve", "--data", str(data), "--workers", "1", "--listen"]
        credentials = Credentials(fields["access_key_id"], fields["secret_access_key"])
        with _running([*command, f"127.0.0.1:{port}"], port, core, credentials) as server:
            yield server
    finally:
        shutil.rmtree(data)


@contextmanager
def moto(core: int) -> Iterator[Server]:
    """Moto's own server, which checks neither signatures nor policies."""
    port = free_port()
    command = [str(_BENCH_BIN / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port, core, Credentials("bench", "bench")) as server:
        yield server


@contextmanager
def echo(core: int) -> Iterator[Server]:
    """The bare echo of a body on the same runtime: what HTTP alone costs."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).parent / "echo_server.py"), "--port", str(port)]
    with _running(command, port, core, Credentials("bench", "bench")) as server:
        yield server


SERVERS: dict[str, Callable[[int], AbstractContextManager[Server]]] = {
    "moto": moto,
    "strongroom": strongroom,
    "echo": echo,
}


def cores() -> tuple[int, int]:
    """Give the core of the server and that of the load. Raises RuntimeError when there are not two."""
    available = sorted(os.sched_getaffinity(0))
    if len(available) < len(("server", "load")):
        raise RuntimeError("two cores are needed: one for the server and one for the load")
    return available[0], available[1]
