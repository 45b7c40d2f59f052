"""The bounded memory."""

from strongroom.authn.recent import Recent


def test_what_was_put_is_found_and_nothing_else() -> None:
    recent: Recent[int] = Recent(2)
    recent.put("a", 1)
    assert (recent.get("a"), recent.get("b")) == (1, None)


def test_the_first_is_dropped_when_full() -> None:
    recent: Recent[int] = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("c", 3)):
        recent.put(key, value)
    assert [recent.get(key) for key in "abc"] == [None, 2, 3]


def test_replacing_a_value_drops_nothing() -> None:
    recent: Recent[int] = Recent(2)
    for key, value in (("a", 1), ("b", 2), ("b", 3)):
        recent.put(key, value)
    assert [recent.get(key) for key in "ab"] == [1, 3]
