from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.server.support import (
    PLAIN,
    VPC_ENDPOINT,
    EchoHandler,
    FakeTransport,
    Rig,
    ThreadedServer,
    echo,
    read_all,
    read_replies,
    replies,
    request,
)

if TYPE_CHECKING:
    from strongroom.model.request import VpcEndpoint
    from strongroom.server.connection import Connection

PARK = request(b"", "/park")
LAST = request(b"last", "/", "POST", "Connection: close")
EXPECTING = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"


def statuses(transport: FakeTransport) -> list[int]:
    return [reply.status for reply in replies(transport.sent)]


def answer_next(rig: Rig) -> None:
    exchange = rig.handler.parked.pop(0)
    exchange.answer(echo(exchange.request))
    rig.turn()


def started(*data: bytes, rig: Rig | None = None) -> tuple[Rig, Connection, FakeTransport]:
    rig = rig or Rig()
    connection, transport = rig.connect()
    for piece in data:
        connection.data_received(piece)
    rig.turn()
    return rig, connection, transport


# Answers


def test_pipelined_requests_are_handed_over_one_at_a_time_and_answered_in_order() -> None:
    rig, _, transport = started(PARK + request(b"b") + PARK + request(b"d"))
    assert [asked.path for asked in rig.handler.requests] == ["/park"]
    answer_next(rig)
    assert [asked.body for asked in rig.handler.requests] == [b"", b"b", b""]
    answer_next(rig)
    assert [reply.body for reply in replies(transport.sent)] == [b"", b"b", b"", b"d"]
    assert not transport.closed


@pytest.mark.parametrize(
    ("peer", "source"),
    [
        (("192.0.2.7", 5), "192.0.2.7"),
        (("2001:db8::7", 5, 0, 0), "2001:db8::7"),
        (("::ffff:192.0.2.7", 5, 0, 0), "192.0.2.7"),
        (("fe80::7%eth0", 5, 0, 2), "fe80::7"),
        ("", ""),
    ],
)
def test_the_source_is_the_peer(peer: object, source: str) -> None:
    rig = Rig()
    connection, _ = rig.connect(FakeTransport(peer=peer))
    connection.data_received(PLAIN)
    rig.turn()
    assert rig.handler.requests[0].source_ip == source


@pytest.mark.parametrize("vpc_endpoint", [None, VPC_ENDPOINT])
def test_all_requests_carry_the_vpc_endpoint_of_their_connection(vpc_endpoint: VpcEndpoint | None) -> None:
    rig = Rig()
    connection, _ = rig.connect(vpc_endpoint=vpc_endpoint)
    connection.data_received(PLAIN + PLAIN)
    rig.turn()
    assert [asked.vpc_endpoint for asked in rig.handler.requests] == [vpc_endpoint, vpc_endpoint]


def test_after_the_last_answer_the_connection_ends() -> None:
    rig, connection, transport = started(LAST + PLAIN)
    assert [reply.headers["connection"] for reply in replies(transport.sent)] == ["close"]
    assert transport.ended
    connection.data_received(PLAIN)
    rig.turn()
    assert len(rig.handler.requests) == 1


def test_a_client_that_ignores_the_end_is_closed_and_then_aborted() -> None:
    rig, _, transport = started(LAST)
    rig.advance(1.9)
    assert not transport.closed
    rig.advance(0.2)
    assert transport.closed
    rig.advance(29)
    assert not transport.aborted
    rig.advance(2)
    assert transport.aborted


def test_without_half_closing_the_connection_is_closed() -> None:
    rig = Rig()
    connection, transport = rig.connect(FakeTransport(half_closes=False))
    connection.data_received(LAST)
    rig.turn()
    assert transport.closed


def test_abandoned_requests_get_no_answer() -> None:
    rig, connection, transport = started(request(b"", "/abandon") + PLAIN)
    assert transport.aborted
    assert transport.sent == b""
    connection.data_received(PLAIN)
    rig.turn()
    assert len(rig.handler.requests) == 1


