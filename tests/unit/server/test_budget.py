import pytest

from strongroom.server.budget import BodyBudget
from strongroom.server.limits import Limits
from strongroom.server.reader import RequestReader
from strongroom.server.refusal import Refusal

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"


def reader(budget: BodyBudget) -> RequestReader:
    return RequestReader(Limits(), "192.0.2.7", budget, secure=False)


def test_what_is_held_is_bounded() -> None:
    budget = BodyBudget(10)
    budget.take(10)
    with pytest.raises(Refusal) as caught:
        budget.take(1)
    assert caught.value.status == 503
    budget.give_back(10)
    budget.take(10)


def test_all_connections_share_the_room_until_answers_and_ends_make_some() -> None:
    budget = BodyBudget(20)
    first, second, third = (reader(budget) for _ in range(3))
    first.feed(HEAD + bytes(10))
    second.feed(HEAD + bytes(9))
    with pytest.raises(Refusal, match="too many requests"):
        third.feed(HEAD + bytes(2))
    request, _ = first.requests.popleft()
    first.release(request)
    second.feed(bytes(1))
    second.close()
    reader(budget).feed(HEAD + bytes(10))
    reader(budget).feed(HEAD + bytes(10))


def test_closing_gives_everything_back_once() -> None:
    budget = BodyBudget(10)
    each = reader(budget)
    each.feed(HEAD + bytes(10))
    request, _ = each.requests.popleft()
    each.release(request)
    each.close()
    budget.take(10)
    with pytest.raises(Refusal):
        budget.take(1)
