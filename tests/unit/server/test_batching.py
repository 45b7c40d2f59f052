from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.server.support import PLAIN, Rig, ThreadedServer, replies, request

if TYPE_CHECKING:
    import pytest


def test_all_that_was_read_in_a_turn_is_one_batch() -> None:
    rig = Rig()
    connections = [rig.connect() for _ in range(3)]
    for connection, _ in connections:
        connection.data_received(PLAIN)
    assert rig.handler.batches == []
    rig.turn()
    assert [len(batch) for batch in rig.handler.batches] == [3]
    assert all(len(replies(transport.sent)) == 1 for _, transport in connections)


def test_a_request_that_waited_for_its_predecessor_is_in_a_later_batch() -> None:
    rig = Rig()
    connection, transport = rig.connect()
    connection.data_received(PLAIN + PLAIN)
    rig.turn()
    assert [len(batch) for batch in rig.handler.batches] == [1, 1]
    assert len(replies(transport.sent)) == 2


def test_when_the_handler_fails_what_it_did_not_finish_gets_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig()
    answered, failing, later = (rig.connect() for _ in range(3))
    answered[0].data_received(PLAIN)
    failing[0].data_received(request(b"", "/raise"))
    later[0].data_received(PLAIN)
    rig.turn()
    assert [transport.aborted for _, transport in (answered, failing, later)] == [False, True, True]
    assert [bool(transport.sent) for _, transport in (answered, failing, later)] == [True, False, False]
    assert "The handler failed: RuntimeError" in caplog.text
    assert "in _handle" in caplog.text
    assert "on request" not in caplog.text.replace('raise RuntimeError("on request")', "")


def test_the_loop_goes_on_after_a_failure() -> None:
    with ThreadedServer() as server:
        assert server.talk(request(b"", "/raise")) == b""
        assert replies(server.talk(request(b"a", "/", "POST", "Connection: close")))[0].body == b"a"
