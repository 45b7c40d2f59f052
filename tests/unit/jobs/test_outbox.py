from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from strongroom.audit.record import Event, encode_event
from strongroom.audit.trail import TrailFile, event_id
from strongroom.jobs.outbox import export_outbox
from strongroom.storage.store import Store
from tests.unit.storage.support import StillClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from strongroom.storage.store import Change


class CrashError(Exception):
    """The end of the process."""


class CrashingStore(Store):
    """A store whose next change does not happen."""

    @contextmanager
    def change(self) -> Iterator[Change]:
        raise CrashError
        yield  # what makes this a generator


def record(size: int = 0) -> bytes:
    return encode_event(
        Event(
            name="PutKeyPolicy",
            time=0.0,
            request_id="id",
            region="",
            source_ip="",
            user_agent="",
            parameters={"policy": "x" * size},
            read_only=False,
        )
    )


def commit(store: Store, records: list[bytes]) -> None:
    with store.change() as change:
        for each in records:
            change.outbox.append(each)


def waiting(store: Store) -> list[bytes]:
    with store.read() as reader:
        return [record for _, record in reader.outbox.oldest(10_000)]


def crash_before_removal(engine: Engine, path: Path) -> None:
    trail = TrailFile(path)
    with pytest.raises(CrashError):
        export_outbox(CrashingStore(engine, StillClock()), trail)
    trail.close()


def export(store: Store, path: Path) -> int:
    """Export as a process that has just started."""
    trail = TrailFile(path)
    exported = export_outbox(store, trail)
    trail.close()
    return exported


def test_nothing_is_written_when_nothing_waits(store: Store, trail: TrailFile, path: Path) -> None:
    assert export_outbox(store, trail) == 0
    assert path.read_bytes() == b""


def test_records_go_to_the_trail_in_their_order(store: Store, trail: TrailFile, path: Path) -> None:
    records = [record() for _ in range(5)]
    commit(store, records[:3])
    assert export_outbox(store, trail) == 3
    assert waiting(store) == []
    commit(store, records[3:])
    assert export_outbox(store, trail) == 2
    assert export_outbox(store, trail) == 0
    assert path.read_bytes().splitlines() == records


def test_a_long_outbox_is_emptied_as_a_whole(store: Store, trail: TrailFile, path: Path) -> None:
    records = [record() for _ in range(1001)]
    commit(store, records)
    assert export_outbox(store, trail) == 1001
    assert waiting(store) == []
    assert path.read_bytes().splitlines() == records


def test_a_turn_ends_although_others_go_on(store: Store, trail: TrailFile, monkeypatch: pytest.MonkeyPatch) -> None:
    append = trail.append

    def meanwhile(records: Sequence[bytes]) -> None:
        append(records)
        commit(store, [record()])

    monkeypatch.setattr(trail, "append", meanwhile)
    commit(store, [record()])
    assert export_outbox(store, trail) == 1
    assert len(waiting(store)) == 1


@pytest.mark.parametrize(("number", "size"), [(1, 0), (20, 0), (40, 40_000)])
def test_a_crash_between_writing_and_removal_writes_nothing_twice(
    store: Store, engine: Engine, path: Path, number: int, size: int
) -> None:
    earlier, records, later = record(), [record(size) for _ in range(number)], record()
    commit(store, [earlier])
    export(store, path)
    commit(store, records)
    crash_before_removal(engine, path)
    assert waiting(store) == records
    commit(store, [later])
    assert export(store, path) == number + 1
    assert waiting(store) == []
    assert path.read_bytes().splitlines() == [earlier, *records, later]


def test_crash_after_crash_writes_nothing_twice(store: Store, engine: Engine, path: Path) -> None:
    records = [record() for _ in range(3)]
    for each in records:
        commit(store, [each])
        crash_before_removal(engine, path)
    assert export(store, path) == 3
    assert path.read_bytes().splitlines() == records


def test_wherever_writing_was_cut_off_every_record_is_whole_once(store: Store, tmp_path: Path) -> None:
    records = [record(), record()]
    written = b"".join(each + b"\n" for each in records)
    for end in range(0, len(written), 7):
        path = tmp_path / "trail" / f"{end}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(written[:end])
        commit(store, records)
        assert export(store, path) == 2
        lines = path.read_bytes().splitlines()
        assert [line for line in lines if line in records] == records
        assert len(lines) in {2, 3}


def test_wherever_older_records_lie_new_ones_are_exported(store: Store, path: Path) -> None:
    # How far an export looks back depends on what waits, so that it begins anywhere within an older record.
    older, size = record(300), len(record())
    for length in range(len(older)):
        commit(store, [older])
        export(store, path)
        new = record(length)
        commit(store, [new])
        assert export(store, path) == 1
        assert path.read_bytes().splitlines()[-1] == new
        path.unlink()
        if size + length > len(older):
            break


def test_a_record_is_on_the_disk_before_it_leaves_the_outbox(
    store: Store, trail: TrailFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_removal: list[int] = []
    monkeypatch.setattr("os.fdatasync", lambda _: on_removal.append(len(waiting(store))))
    commit(store, [record()])
    export_outbox(store, trail)
    assert on_removal == [1]


def test_what_was_written_before_a_crash_is_on_the_disk_before_it_leaves_the_outbox(
    store: Store, engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(store, [record()])
    crash_before_removal(engine, path)
    on_removal: list[int] = []
    monkeypatch.setattr("os.fdatasync", lambda _: on_removal.append(len(waiting(store))))
    export(store, path)
    assert on_removal[0] == 1


def test_records_that_could_not_be_synced_stay_until_they_are(
    store: Store, trail: TrailFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = record()
    commit(store, [each])

    def broken(_descriptor: int) -> None:
        raise OSError(5, os.strerror(5))

    with monkeypatch.context() as patched:
        patched.setattr("os.fdatasync", broken)
        for _ in range(2):
            with pytest.raises(OSError, match="Input/output error"):
                export_outbox(store, trail)
    assert waiting(store) == [each]
    assert export_outbox(store, trail) == 1
    assert waiting(store) == []
    assert path.read_bytes().splitlines() == [each]


def test_records_that_could_not_be_written_stay(
    store: Store, trail: TrailFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = record()
    commit(store, [each])
    with monkeypatch.context() as patched:
        patched.setattr("os.write", lambda *_: 0)
        with pytest.raises(OSError, match="wrote 0 of"):
            export_outbox(store, trail)
    assert waiting(store) == [each]
    assert export_outbox(store, trail) == 1
    assert [event_id(line) for line in path.read_bytes().splitlines()] == [event_id(each)]
