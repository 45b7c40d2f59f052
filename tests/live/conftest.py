"""Servers that the tests start, stop and kill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from tests.support.live import Login, Server, run_json, shows_traceback
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

ACCOUNT = "111122223333"


class Tell(Protocol):
    """Shows a line among the test results, whatever is captured."""

    def __call__(self, line: str) -> None: ...


class Launch(Protocol):
    """Makes an installation and serves it."""

    def __call__(self, *flags: str | Path, workers: int = 2, dev: bool = False, demo: bool = False) -> Server: ...


class Launcher:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._servers: list[Server] = []

    def __call__(self, *flags: str | Path, workers: int = 2, dev: bool = False, demo: bool = False) -> Server:
        data = self._folder / f"data{len(self._servers)}"
        if dev:
            server = Server(data, Login("", ""), command="dev", workers=workers)
            flags = ("--account-id", ACCOUNT, *(() if demo else ("--no-demo",)), *flags)
        else:
            root_key = flags[flags.index("--root-key-file") :][:2] if "--root-key-file" in flags else ()
            made = run_json("init", "--data", data, "--account-id", ACCOUNT, *root_key)
            server = Server(data, Login(made["access_key_id"], made["secret_access_key"]), workers=workers)
        self._servers.append(server)
        server.start(*flags)
        return server

    def finish(self) -> None:
        """Stop what still runs; however a server ended, it logged no traceback."""
        codes = [server.stop() for server in self._servers if server.running]
        logs = [server.read_log() for server in self._servers]
        assert not any(codes), logs
        assert not any(shows_traceback(log) for log in logs), logs


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """Start servers of this test's own."""
    launcher = Launcher(tmp_path)
    yield launcher
    launcher.finish()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for all tests of a module that leave it running."""
    launcher = Launcher(tmp_path_factory.mktemp("live"))
    yield launcher()
    launcher.finish()


@pytest.fixture
def kms(server: Server) -> KMSClient:
    """A boto3 client of the module's server."""
    return server.boto3()


@pytest.fixture
def wire(server: Server) -> Iterator[Wire]:
    """A connection to the module's server."""
    with Wire(server.endpoint, server.login) as wire:
        yield wire


@pytest.fixture
def tell(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> Tell:
    """What was counted is to be seen where the tests run."""
    reporter = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    assert reporter is not None

    def write(line: str) -> None:
        with capsys.disabled():
            reporter.write(f"\n{line}\n")

    return write
