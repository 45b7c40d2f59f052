"""TLS connections to known addresses, over loopback."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from strongroom.model.https_addresses import HttpsUrl
from strongroom.model.https_connections import DeadlineSocket, Dialer, seconds_left
from tests.support.fake_xks_proxy import pem_file
from tests.unit.authn.oidc_support import issue

ROOT = issue("root")
LEAF = issue("leaf", ROOT, ("localhost",))
LONG = 10.0


@pytest.fixture
def context() -> ssl.SSLContext:
    made = ssl.create_default_context(cadata=ROOT.pem.decode())
    made.sslsocket_class = DeadlineSocket
    return made


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Listen, make the handshake of one connection, and neither read nor send on it."""
    over = threading.Event()
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(pem_file(tmp_path, LEAF))

    def accept() -> None:
        connection, _ = server.accept()
        with contextlib.suppress(OSError), secured.wrap_socket(connection, server_side=True):
            over.wait()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept)
        thread.start()
        yield server.getsockname()[1]
        over.set()
        thread.join()


def dialer(port: int, *addresses: str, host: str = "localhost", seconds: float = LONG) -> Dialer:
    url = HttpsUrl(host=host, port=port, target="/")
    return Dialer(url=url, addresses=addresses, deadline=time.monotonic() + seconds)


def test_the_next_address_is_tried(port: int, context: ssl.SSLContext) -> None:
    # Nobody listens on the first two: the server is bound to 127.0.0.1 alone.
    with dialer(port, "127.0.0.2", "127.0.0.3", "127.0.0.1").connect(context) as connection:
        assert connection.getpeername()[0] == "127.0.0.1"
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_the_host_is_the_certificates(port: int, context: ssl.SSLContext) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        dialer(port, "127.0.0.1", host="example.com").connect(context)


def test_a_peer_that_sends_nothing(port: int, context: ssl.SSLContext) -> None:
    with dialer(port, "127.0.0.1").connect(context) as connection:
        connection.deadline = time.monotonic() + 0.1
        with pytest.raises(TimeoutError):
            connection.recv_into(bytearray(1))


def test_a_peer_that_takes_nothing(port: int, context: ssl.SSLContext) -> None:
    with dialer(port, "127.0.0.1").connect(context) as connection:
        connection.deadline = time.monotonic() + 0.1
        with pytest.raises(TimeoutError):
            connection.sendall(bytes(50_000_000))


def test_the_time_is_up() -> None:
    assert 0 < seconds_left(time.monotonic() + 60) <= 60
    with pytest.raises(TimeoutError):
        seconds_left(time.monotonic())
