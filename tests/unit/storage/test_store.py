from __future__ import annotations

import random
import sqlite3
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError

from strongroom.model.account import Service
from strongroom.storage.store import Store, StoreBusyError, StoreError
from tests.unit.storage.support import (
    ACCOUNT,
    NOW,
    REGION,
    Database,
    StillClock,
    add_key,
    content,
    increment,
    new_access_key,
    new_alias,
    new_grant,
    new_key,
    new_key_store,
    new_key_use,
    new_material,
    new_user,
    place,
    start_incrementing,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from strongroom.storage.store import Change


@pytest.fixture
def impatient(database: Database, clock: StillClock) -> Iterator[Store]:
    """Another worker's store over the same database."""
    impatient = Store(database.open_impatiently(), clock)
    yield impatient
    impatient.close()


class MishapError(Exception):
    """What goes wrong in the middle of a change."""


def change_everything(change: Change) -> None:
    change.accounts.create_account("999999999999")
    change.accounts.create_access_key(new_access_key("AKIANEW"))
    change.accounts.set_access_key_status("AKIAEXAMPLE", "Inactive")
    change.accounts.set_clock_offset(5.0)
    add_key(change, place(2))
    change.keys.add_material(new_material(place(1), material_id="b" * 64))
    change.keys.update(place(1), state="Disabled")
    change.aliases.create(new_alias("new", place(2)))
    change.aliases.retarget(ACCOUNT, REGION, "alias/kept", place(2).key_id)
    change.aliases.delete(ACCOUNT, REGION, "alias/kept")
    change.tags.put(place(1), {"kept": "other", "new": "value"})
    change.tags.remove(place(1), ["kept"])
    change.grants.create(new_grant(place(2)))
    change.identities.put(new_user())
    change.identities.put_service(Service(service="ec2.amazonaws.com"))
    change.key_stores.create(new_key_store())
    change.outbox.remove(1)
    change.outbox.append(b"record of the change")
    change.keys.create(new_key(place(3)))
    change.key_uses.record([new_key_use(place(3))])
    change.keys.delete(place(1))
    change.prune_feed(NOW + 1000)


def fail_after_everything(change: Change) -> None:
    change_everything(change)
    raise MishapError


def take_a_name_again(change: Change) -> None:
    change.tags.put(place(1), {"new": "value"})
    change.aliases.create(new_alias("kept", place(1)))


def keep_something(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(1))
        change.aliases.create(new_alias("kept", place(1)))
        change.tags.put(place(1), {"kept": "value"})
        change.accounts.create_access_key(new_access_key())
        change.outbox.append(b"record")


def test_a_change_is_dated_by_the_clock(store: Store, clock: StillClock) -> None:
    with store.change() as change:
        assert change.now == NOW
    clock.time += 1
    with store.change() as change:
        assert change.now == NOW + 1


def test_a_change_that_failed_leaves_nothing(store: Store, engine: Engine) -> None:
    keep_something(store)
    before = content(engine)
    with pytest.raises(MishapError), store.change() as change:
        fail_after_everything(change)
    assert content(engine) == before
    with store.change() as change:
        change_everything(change)
    after = content(engine)
    assert all(after[table] != before[table] for table in before if table != "store_keys")


def test_a_change_that_the_database_refuses_leaves_nothing(store: Store, engine: Engine) -> None:
    keep_something(store)
    before = content(engine)
    with pytest.raises(StoreError), store.change() as change:
        take_a_name_again(change)
    assert content(engine) == before


def test_an_error_does_not_show_what_was_to_be_written(store: Store) -> None:
    secret = b"obviously fake"
    with store.change() as change:
        change.accounts.create_access_key(new_access_key())
    with pytest.raises(StoreError) as caught, store.change() as change:
        change.accounts.create_access_key(new_access_key(wrapped_secret=secret))
    assert "access_keys" in str(caught.value)
    assert secret.decode() not in str(caught.value)
    assert "AKIAEXAMPLE" not in str(caught.value)


def test_nobody_sees_a_change_before_it_is_committed(store: Store, impatient: Store) -> None:
    with store.change() as change:
        add_key(change, place())
        assert change.keys.find(place()) is not None
        for other in (store, impatient):
            with other.read() as reader:
                assert reader.keys.find(place()) is None
                assert reader.last_change() == 0
    for other in (store, impatient):
        with other.read() as reader:
            assert reader.keys.find(place()) == new_key(place())
            assert reader.last_change() == 1


def test_a_reader_has_one_view_for_as_long_as_it_reads(store: Store, impatient: Store) -> None:
    with store.read() as reader:
        assert reader.keys.count(ACCOUNT, REGION, "CUSTOMER") == 0
        with impatient.change() as change:
            add_key(change, place())
        assert reader.keys.count(ACCOUNT, REGION, "CUSTOMER") == 0
        assert reader.last_change() == 0
        assert reader.changes_since(0) == []
    with store.read() as reader:
        assert reader.keys.count(ACCOUNT, REGION, "CUSTOMER") == 1


def test_what_was_committed_is_there_when_the_database_is_opened_again(
    store: Store, database: Database, clock: StillClock
) -> None:
    keep_something(store)
    store.close()
    again = Store(database.open(), clock)
    with again.read() as reader:
        assert reader.keys.find(place()) == new_key(place())
    again.close()


def test_a_change_waits_only_so_long_for_another(store: Store, impatient: Store) -> None:
    with store.change() as change:
        add_key(change, place())
        with pytest.raises(StoreBusyError), impatient.change():
            pytest.fail("two changes at once")
    with impatient.change() as change:
        assert change.keys.find(place()) is not None


def test_a_change_holds_the_lock_from_its_beginning(store: Store, impatient: Store) -> None:
    with store.change(), pytest.raises(StoreBusyError), impatient.change():
        pytest.fail("two changes at once")


def test_readers_do_not_wait(store: Store, impatient: Store) -> None:
    with store.change() as change:
        add_key(change, place())
        with impatient.read() as reader:
            assert reader.keys.find(place()) is None


@pytest.fixture
def counter(store: Store) -> Store:
    with store.change() as change:
        add_key(change, place())
        change.tags.put(place(), {"number": "0"})
    return store


def test_changes_of_threads_and_processes_come_one_after_another(
    counter: Store, engine_name: str, tmp_path: Path, database: Database, clock: StillClock
) -> None:
    failures: list[BaseException] = []
    other = Store(database.open(), clock)

    def work(store: Store) -> None:
        try:
            for _ in range(10):
                increment(store)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(each,)) for each in (counter, counter, other)]
    processes = [start_incrementing(engine_name, tmp_path, 10) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in processes] == [0, 0]
    other.close()
    assert not failures
    with counter.read() as reader:
        assert reader.tags.page(place(), "", 10) == [("number", "50")]
        assert [entry.sequence for entry in reader.changes_since(0)] == list(range(1, 53))


