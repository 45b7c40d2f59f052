from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from strongroom.jobs.deletion import delete_due_keys
from strongroom.storage.keys import KeyWriter
from strongroom.storage.store import Store, StoreError
from tests.unit.storage.support import ACCOUNT, NOW, REGION, StillClock, add_key, new_alias, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from strongroom.custody.key_stores import KeyStores
    from strongroom.model.key import KeyPlace
    from strongroom.storage.store import Change

NO_STORES = cast("KeyStores", None)
DUE = {"state": "PendingDeletion", "deletion_date": NOW}


class Meddled(Store):
    """A store in which somebody is quicker than the job's change."""

    def __init__(self, engine: Engine, meddle: Callable[[Change], object]) -> None:
        super().__init__(engine, StillClock())
        self._meddle = meddle

    @contextmanager
    def change(self) -> Iterator[Change]:
        with super().change() as change:
            self._meddle(change)
        with super().change() as change:
            yield change


def test_a_due_key_is_deleted_with_all_that_belongs_to_it(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(), **DUE)
        change.aliases.create(new_alias("name", place()))
        change.tags.put(place(), {"a": "b"})
    assert delete_due_keys(store, NO_STORES, NOW) == 1
    with store.read() as reader:
        assert reader.keys.find(place()) is None
        assert reader.keys.materials(place()) == []
        assert reader.aliases.find(ACCOUNT, REGION, "alias/name") is None
        assert reader.tags.count(place()) == 0


def test_a_deletion_is_recorded_and_announced_with_it(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(), **DUE)
    assert delete_due_keys(store, NO_STORES, NOW + 61) == 1
    with store.read() as reader:
        [(_, record)] = reader.outbox.oldest(10)
        [*_, last] = reader.changes_since(0)
    recorded = msgspec.json.decode(record)
    assert {name: recorded[name] for name in ("eventName", "eventType", "awsRegion", "recipientAccountId")} == {
        "eventName": "DeleteKey",
        "eventType": "AwsServiceEvent",
        "awsRegion": REGION,
        "recipientAccountId": ACCOUNT,
    }
    assert recorded["eventTime"] == "2023-11-14T22:14:21Z"
    assert recorded["resources"] == [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": place().arn}]
    assert recorded["responseElements"] == {"keyId": place().arn}
    assert (last.kind, last.subject) == ("key", tuple(place()))


@pytest.mark.parametrize(("late", "deleted"), [(-0.5, 0), (0.0, 1), (1_000_000.0, 1)])
def test_a_key_is_deleted_when_its_date_has_come(store: Store, late: float, deleted: int) -> None:
    with store.change() as change:
        add_key(change, place(), **DUE)
    assert delete_due_keys(store, NO_STORES, NOW + late) == deleted
    with store.read() as reader:
        assert (reader.keys.find(place()) is None) == bool(deleted)
        assert len(reader.outbox.oldest(10)) == deleted


def test_other_keys_stay(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(1), **DUE)
        add_key(change, place(2))
        add_key(change, place(3), state="Disabled", deletion_date=NOW)
        add_key(change, place(4), state="PendingDeletion", deletion_date=NOW + 1)
    assert delete_due_keys(store, NO_STORES, NOW) == 1
    assert delete_due_keys(store, NO_STORES, NOW) == 0
    with store.read() as reader:
        assert reader.keys.page(ACCOUNT, REGION, "", 10) == [place(number).key_id for number in (2, 3, 4)]


@pytest.mark.parametrize(
    "meddle",
    [
        lambda change: change.keys.update(place(), state="Disabled", deletion_date=None),
        lambda change: change.keys.update(place(), state="Disabled"),
        lambda change: change.keys.update(place(), deletion_date=NOW + 1),
        lambda change: change.keys.update(place(), deletion_date=None),
    ],
)
def test_a_key_whose_deletion_was_cancelled_meanwhile_stays(
    store: Store, engine: Engine, meddle: Callable[[Change], object]
) -> None:
    with store.change() as change:
        add_key(change, place(), **DUE)
    assert delete_due_keys(Meddled(engine, meddle), NO_STORES, NOW) == 0
    with store.read() as reader:
        assert reader.keys.find(place()) is not None
        assert len(reader.keys.materials(place())) == 1
        assert reader.outbox.oldest(10) == []


def test_a_key_that_was_deleted_meanwhile_is_not_deleted_twice(store: Store, engine: Engine) -> None:
    with store.change() as change:
        add_key(change, place(), **DUE)
    assert delete_due_keys(Meddled(engine, lambda change: change.keys.delete(place())), NO_STORES, NOW) == 0
    with store.read() as reader:
        assert reader.outbox.oldest(10) == []


def test_many_keys_are_deleted_a_hundred_at_a_time(store: Store) -> None:
    with store.change() as change:
        for number in range(101):
            add_key(change, place(number), state="PendingDeletion", deletion_date=NOW - number)
    assert delete_due_keys(store, NO_STORES, NOW) == 100
    with store.read() as reader:
        assert reader.keys.page(ACCOUNT, REGION, "", 10) == [place(0).key_id]
    assert delete_due_keys(store, NO_STORES, NOW) == 1
    assert delete_due_keys(store, NO_STORES, NOW) == 0


def test_a_deletion_that_fails_does_not_hinder_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with store.change() as change:
        for number in range(3):
            add_key(change, place(number), **DUE)
    real = KeyWriter.delete

    def delete(self: KeyWriter, at: KeyPlace) -> None:
        if at == place(0):
            raise StoreError("on request")
        real(self, at)

    with monkeypatch.context() as patch:
        patch.setattr(KeyWriter, "delete", delete)
        assert delete_due_keys(store, NO_STORES, NOW) == 2
    assert f"Key {place(0).arn} could not be deleted" in caplog.text
    assert delete_due_keys(store, NO_STORES, NOW) == 1
