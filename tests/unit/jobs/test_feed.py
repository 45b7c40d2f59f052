from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.jobs.feed import prune_feed
from tests.unit.storage.support import NOW, StillClock, add_key, place

if TYPE_CHECKING:
    from strongroom.storage.store import Store


def test_entries_older_than_an_hour_are_forgotten(store: Store, clock: StillClock) -> None:
    for number, age in enumerate((7200.0, 3600.5, 3600.0, 0.0)):
        clock.time = NOW - age
        with store.change() as change:
            add_key(change, place(number))
    prune_feed(store, NOW)
    with store.read() as reader:
        assert [entry.sequence for entry in reader.changes_since(0)] == [3, 4]


def test_the_newest_entry_stays(store: Store) -> None:
    with store.change() as change:
        add_key(change, place())
    prune_feed(store, NOW + 1_000_000)
    with store.read() as reader:
        assert reader.last_change() == 1
