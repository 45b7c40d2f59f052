from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import TYPE_CHECKING

import pytest

from strongroom.api.snapshots import Snapshots
from strongroom.api.uses import Uses
from strongroom.app import worker as module
from strongroom.app.installation import load_root_key
from strongroom.app.request_quotas import Unshared
from strongroom.app.worker import Worker, WorkerSettings, run_worker
from strongroom.audit.trail import TrailFile
from strongroom.authn.verify import Authenticated
from strongroom.model.principal import root_principal
from strongroom.model.request import Answer, Request
from strongroom.server import Limits, Listener
from strongroom.storage.store import StoreError
from tests.support.in_process import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from strongroom.app.dispatch import Dispatcher
    from strongroom.storage.store import Store
    from tests.support.in_process import InProcess


class OneExchange:
    def __init__(self) -> None:
        self.request = Request(
            method="POST",
            path="/",
            query="",
            headers=(("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "TrentService.ListKeys")),
            body=b"{}",
            source_ip="192.0.2.1",
        )
        self.answers: list[Answer] = []

    def answer(self, answer: Answer) -> None:
        self.answers.append(answer)

    def abandon(self) -> None:
        raise AssertionError("not answered")


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()


def handle_one(worker: Worker, loop: asyncio.AbstractEventLoop) -> Answer:
    exchange = OneExchange()
    worker.make_handler(loop).handle([exchange])
    (answer,) = exchange.answers
    return answer


@pytest.mark.parametrize(
    ("index", "files"), [(0, {"worker-0.jsonl", "changes.jsonl"}), (1, {"worker-1.jsonl"})], ids=["first", "other"]
)
def test_a_worker_handles_requests_and_the_first_has_the_jobs(
    service: InProcess, loop: asyncio.AbstractEventLoop, index: int, files: set[str]
) -> None:
    service.root().key()
    worker = Worker(service.folder, load_root_key(service.folder), index)
    answer = handle_one(worker, loop)
    assert (answer.status, b"MissingAuthenticationTokenException" in answer.body) == (400, True)
    worker.close()
    assert {path.name for path in service.folder.trail.iterdir()} == files
    # The first takes what was changed to the trail before it ends.
    assert (service.outbox() == []) is (index == 0)
    assert answer.request_id in (service.folder.trail / f"worker-{index}.jsonl").read_text(encoding="utf-8")


def naps(monkeypatch: pytest.MonkeyPatch, most: int) -> asyncio.Event:
    """Let time pass at once; gives an event that is set when this has happened so many times."""
    real_sleep = asyncio.sleep
    enough = asyncio.Event()
    count = 0

    async def sleep(_seconds: float) -> None:
        nonlocal count
        count += 1
        if count >= most:
            enough.set()
        await real_sleep(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return enough


def test_the_disk_and_the_clock_are_looked_after_whatever_fails(
    service: InProcess,
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    worker = Worker(service.folder, load_root_key(service.folder), 1)
    with monkeypatch.context() as patch:
        enough = naps(patch, 20)

        def refresh(_self: object) -> None:
            raise StoreError("on request")

        def sync(_self: object) -> None:
            raise OSError("on request")

        patch.setattr(Snapshots, "refresh", refresh)
        patch.setattr(TrailFile, "sync", sync)
        worker.make_handler(loop)
        loop.run_until_complete(enough.wait())
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
        worker._reads.shutdown()  # noqa: SLF001 - before the patches end
        worker._changes.shutdown()  # noqa: SLF001
        worker._chores.shutdown()  # noqa: SLF001
    worker.close()
    assert "The trail cannot be brought to the disk" in caplog.text
    assert "The database cannot be read" in caplog.text


@pytest.mark.parametrize("fails", [False, True])
def test_a_worker_is_closed_however_it_ends(
    service: InProcess, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    closed: list[str] = []
    real_close = Worker.close
    limits = Limits(body=5)

    def close(worker: Worker) -> None:
        closed.append("closed")
        real_close(worker)

    def run_worker_loop(
        given: Sequence[Listener],
        make_handler: Callable[[asyncio.AbstractEventLoop], Dispatcher],
        used: Limits,
        ready: Callable[[], None],
    ) -> int:
        assert (given, callable(make_handler), used) == (listeners, True, limits)
        ready()
        if fails:
            raise RuntimeError("on request")
        return 5

    monkeypatch.setattr(Worker, "close", close)
    monkeypatch.setattr(module, "run_worker_loop", run_worker_loop)
    said: list[str] = []
    with socket.socket() as sock:
        listeners = [Listener(sock=sock)]

        def run() -> int:
            root_key = load_root_key(service.folder)
            ready = partial(said.append, "ready")
            return run_worker(service.folder, root_key, WorkerSettings(), Unshared(), limits, 1, listeners, ready)

        if fails:
            with pytest.raises(RuntimeError, match="on request"):
                run()
        else:
            assert run() == 5
    assert (said, closed) == (["ready"], ["closed"])


def test_when_access_keys_were_used_last_is_written_down_now_and_then(
    service: InProcess, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_USES_EVERY", 1)
    access_key_id = service.created.credentials.access_key_id
    worker = Worker(service.folder, load_root_key(service.folder), 1)
    worker._write_uses()  # noqa: SLF001 - what the clock calls each second
    worker.make_handler(loop)
    pipeline = worker._pipeline  # noqa: SLF001
    assert pipeline is not None
    pipeline.uses.note(
        Authenticated(
            principal=root_principal(ACCOUNT), access_key_id=access_key_id, region="eu-west-1", service="iam"
        ),
        1_000.0,
    )
    worker._write_uses()  # noqa: SLF001
    worker.close()
    with service.store.read() as reader:
        found = reader.accounts.find_access_key(access_key_id)
    assert found is not None
    assert (found.last_used_date, found.last_used_region, found.last_used_service) == (1_000.0, "eu-west-1", "iam")


def test_uses_that_cannot_be_written_down_stop_nothing(
    service: InProcess,
    loop: asyncio.AbstractEventLoop,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_uses: Uses, _store: Store) -> None:
        raise StoreError("no")

    monkeypatch.setattr(module, "_USES_EVERY", 1)
    monkeypatch.setattr(Uses, "write", fail)
    worker = Worker(service.folder, load_root_key(service.folder), 1)
    worker._write_uses()  # noqa: SLF001
    worker.make_handler(loop)
    worker._write_uses()  # noqa: SLF001
    worker.close()
    assert "cannot be written down" in caplog.text
