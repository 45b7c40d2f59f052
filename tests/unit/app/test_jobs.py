from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from strongroom.app import jobs
from strongroom.app.jobs import Jobs, every_second
from strongroom.audit.trail import TrailFile
from strongroom.jobs.deletion import delete_due_keys

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.in_process import InProcess

DAY = 86_400


@pytest.fixture
def trail(tmp_path: Path) -> Iterator[TrailFile]:
    trail = TrailFile(tmp_path / "trail" / "changes.jsonl")
    yield trail
    trail.close()


@pytest.fixture
def turn(service: InProcess, trail: TrailFile) -> Jobs:
    return Jobs(service.store, service.opened.store_keys, service.key_stores, trail, service.clock)


def doomed(service: InProcess) -> tuple[str, bytes]:
    """Make a key that is to be deleted in 7 days; give it and its wrapped material."""
    root = service.root()
    arn = root.key()
    root("ScheduleKeyDeletion", KeyId=arn, PendingWindowInDays=7)
    with service.store.read() as reader:
        (material,) = reader.keys.materials(service.kept(arn).place)
    assert material.wrapped is not None
    return arn, material.wrapped


def is_written(service: InProcess, value: bytes) -> bool:
    return any(value in path.read_bytes() for path in service.folder.path.glob("strongroom.db*"))


def test_a_turn_deletes_what_is_due_and_takes_the_records_to_the_trail(
    service: InProcess, turn: Jobs, tmp_path: Path
) -> None:
    arn, wrapped = doomed(service)
    turn.run()
    assert service.root()("DescribeKey", KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    service.clock.offset = 7 * DAY + 1
    turn.run()
    assert service.root().refused("DescribeKey", KeyId=arn).code == "NotFoundException"
    assert not is_written(service, wrapped)
    lines = (tmp_path / "trail" / "changes.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"eventName":"DeleteKey"' in lines[-1]
    assert service.outbox() == []


def test_what_a_killed_process_deleted_is_wiped_by_the_next(service: InProcess, turn: Jobs) -> None:
    _, wrapped = doomed(service)
    assert delete_due_keys(service.store, service.key_stores, service.clock.now() + 8 * DAY) == 1
    assert is_written(service, wrapped)  # in the write-ahead log still
    turn.run()
    assert not is_written(service, wrapped)


def test_wiping_that_a_reader_hindered_is_tried_again(
    service: InProcess, turn: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, wrapped = doomed(service)
    service.clock.offset = 8 * DAY
    with monkeypatch.context() as patch:
        patch.setattr(service.store, "forget_deleted", lambda: False)
        turn.run()
    assert is_written(service, wrapped)
    turn.run()
    assert not is_written(service, wrapped)
    with monkeypatch.context() as patch:
        patch.setattr(service.store, "forget_deleted", pytest.fail)
        turn.run()


def test_a_job_that_fails_does_not_hinder_the_others(
    turn: Jobs, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("on request")

    done: list[str] = []
    monkeypatch.setattr(jobs, "delete_due_keys", fail)
    monkeypatch.setattr(jobs, "export_outbox", lambda *_: done.append("outbox"))
    monkeypatch.setattr(jobs, "prune_feed", lambda *_: done.append("feed"))
    turn.run()
    assert done == ["outbox", "feed"]
    assert "The deletion job failed" in caplog.text


def test_the_feed_is_pruned_in_every_600th_turn(turn: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    log: list[str] = []
    monkeypatch.setattr(jobs, "prune_feed", lambda *_: log.append("prune"))
    monkeypatch.setattr(jobs, "export_outbox", lambda *_: log.append("turn"))
    monkeypatch.setattr(jobs, "delete_due_keys", lambda *_: 0)
    for _ in range(1201):
        turn.run()
    assert [number for number, what in enumerate(log) if what == "prune"] == [1, 602, 1203]


def test_turns_come_one_after_the_other_until_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    naps: list[float] = []
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        await real_sleep(0)

    async def run(executor: ThreadPoolExecutor) -> None:
        enough = asyncio.Event()
        loop = asyncio.get_running_loop()

        def second() -> None:
            done.append("second")
            if len(done) >= 4:
                loop.call_soon_threadsafe(enough.set)

        task = asyncio.create_task(every_second([lambda: done.append("first"), second], executor))
        await enough.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with ThreadPoolExecutor(1) as executor:
        asyncio.run(run(executor))
    assert done[:4] == ["first", "second", "first", "second"]
    assert set(naps) == {1}