def test_an_answer_for_a_client_that_has_gone_is_dropped() -> None:
    rig, connection, transport = started(PARK)
    connection.connection_lost(None)
    answer_next(rig)
    assert transport.sent == b""


# Half-closed connections


def test_a_client_that_ends_its_side_gets_the_answers_it_waits_for() -> None:
    rig, connection, transport = started(PARK + PARK)
    assert connection.eof_received()
    answer_next(rig)
    assert not transport.ended
    answer_next(rig)
    assert [reply.headers["connection"] for reply in replies(transport.sent)] == ["keep-alive", "close"]
    assert transport.ended


def test_a_client_that_ends_its_side_and_waits_for_nothing_is_closed() -> None:
    _, connection, _ = started(PLAIN)
    assert not connection.eof_received()
    _, connection, _ = started(PLAIN[:9])
    assert not connection.eof_received()
    _, connection, _ = started(LAST)
    assert not connection.eof_received()


def test_a_refusal_still_comes_after_the_client_has_ended_its_side() -> None:
    rig, connection, transport = started(PARK + b"\0")
    assert connection.eof_received()
    answer_next(rig)
    assert statuses(transport) == [200, 400]


# Refusals


def test_a_refusal_is_recorded_and_ends_the_connection() -> None:
    rig, connection, transport = started(b"\0", PLAIN)
    assert statuses(transport) == [400]
    assert transport.ended
    assert [(source, status) for source, status, _ in rig.handler.refusals] == [("192.0.2.7", 400)]
    connection.data_received(PLAIN)
    rig.turn()
    assert rig.handler.requests == []


def test_a_refusal_comes_after_the_answers_before_it() -> None:
    rig, _, transport = started(PARK + b"\0")
    assert rig.handler.refusals == []
    answer_next(rig)
    assert statuses(transport) == [200, 400]


@pytest.mark.parametrize("recordable", [True, False])
def test_a_refusal_that_cannot_be_recorded_is_not_sent(recordable: bool) -> None:  # noqa: FBT001 - a case
    _, _, transport = started(b"\0", rig=Rig(EchoHandler(recordable=recordable)))
    assert bool(transport.sent) is recordable
    assert transport.aborted is not recordable


