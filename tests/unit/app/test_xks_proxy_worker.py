"""A worker of an XKS proxy speaks TLS only, keeps its trail, and ends when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import ssl
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from strongroom.app import xks_proxy_serve as serve_module
from strongroom.app import xks_proxy_worker as module
from strongroom.app.data_folder import InstallationError, ServeLock
from strongroom.app.installation import load_root_key
from strongroom.app.xks_proxy_serve import LOCK_NAME, ProxyServeSettings, serve_xks_proxy
from strongroom.app.xks_proxy_settings import FILE_NAME
from strongroom.app.xks_proxy_tls import TlsSettings, server_tls
from strongroom.app.xks_proxy_worker import Serving, run_xks_proxy_worker
from strongroom.audit.trail import TrailFile
from strongroom.server import Limits, Listener
from strongroom.storage.store import StoreError
from tests.unit.authn.oidc_support import Authority, issue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from strongroom.server.exchange import Exchange
    from tests.support.in_process import InProcess

LIMITS = Limits(drain_seconds=0.2)
CLIENT = "cks.kms.us-east-2.amazonaws.com"


def pem(key: Authority, encryption: KeySerializationEncryption | None = None) -> bytes:
    return key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


class Files(NamedTuple):
    """What a proxy shows, and what its clients trust."""

    tls: TlsSettings
    ca: Path


@pytest.fixture
def files(tmp_path: Path) -> Files:
    ca = issue("Test CA")
    shown = issue("localhost", ca, ("localhost",))
    (tmp_path / "ca.pem").write_bytes(ca.pem)
    (tmp_path / "proxy.pem").write_bytes(shown.pem)
    (tmp_path / "proxy.key").write_bytes(pem(shown))
    tls = TlsSettings(certificate=tmp_path / "proxy.pem", private_key=tmp_path / "proxy.key")
    return Files(tls, tmp_path / "ca.pem")


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield Listener(sock=sock)


class Echo:
    """Says that it heard something, or keeps it waiting."""

    def __init__(self) -> None:
        self.heard: list[Exchange] = []
        self.has_heard = asyncio.Event()
        self.broken: list[str] = []

    def handle(self, exchanges: list[Exchange]) -> None:
        self.heard.extend(exchanges)
        self.has_heard.set()

    def malformed(self, _source_ip: str, _status: int, reason: str) -> bool:
        self.broken.append(reason)
        return False


async def ask(port: int, tls: ssl.SSLContext, content: bytes) -> bytes:
    """Send something; gives what comes back until the connection ends."""
    reader, writer = await asyncio.open_connection("localhost", port, ssl=tls)
    try:
        writer.write(content)
        return await reader.read()
    finally:
        writer.close()


def client_tls(files: Files) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.ca)


def port_of(listener: Listener) -> int:
    port: int = listener.sock.getsockname()[1]
    return port


def while_serving(serving: Serving, handler: Echo, act: Callable[[], object]) -> bool:
    """Serve for as long as something else is done; tells whether all was answered."""

    async def run() -> bool:
        stop, ready = asyncio.Event(), asyncio.Event()
        served = asyncio.create_task(serving.run(handler, ready.set, stop))
        await ready.wait()
        done = act()
        if asyncio.iscoroutine(done):
            await done
        stop.set()
        return await served

    return asyncio.run(run())


def test_tls_needs_files_that_can_be_used(files: Files, tmp_path: Path) -> None:
    assert server_tls(files.tls).minimum_version is ssl.TLSVersion.TLSv1_2
    sealed = tmp_path / "sealed.key"
    sealed.write_bytes(pem(issue("localhost", None, ("localhost",)), BestAvailableEncryption(b"passphrase")))
    for name, path in (
        ("certificate", tmp_path / "absent.pem"),
        ("private_key", sealed),
        ("private_key", files.ca),
        ("client_ca", tmp_path / "proxy.key"),
    ):
        with pytest.raises(InstallationError, match=f"TLS cannot be set up with .*{path.name}"):
            server_tls(msgspec.structs.replace(files.tls, **{name: path}))


def test_requests_come_over_tls(files: Files, listener: Listener) -> None:
    echo = Echo()

    async def act() -> None:
        asking = asyncio.create_task(
            ask(port_of(listener), client_tls(files), b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
        )
        await echo.has_heard.wait()
        echo.heard[0].abandon()
        with contextlib.suppress(ConnectionError):
            assert await asking == b""

    assert while_serving(Serving([listener], files.tls, LIMITS), echo, act)
    assert (echo.heard[0].request.path, echo.heard[0].request.secure) == ("/a", True)


def test_what_is_in_flight_is_cut_off_when_it_takes_too_long(files: Files, listener: Listener) -> None:
    echo = Echo()
    asked: list[asyncio.Task[bytes]] = []

    async def act() -> None:
        asked.append(
            asyncio.create_task(
                ask(port_of(listener), client_tls(files), b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n")
            )
        )
        await echo.has_heard.wait()

    assert not while_serving(Serving([listener], files.tls, LIMITS), echo, act)


@pytest.mark.parametrize(
    ("name", "authority", "heard"),
    [
        (CLIENT, "Client CA", True),
        ("another.example", "Client CA", False),
        (CLIENT, "Another CA", False),
        (None, "Client CA", False),
    ],
    ids=["right", "another-name", "another-ca", "none"],
)
def test_clients_show_the_certificate_that_is_asked_for(
    files: Files, listener: Listener, name: str | None, authority: str, *, heard: bool
) -> None:
    folder = files.ca.parent
    authorities = {each: issue(each) for each in ("Client CA", "Another CA")}
    (folder / "client-ca.pem").write_bytes(authorities["Client CA"].pem)
    tls = client_tls(files)
    if name is not None:
        shown = issue(name, authorities[authority], (name,))
        (folder / "client.pem").write_bytes(shown.pem + pem(shown))
        tls.load_cert_chain(folder / "client.pem")
    settings = TlsSettings(
        certificate=files.tls.certificate,
        private_key=files.tls.private_key,
        client_ca=folder / "client-ca.pem",
        client_name=CLIENT,
    )
    echo = Echo()

    async def act() -> None:
        with contextlib.suppress(OSError):
            assert await ask(port_of(listener), tls, b"no HTTP\r\n\r\n") == b""

    assert while_serving(Serving([listener], settings, LIMITS), echo, act)
    assert bool(echo.broken) is heard


def test_time_limits_are_looked_at_and_an_orphan_ends(
    files: Files, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = iter([False, True])
    monkeypatch.setattr(module, "is_orphaned", lambda: next(looked))
    limits = Limits(sweep_seconds=0.001)

    async def run() -> bool:
        return await Serving([listener], files.tls, limits).run(Echo(), lambda: None, asyncio.Event())

    assert asyncio.run(run())
    assert next(looked, None) is None


def run_until(service: InProcess, files: Files, listener: Listener, ready: Callable[[], None]) -> int:
    return run_xks_proxy_worker(service.folder, load_root_key(service.folder), files.tls, 3, [listener], ready)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_serves_until_a_signal(
    service: InProcess, files: Files, listener: Listener, number: signal.Signals
) -> None:
    assert run_until(service, files, listener, lambda: os.kill(os.getpid(), number)) == 0
    assert (service.folder.trail / "xks-proxy-3.jsonl").exists()


def test_a_worker_that_cut_requests_off_says_so(
    service: InProcess, files: Files, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(*_: object) -> bool:
        return False

    monkeypatch.setattr(Serving, "run", cut_off)
    assert run_until(service, files, listener, lambda: None) == 1


def test_each_second_the_trail_goes_to_the_disk_and_uses_to_the_database(
    service: InProcess, files: Files, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    async def once(turns: Sequence[Callable[[], None]], _executor: object) -> None:
        for turn in turns:
            turn()
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(module, "every_second", once)
    monkeypatch.setattr(TrailFile, "sync", lambda _: done.append("sync"))
    monkeypatch.setattr("strongroom.api.uses.Uses.write", lambda *_: done.append("uses"))
    assert run_until(service, files, listener, lambda: None) == 0
    assert done[:2] == ["sync", "uses"]


def test_chores_that_fail_are_logged(
    service: InProcess,
    files: Files,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def once(turns: Sequence[Callable[[], None]], _executor: object) -> None:
        for turn in turns:
            turn()
        monkeypatch.undo()
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "it broke", "exception": ValueError("secret content")})
        loop.call_exception_handler({"message": "it broke, too"})
        os.kill(os.getpid(), signal.SIGTERM)

    def fail(*_: object) -> None:
        raise OSError("no space left")

    def fail_to_store(*_: object) -> None:
        raise StoreError("locked")

    monkeypatch.setattr(module, "every_second", once)
    monkeypatch.setattr(TrailFile, "sync", fail)
    monkeypatch.setattr("strongroom.api.uses.Uses.write", fail_to_store)
    assert run_until(service, files, listener, lambda: None) == 0
    for text in ("The trail cannot", "were used last cannot", "it broke: ValueError", "it broke, too: no exception"):
        assert text in caplog.text
    assert "secret content" not in caplog.text


class FakeSupervisor:
    """Says that it is ready and stops at once."""

    def __init__(self, addresses: object, workers: int, run_worker: object, **more: object) -> None:
        self.made = (addresses, workers, run_worker)
        self.on_ready: Callable[[Sequence[int]], None] = more["on_ready"]  # type: ignore[assignment]  # of any type

    def run(self) -> int:
        self.on_ready([8443])
        return 0


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve_module, "Supervisor", FakeSupervisor)
    monkeypatch.setattr(serve_module, "forbid_core_dumps", lambda: None)


@pytest.mark.usefixtures("plain")
@pytest.mark.parametrize(
    ("host", "url"), [("proxy.example", "https://proxy.example:8443"), ("::1", "https://[::1]:8443")]
)
def test_serving_says_where_and_who(service: InProcess, files: Files, host: str, url: str) -> None:
    said: list[str] = []
    settings = ProxyServeSettings(host=host, port=0, tls=files.tls)
    assert serve_xks_proxy(service.folder, settings, said.append) == 0
    assert said == [url]
    lock = service.folder.path / LOCK_NAME
    assert json.loads(lock.read_text()) == {"pid": os.getpid(), "endpoint": url}


@pytest.mark.usefixtures("plain")
def test_a_folder_may_be_served_by_a_server_beside_one_proxy(service: InProcess, files: Files) -> None:
    server = ServeLock(service.folder)

    def again(_url: str) -> None:
        with pytest.raises(InstallationError, match="is being served already"):
            serve_xks_proxy(service.folder, settings, lambda _: None)

    settings = ProxyServeSettings(host="localhost", port=0, tls=files.tls)
    assert serve_xks_proxy(service.folder, settings, again) == 0
    server.release()


@pytest.mark.usefixtures("plain")
def test_what_cannot_be_used_is_found_out_before_serving(service: InProcess, files: Files, tmp_path: Path) -> None:
    absent = TlsSettings(certificate=tmp_path / "absent", private_key=files.tls.private_key)
    with pytest.raises(InstallationError, match="TLS cannot"):
        serve_xks_proxy(service.folder, ProxyServeSettings(host="a", port=0, tls=absent), lambda _: None)
    (service.folder.path / FILE_NAME).write_text("no JSON")
    with pytest.raises(InstallationError, match=FILE_NAME):
        serve_xks_proxy(service.folder, ProxyServeSettings(host="a", port=0, tls=files.tls), lambda _: None)
