from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.storage.store import StoreError
from tests.unit.storage.support import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    StillClock,
    add_key,
    new_alias,
    place,
)

if TYPE_CHECKING:
    from strongroom.storage.store import Store

OTHERS = [place(1, account_id=OTHER_ACCOUNT), place(1, region=OTHER_REGION)]


@pytest.fixture(autouse=True)
def _keys(store: Store) -> None:
    with store.change() as change:
        for each in (place(1), place(2), *OTHERS):
            add_key(change, each)


def test_an_alias_is_as_it_was_made(store: Store) -> None:
    alias = new_alias("a/b_c-d", place(), creation_date=NOW + 0.5, last_updated_date=NOW + 0.75)
    with store.change() as change:
        change.aliases.create(alias)
        assert change.aliases.find(ACCOUNT, REGION, "alias/a/b_c-d") == alias
    with store.read() as reader:
        assert reader.aliases.find(ACCOUNT, REGION, "alias/a/b_c-d") == alias
        assert reader.aliases.find(ACCOUNT, REGION, "alias/A/b_c-d") is None
        assert reader.aliases.find(ACCOUNT, OTHER_REGION, "alias/a/b_c-d") is None
        assert reader.aliases.find(OTHER_ACCOUNT, REGION, "alias/a/b_c-d") is None


def test_a_name_is_taken_once_in_an_account_and_region(store: Store) -> None:
    with store.change() as change:
        for each in (place(), *OTHERS):
            change.aliases.create(new_alias("name", each))
    with pytest.raises(StoreError), store.change() as change:
        change.aliases.create(new_alias("name", place(2)))


def test_names_that_differ_in_case_are_two(store: Store) -> None:
    with store.change() as change:
        change.aliases.create(new_alias("name", place(1)))
        change.aliases.create(new_alias("Name", place(2)))
    with store.read() as reader:
        assert reader.aliases.find(ACCOUNT, REGION, "alias/Name") == new_alias("Name", place(2))


def test_an_alias_names_a_key_of_its_own_account_and_region(store: Store) -> None:
    for alias in (
        new_alias("name", place(3)),
        new_alias("name", place(2, region=OTHER_REGION)),
        new_alias("name", place(2, account_id=OTHER_ACCOUNT)),
    ):
        with pytest.raises(StoreError), store.change() as change:
            change.aliases.create(alias)


def test_an_alias_is_not_pointed_to_a_key_that_is_not_there(store: Store) -> None:
    with store.change() as change:
        change.aliases.create(new_alias("name", place()))
    with pytest.raises(StoreError), store.change() as change:
        change.aliases.retarget(ACCOUNT, REGION, "alias/name", place(3).key_id)
    with store.read() as reader:
        assert reader.aliases.find(ACCOUNT, REGION, "alias/name") == new_alias("name", place())


def test_retargeting_is_dated_and_leaves_others_alone(store: Store, clock: StillClock) -> None:
    with store.change() as change:
        for each in (place(), *OTHERS):
            change.aliases.create(new_alias("name", each))
        change.aliases.create(new_alias("other", place()))
    clock.time += 10
    with store.change() as change:
        change.aliases.retarget(ACCOUNT, REGION, "alias/name", place(2).key_id)
    with store.read() as reader:
        found = reader.aliases.find(ACCOUNT, REGION, "alias/name")
        assert found == new_alias("name", place(2), last_updated_date=NOW + 10)
        assert reader.aliases.find(ACCOUNT, REGION, "alias/other") == new_alias("other", place())
        for each in OTHERS:
            assert reader.aliases.find(each.account_id, each.region, "alias/name") == new_alias("name", each)


def test_deletion_leaves_others_alone(store: Store) -> None:
    with store.change() as change:
        for each in (place(), *OTHERS):
            change.aliases.create(new_alias("name", each))
        change.aliases.create(new_alias("other", place()))
    with store.change() as change:
        change.aliases.delete(ACCOUNT, REGION, "alias/name")
    with store.read() as reader:
        assert reader.aliases.find(ACCOUNT, REGION, "alias/name") is None
        assert reader.aliases.find(ACCOUNT, REGION, "alias/other") is not None
        for each in OTHERS:
            assert reader.aliases.find(each.account_id, each.region, "alias/name") is not None
        assert reader.keys.find(place()) is not None


def test_pages_are_sorted_by_name_as_bytes(store: Store) -> None:
    names = ["-dash", "/slash", "0", "A", "B", "_underline", "a", "a/b", "aa", "b"]
    with store.change() as change:
        for number, name in enumerate(reversed(names)):
            change.aliases.create(new_alias(name, place(1 + number % 2)))
        for each in OTHERS:
            change.aliases.create(new_alias("elsewhere", each))
    with store.read() as reader:
        listed = reader.aliases.page(ACCOUNT, REGION, "", 100)
        assert [alias.name for alias in listed] == [f"alias/{name}" for name in names]
        assert reader.aliases.page(ACCOUNT, REGION, "", 3) == listed[:3]
        assert reader.aliases.page(ACCOUNT, REGION, listed[2].name, 3) == listed[3:6]
        assert reader.aliases.page(ACCOUNT, REGION, listed[-1].name, 3) == []
        assert [alias.name for alias in reader.aliases.page(OTHER_ACCOUNT, REGION, "", 9)] == ["alias/elsewhere"]


def test_pages_of_a_key_hold_its_aliases_only(store: Store) -> None:
    with store.change() as change:
        for name in ("d", "b", "a", "c"):
            change.aliases.create(new_alias(name, place(1)))
        change.aliases.create(new_alias("bb", place(2)))
        for each in OTHERS:
            change.aliases.create(new_alias("elsewhere", each))
    with store.read() as reader:
        listed = reader.aliases.page_of_key(place(1), "", 100)
        assert [alias.name for alias in listed] == ["alias/a", "alias/b", "alias/c", "alias/d"]
        assert reader.aliases.page_of_key(place(1), "", 2) == listed[:2]
        assert reader.aliases.page_of_key(place(1), "alias/b", 2) == listed[2:]
        assert reader.aliases.page_of_key(place(1), "alias/d", 2) == []
        assert reader.aliases.page_of_key(place(3), "", 2) == []


def test_the_aliases_of_a_key_are_counted(store: Store) -> None:
    with store.change() as change:
        for name in ("a", "b", "c"):
            change.aliases.create(new_alias(name, place(1)))
        change.aliases.create(new_alias("d", OTHERS[0]))
    with store.read() as reader:
        assert reader.aliases.count_of_key(place(1)) == 3
        assert reader.aliases.count_of_key(place(2)) == 0
        assert [reader.aliases.count_of_key(each) for each in OTHERS] == [1, 0]
