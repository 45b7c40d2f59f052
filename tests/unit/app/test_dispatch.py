"""No answer leaves without its record, and none is given by who may be out of date."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest

from strongroom.api.finished import Finished
from strongroom.app import dispatch
from strongroom.app.dispatch import Dispatcher
from strongroom.model.clock import MovableClock
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred
from strongroom.storage.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from strongroom.api.snapshots import Snapshots
    from strongroom.audit.trail import TrailFile
    from strongroom.model.errors import ServiceError


def finished(name: str, record: bytes | None = b"record") -> Finished:
    return Finished(Answer(status=200, body=name.encode(), content_type="", request_id=name), record)


class FakeExchange:
    """Keeps what became of it; the request's path tells how the pipeline is to treat it."""

    def __init__(self, path: str, log: list[str]) -> None:
        self.request = Request(method="POST", path=path, query="", headers=(), body=b"", source_ip="")
        self.done = asyncio.Event()
        self._log = log

    def answer(self, answer: Answer) -> None:
        self._log.append(f"answer {answer.body.decode()}")
        self.done.set()

    def abandon(self) -> None:
        self._log.append(f"abandon {self.request.path}")
        self.done.set()


class FakePipeline:
    def __init__(self, log: list[str]) -> None:
        self._log = log

    def handle(self, request: Request) -> Finished | Deferred:
        self._log.append(f"handle {request.path}")
        kind, _, _ = request.path.partition("-")
        if kind in {"now", "committed"}:
            return finished(request.path, b"record" if kind == "now" else None)
        return Deferred(
            kind == "change",
            lambda: finished(request.path, None if kind == "change" else b"late record"),
            lambda error: finished(error.code),
            asks_others=kind == "ask",
            hashes=kind == "hash",
        )

    def fail(self, _request: Request, error: ServiceError) -> Finished:
        return finished(error.code)


class FakeParts:
    """Snapshots and trail that fail on request."""

    def __init__(self, log: list[str]) -> None:
        self._log = log
        self.stale = False
        self.full = False

    def refresh(self) -> None:
        self._log.append("refresh")
        if self.stale:
            raise StoreError("cannot be read")

    def append(self, records: Sequence[bytes]) -> None:
        if self.full:
            raise OSError("disk full")
        self._log.extend(f"keep {record.decode()}" for record in records)


class Setup:
    def __init__(self) -> None:
        self.log: list[str] = []
        self.parts = FakeParts(self.log)
        self.loop = asyncio.new_event_loop()
        self.reads, self.changes, self.asking, self.hashing = (ThreadPoolExecutor(1) for _ in range(4))
        self.dispatcher = Dispatcher(
            self.loop,
            FakePipeline(self.log),
            cast("Snapshots", self.parts),
            cast("TrailFile", self.parts),
            MovableClock(),
            reads=self.reads,
            changes=self.changes,
            asks_others=self.asking,
            hashes=self.hashing,
        )

    def handle(self, *paths: str) -> list[str]:
        """Handle a batch; give all that has happened when the last of it is done."""

        async def all_of_it() -> None:
            exchanges = [FakeExchange(path, self.log) for path in paths]
            self.dispatcher.handle(exchanges)
            for exchange in exchanges:
                await exchange.done.wait()

        self.loop.run_until_complete(all_of_it())
        return self.log

    def close(self) -> None:
        for executor in (self.reads, self.changes, self.asking, self.hashing):
            executor.shutdown()
        self.loop.close()


@pytest.fixture
def setup() -> Iterator[Setup]:
    setup = Setup()
    yield setup
    setup.close()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Setup]:
    """A setup in which one request of each kind may wait, and two that need the database."""
    monkeypatch.setattr(dispatch, "MOST_DEFERRED", 2)
    monkeypatch.setattr(dispatch, "MOST_ASKING", 1)
    monkeypatch.setattr(dispatch, "MOST_HASHING", 1)
    setup = Setup()
    yield setup
    setup.close()


def test_a_batch_is_checked_once_and_recorded_before_it_is_answered(setup: Setup) -> None:
    assert setup.handle("now-1", "now-2") == [
        "refresh",
        "handle now-1",
        "handle now-2",
        "keep record",
        "keep record",
        "answer now-1",
        "answer now-2",
    ]


def test_what_is_read_off_the_loop_is_recorded_before_it_is_answered(setup: Setup) -> None:
    assert setup.handle("read-1") == ["refresh", "handle read-1", "keep late record", "answer read-1"]


def test_a_change_was_recorded_by_its_commit(setup: Setup) -> None:
    assert setup.handle("change-1") == ["refresh", "handle change-1", "answer change-1"]


@pytest.mark.parametrize("kind", ["ask", "hash"])
def test_who_waits_for_others_or_for_a_hash_keeps_nobody_else_waiting(setup: Setup, kind: str) -> None:
    done = threading.Event()
    (setup.asking if kind == "ask" else setup.hashing).submit(done.wait)
    setup.handle("read-1")
    assert "answer read-1" in setup.log
    done.set()
    assert setup.handle(f"{kind}-2")[-1] == f"answer {kind}-2"


def test_who_cannot_know_whether_it_is_up_to_date_refuses(setup: Setup) -> None:
    setup.parts.stale = True
    assert setup.handle("now-1") == ["refresh", "keep record", "answer KMSInternalException"]


def test_what_cannot_be_recorded_is_not_answered(setup: Setup) -> None:
    setup.parts.full = True
    assert setup.handle("now-1", "now-2")[-2:] == ["abandon now-1", "abandon now-2"]
    assert setup.handle("read-1")[-1] == "abandon read-1"


def test_a_committed_change_is_answered_even_when_the_trail_is_full(setup: Setup) -> None:
    setup.parts.full = True
    assert setup.handle("change-1")[-1] == "answer change-1"
    assert setup.handle("now-2", "committed-3")[-2:] == ["abandon now-2", "answer committed-3"]


def test_too_many_waiting_requests_are_refused(narrow: Setup) -> None:
    log = narrow.handle("read-1", "change-2", "read-3")
    assert "answer ThrottlingException" in log
    assert {"answer read-1", "answer change-2"} <= set(log)
    assert "answer read-3" not in log
    assert "answer read-4" in narrow.handle("read-4")


@pytest.mark.parametrize("kind", ["ask", "hash"])
def test_who_waits_for_others_or_for_a_hash_takes_no_place_of_the_rest(narrow: Setup, kind: str) -> None:
    log = narrow.handle(f"{kind}-1", f"{kind}-2", "read-3", "read-4")
    assert {f"answer {kind}-1", "answer read-3", "answer read-4"} <= set(log)
    assert f"answer {kind}-2" not in log
    assert f"answer {kind}-5" in narrow.handle(f"{kind}-5")


def test_what_is_not_http_is_recorded(setup: Setup) -> None:
    assert setup.dispatcher.malformed("192.0.2.1", 400, "bad")
    record = json.loads(setup.log[0].removeprefix("keep "))
    assert (record["eventName"], record["errorCode"], record["errorMessage"]) == ("MalformedRequest", "HTTP 400", "bad")
    assert record["sourceIPAddress"] == "192.0.2.1"
    setup.parts.full = True
    assert not setup.dispatcher.malformed("192.0.2.1", 400, "bad")