def test_too_long_a_body_is_refused() -> None:
    _, _, transport = started(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", rig=Rig(body=4))
    assert statuses(transport) == [413]


# 100 Continue


def test_the_client_is_told_to_go_on() -> None:
    rig, connection, transport = started(EXPECTING)
    assert transport.sent == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.data_received(b"hi")
    rig.turn()
    assert statuses(transport) == [100, 200]


def test_the_client_is_not_told_to_go_on_when_it_has() -> None:
    _, _, transport = started(EXPECTING + b"h", b"i")
    assert statuses(transport) == [200]


def test_the_client_is_told_to_go_on_in_its_turn() -> None:
    rig, connection, transport = started(PARK + EXPECTING)
    assert transport.sent == b""
    rig.advance(60)
    answer_next(rig)
    assert transport.sent.endswith(b"\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
    rig.advance(4)
    connection.data_received(b"hi")
    rig.turn()
    assert statuses(transport) == [200, 100, 200]


def test_a_refused_head_gets_no_100() -> None:
    _, _, transport = started(EXPECTING.replace(b"100-", b"x-"))
    assert statuses(transport) == [417]


# Time


def test_an_idle_connection_is_closed() -> None:
    rig, _, transport = started()
    rig.advance(74)
    assert not transport.closed
    rig.advance(2)
    assert transport.closed
    assert rig.handler.refusals == []


def test_idleness_counts_from_the_last_answer() -> None:
    rig, _, transport = started(PARK)
    rig.advance(1000)
    answer_next(rig)
    rig.advance(74)
    assert not transport.closed
    rig.advance(2)
    assert transport.closed


def test_empty_lines_are_no_activity() -> None:
    rig, connection, transport = started()
    rig.advance(74)
    connection.data_received(b"\r\n")
    rig.advance(2)
    assert transport.closed


def test_a_head_must_come_in_time_however_it_trickles() -> None:
    rig, connection, transport = started(b"P")
    rig.advance(9)
    connection.data_received(b"OST /")
    assert transport.sent == b""
    rig.advance(2)
    assert statuses(transport) == [408]
    assert rig.handler.refusals[0][1] == 408
    assert transport.ended


def test_a_body_must_come_in_time() -> None:
    start = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
    rig, connection, transport = started(start)
    for _ in range(29):
        connection.data_received(b"x" * 600)
        rig.advance(1)
    assert transport.sent == b""
    connection.data_received(b"x" * 600)
    rig.advance(2)
    assert statuses(transport) == [408]


def test_a_body_must_not_trickle() -> None:
    start = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
    rig, _, transport = started(start, b"x" * 2400)
    rig.advance(4)
    assert transport.sent == b""
    rig.advance(2)
    assert statuses(transport) == [408]


def test_a_time_out_waits_for_the_answers_before_it() -> None:
    rig, connection, transport = started(PARK + b"P")
    rig.advance(11)
    rig.advance(100)
    connection.data_received(b"OST")
    assert transport.sent == b""
    answer_next(rig)
    assert statuses(transport) == [200, 408]


def test_the_clock_of_a_second_head_starts_with_it() -> None:
    rig, connection, transport = started(b"P")
    rig.advance(9)
    connection.data_received(PLAIN[1:] + b"P")
    rig.turn()
    rig.advance(9)
    assert statuses(transport) == [200]
    rig.advance(2)
    assert statuses(transport) == [200, 408]


# A client that does not read


def test_nothing_is_handed_over_while_the_client_does_not_read() -> None:
    rig, connection, transport = started()
    connection.pause_writing()
    connection.data_received(PLAIN)
    rig.turn()
    assert rig.handler.requests == []
    connection.resume_writing()
    rig.turn()
    assert statuses(transport) == [200]
    rig.advance(31)
    assert not transport.aborted


def test_a_client_that_does_not_read_is_aborted() -> None:
    rig, connection, transport = started()
    connection.pause_writing()
    rig.advance(29)
    assert not transport.aborted
    rig.advance(2)
    assert transport.aborted
    connection.resume_writing()
    assert not rig.loop.waiting


# Too much input


def test_reading_pauses_when_too_many_requests_wait() -> None:
    rig, connection, transport = started(PARK * 4, rig=Rig(pipelined=2))
    assert transport.paused
    connection.data_received(PARK[:9])
    rig.advance(100)  # it is not the client that is late
    assert transport.sent == b""
    answer_next(rig)
    assert not transport.paused
    rig.advance(9)
    connection.data_received(PARK[9:])
    for _ in range(4):
        answer_next(rig)
    assert statuses(transport) == [200] * 5


def test_a_long_read_is_taken_in_pieces() -> None:
    rig, _, transport = started(PARK * 1000)
    assert transport.paused
    rig.handler.parked[0].answer(echo(rig.handler.requests[0]))
    count = 1
    rig.turn()
    while count < 1000:
        exchange = rig.handler.parked[count]
        exchange.answer(echo(exchange.request))
        rig.turn()
        count += 1
    assert statuses(transport) == [200] * 1000
    assert not transport.paused


def test_more_input_queues_behind_what_was_not_read_yet() -> None:
    rig, connection, transport = started(PARK * 1000)
    connection.data_received(LAST)
    while rig.handler.parked:
        answer_next(rig)
    assert statuses(transport) == [200] * 1001
    assert transport.ended


def test_what_was_not_read_yet_is_dropped_with_the_connection() -> None:
    rig, _, transport = started(request(b"", "/park", "POST", "Connection: close") + PARK * 1000)
    answer_next(rig)
    assert statuses(transport) == [200]
    assert not transport.paused


def test_a_refusal_ends_a_long_read() -> None:
    rig, _, transport = started(PARK + b"\0" * 100_000)
    assert not transport.paused
    answer_next(rig)
    assert statuses(transport) == [200, 400]


def test_a_paused_connection_that_ends_reads_on_to_see_the_client_close() -> None:
    rig, _, transport = started(PARK * 4, rig=Rig(pipelined=2))
    rig.service.drain(lambda: None)
    answer_next(rig)
    assert transport.ended
    assert not transport.paused


# With sockets


def test_a_large_body_and_answer() -> None:
    body = b"0123456789" * 100_000
    with ThreadedServer() as server:
        assert replies(server.talk(request(body, "/", "POST", "Connection: close")))[0].body == body


def test_the_refusal_of_a_body_reaches_a_client_that_sends_it_first() -> None:
    with ThreadedServer(body=1000) as server:
        (reply,) = replies(server.talk(request(b"x" * 3_000_000)))
    assert reply.status == 413
    assert reply.headers["connection"] == "close"


def test_a_client_can_shut_its_side_down() -> None:
    with ThreadedServer() as server, server.connect() as client:
        client.sendall(PLAIN)
        client.shutdown(1)
        assert replies(read_all(client))[0].body == b"hi"


def test_a_slow_head_is_refused() -> None:
    with ThreadedServer(head_seconds=0.05) as server:
        assert replies(server.talk(b"POST"))[0].status == 408


def test_a_client_that_never_reads_is_aborted() -> None:
    asked = request(b"x" * 1_000_000)
    with ThreadedServer(write_seconds=0.1) as server, server.connect() as client:
        client.settimeout(10)
        with pytest.raises(OSError, match=r"reset|[Bb]roken"):
            client.sendall(asked * 100)


def test_an_abandoned_exchange_closes_without_an_answer() -> None:
    with ThreadedServer() as server:
        assert server.talk(request(b"", "/abandon")) == b""


def test_an_exchange_may_be_abandoned_after_the_client_has_gone() -> None:
    with ThreadedServer() as server:
        with server.connect() as client:
            client.sendall(PLAIN + PARK)
            read_replies(client, 1)
            while not server.handler.parked:
                pass
        server.call(server.handler.parked[0].abandon)
        assert replies(server.talk(LAST))[0].body == b"last"


BODIES = st.lists(st.binary(max_size=30), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(bodies=BODIES, places=st.lists(st.integers(0, 500), max_size=10))
def test_how_the_client_splits_a_stream_makes_no_difference(bodies: list[bytes], places: list[int]) -> None:
    stream = b"".join(map(request, bodies))
    edges = [0, *sorted({place % len(stream) for place in places}), len(stream)]
    rig = Rig()
    connection, transport = rig.connect()
    for start, end in pairwise(edges):
        connection.data_received(stream[start:end])
        rig.turn()
    assert [reply.body for reply in replies(transport.sent)] == bodies


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=50), st.just(PLAIN), st.just(PARK)), max_size=6), st.integers(0, 60))
def test_any_input_leaves_the_connection_in_order(pieces: list[bytes], seconds: int) -> None:
    rig, connection, transport = started(*pieces)
    while rig.handler.parked:
        answer_next(rig)
    rig.advance(seconds)
    assert set(statuses(transport)) <= {200, 400, 408, 413, 417, 431, 505}
    refused = [status for status in statuses(transport) if status != 200]
    assert len(refused) == len(rig.handler.refusals) <= 1
    connection.connection_lost(None)


def test_random_bytes_do_not_stop_the_loop() -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.binary(min_size=1, max_size=200))
    def talk(data: bytes) -> None:
        with server.connect() as client:
            client.sendall(data)
            client.shutdown(1)
            read_all(client)

    with ThreadedServer() as server:
        talk()
        assert replies(server.talk(LAST))[0].body == b"last"
