from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.model.account import AccessKeyUse, AccountSettings, Service
from strongroom.storage.feed import FeedEntry
from tests.unit.storage.support import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    REGION,
    StillClock,
    add_key,
    new_access_key,
    new_alias,
    new_key,
    new_material,
    new_user,
    place,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.storage.store import Change, Store

KEY = ("key", tuple(place()))
IDENTITY = ("identity", (ACCOUNT,))
Announced = list[tuple[str, tuple[str, ...]]]
NAMES: Announced = [("alias", (ACCOUNT, REGION, "alias/one")), ("alias", (ACCOUNT, REGION, "alias/two"))]

CHANGES: dict[str, tuple[Callable[[Change], object], Announced]] = {
    "key created": (
        lambda change: change.keys.create(new_key(place(9)), new_material(place(9))),
        [("key", tuple(place(9)))],
    ),
    "material added": (lambda change: change.keys.add_material(new_material(place(), material_id="b" * 64)), [KEY]),
    "key updated": (lambda change: change.keys.update(place(), state="Disabled"), [KEY]),
    "key deleted": (lambda change: change.keys.delete(place()), [*NAMES, KEY]),
    "alias created": (
        lambda change: change.aliases.create(new_alias("new", place())),
        [("alias", (ACCOUNT, REGION, "alias/new")), KEY],
    ),
    "alias retargeted": (
        lambda change: change.aliases.retarget(ACCOUNT, REGION, "alias/one", place(2).key_id),
        [*NAMES[:1], KEY, ("key", tuple(place(2)))],
    ),
    "alias deleted": (lambda change: change.aliases.delete(ACCOUNT, REGION, "alias/two"), [*NAMES[1:], KEY]),
    "tags put": (lambda change: change.tags.put(place(), {"a": "b", "c": "d"}), [KEY]),
    "tags removed": (lambda change: change.tags.remove(place(), ["tag"]), [KEY]),
    "access key created": (
        lambda change: change.accounts.create_access_key(new_access_key("AKIANEW")),
        [("access_key", ("AKIANEW",))],
    ),
    "access key switched": (
        lambda change: change.accounts.set_access_key_status("AKIAEXAMPLE", "Inactive"),
        [("access_key", ("AKIAEXAMPLE",))],
    ),
    "access key deleted": (
        lambda change: change.accounts.delete_access_key("AKIAEXAMPLE"),
        [("access_key", ("AKIAEXAMPLE",))],
    ),
    "access key used": (
        lambda change: change.accounts.record_use([AccessKeyUse("AKIAEXAMPLE", NOW, REGION, "kms")]),
        [],
    ),
    "identity put": (lambda change: change.identities.put(new_user("New", user_id="AIDANEW")), [IDENTITY]),
    "identity renamed": (lambda change: change.identities.rename(new_user("New"), "Bob"), [IDENTITY]),
    "identity deleted": (lambda change: change.identities.delete(new_user()), [IDENTITY]),
    "settings put": (lambda change: change.identities.put(AccountSettings(account_id=ACCOUNT)), [IDENTITY]),
    "service put": (
        lambda change: change.identities.put_service(Service(service="ec2.amazonaws.com")),
        [("service", ())],
    ),
    "service deleted": (
        lambda change: change.identities.delete_service("ec2.amazonaws.com"),
        [("service", ())],
    ),
    "clock moved": (lambda change: change.accounts.set_clock_offset(1.0), [("installation", ())]),
    "record appended": (lambda change: change.outbox.append(b"record"), []),
    "record removed": (lambda change: change.outbox.remove(1), []),
    "nothing": (lambda _: None, []),
}


def fail_after(change: Change) -> None:
    add_key(change, place(9))
    raise KeyError


def rich(store: Store) -> int:
    """Add one of everything; gives the number of the last entry."""
    with store.change() as change:
        add_key(change, place())
        add_key(change, place(2))
        add_key(change, place(1, account_id=OTHER_ACCOUNT))
        change.aliases.create(new_alias("one", place()))
        change.aliases.create(new_alias("two", place()))
        change.aliases.create(new_alias("other", place(2)))
        change.tags.put(place(), {"tag": "value"})
        change.accounts.create_access_key(new_access_key())
        change.identities.put(new_user())
    with store.read() as reader:
        return reader.last_change()


@pytest.mark.parametrize(("make", "expected"), CHANGES.values(), ids=CHANGES)
def test_every_change_is_announced(store: Store, make: Callable[[Change], object], expected: Announced) -> None:
    before = rich(store)
    with store.change() as change:
        make(change)
    with store.read() as reader:
        entries = reader.changes_since(before)
        assert [entry.sequence for entry in entries] == list(range(before + 1, before + 1 + len(expected)))
        assert [(entry.kind, entry.subject) for entry in entries] == expected
        assert reader.last_change() == before + len(expected)


def test_a_new_feed_is_empty(store: Store) -> None:
    with store.read() as reader:
        assert reader.last_change() == 0
        assert reader.changes_since(0) == []


def test_entries_are_numbered_without_gaps_also_after_a_change_that_failed(store: Store) -> None:
    for number in range(3):
        with store.change() as change:
            add_key(change, place(number))
        with pytest.raises(KeyError), store.change() as change:
            fail_after(change)
    with store.read() as reader:
        assert reader.changes_since(0) == [FeedEntry(number + 1, "key", tuple(place(number))) for number in range(3)]
        assert reader.changes_since(1) == reader.changes_since(0)[1:]
        assert reader.changes_since(3) == []


def _one_a_minute(store: Store, clock: StillClock) -> None:
    for number in range(5):
        clock.time = NOW + 60 * number
        with store.change() as change:
            add_key(change, place(number))


def test_old_entries_are_forgotten(store: Store, clock: StillClock) -> None:
    _one_a_minute(store, clock)
    with store.change() as change:
        change.prune_feed(NOW + 120)
    with store.read() as reader:
        assert [entry.sequence for entry in reader.changes_since(0)] == [3, 4, 5]


def test_the_newest_entry_stays_so_that_numbers_go_on(store: Store, clock: StillClock) -> None:
    _one_a_minute(store, clock)
    with store.change() as change:
        change.prune_feed(NOW + 10_000)
    with store.read() as reader:
        assert [entry.sequence for entry in reader.changes_since(0)] == [5]
        assert reader.last_change() == 5
    with store.change() as change:
        add_key(change, place(9))
    with store.read() as reader:
        assert reader.changes_since(5) == [FeedEntry(6, "key", tuple(place(9)))]


def test_an_empty_feed_can_be_pruned(store: Store) -> None:
    with store.change() as change:
        change.prune_feed(NOW)
    with store.read() as reader:
        assert reader.last_change() == 0
