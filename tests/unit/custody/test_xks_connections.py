"""Connections to external key store proxies: kept, timed, bounded, and secured."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from strongroom.custody import xks_connections
from strongroom.custody.xks_connections import MAX_ANSWER, MAX_IDLE, Answer, PostRequest, XksConnections, proxy_tls
from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.model.https_addresses import parse_https_url
from tests.support.fake_xks_proxy import (
    URI_PATH,
    FakeXksProxy,
    Handler,
    Received,
    Step,
    drip,
    pem_file,
    raw,
    reply,
    serving_xks_proxy,
    silence,
)
from tests.unit.authn.oidc_support import issue

ROOT = issue("root")
LEAF = issue("leaf", ROOT, ("localhost",))
CLIENT = issue("client", ROOT, ("client.example",))
REQUEST = PostRequest(path=f"{URI_PATH}/health", headers={"Host": "localhost"}, body=b"{}")
LONG = 10.0
SHORT = 0.25


@pytest.fixture
def ca_file(tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    path.write_bytes(ROOT.pem)
    return str(path)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FakeXksProxy]:
    with serving_xks_proxy(tmp_path, LEAF) as running:
        yield running


def to(endpoint: str, tls: ssl.SSLContext) -> XksConnections:
    return XksConnections(parse_https_url(endpoint), tls, allow_private=True)


def post(connections: XksConnections, seconds: float = LONG) -> Answer:
    return connections.post(REQUEST, time.monotonic() + seconds)


@pytest.fixture
def connections(proxy: FakeXksProxy, ca_file: str) -> Iterator[XksConnections]:
    made = to(proxy.endpoint, proxy_tls(ca_file))
    yield made
    made.close()


def kind_of(connections: XksConnections, seconds: float = LONG) -> XksFailureKind:
    with pytest.raises(XksFailure) as caught:
        post(connections, seconds)
    assert caught.value.__suppress_context__
    return caught.value.kind


def test_a_connection_is_kept(proxy: FakeXksProxy, connections: XksConnections) -> None:
    for body in (b"one", b"two", b"three"):
        proxy.script.append(reply(200, body))
        assert post(connections).body == body
    assert proxy.connections == 1


def test_a_connection_is_not_kept_where_the_proxy_closes_it(proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.extend([reply(200, b"one", Connection="close"), reply(200, b"two")])
    assert [post(connections).body for _ in range(2)] == [b"one", b"two"]
    assert proxy.connections == 2


def test_a_request_on_a_connection_that_was_closed_is_sent_again(
    proxy: FakeXksProxy, connections: XksConnections
) -> None:
    proxy.script.append(reply(200, b"one"))
    post(connections)
    proxy.hang_up()
    proxy.script.append(reply(200, b"two"))
    assert post(connections).body == b"two"
    assert (len(proxy.received), proxy.connections) == (2, 2)


def test_a_request_is_sent_again_once(proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.extend([reply(200, b"one"), raw(b""), raw(b"")])
    post(connections)
    assert kind_of(connections) is XksFailureKind.NO_TCP_CONNECTION
    assert (len(proxy.received), proxy.connections) == (3, 2)


def test_a_request_on_a_fresh_connection_is_not_sent_again(proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.append(raw(b""))
    assert kind_of(connections) is XksFailureKind.NO_TCP_CONNECTION
    assert len(proxy.received) == 1


def test_a_connection_is_kept_for_so_long(
    proxy: FakeXksProxy, connections: XksConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy.script.extend([reply(200, b"one"), reply(200, b"two")])
    post(connections)
    monkeypatch.setattr(xks_connections, "MAX_IDLE_SECONDS", 0.0)
    post(connections)
    assert proxy.connections == 2


def test_several_threads_have_a_connection_each(proxy: FakeXksProxy, connections: XksConnections) -> None:
    count = MAX_IDLE + 2
    together = threading.Barrier(count)

    def answer_together() -> bytes:
        return post(connections, LONG).body

    for number in range(count):
        body = str(number).encode()

        def step(handler: Handler, received: Received, body: bytes = body) -> None:
            together.wait()
            reply(200, body)(handler, received)

        proxy.script.append(step)
    with ThreadPoolExecutor(count) as threads:
        bodies = [future.result() for future in [threads.submit(answer_together) for _ in range(count)]]
    assert sorted(bodies) == sorted(str(number).encode() for number in range(count))
    assert proxy.connections == count


def test_after_closing_connections_are_not_kept(proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.extend([reply(200, b"one"), reply(200, b"two"), reply(200, b"three")])
    post(connections)
    connections.close()
    assert post(connections).body == b"two"
    assert post(connections).body == b"three"
    assert proxy.connections == 3


@pytest.mark.parametrize(
    "step",
    [
        silence,
        drip(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0.05),
        drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, 0.01),
    ],
    ids=["silence", "drip", "continue"],
)
@pytest.mark.parametrize("kept", [0, 1])
def test_time_is_up_however_slow_the_answer(
    step: Step, kept: int, proxy: FakeXksProxy, connections: XksConnections
) -> None:
    proxy.script.extend([reply(200, b"one", Connection="keep-alive" if kept else "close"), step])
    post(connections)
    start = time.monotonic()
    assert kind_of(connections, SHORT) is XksFailureKind.TIMED_OUT
    assert SHORT <= time.monotonic() - start < LONG
    assert (len(proxy.received), proxy.connections) == (2, 2 - kept)


def test_a_connection_that_was_too_slow_is_not_kept(proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.extend([silence, reply(200, b"two")])
    assert kind_of(connections, SHORT) is XksFailureKind.TIMED_OUT
    assert post(connections).body == b"two"
    assert proxy.connections == 2


def test_an_answer_has_a_limit(proxy: FakeXksProxy, connections: XksConnections) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    size = MAX_ANSWER - len(head % MAX_ANSWER)
    proxy.script.extend([raw(head % size + b"x" * size), raw(head % size + b"x" * (size + 1))])
    assert len(post(connections).body) == size
    assert len(post(connections).body) == size


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n" + b"x" * MAX_ANSWER,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MAX_ANSWER,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * MAX_ANSWER,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n" + b"x" * MAX_ANSWER,
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"b" * MAX_ANSWER + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * MAX_ANSWER,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
        b"HTTP/1.1 999999 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"\0",
    ],
)
def test_what_is_no_answer_of_http_or_too_long(answer: bytes, proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.append(raw(answer))
    assert kind_of(connections) is XksFailureKind.MALFORMED_RESPONSE


def test_an_answer_that_ends_early_is_short(proxy: FakeXksProxy, connections: XksConnections) -> None:
    proxy.script.extend([raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), reply(200, b"two")])
    assert post(connections).body == b"{"
    assert post(connections).body == b"two"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError(), XksFailureKind.NO_TCP_CONNECTION),
        (http.client.RemoteDisconnected("x"), XksFailureKind.NO_TCP_CONNECTION),
        (ssl.SSLEOFError(), XksFailureKind.NO_TCP_CONNECTION),
        (ssl.SSLZeroReturnError(), XksFailureKind.NO_TCP_CONNECTION),
        (ssl.SSLError(), XksFailureKind.NO_TLS_CONNECTION),
        (TimeoutError(), XksFailureKind.TIMED_OUT),
        (http.client.BadStatusLine("x"), XksFailureKind.MALFORMED_RESPONSE),
    ],
)
def test_failures_of_an_exchange(
    error: Exception, kind: XksFailureKind, connections: XksConnections, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(http.client.HTTPSConnection, "request", fail)
    assert kind_of(connections) is kind


def test_an_authority_that_is_not_trusted_is_refused(proxy: FakeXksProxy) -> None:
    assert kind_of(to(proxy.endpoint, proxy_tls())) is XksFailureKind.NO_TLS_CONNECTION
    assert proxy.received == []


def test_a_certificate_for_another_host_is_refused(proxy: FakeXksProxy, ca_file: str) -> None:
    connections = to(proxy.endpoint.replace("localhost", "127.0.0.1"), proxy_tls(ca_file))
    assert kind_of(connections) is XksFailureKind.NO_TLS_CONNECTION
    assert proxy.received == []


def test_a_proxy_may_ask_for_a_certificate(tmp_path: Path, ca_file: str) -> None:
    tls = proxy_tls(ca_file)
    tls.load_cert_chain(pem_file(tmp_path, CLIENT))
    with serving_xks_proxy(tmp_path, LEAF, client_ca=ROOT) as proxy:
        proxy.script.append(reply(200, b"one"))
        connections = to(proxy.endpoint, tls)
        assert post(connections).body == b"one"
        connections.close()


def test_a_client_without_the_certificate_that_is_asked_for(tmp_path: Path, ca_file: str) -> None:
    with serving_xks_proxy(tmp_path, LEAF, client_ca=ROOT) as proxy:
        kind = kind_of(to(proxy.endpoint, proxy_tls(ca_file)))
    # The proxy's alert may be lost with the connection.
    assert kind in {XksFailureKind.NO_TLS_CONNECTION, XksFailureKind.NO_TCP_CONNECTION}
    assert proxy.received == []


def test_a_server_that_does_not_speak_tls(ca_file: str) -> None:
    def answer(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(1)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        endpoint = f"https://localhost:{server.getsockname()[1]}"
        assert kind_of(to(endpoint, proxy_tls(ca_file))) is XksFailureKind.NO_TLS_CONNECTION
        thread.join()


def test_a_server_that_does_not_answer_the_handshake(ca_file: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"https://localhost:{server.getsockname()[1]}"
        assert kind_of(to(endpoint, proxy_tls(ca_file)), SHORT) is XksFailureKind.TIMED_OUT


def test_a_name_that_does_not_resolve_in_time(ca_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def resolve(*_: object, **__: object) -> tuple[str, ...]:
        over.wait()
        return ()

    monkeypatch.setattr(xks_connections, "resolve", resolve)
    connections = to("https://localhost", proxy_tls(ca_file))
    assert kind_of(connections, SHORT) is XksFailureKind.NO_TCP_CONNECTION
    over.set()


def test_a_name_that_cannot_be_one(ca_file: str) -> None:
    connections = to("https://a..example", proxy_tls(ca_file))
    assert kind_of(connections) is XksFailureKind.NO_TCP_CONNECTION


def test_the_tls_of_a_client() -> None:
    tls = proxy_tls()
    assert tls.minimum_version is ssl.TLSVersion.TLSv1_2
    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname


def test_another_tls_is_not_taken() -> None:
    lax = proxy_tls()
    lax.check_hostname = False
    for tls in (ssl.create_default_context(), lax):
        with pytest.raises(ValueError, match="not one for proxies"):
            to("https://localhost", tls)
