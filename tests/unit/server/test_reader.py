from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.request import Request
from strongroom.server.budget import BodyBudget
from strongroom.server.limits import Limits
from strongroom.server.reader import Phase, RequestReader
from strongroom.server.refusal import Refusal
from tests.unit.server.support import PLAIN, VPC_ENDPOINT, request

CHUNKED = b"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


def reader(limits: Limits | None = None) -> RequestReader:
    limits = limits or Limits()
    return RequestReader(limits, "192.0.2.7", BodyBudget(limits.buffered), secure=True, vpc_endpoint=VPC_ENDPOINT)


def read(*pieces: bytes, limits: Limits | None = None) -> list[tuple[Request, bool]]:
    reading = reader(limits)
    for piece in pieces:
        reading.feed(piece)
    return list(reading.requests)


def outcome(*pieces: bytes, limits: Limits | None = None) -> tuple[list[tuple[Request, bool]], int | None]:
    """Give what was read and the status of the refusal that ended it."""
    reading = reader(limits)
    try:
        for piece in pieces:
            reading.feed(piece)
    except Refusal as refusal:
        return list(reading.requests), refusal.status
    return list(reading.requests), None


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def test_a_request_is_given_whole() -> None:
    assert read(b"PUT /a?b=c HTTP/1.1\r\nHost: a\r\nX-A: \r\nContent-Length: 2\r\n\r\nhi") == [
        (
            Request(
                method="PUT",
                path="/a",
                query="b=c",
                headers=(("host", "a"), ("x-a", ""), ("content-length", "2")),
                body=b"hi",
                source_ip="192.0.2.7",
                secure=True,
                vpc_endpoint=VPC_ENDPOINT,
            ),
            True,
        )
    ]


def test_a_chunked_body_is_put_together() -> None:
    ((asked, _),) = read(CHUNKED + b"3\r\nabc\r\n1;x=y\r\nd\r\n2\r\nef\r\n0\r\n\r\n")
    assert asked.body == b"abcdef"
    assert isinstance(asked.body, bytes)


@pytest.mark.parametrize(
    ("head", "keep_alive"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\n\r\n", False),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    ],
)
def test_keep_alive(head: bytes, keep_alive: bool) -> None:  # noqa: FBT001 - a case
    ((_, kept),) = read(head)
    assert kept is keep_alive


def test_what_follows_the_last_request_is_ignored() -> None:
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert len(read(last + PLAIN)) == len(read(last, PLAIN)) == len(read(last + b"\0\0")) == 1


def test_headers_do_not_leak_into_the_next_request() -> None:
    (_, _), (second, _) = read(PLAIN + b"GET / HTTP/1.1\r\nHost: b\r\n\r\n")
    assert second.headers == (("host", "b"),)
    assert second.body == b""


def test_trailers_are_refused() -> None:
    assert outcome(CHUNKED + b"1\r\nx\r\n0\r\nHost: b\r\n\r\n") == ([], 400)


def test_a_body_that_grows_too_long_is_refused() -> None:
    limits = Limits(body=4)
    assert len(read(CHUNKED + b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n", limits=limits)) == 1
    assert outcome(CHUNKED + b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", limits=limits) == ([], 413)


@pytest.mark.parametrize("size", [1, 50, 1000])
def test_the_length_of_a_head_is_limited_however_it_comes(size: int) -> None:
    limits = Limits(head_bytes=200)
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n"
    short, long = head % (b"y" * 100), head % (b"y" * 200)
    assert outcome(*(short[i : i + size] for i in range(0, len(short), size)), limits=limits)[1] is None
    assert outcome(*(long[i : i + size] for i in range(0, len(long), size)), limits=limits) == ([], 431)


@pytest.mark.parametrize(
    ("start", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: ", 431),
        (b"GET / HTTP/1.1\r\n", 431),
        (b"GET /", 431),
        (CHUNKED + b"1;", 400),
        (CHUNKED + b"1\r\nx\r\n0\r\nX:", 400),
    ],
)
def test_what_never_ends_is_refused(start: bytes, status: int) -> None:
    limits = Limits(head_bytes=200)
    assert outcome(start, *[b"y" * 50] * 10, limits=limits) == ([], status)


def test_empty_lines_between_requests_are_skipped() -> None:
    limits = Limits(head_bytes=200)
    assert len(read(*[b"\r\n" * 100] * 3, PLAIN, b"\r\n", PLAIN, limits=limits)) == 2


def test_phases_and_stages() -> None:
    reading = reader()
    assert (reading.phase, reading.stage) == (Phase.BETWEEN, 0)
    reading.feed(b"\r\n")
    assert reading.phase is Phase.BETWEEN
    reading.feed(b"P")
    assert (reading.phase, reading.stage) == (Phase.HEAD, 1)
    reading.feed(PLAIN[1:-1])
    assert (reading.phase, reading.stage, reading.received) == (Phase.BODY, 2, 1)
    reading.feed(PLAIN[-1:])
    assert (reading.phase, reading.received) == (Phase.BETWEEN, 0)
    reading.feed(b"GET / HTTP/1.0\r\n\r\n")
    assert (reading.phase, reading.stage) == (Phase.ENDED, 4)


def test_the_client_waits_for_100_continue_until_it_sends() -> None:
    expecting = PLAIN.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n")
    reading = reader()
    reading.feed(expecting[:-2])
    assert reading.awaits_continue
    reading.feed(expecting[-2:-1])
    assert not reading.awaits_continue
    reading.feed(expecting[-1:])
    reading.feed(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n")
    assert not reading.awaits_continue
    assert len(reading.requests) == 2


def test_a_closed_reader_reads_nothing() -> None:
    reading = reader()
    reading.close()
    reading.feed(PLAIN)
    assert not reading.requests


def test_a_fault_of_the_server_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongroom.server.reader.read_head", lambda *_: 1 / 0)
    with pytest.raises(Exception, match="callback") as caught:
        read(PLAIN)
    assert not isinstance(caught.value, Refusal)


BODIES = st.binary(max_size=40)
ONE_REQUEST = st.one_of(
    BODIES.map(request),
    BODIES.map(lambda body: request(body, "/x?y", "PUT", "X-Long: " + "z" * 30)),
    st.lists(st.binary(min_size=1, max_size=9), max_size=4).map(
        lambda chunks: CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
    ),
    st.sampled_from(
        [
            b"GET / HTTP/1.0\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"w" * 300 + b"\r\n\r\n",
            CHUNKED + b"1\r\nx\r\n0\r\nX: y\r\n\r\n",
        ]
    ),
)


@given(st.lists(ONE_REQUEST, max_size=5).map(b"".join), st.lists(st.integers(0, 2000), max_size=30))
def test_how_the_bytes_are_split_makes_no_difference(stream: bytes, places: list[int]) -> None:
    limits = Limits(head_bytes=256)
    assert outcome(*cut(stream, places), limits=limits) == outcome(stream, limits=limits)


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([PLAIN, PLAIN[:20], CHUNKED, b"\r\n"])), max_size=8))
def test_any_bytes_end_in_requests_or_a_refusal(pieces: list[bytes]) -> None:
    requests, status = outcome(*pieces)
    assert status in {None, 400, 413, 417, 431, 505}
    assert all(asked.source_ip == "192.0.2.7" for asked, _ in requests)