def test_a_generation_tells_of_every_commit_of_another(store: Store, impatient: Store) -> None:
    watch = store.generation()
    seen = {watch.current()}
    assert watch.current() in seen
    for number, other in enumerate((store, impatient, store)):
        with other.change() as change:
            add_key(change, place(number))
            assert watch.current() in seen
        assert watch.current() not in seen
        seen.add(watch.current())
    watch.close()


def test_a_generation_tells_of_the_commit_of_another_process(counter: Store, engine_name: str, tmp_path: Path) -> None:
    watch = counter.generation()
    before = watch.current()
    assert start_incrementing(engine_name, tmp_path, 1).wait() == 0
    assert watch.current() != before
    watch.close()


def test_a_generation_does_not_tell_of_reads_and_of_what_failed(store: Store, impatient: Store) -> None:
    keep_something(store)
    watch = store.generation()
    before = watch.current()
    for each in (store, impatient):
        with each.read() as reader:
            assert reader.keys.find(place()) is not None
        with pytest.raises(MishapError), each.change() as change:
            fail_after_everything(change)
    assert watch.current() == before
    watch.close()


def test_a_generation_sees_what_was_committed_when_it_tells(store: Store, impatient: Store) -> None:
    watch = store.generation()
    for number in range(20):
        before = watch.current()
        with impatient.change() as change:
            add_key(change, place(number))
        assert watch.current() != before
        with store.read() as reader:
            assert reader.last_change() == number + 1
    watch.close()


def wrapped_bytes(number: int) -> bytes:
    return random.Random(number).randbytes(72)  # noqa: S311 - bytes to look for


def held(database: Database, number: int) -> bool:
    """Tell whether any file of the database holds a part of what was wrapped."""
    wrapped = wrapped_bytes(number)
    parts = [wrapped[start : start + 12] for start in range(0, 61, 12)]
    return any(part in path.read_bytes() for path in database.files() for part in parts)


def add_numbered(store: Store, number: int) -> None:
    with store.change() as change:
        change.keys.create(new_key(place(number)), new_material(place(number), wrapped=wrapped_bytes(number)))


def test_deleted_material_is_in_no_file_once_it_is_forgotten(store: Store, database: Database) -> None:
    add_numbered(store, 1)
    add_numbered(store, 2)
    assert held(database, 1)
    with store.change() as change:
        change.keys.delete(place(1))
    assert store.forget_deleted()
    assert not held(database, 1)
    assert held(database, 2)


def test_deleted_material_is_forgotten_while_others_have_the_database_open(
    store: Store, impatient: Store, database: Database
) -> None:
    add_numbered(store, 1)
    watches = [store.generation(), impatient.generation()]
    for watch in watches:
        watch.current()
    with impatient.read() as reader:
        assert reader.keys.find(place(1)) is not None
    with store.change() as change:
        change.keys.delete(place(1))
    assert store.forget_deleted()
    assert not held(database, 1)
    for watch in watches:
        watch.close()


def test_deleted_material_leaves_no_trace_among_many_keys(store: Store, database: Database) -> None:
    # The pages of the tables are split and joined again, by which material is copied from page to page.
    numbers = list(range(120))
    shuffle = random.Random(1).shuffle  # noqa: S311 - an order that is the same each time
    shuffle(numbers)
    for number in numbers:
        add_numbered(store, number)
    shuffle(numbers)
    gone, kept = numbers[:100], numbers[100:]
    for number in gone:
        with store.change() as change:
            change.keys.delete(place(number))
    assert store.forget_deleted()
    assert not [number for number in gone if held(database, number)]
    assert all(held(database, number) for number in kept)


def test_material_cannot_be_forgotten_while_somebody_reads(store: Store, impatient: Store, database: Database) -> None:
    add_numbered(store, 1)
    with store.read() as reader:
        assert reader.keys.find(place(1)) is not None
        with impatient.change() as change:
            change.keys.delete(place(1))
        assert not impatient.forget_deleted()
    assert impatient.forget_deleted()
    assert not held(database, 1)


def test_a_change_that_cannot_begin_for_another_reason_is_no_matter_of_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_connection: object) -> None:
        raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr("sqlalchemy.Connection.begin", broken)
    with pytest.raises(StoreError) as caught, store.change():
        pytest.fail("begun")
    assert not isinstance(caught.value, StoreBusyError)
