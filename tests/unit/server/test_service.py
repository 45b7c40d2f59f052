from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.server.refusal import Refusal
from tests.unit.server.support import PLAIN, Rig, ThreadedServer, echo, read_all, read_replies, replies, request

if TYPE_CHECKING:
    import pytest

PARK = request(b"", "/park")


def test_a_new_connection_takes_the_place_of_the_longest_idle_one() -> None:
    rig = Rig(connections=3)
    transports = []
    for _ in range(3):
        rig.advance(1)
        connection, transport = rig.connect()
        transports.append(transport)
        if len(transports) == 1:
            connection.data_received(PARK)
    rig.turn()
    _, fourth = rig.connect()
    assert [transport.aborted for transport in (*transports, fourth)] == [False, True, False, False]


def test_a_new_connection_is_closed_when_none_is_idle() -> None:
    rig = Rig(connections=1)
    connection, busy = rig.connect()
    connection.data_received(PARK)
    refused, transport = rig.connect()
    assert (busy.aborted, transport.aborted) == (False, True)
    refused.connection_lost(None)
    connection.connection_lost(None)
    assert not rig.connect()[1].aborted


def test_a_lost_connection_makes_room() -> None:
    rig = Rig(connections=1)
    connection, _ = rig.connect()
    connection.connection_lost(None)
    _, transport = rig.connect()
    assert not transport.aborted


def test_draining_closes_idle_connections_and_lets_the_others_answer() -> None:
    rig = Rig()
    (_, idle), (busy, busy_transport) = rig.connect(), rig.connect()
    busy.data_received(PARK)
    rig.turn()
    calls: list[bool] = []
    rig.service.drain(lambda: calls.append(True))
    assert idle.closed
    assert not busy_transport.closed
    exchange = rig.handler.parked[0]
    exchange.answer(echo(exchange.request))
    assert replies(busy_transport.sent)[0].headers["connection"] == "close"
    assert busy_transport.ended
    assert not calls


def test_a_connection_that_comes_while_draining_is_closed() -> None:
    rig = Rig()
    rig.service.drain(lambda: None)
    assert rig.connect()[1].aborted


def test_draining_is_over_when_the_last_connection_is_lost() -> None:
    rig = Rig()
    first, second = rig.connect()[0], rig.connect()[0]
    calls: list[bool] = []
    rig.service.drain(lambda: calls.append(True))
    first.connection_lost(None)
    assert not calls
    second.connection_lost(None)
    assert calls


def test_draining_nothing_is_over_at_once() -> None:
    calls: list[bool] = []
    Rig().service.drain(lambda: calls.append(True))
    assert calls


def test_to_abort_is_to_close_what_is_left() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.data_received(PLAIN)
    rig.service.abort()
    assert transport.aborted


def test_a_refusal_whose_record_fails_is_not_recorded(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    assert rig.service.record("", Refusal(400, "x"))
    assert not rig.service.record("", Refusal(400, "raise"))
    assert "A refusal could not be recorded: RuntimeError" in caplog.text


def test_connections_over_the_limit_with_sockets() -> None:
    with ThreadedServer(connections=1) as server, server.connect() as first:
        first.sendall(PLAIN)
        read_replies(first, 1)
        assert replies(server.talk(request(b"x", "/", "POST", "Connection: close")))[0].body == b"x"
        assert read_all(first) == b""
