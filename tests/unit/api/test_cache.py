import pytest

from strongroom.api import cache as module
from strongroom.api.cache import Cache


def test_entries_are_kept_until_they_are_dropped() -> None:
    cache: Cache[str, int] = Cache()
    cache.put("a", 1)
    cache.put("b", 2)
    assert (cache.get("a"), cache.get("c")) == (1, None)
    cache.drop("a")
    cache.drop("c")
    assert (cache.get("a"), cache.get("b")) == (None, 2)
    cache.clear()
    assert cache.get("b") is None


def test_entries_are_dropped_by_what_they_are() -> None:
    cache: Cache[str, int] = Cache()
    for number in range(4):
        cache.put(str(number), number)
    cache.drop_all_that(lambda value: value % 2 == 0)
    assert [cache.get(str(number)) for number in range(4)] == [None, 1, None, 3]


def test_the_first_goes_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SIZE", 2)
    cache: Cache[str, int] = Cache()
    for number in range(3):
        cache.put(str(number), number)
    assert [cache.get(str(number)) for number in range(3)] == [None, 1, 2]


def test_another_value_takes_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SIZE", 2)
    cache: Cache[str, int] = Cache()
    cache.put("a", 1)
    cache.put("b", 1)
    cache.put("b", 2)
    assert (cache.get("a"), cache.get("b")) == (1, 2)
