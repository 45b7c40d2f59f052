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
    add_key,
    content,
    new_alias,
    new_key,
    new_material,
    place,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from strongroom.storage.store import Store

ELSEWHERE = [place(2), place(1, account_id=OTHER_ACCOUNT), place(1, region=OTHER_REGION)]


def test_a_key_is_as_it_was_made(store: Store) -> None:
    with store.change() as change:
        change.keys.create(new_key(place()), new_material(place()))
        assert change.keys.find(place()) == new_key(place())
    with store.read() as reader:
        assert reader.keys.find(place()) == new_key(place())
        assert reader.keys.materials(place()) == [new_material(place())]
        for other in ELSEWHERE:
            assert reader.keys.find(other) is None
            assert reader.keys.materials(other) == []


@pytest.mark.parametrize("text", ["", "\0", "€ \U0001f511", "x" * 100_000, "'; DROP TABLE keys; --"])
def test_texts_are_kept_as_they_are(store: Store, text: str) -> None:
    with store.change() as change:
        add_key(change, place(), description=text, policy=text)
    with store.read() as reader:
        assert reader.keys.find(place()) == new_key(place(), description=text, policy=text)


def test_a_key_is_made_once(store: Store) -> None:
    with store.change() as change:
        add_key(change, place())
    with pytest.raises(StoreError), store.change() as change:
        add_key(change, place())


def test_the_same_id_elsewhere_is_another_key(store: Store) -> None:
    with store.change() as change:
        for number, each in enumerate([place(), *ELSEWHERE]):
            add_key(change, each, description=str(number))
    with store.read() as reader:
        for number, each in enumerate([place(), *ELSEWHERE]):
            assert reader.keys.find(each) == new_key(each, description=str(number))
            assert reader.keys.materials(each) == [new_material(each)]


def test_a_key_belongs_to_an_account(store: Store) -> None:
    with pytest.raises(StoreError), store.change() as change:
        add_key(change, place(account_id="000000000000"))


def test_materials_are_listed_oldest_first(store: Store) -> None:
    later = [
        new_material(place(), material_id="c" * 64, creation_date=NOW + 2),
        new_material(place(), material_id="b" * 64, creation_date=NOW + 1),
        new_material(place(), material_id="d" * 64, creation_date=NOW + 1),
    ]
    with store.change() as change:
        add_key(change, place())
        for material in later:
            change.keys.add_material(material)
    with store.read() as reader:
        assert reader.keys.materials(place()) == [new_material(place()), later[1], later[2], later[0]]


def test_a_material_belongs_to_a_key_and_a_store_key(store: Store) -> None:
    with store.change() as change:
        add_key(change, place())
    for material in (
        new_material(place(2)),
        new_material(place(), material_id="b" * 64, store_key=2),
        new_material(place()),
    ):
        with pytest.raises(StoreError), store.change() as change:
            change.keys.add_material(material)


def test_pages_are_sorted_by_id(store: Store) -> None:
    with store.change() as change:
        for number in (5, 3, 1, 4, 2):
            add_key(change, place(number))
        for other in ELSEWHERE[1:]:
            add_key(change, other)
    ids = [place(number).key_id for number in range(1, 6)]
    with store.read() as reader:
        assert reader.keys.page(ACCOUNT, REGION, "", 100) == ids
        assert reader.keys.page(ACCOUNT, REGION, "", 2) == ids[:2]
        assert reader.keys.page(ACCOUNT, REGION, ids[1], 2) == ids[2:4]
        assert reader.keys.page(ACCOUNT, REGION, ids[3], 2) == ids[4:]
        assert reader.keys.page(ACCOUNT, REGION, ids[4], 2) == []
        assert reader.keys.page(OTHER_ACCOUNT, REGION, "", 100) == [ELSEWHERE[1].key_id]
        assert reader.keys.page(OTHER_ACCOUNT, OTHER_REGION, "", 100) == []


