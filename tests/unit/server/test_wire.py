from __future__ import annotations

import json

import msgspec
import pytest

from strongroom.model.request import Answer
from strongroom.server.refusal import Refusal
from strongroom.server.wire import Wire
from tests.unit.server.support import REQUEST_ID


class StoppedClock:
    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        raise AssertionError("dates are the wall's")

    def wall(self) -> float:
        return self.time


def answer(status: int = 200, body: bytes = b"{}", content_type: str = "application/x-amz-json-1.1") -> Answer:
    return Answer(status=status, body=body, content_type=content_type, request_id=REQUEST_ID)


def test_an_answer() -> None:
    assert Wire(StoppedClock()).answer(answer(), "POST", keep_alive=True) == (
        b"HTTP/1.1 200 OK\r\n"
        b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
        b"Server: Strongroom\r\n"
        b"Cache-Control: no-cache, no-store, must-revalidate, private\r\n"
        b"Expires: 0\r\n"
        b"Pragma: no-cache\r\n"
        b"Content-Type: application/x-amz-json-1.1\r\n"
        b"Content-Length: 2\r\n"
        b"x-amzn-RequestId: 11111111-2222-3333-4444-555555555555\r\n"
        b"Connection: keep-alive\r\n"
        b"\r\n"
        b"{}"
    )


def test_the_last_answer_says_so() -> None:
    assert b"\r\nConnection: close\r\n" in Wire(StoppedClock()).answer(answer(), "POST", keep_alive=False)


def test_an_answer_to_head_has_the_length_and_not_the_body() -> None:
    sent = Wire(StoppedClock()).answer(answer(), "HEAD", keep_alive=True)
    assert b"\r\nContent-Length: 2\r\n" in sent
    assert sent.endswith(b"\r\n\r\n")


def test_an_answer_with_fields_of_its_own_says_itself_whether_it_may_be_cached() -> None:
    wire = Wire(StoppedClock())
    headers = (("Cache-Control", "no-store"), ("ETag", '"e"'))
    own = msgspec.structs.replace(answer(content_type="application/json"), headers=headers)
    for _ in range(2):
        assert wire.answer(own, "GET", keep_alive=True) == (
            b"HTTP/1.1 200 OK\r\n"
            b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            b"Server: Strongroom\r\n"
            b"Cache-Control: no-store\r\n"
            b'ETag: "e"\r\n'
            b"Content-Type: application/json\r\n"
            b"Content-Length: 2\r\n"
            b"x-amzn-RequestId: 11111111-2222-3333-4444-555555555555\r\n"
            b"Connection: keep-alive\r\n"
            b"\r\n"
            b"{}"
        )
        assert b"Pragma: no-cache" in wire.answer(answer(), "POST", keep_alive=True)


def test_an_answer_to_options_says_what_is_allowed() -> None:
    sent = Wire(StoppedClock()).answer(answer(204, b"", ""), "OPTIONS", keep_alive=True)
    assert b"\r\nAllow: POST, OPTIONS\r\n" in sent
    assert b"Content-Length" not in sent
    assert b"Content-Type" not in sent
    assert b"Access-Control" not in sent


def test_an_empty_body_has_a_length() -> None:
    assert b"\r\nContent-Length: 0\r\n" in Wire(StoppedClock()).answer(answer(body=b""), "POST", keep_alive=True)


def test_a_status_without_a_reason() -> None:
    assert Wire(StoppedClock()).answer(answer(299), "POST", keep_alive=True).startswith(b"HTTP/1.1 299 \r\n")


def test_the_date_moves_on() -> None:
    clock = StoppedClock()
    wire = Wire(clock)
    first = wire.answer(answer(), "POST", keep_alive=True)
    clock.time = 61.0
    assert wire.answer(answer(), "POST", keep_alive=True) == first
    wire.refresh()
    assert b"Date: Thu, 01 Jan 1970 00:01:01 GMT" in wire.answer(answer(), "POST", keep_alive=True)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "MalformedHttpRequestException"),
        (408, "RequestTimeoutException"),
        (413, "RequestEntityTooLargeException"),
        (431, "MalformedHttpRequestException"),
    ],
)
def test_a_refusal(status: int, code: str) -> None:
    head, _, body = Wire(StoppedClock()).refusal(Refusal(status, "No")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert head.endswith(b"\r\nConnection: close")
    assert b"\r\nContent-Length: %d\r\n" % len(body) in head
    assert b"RequestId" not in head
    assert json.loads(body) == {"__type": code, "message": "No"}
