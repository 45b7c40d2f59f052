"""Raw attacks: each ends in one refusal and a closed connection, and none reaches the handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.server.support import ThreadedServer, replies

if TYPE_CHECKING:
    from collections.abc import Iterator

HIDDEN = b"POST /hidden HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"


def head(*lines: bytes, start: bytes = b"POST / HTTP/1.1", host: bytes = b"Host: a") -> bytes:
    return b"\r\n".join([start, host, *lines]) + b"\r\n\r\n"


CHUNKED = head(b"Transfer-Encoding: chunked")
ATTACKS = {
    "CL.TE": head(b"Content-Length: 6", b"Transfer-Encoding: chunked") + b"0\r\n\r\nG",
    "TE.CL": head(b"Transfer-Encoding: chunked", b"Content-Length: 4") + b"5c\r\nGPOST\r\n0\r\n\r\n",
    "CL twice": head(b"Content-Length: 0", b"Content-Length: 54"),
    "CL twice, the same": head(b"Content-Length: 1", b"Content-Length: 1") + b"x",
    "CL list": head(b"Content-Length: 1, 1") + b"x",
    "CL sign": head(b"Content-Length: +1") + b"x",
    "CL minus": head(b"Content-Length: -1") + b"x",
    "CL hex": head(b"Content-Length: 0x1") + b"x",
    "CL underscore": head(b"Content-Length: 1_0") + b"0123456789",
    "CL inner blank": head(b"Content-Length: 1 0") + b"0123456789",
    "CL empty": head(b"Content-Length:"),
    "CL overflow": head(b"Content-Length: 18446744073709551617") + b"x",
    "CL before blank": head(b"Content-Length : 54"),
    "CL folded": head(b"Content-Length:", b" 54"),
    "CL null": head(b"Content-Length: 5\x00"),
    "TE twice": head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE twice, other": head(b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE list": head(b"Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n",
    "TE not last": head(b"Transfer-Encoding: chunked, gzip") + b"0\r\n\r\n",
    "TE repeated": head(b"Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n",
    "TE unknown": head(b"Transfer-Encoding: xchunked") + b"0\r\n\r\n",
    "TE quoted": head(b'Transfer-Encoding: "chunked"') + b"0\r\n\r\n",
    "TE empty": head(b"Transfer-Encoding:"),
    "TE vertical tab": head(b"Transfer-Encoding: \x0bchunked") + b"0\r\n\r\n",
    "TE before blank": head(b"Transfer-Encoding : chunked") + b"0\r\n\r\n",
    "TE before tab": head(b"Transfer-Encoding\t: chunked") + b"0\r\n\r\n",
    "TE leading blank": head(b" Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE folded": head(b"Transfer-Encoding:", b" chunked") + b"0\r\n\r\n",
    "TE in a folded line": head(b"X: a", b"\tTransfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE after bare LF": head(b"X: a\nTransfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE after bare CR": head(b"X: a\rTransfer-Encoding: chunked") + b"0\r\n\r\n",
    "TE of HTTP/1.0": head(b"Transfer-Encoding: chunked", start=b"POST / HTTP/1.0") + b"0\r\n\r\n",
    "chunk size LF": CHUNKED + b"1\nx\r\n0\r\n\r\n",
    "chunk size hex prefix": CHUNKED + b"0x1\r\nx\r\n0\r\n\r\n",
    "chunk size sign": CHUNKED + b"+1\r\nx\r\n0\r\n\r\n",
    "chunk size blank": CHUNKED + b"1 \r\nx\r\n0\r\n\r\n",
    "chunk size empty": CHUNKED + b"\r\nx\r\n0\r\n\r\n",
    "chunk size overflow": CHUNKED + b"10000000000000001\r\nx\r\n0\r\n\r\n",
    "chunk without end": CHUNKED + b"1\r\nxx\r\n0\r\n\r\n",
    "chunk ended by LF": CHUNKED + b"1\r\nx\n0\r\n\r\n",
    "chunk extension LF": CHUNKED + b"1;a\nb\r\nx\r\n0\r\n\r\n",
    "chunk extension null": CHUNKED + b"1;a\x00\r\nx\r\n0\r\n\r\n",
    "trailer": CHUNKED + b"0\r\nContent-Length: 54\r\n\r\n",
    "trailer, own": CHUNKED + b"0\r\nX: y\r\n\r\n",
    "Host twice": head(b"Host: b"),
    "Host missing": b"POST / HTTP/1.1\r\n\r\n",
    "Host empty": head(host=b"Host:"),
    "Host blank": head(host=b"Host:  "),
    "Host list": head(host=b"Host: a, b"),
    "Host with user": head(host=b"Host: a@b"),
    "Host with path": head(host=b"Host: a/b"),
    "Authorization twice": head(b"Authorization: a", b"authorization: b"),
    "Content-Type twice": head(b"Content-Type: a", b"Content-Type: b"),
    "X-Amz-Date twice": head(b"X-Amz-Date: a", b"X-Amz-Date: b"),
    "X-Amz-Target twice": head(b"X-Amz-Target: a", b"X-AMZ-TARGET: b"),
    "X-Amz-Security-Token twice": head(b"X-Amz-Security-Token: a", b"X-Amz-Security-Token: b"),
    "bare LF everywhere": b"POST / HTTP/1.1\nHost: a\n\n",
    "bare LF at the end": b"POST / HTTP/1.1\r\nHost: a\r\n\n",
    "bare CR in the start line": b"POST / HTTP/1.1\rHost: a\r\n\r\n",
    "no colon": head(b"X"),
    "empty name": head(b": x"),
    "blank in a name": head(b"X Y: z"),
    "null in a name": head(b"X\x00: z"),
    "non-ASCII in a name": head(b"X\xe9: z"),
    "null in a value": head(b"X: a\x00b"),
    "control in a value": head(b"X: a\x01b"),
    "delete in a value": head(b"X: a\x7fb"),
    "non-ASCII in a value": head(b"X: a\xe9b"),
    "absolute target": head(start=b"POST http://b/ HTTP/1.1"),
    "authority target": head(start=b"POST b:80 HTTP/1.1"),
    "star target": head(start=b"OPTIONS * HTTP/1.1"),
    "fragment": head(start=b"POST /#x HTTP/1.1"),
    "non-ASCII target": head(start=b"POST /\xe9 HTTP/1.1"),
    "null in the target": head(start=b"POST /\x00 HTTP/1.1"),
    "blank after the version": head(start=b"POST / HTTP/1.1 "),
    "tab for a blank": head(start=b"POST\t/ HTTP/1.1"),
    "blank in the target": head(start=b"POST /a b HTTP/1.1"),
    "lower-case method": head(start=b"post / HTTP/1.1"),
    "unknown method": head(start=b"FOO / HTTP/1.1"),
    "method of ICE": head(start=b"SOURCE / ICE/1.0"),
    "CONNECT": head(start=b"CONNECT b:80 HTTP/1.1"),
    "upgrade to h2c": head(b"Connection: upgrade", b"Upgrade: h2c", b"Content-Length: 54"),
    "upgrade to websocket": head(b"Connection: Upgrade", b"Upgrade: websocket", start=b"GET / HTTP/1.1"),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "bad version": head(start=b"POST / HTTP/1.2"),
    "lower-case protocol": head(start=b"POST / http/1.1"),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}
OTHER_STATUS = {
    "HTTP/2.0": (head(start=b"POST / HTTP/2.0"), 505),
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "expectation": (head(b"Expect: magic"), 417),
    "Content-Length too long": (head(b"Content-Length: 99999999"), 413),
    "head too long": (head(b"X: " + b"y" * 20_000), 431),
    "headers too many": (head(*[b"X: y"] * 101), 431),
}


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadedServer]:
    with ThreadedServer() as threaded:
        yield threaded


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=list(ATTACKS))
def test_an_attack_is_refused(server: ThreadedServer, attack: bytes) -> None:
    server.handler.batches.clear()
    server.handler.refusals.clear()
    (reply,) = replies(server.talk(attack + HIDDEN))
    assert reply.status == 400
    assert reply.headers["connection"] == "close"
    assert server.handler.requests == []
    assert [status for _, status, _ in server.handler.refusals] == [400]


@pytest.mark.parametrize(("attack", "status"), OTHER_STATUS.values(), ids=list(OTHER_STATUS))
def test_what_is_not_taken_is_refused(server: ThreadedServer, attack: bytes, status: int) -> None:
    server.handler.batches.clear()
    server.handler.refusals.clear()
    (reply,) = replies(server.talk(attack + HIDDEN))
    assert reply.status == status
    assert server.handler.requests == []
    assert [(ip, recorded) for ip, recorded, _ in server.handler.refusals] == [("127.0.0.1", status)]


def test_what_is_left_of_an_attack_does_not_reach_the_next_connection(server: ThreadedServer) -> None:
    server.talk(ATTACKS["CL.TE"])
    server.handler.batches.clear()
    (reply,) = replies(server.talk(head(b"Connection: close", b"Content-Length: 1") + b"x"))
    assert reply.body == b"x"
    assert len(server.handler.requests) == 1


def test_an_upgrade_that_the_connection_does_not_ask_for_is_ignored(server: ThreadedServer) -> None:
    (reply,) = replies(server.talk(head(b"Upgrade: h2c", b"Connection: close", b"Content-Length: 1") + b"x"))
    assert (reply.status, reply.body) == (200, b"x")