def test_a_page_goes_on_after_a_key_that_has_gone(store: Store) -> None:
    with store.change() as change:
        for number in (1, 3):
            add_key(change, place(number))
    with store.read() as reader:
        assert reader.keys.page(ACCOUNT, REGION, place(2).key_id, 10) == [place(3).key_id]


def test_keys_are_counted_by_manager(store: Store) -> None:
    with store.change() as change:
        for number in range(3):
            add_key(change, place(number))
        add_key(change, place(7), manager="AWS")
        for other in ELSEWHERE[1:]:
            add_key(change, other)
    with store.read() as reader:
        assert reader.keys.count(ACCOUNT, REGION, "CUSTOMER") == 3
        assert reader.keys.count(ACCOUNT, REGION, "AWS") == 1
        assert reader.keys.count(OTHER_ACCOUNT, REGION, "CUSTOMER") == 1
        assert reader.keys.count(OTHER_ACCOUNT, OTHER_REGION, "CUSTOMER") == 0


def test_keys_are_counted_by_state(store: Store) -> None:
    with store.read() as reader:
        assert reader.keys.count_by_state() == {}
    with store.change() as change:
        add_key(change, place(1))
        add_key(change, place(2), state="Disabled")
        add_key(change, place(2, account_id=OTHER_ACCOUNT), state="Disabled")
    with store.read() as reader:
        assert reader.keys.count_by_state() == {"Enabled": 1, "Disabled": 2}


def test_only_the_named_columns_of_the_named_key_change(store: Store) -> None:
    with store.change() as change:
        for each in (place(), *ELSEWHERE):
            add_key(change, each)
        change.keys.update(place(), state="PendingDeletion", deletion_date=NOW + 7.5)
    with store.read() as reader:
        assert reader.keys.find(place()) == new_key(place(), state="PendingDeletion", deletion_date=NOW + 7.5)
        for other in ELSEWHERE:
            assert reader.keys.find(other) == new_key(other)
    with store.change() as change:
        change.keys.update(place(), state="Disabled", deletion_date=None)
    with store.read() as reader:
        assert reader.keys.find(place()) == new_key(place(), state="Disabled")


def test_keys_are_due_when_their_date_has_come(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(1), state="PendingDeletion", deletion_date=NOW + 1)
        add_key(change, place(2), state="PendingDeletion", deletion_date=NOW)
        add_key(change, place(3, region=OTHER_REGION), state="PendingDeletion", deletion_date=NOW - 1)
        add_key(change, place(4), state="Disabled", deletion_date=NOW - 1)
        add_key(change, place(5))
    with store.read() as reader:
        assert [key.place for key in reader.keys.due_for_deletion(NOW, 10)] == [
            place(3, region=OTHER_REGION),
            place(2),
        ]
        assert [key.place for key in reader.keys.due_for_deletion(NOW, 1)] == [place(3, region=OTHER_REGION)]
        assert len(reader.keys.due_for_deletion(NOW + 1, 10)) == 3
        assert reader.keys.due_for_deletion(NOW - 2, 10) == []


def test_deletion_takes_all_that_belongs_to_the_key_and_nothing_else(store: Store, engine: Engine) -> None:
    with store.change() as change:
        for number, each in enumerate(ELSEWHERE):
            add_key(change, each)
            change.aliases.create(new_alias(f"other-{number}", each))
            change.tags.put(each, {"tag": "value"})
    tables = ("keys", "key_materials", "aliases", "tags")
    before = [content(engine)[table] for table in tables]
    with store.change() as change:
        add_key(change, place())
        change.keys.add_material(new_material(place(), material_id="b" * 64))
        change.aliases.create(new_alias("one", place()))
        change.aliases.create(new_alias("two", place()))
        change.tags.put(place(), {"one": "1", "two": "2"})
    with store.change() as change:
        change.keys.delete(place())
        assert change.keys.find(place()) is None
    assert [content(engine)[table] for table in tables] == before
