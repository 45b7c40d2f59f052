from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

import pytest
from msgspec.structs import replace

from strongroom.jobs.key_store_connections import finish_connections
from strongroom.model.key_store import ConnectionFailedError
from strongroom.storage.store import Store, StoreError
from tests.unit.storage.support import ACCOUNT, StillClock, new_key_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from strongroom.custody.key_stores import KeyStores
    from strongroom.model.key_store import ConnectionState, CustomKeyStore
    from strongroom.storage.store import Change

ONE: Final = new_key_store(1, connection_state="CONNECTING")
TWO: Final = new_key_store(2, connection_state="CONNECTING")
LEAVING_ONE: Final = replace(ONE, connection_state="DISCONNECTING")
RENAMED: Final = replace(ONE, name="renamed")
LEAVING: Final = new_key_store(3, connection_state="DISCONNECTING")


class Asked:
    """Connections of which some fail; whoever asks may do something meanwhile."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None, **failing: str) -> None:
        self.names: list[str] = []
        self.request_ids: set[str] = set()
        self._meanwhile = meanwhile
        self._failing = failing

    def connect(self, store: CustomKeyStore, request_id: str) -> None:
        self.names.append(store.name)
        self.request_ids.add(request_id)
        self._meanwhile()
        code = self._failing.get(store.name.replace(" ", "_"))
        if code is not None:
            raise ConnectionFailedError(code, "words of the proxy")


def finish(store: Store, asked: Asked) -> int:
    return finish_connections(store, cast("KeyStores", asked))


def put(store: Store, *stores: CustomKeyStore) -> None:
    with store.change() as change:
        for each in stores:
            change.key_stores.create(each)


def kept(store: Store, *stores: CustomKeyStore) -> list[CustomKeyStore | None]:
    with store.read() as reader:
        return [reader.key_stores.find(each.place) for each in stores]


def test_what_waits_is_connected_and_disconnected(store: Store) -> None:
    put(store, ONE, TWO, LEAVING)
    asked = Asked()
    assert finish(store, asked) == 3
    assert asked.names == ["store 1", "store 2"]
    assert len(asked.request_ids) == 2
    assert kept(store, ONE, TWO, LEAVING) == [
        replace(ONE, connection_state="CONNECTED"),
        replace(TWO, connection_state="CONNECTED"),
        replace(LEAVING, connection_state="DISCONNECTED"),
    ]
    assert finish(store, asked) == 0


@pytest.mark.parametrize("state", ["CONNECTED", "DISCONNECTED", "FAILED"])
def test_what_does_not_wait_is_left_alone(store: Store, state: ConnectionState) -> None:
    other = replace(ONE, connection_state=state)
    put(store, other)
    assert finish(store, Asked()) == 0
    assert kept(store, ONE) == [other]


def test_what_fails_says_why_and_hinders_nobody(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    put(store, ONE, TWO)
    assert finish(store, Asked(store_1="INVALID_CREDENTIALS")) == 2
    assert kept(store, ONE, TWO) == [
        replace(ONE, connection_state="FAILED", connection_error_code="INVALID_CREDENTIALS"),
        replace(TWO, connection_state="CONNECTED"),
    ]
    named = f"Custom key store {ONE.place.custom_key_store_id} of account {ACCOUNT}"
    assert caplog.messages == [f"{named} cannot be connected (INVALID_CREDENTIALS): words of the proxy"]


def test_a_change_is_announced(store: Store) -> None:
    put(store, ONE)
    with store.read() as reader:
        [*_, last] = reader.changes_since(0)
    finish(store, Asked())
    with store.read() as reader:
        assert [each.subject for each in reader.changes_since(last.sequence)] == [tuple(ONE.place)]


def test_others_may_write_while_the_proxy_is_asked(store: Store) -> None:
    put(store, ONE)

    def write() -> None:
        with store.change() as change:
            change.accounts.create_account("999988887777")

    assert finish(store, Asked(write)) == 1


@pytest.mark.parametrize(
    ("meddle", "left"),
    [
        (lambda change: change.key_stores.update(LEAVING_ONE), LEAVING_ONE),
        (lambda change: change.key_stores.update(RENAMED), RENAMED),
        (lambda change: change.key_stores.delete(ONE.place), None),
    ],
)
@pytest.mark.parametrize("failing", [{}, {"store_1": "INTERNAL_ERROR"}])
def test_what_was_changed_meanwhile_is_left_alone(
    store: Store, meddle: Callable[[Change], object], left: CustomKeyStore | None, failing: dict[str, str]
) -> None:
    put(store, ONE)

    def meanwhile() -> None:
        with store.change() as change:
            meddle(change)

    assert finish(store, Asked(meanwhile, **failing)) == 0
    assert kept(store, ONE) == [left]


class Refusing(Store):
    """A store that fails some changes."""

    def __init__(self, engine: Engine, failures: int) -> None:
        super().__init__(engine, StillClock())
        self._failures = failures

    @contextmanager
    def change(self) -> Iterator[Change]:
        self._failures -= 1
        if self._failures >= 0:
            raise StoreError("on request")
        with super().change() as change:
            yield change


def test_what_cannot_be_written_waits_for_the_next_turn(
    store: Store, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, ONE, LEAVING)
    assert finish(Refusing(engine, 1), Asked()) == 1
    assert kept(store, ONE, LEAVING) == [ONE, replace(LEAVING, connection_state="DISCONNECTED")]
    (message,) = caplog.messages
    assert message.startswith(f"Custom key store {ONE.place.custom_key_store_id} of account {ACCOUNT} stays CONNECTING")
    assert finish(store, Asked()) == 1


def test_many_are_connected_a_hundred_at_a_time(store: Store) -> None:
    put(store, *(new_key_store(number, connection_state="CONNECTING") for number in range(101)))
    assert [finish(store, Asked()) for _ in range(3)] == [100, 1, 0]
