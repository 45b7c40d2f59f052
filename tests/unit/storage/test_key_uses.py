"""The last use of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.storage.support import NOW, add_key, new_key_use, place

if TYPE_CHECKING:
    from strongroom.storage.store import Store


def test_the_latest_use_is_kept(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(1))
        assert change.key_uses.find(place(1)) is None
        first = new_key_use(place(1))
        change.key_uses.record([first])
        assert change.key_uses.find(place(1)) == first
        later = new_key_use(place(1), operation="Encrypt", date=NOW + 1)
        change.key_uses.record([later, first])
        assert change.key_uses.find(place(1)) == later


def test_uses_of_keys_that_are_gone_are_dropped(store: Store) -> None:
    with store.change() as change:
        change.key_uses.record([new_key_use(place(1))])
        add_key(change, place(2))
        change.key_uses.record([new_key_use(place(2))])
        change.keys.delete(place(2))
    with store.read() as reader:
        assert reader.key_uses.find(place(1)) is None
        assert reader.key_uses.find(place(2)) is None
