from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.storage.store import StoreError
from tests.unit.storage.support import OTHER_ACCOUNT, OTHER_REGION, add_key, place

if TYPE_CHECKING:
    from strongroom.storage.store import Store

OTHERS = [place(2), place(1, account_id=OTHER_ACCOUNT), place(1, region=OTHER_REGION)]


@pytest.fixture(autouse=True)
def _keys(store: Store) -> None:
    with store.change() as change:
        for each in (place(), *OTHERS):
            add_key(change, each)
            change.tags.put(each, {"kept": "value"})


def test_tags_are_as_they_were_put(store: Store) -> None:
    with store.change() as change:
        change.tags.put(place(), {"b": "€", "a": "", "B": "x"})
        assert change.tags.count(place()) == 4
    with store.read() as reader:
        assert reader.tags.page(place(), "", 100) == [("B", "x"), ("a", ""), ("b", "€"), ("kept", "value")]
        for other in OTHERS:
            assert reader.tags.page(other, "", 100) == [("kept", "value")]


def test_a_tag_key_has_one_value(store: Store) -> None:
    with store.change() as change:
        change.tags.put(place(), {"kept": "other", "new": "1"})
        change.tags.put(place(), {"new": "2"})
    with store.read() as reader:
        assert reader.tags.page(place(), "", 100) == [("kept", "other"), ("new", "2")]
        for other in OTHERS:
            assert reader.tags.page(other, "", 100) == [("kept", "value")]


def test_no_tags_change_nothing(store: Store) -> None:
    with store.change() as change:
        change.tags.put(place(), {})
        change.tags.remove(place(), [])
    with store.read() as reader:
        assert reader.tags.page(place(), "", 100) == [("kept", "value")]


def test_tags_are_removed_by_their_keys(store: Store) -> None:
    with store.change() as change:
        change.tags.put(place(), {"a": "1", "b": "2", "A": "3"})
        change.tags.remove(place(), iter(["a", "unknown", "kept"]))
    with store.read() as reader:
        assert reader.tags.page(place(), "", 100) == [("A", "3"), ("b", "2")]
        assert reader.tags.count(place()) == 2
        for other in OTHERS:
            assert reader.tags.count(other) == 1


def test_pages_are_sorted_by_tag_key(store: Store) -> None:
    with store.change() as change:
        change.tags.remove(place(), ["kept"])
        change.tags.put(place(), {key: key for key in "edcba"})
    with store.read() as reader:
        assert reader.tags.page(place(), "", 2) == [("a", "a"), ("b", "b")]
        assert reader.tags.page(place(), "b", 2) == [("c", "c"), ("d", "d")]
        assert reader.tags.page(place(), "d", 2) == [("e", "e")]
        assert reader.tags.page(place(), "e", 2) == []
        assert reader.tags.page(place(3), "", 2) == []
        assert reader.tags.count(place(3)) == 0


def test_a_tag_belongs_to_a_key(store: Store) -> None:
    with pytest.raises(StoreError), store.change() as change:
        change.tags.put(place(3), {"a": "b"})
