from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.model.request import Answer, Request
from strongroom.server.exchange import Exchange
from tests.unit.server.support import echo

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = Request(method="POST", path="/", query="", headers=(), body=b"", source_ip="")


class Outcomes(list[object]):
    def reply(self, exchange: Exchange, answer: Answer) -> None:
        self.append((exchange, answer))

    def abort(self) -> None:
        self.append("abort")


def test_an_answer_goes_to_the_connection() -> None:
    outcomes = Outcomes()
    exchange = Exchange(ASKED, outcomes, keep_alive=True)
    assert not exchange.finished
    exchange.answer(echo(ASKED))
    assert exchange.finished
    assert outcomes == [(exchange, echo(ASKED))]


def test_to_abandon_is_to_abort_the_connection() -> None:
    outcomes = Outcomes()
    Exchange(ASKED, outcomes, keep_alive=True).abandon()
    assert outcomes == ["abort"]


@pytest.mark.parametrize("first", [lambda e: e.answer(echo(ASKED)), Exchange.abandon])
@pytest.mark.parametrize("second", [lambda e: e.answer(echo(ASKED)), Exchange.abandon])
def test_an_exchange_has_one_outcome(first: Callable[[Exchange], None], second: Callable[[Exchange], None]) -> None:
    outcomes = Outcomes()
    exchange = Exchange(ASKED, outcomes, keep_alive=True)
    first(exchange)
    with pytest.raises(RuntimeError, match="finished already"):
        second(exchange)
    assert len(outcomes) == 1
