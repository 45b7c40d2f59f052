from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.storage.store import Store


def test_records_wait_in_their_order(store: Store) -> None:
    with store.change() as change:
        for record in (b"one", b"\0two", b""):
            change.outbox.append(record)
        assert [record for _, record in change.outbox.oldest(10)] == [b"one", b"\0two", b""]
    with store.read() as reader:
        waiting = reader.outbox.oldest(10)
        assert [record for _, record in waiting] == [b"one", b"\0two", b""]
        assert reader.outbox.oldest(2) == waiting[:2]


def test_records_are_removed_up_to_a_number(store: Store) -> None:
    with store.change() as change:
        for record in (b"one", b"two", b"three"):
            change.outbox.append(record)
        numbers = [number for number, _ in change.outbox.oldest(10)]
        change.outbox.remove(numbers[1])
        assert change.outbox.oldest(10) == [(numbers[2], b"three")]
    with store.change() as change:
        change.outbox.remove(numbers[2])
        change.outbox.append(b"four")
    with store.read() as reader:
        [(number, record)] = reader.outbox.oldest(10)
    assert record == b"four"
    assert number > numbers[2]
