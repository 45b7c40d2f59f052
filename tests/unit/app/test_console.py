"""The console stands in front of the pipeline, which gets all that is not the console's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.api.finished import Finished
from strongroom.api.sign_in import SignIns
from strongroom.app.console import FILES, Console
from strongroom.model.errors import InternalError, Throttling
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred
from strongroom.server.console_files import ConsoleFiles
from tests.support.in_process import ACCOUNT, REGION

if TYPE_CHECKING:
    from pathlib import Path

    from strongroom.model.errors import ServiceError
    from tests.support.in_process import InProcess

PIPELINES: Final = Finished(Answer(status=200, body=b"the pipeline's", content_type="", request_id="1"), b"record")
FAILED: Final = Finished(Answer(status=500, body=b"the pipeline's", content_type="", request_id="1"), b"record")


class FakePipeline:
    def handle(self, _request: Request) -> Finished:
        return PIPELINES

    def fail(self, _request: Request, _error: ServiceError) -> Finished:
        return FAILED


@pytest.fixture
def console(service: InProcess, tmp_path: Path) -> Console:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "index.html").write_bytes(b"<!doctype html>")
    sign_ins = SignIns(service.store, service.opened.store_keys, service.clock, REGION)
    return Console(FakePipeline(), ConsoleFiles(folder), sign_ins)


def request(method: str, path: str, body: bytes = b"", *headers: tuple[str, str]) -> Request:
    return Request(method=method, path=path, query="", headers=headers, body=body, source_ip="192.0.2.1")


def signing_in(password: str, account: str = ACCOUNT) -> Request:
    body = json.dumps({"account": account, "password": password}).encode()
    return request("POST", "/console/sign-in", body, ("host", "kms.test"), ("content-type", "application/json"))


API: Final = (
    request("POST", "/"),
    request("GET", "/"),
    request("OPTIONS", "/console/"),
    request("POST", "/console/other"),
    request("DELETE", "/console/index.html"),
)


@pytest.mark.parametrize("each", API)
def test_the_pipeline_gets_what_is_not_the_consoles(console: Console, each: Request) -> None:
    assert console.handle(each) is PIPELINES
    assert console.fail(each, InternalError("failed")) is FAILED


def test_files_are_public_and_leave_no_record(console: Console) -> None:
    for outcome in (
        console.handle(request("GET", "/console/keys")),
        console.fail(request("GET", "/console/keys"), InternalError("failed")),
    ):
        assert isinstance(outcome, Finished)
        assert (outcome.answer.body, outcome.record) == (b"<!doctype html>", None)


def test_a_browser_is_sent_to_the_console(console: Console) -> None:
    outcome = console.handle(request("GET", "/", b"", ("accept", "text/html")))
    assert isinstance(outcome, Finished)
    assert (outcome.answer.status, outcome.record) == (302, None)


def test_a_sign_in_is_done_off_the_loop_and_recorded(console: Console, service: InProcess) -> None:
    outcome = console.handle(signing_in(service.created.console_password))
    assert isinstance(outcome, Deferred)
    assert (outcome.changes, outcome.asks_others, outcome.hashes) == (True, False, True)
    done = outcome.run()
    assert (done.answer.status, done.record) == (200, None)
    assert json.loads(service.outbox()[-1])["requestID"] == done.answer.request_id
    refused = console.handle(signing_in("wrong"))
    assert isinstance(refused, Deferred)
    done = refused.run()
    assert (done.answer.status, json.loads(done.answer.body)["error"]) == (401, "InvalidSignIn")
    assert done.record is not None
    assert json.loads(done.record)["requestID"] == done.answer.request_id


def test_when_too_many_wait_a_sign_in_is_refused(console: Console) -> None:
    outcome = console.handle(signing_in("wrong"))
    assert isinstance(outcome, Deferred)
    refused = outcome.refuse(Throttling("Rate exceeded"))
    assert (refused.answer.status, json.loads(refused.answer.body)["error"]) == (429, "TooManyAttempts")
    assert refused.record is not None


def test_what_is_no_sign_in_is_refused_at_once_and_recorded(console: Console) -> None:
    outcome = console.handle(request("POST", "/console/sign-in", b"{}", ("content-type", "application/json")))
    assert isinstance(outcome, Finished)
    assert (outcome.answer.status, json.loads(outcome.answer.body)["error"]) == (400, "InvalidRequest")
    assert outcome.record is not None
    assert json.loads(outcome.record)["errorMessage"] == "Invalid request"


def test_who_cannot_know_whether_it_is_up_to_date_signs_nobody_in(console: Console, service: InProcess) -> None:
    refused = console.fail(signing_in(service.created.console_password), InternalError("failed"))
    assert (refused.answer.status, json.loads(refused.answer.body)["error"]) == (500, "InternalFailure")
    assert refused.record is not None


def test_the_files_lie_in_the_package() -> None:
    assert FILES.parent.joinpath("__init__.py").exists()
