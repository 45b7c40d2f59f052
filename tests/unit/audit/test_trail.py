from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import resource
import stat
from typing import TYPE_CHECKING

import pytest

from strongroom.audit.record import Event, encode_event
from strongroom.audit.trail import TrailFile, event_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trail" / "worker-0.jsonl"


@pytest.fixture
def trail(path: Path) -> Iterator[TrailFile]:
    trail = TrailFile(path)
    yield trail
    trail.close()


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def record(name: str = "Decrypt") -> bytes:
    return encode_event(
        Event(name=name, time=0.0, request_id="id", region="", source_ip="", user_agent="", read_only=True)
    )


def test_records_are_lines(trail: TrailFile, path: Path) -> None:
    trail.append([b"one"])
    trail.append([b"two", b"three"])
    assert path.read_bytes() == b"one\ntwo\nthree\n"


def test_records_are_in_the_file_before_it_is_synced(trail: TrailFile, path: Path) -> None:
    trail.append([b"one"])
    assert path.read_bytes() == b"one\n"


def test_a_batch_is_one_write(trail: TrailFile, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []

    def write(_descriptor: int, data: bytes) -> int:
        writes.append(data)
        return len(data)

    monkeypatch.setattr("os.write", write)
    trail.append([b"one", b"two"])
    assert writes == [b"one\ntwo\n"]


def test_another_process_continues_a_file(path: Path) -> None:
    for name in (b"one", b"two"):
        trail = TrailFile(path)
        trail.append([name])
        trail.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_the_trail_is_its_owners_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        TrailFile(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("whole", [b"", b"one\n"])
def test_a_last_line_that_was_cut_off_is_closed_off(path: Path, whole: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(whole + b'{"eventVer')
    trail = TrailFile(path)
    trail.append([b"two"])
    trail.close()
    assert path.read_bytes() == whole + b'{"eventVer\ntwo\n'


def test_a_file_that_ends_well_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"one\n")
    TrailFile(path).close()
    assert path.read_bytes() == b"one\n"


def test_a_short_write_is_undone(trail: TrailFile, path: Path) -> None:
    trail.append([b"a" * 59])
    with largest_file(100), pytest.raises(OSError, match=r"wrote 40 of 60 bytes to .*worker-0\.jsonl"):
        trail.append([b"b" * 29, b"c" * 29])
    assert path.read_bytes() == b"a" * 59 + b"\n"
    trail.append([b"d"])
    assert path.read_bytes() == b"a" * 59 + b"\n" + b"d\n"


def test_nothing_is_written_to_a_full_disk(trail: TrailFile, path: Path) -> None:
    trail.append([b"a" * 99])
    with largest_file(100), pytest.raises(OSError, match="File too large"):
        trail.append([b"b"])
    assert path.read_bytes() == b"a" * 99 + b"\n"


def test_a_short_write_that_cannot_be_undone_is_told_all_the_same(
    trail: TrailFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_descriptor: int, _size: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("os.ftruncate", broken)
    with largest_file(5), pytest.raises(OSError, match="wrote 5 of 10 bytes"):
        trail.append([b"123456789"])
    assert path.read_bytes() == b"12345"
    # What was torn does not take the next record with it.
    trail.append([b"next"])
    trail.append([b"last"])
    assert path.read_bytes() == b"12345\nnext\nlast\n"


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    synced: list[int] = []
    monkeypatch.setattr("os.fdatasync", synced.append)
    return synced


def test_only_what_is_new_is_synced(trail: TrailFile, synced: list[int]) -> None:
    trail.sync()  # what the last process left
    trail.sync()
    assert len(synced) == 1
    trail.append([b"one"])
    trail.append([b"two"])
    trail.sync()
    trail.sync()
    assert len(synced) == 2


def test_closing_syncs(path: Path, synced: list[int]) -> None:
    trail = TrailFile(path)
    trail.append([b"one"])
    trail.close()
    assert len(synced) == 1


def test_a_failed_sync_is_tried_again(trail: TrailFile, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def broken_once(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("os.fdatasync", broken_once)
    trail.append([b"one"])
    with pytest.raises(OSError, match="Input/output error"):
        trail.sync()
    trail.sync()
    trail.sync()
    assert len(calls) == 2


def test_the_name_of_a_new_file_is_synced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_ino))
    TrailFile(path).close()
    assert synced == [path.parent.stat().st_ino]


def test_another_holder_is_kept_out_as_long_as_asked(trail: TrailFile, path: Path) -> None:
    with path.open("rb") as other:
        with trail.exclusive(), pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_recent_event_ids_are_those_within_reach(trail: TrailFile) -> None:
    records = [record() for _ in range(10)]
    trail.append(records)
    size = len(records[0]) + 1
    ids = [event_id(each) for each in records]
    assert trail.recent_event_ids(10 * size) == set(ids)
    assert trail.recent_event_ids(10_000_000) == set(ids)
    assert trail.recent_event_ids(3 * size) == set(ids[-3:])
    assert trail.recent_event_ids(3 * size - 1) == set(ids[-2:])
    assert trail.recent_event_ids(0) == set()


def test_a_new_file_has_no_event_ids(trail: TrailFile) -> None:
    assert trail.recent_event_ids(1000) == set()


def test_wherever_the_reach_ends_event_ids_are_found(trail: TrailFile) -> None:
    first, last = record("é"), record()
    trail.append([first, last])
    for reach in range(len(last) + 1, len(last) + len(first) + 2):
        assert trail.recent_event_ids(reach) == {event_id(last)}
    assert trail.recent_event_ids(len(last) + len(first) + 2) == {event_id(first), event_id(last)}


def test_wherever_a_line_was_cut_off_event_ids_are_found(trail: TrailFile, path: Path) -> None:
    whole, cut = record(), record("é")
    trail.append([whole])
    for end in range(len(cut)):
        path.write_bytes(whole + b"\n" + cut[:end] + b"\n")
        assert trail.recent_event_ids(10_000) == {event_id(whole)}


@pytest.mark.parametrize("text", [b"", b"{}", b"{", b"[]", b'{"eventID":1}', b'{"eventID":"a"}}', b"\xff"])
def test_what_is_no_record_has_no_event_id(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        event_id(text)
