from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from strongroom.custody.pkcs11_errors import TokenError
from strongroom.jobs.deletion import delete_due_keys
from strongroom.model.errors import CloudHsmClusterNotFound, InvalidState
from strongroom.storage.keys import KeyWriter
from strongroom.storage.store import Store, StoreError
from tests.support.external_stores import hsm_settings
from tests.support.root_keys import softhsm_here
from tests.unit.custody.key_store_support import connected_by, in_cluster
from tests.unit.storage.support import ACCOUNT, NOW, REGION, StillClock, add_key, new_alias, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from strongroom.custody.key_stores import KeyStores
    from strongroom.model.key import KeyPlace
    from strongroom.model.key_store import ConnectionState, CustomKeyStore
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


BACKING_KEY_ID = "00112233445566778899aabbccddeeff"


class Token:
    """The token of every cluster, which says what is destroyed on it, and may fail."""

    def __init__(self, failure: Exception | None = None, *, missing: bool = False) -> None:
        self.destroyed: list[tuple[str, str]] = []
        self._failure = failure
        self._missing = missing

    def hsm(self, _store: CustomKeyStore) -> Token:
        if self._missing:
            raise CloudHsmClusterNotFound("it is configured no more")
        return self

    def destroy_key(self, label: str, backing_key_id: str) -> None:
        if self._failure is not None:
            raise self._failure
        self.destroyed.append((label, backing_key_id))


def add_to_cluster(store: Store, at: KeyPlace, backing_key_id: str, state: ConnectionState = "CONNECTED") -> str:
    """Add a key that is due, and the custom key store that it is in; gives the store's id."""
    kept = msgspec.structs.replace(in_cluster(), connection_state=state)
    store_id = kept.place.custom_key_store_id
    with store.change() as change:
        change.key_stores.create(kept)
        add_key(change, at, origin="AWS_CLOUDHSM", custom_key_store_id=store_id, backing_key_id=backing_key_id, **DUE)
    return store_id


class TestHsmKeys:
    def test_a_key_in_an_hsm_is_destroyed_there_and_the_record_names_it(self, store: Store) -> None:
        token = Token()
        store_id = add_to_cluster(store, place(), BACKING_KEY_ID)
        with store.change() as change:
            add_key(change, place(2), **DUE)
        assert delete_due_keys(store, cast("KeyStores", token), NOW) == 2
        assert token.destroyed == [(store_id, BACKING_KEY_ID)]
        with store.read() as reader:
            [(_, record), _] = reader.outbox.oldest(10)
        assert msgspec.json.decode(record)["additionalEventData"] == {
            "customKeyStoreId": store_id,
            "backingKeys": f'[{{"backingKeyId":"{BACKING_KEY_ID}"}}]',
        }

    def test_on_a_token_it_is_gone(self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with softhsm_here(tmp_path, monkeypatch) as softhsm:
            key_stores = connected_by(hsm_settings(softhsm, REGION))
            hsm = key_stores.hsm(in_cluster())
            hsm.connect()
            store_id = in_cluster().place.custom_key_store_id
            backing_key_id = hsm.create_key(store_id)
            sealed = (cipher := hsm.cipher(store_id, backing_key_id)).seal(b"x", b"")
            add_to_cluster(store, place(), backing_key_id)
            assert delete_due_keys(store, key_stores, NOW) == 1
            with pytest.raises(InvalidState, match="was not found in the AWS CloudHSM cluster"):
                cipher.open(sealed, b"")
            key_stores.close()

    @pytest.mark.parametrize(
        ("state", "token", "why"),
        [
            ("DISCONNECTED", Token(), "the custom key store is not connected"),
            ("CONNECTED", Token(missing=True), "it is configured no more"),
            ("CONNECTED", Token(TokenError("the token is gone")), "the token is gone"),
        ],
    )
    def test_what_cannot_be_destroyed_is_said(
        self, store: Store, caplog: pytest.LogCaptureFixture, state: ConnectionState, token: Token, why: str
    ) -> None:
        store_id = add_to_cluster(store, place(), BACKING_KEY_ID, state)
        assert delete_due_keys(store, cast("KeyStores", token), NOW) == 1
        with store.read() as reader:
            assert reader.keys.find(place()) is None
        assert token.destroyed == []
        assert caplog.messages == [
            f"Key {place().arn} is deleted, but {store_id} {BACKING_KEY_ID} stays in its HSM: {why}"
        ]

    def test_one_that_stays_is_not_destroyed(self, store: Store, engine: Engine) -> None:
        token = Token()
        add_to_cluster(store, place(), BACKING_KEY_ID)
        cancelled = Meddled(engine, lambda change: change.keys.update(place(), state="Disabled", deletion_date=None))
        assert delete_due_keys(cancelled, cast("KeyStores", token), NOW) == 0
        assert token.destroyed == []
