"""Which requests are the console's, and that only its own pages sign in."""

from __future__ import annotations

import json
from typing import Final

import pytest

from strongroom.api.sign_in_results import ConsoleCredentials, SignedIn, SignInOutcome
from strongroom.authn.sign_in import SignInRequest
from strongroom.model.request import Request
from strongroom.model.sign_in_errors import (
    ForeignOriginError,
    InvalidSignInRequestError,
    MfaRequiredError,
    TooManyAttemptsError,
)
from strongroom.server.console_requests import (
    is_for_files,
    is_for_the_start,
    is_sign_in,
    read_sign_in_request,
    sign_in_answer,
    to_the_start,
)

ID: Final = "11111111-2222-3333-4444-555555555555"
BODY: Final = b'{"account":"acme","user":"Stuart","password":"fake"}'
HOST: Final = ("host", "kms.example.com")
JSON: Final = ("content-type", "application/json")
BROWSER: Final = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")


def request(
    method: str, path: str, *headers: tuple[str, str], query: str = "", body: bytes = b"", secure: bool = False
) -> Request:
    return Request(
        method=method, path=path, query=query, headers=headers, body=body, source_ip="192.0.2.1", secure=secure
    )


def signing_in(*headers: tuple[str, str], query: str = "", secure: bool = False) -> Request:
    return request("POST", "/console/sign-in", *headers, query=query, body=BODY, secure=secure)


def test_which_is_a_sign_in() -> None:
    assert is_sign_in(request("POST", "/console/sign-in"))
    assert not any(map(is_sign_in, (request("GET", "/console/sign-in"), request("POST", "/console/sign-in/"))))


def test_which_are_for_files() -> None:
    assert all(map(is_for_files, (request("GET", "/console/"), request("HEAD", "/console/assets/a.js"))))
    others = (
        request("POST", "/console/"),
        request("GET", "/"),
        request("GET", "/console"),
        request("PUT", "/console/a"),
    )
    assert not any(map(is_for_files, others))


@pytest.mark.parametrize(
    "each", [request("GET", "/", BROWSER), request("GET", "/console"), request("GET", "/", ("accept", "TEXT/HTML"))]
)
def test_who_is_sent_to_the_start(each: Request) -> None:
    assert is_for_the_start(each)


@pytest.mark.parametrize(
    "each",
    [
        request("POST", "/", BROWSER),
        request("HEAD", "/", BROWSER),
        request("GET", "/"),
        request("GET", "/", ("accept", "*/*")),
        request("GET", "/", BROWSER, ("authorization", "AWS4-HMAC-SHA256 Credential=...")),
        request("GET", "/", BROWSER, query="X-Amz-Signature=0"),
        request("GET", "/", BROWSER, query="Action=ListUsers"),
        request("GET", "/other", BROWSER),
    ],
)
def test_who_is_not(each: Request) -> None:
    assert not is_for_the_start(each)


def test_the_start() -> None:
    answer = to_the_start()
    assert (answer.status, answer.body) == (302, b"")
    headers = dict(answer.headers)
    assert (headers["Location"], headers["Cache-Control"]) == ("/console/", "no-store")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("origin", "http://kms.example.com"),),
        (("origin", "https://KMS.example.com"), ("sec-fetch-site", "same-origin")),
        (("sec-fetch-site", "none"),),
    ],
)
def test_pages_of_this_server_sign_in(headers: tuple[tuple[str, str], ...]) -> None:
    asked = read_sign_in_request(signing_in(HOST, JSON, *headers))
    assert asked == SignInRequest(account="acme", user="Stuart", password="fake")  # noqa: S106 - obviously fake


@pytest.mark.parametrize(
    "headers",
    [
        (("origin", "https://evil.example"),),
        (("origin", "null"),),
        (("origin", ""),),
        (("origin", "http://kms.example.com:4599"),),
        (("origin", "http://kms.example.com.evil.example"),),
        (("origin", "http://kms.example.com"), ("origin", "https://evil.example")),
        (("sec-fetch-site", "cross-site"),),
        (("sec-fetch-site", "same-site"),),
        (("origin", "http://kms.example.com"), ("sec-fetch-site", "cross-site")),
    ],
)
def test_others_do_not(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(ForeignOriginError):
        read_sign_in_request(signing_in(HOST, JSON, *headers))


def test_over_tls_the_scheme_is_known() -> None:
    assert read_sign_in_request(signing_in(HOST, JSON, ("origin", "https://kms.example.com"), secure=True))
    with pytest.raises(ForeignOriginError):
        read_sign_in_request(signing_in(HOST, JSON, ("origin", "http://kms.example.com"), secure=True))


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=UTF-8"]
)
def test_it_is_json(media_type: str) -> None:
    assert read_sign_in_request(signing_in(HOST, ("content-type", media_type)))


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_what_a_form_could_send_is_refused(media_type: str) -> None:
    with pytest.raises(InvalidSignInRequestError):
        read_sign_in_request(signing_in(HOST, ("content-type", media_type)))


def test_it_says_nothing_in_its_address() -> None:
    for headers, query in (((HOST,), ""), ((HOST, JSON), "password=fake")):
        with pytest.raises(InvalidSignInRequestError):
            read_sign_in_request(signing_in(*headers, query=query))


def test_the_answer_to_a_refusal() -> None:
    answer = sign_in_answer(SignInOutcome(ID, MfaRequiredError(), b"record"))
    assert (answer.status, answer.content_type, answer.request_id) == (401, "application/json", ID)
    assert json.loads(answer.body) == {"error": "MfaRequired", "message": "Enter the code of your MFA device."}
    headers = dict(answer.headers)
    assert headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in headers
    assert sign_in_answer(SignInOutcome(ID, TooManyAttemptsError(), b"record")).status == 429


def test_the_answer_to_who_is_signed_in() -> None:
    signed_in = SignedIn(
        account_id="111122223333",
        arn="arn:aws:iam::111122223333:root",
        region="us-east-1",
        regions=("eu-west-1", "us-east-1"),
        expiration=1_764_000_000,
        credentials=ConsoleCredentials(access_key_id="ASIA", secret_access_key="fake", session_token="fake too"),  # noqa: S106 - obviously fake
    )
    answer = sign_in_answer(SignInOutcome(ID, signed_in, None))
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "accountId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root",
        "region": "us-east-1",
        "regions": ["eu-west-1", "us-east-1"],
        "expiration": 1_764_000_000,
        "credentials": {"accessKeyId": "ASIA", "secretAccessKey": "fake", "sessionToken": "fake too"},
    }
