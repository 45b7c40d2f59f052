"""Who is refused before anything is looked at, with AWS's code and text.

Source: AWS KMS API Reference, "Common Errors".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from botocore import auth

from tests.support.live import Login, run_json
from tests.support.wire import Wire, connected, sign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.live import Server

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
INVALID_TOKEN = "The security token included in the request is invalid"  # noqa: S105 - a text
FAKE = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TIME = r"\d{8}T\d{6}Z"


@pytest.fixture(scope="module")
def session(server: Server) -> Login:
    printed = run_json("credentials", "session", "--data", server.data, "--duration", "15m")
    return Login(printed["access_key_id"], printed["secret_access_key"], printed["session_token"])


@pytest.fixture
def in_session(server: Server, session: Login) -> Iterator[Wire]:
    with Wire(server.endpoint, session) as wire:
        yield wire


def test_a_wrong_secret_is_refused(server: Server, wire: Wire) -> None:
    request = sign(server.endpoint, Login(server.login.access_key_id, FAKE), "ListKeys")
    assert wire.exchange(request).error == ("InvalidSignatureException", MISMATCH)


def test_a_tampered_body_is_refused(wire: Wire) -> None:
    request = wire.sign("CreateKey", Description="one")
    tampered = request._replace(body=request.body.replace(b"one", b"two"))
    assert tampered.body != request.body
    assert wire.exchange(tampered).error == ("InvalidSignatureException", MISMATCH)
    assert wire.exchange(request).status == 200


@pytest.mark.parametrize(("name", "value"), [("X-Amz-Target", "TrentService.ListAliases"), ("Host", "kms.test:4599")])
def test_a_replay_with_another_signed_header_is_refused(wire: Wire, name: str, value: str) -> None:
    request = wire.sign("ListKeys")
    assert wire.exchange(request).status == 200
    assert wire.exchange(request.replaced(name, value)).error == ("InvalidSignatureException", MISMATCH)


def test_a_signature_for_another_server_is_refused(server: Server, wire: Wire) -> None:
    request = sign("http://kms.us-east-1.amazonaws.com", server.login, "ListKeys")
    assert wire.exchange(request).error == ("InvalidSignatureException", MISMATCH)


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (-6, f"Signature expired: {TIME} is now earlier than {TIME} \\({TIME} - 5 min\\.\\)"),
        (6, f"Signature not yet current: {TIME} is still later than {TIME} \\({TIME} \\+ 5 min\\.\\)"),
    ],
)
def test_a_signature_of_another_time_is_refused(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, minutes: int, text: str
) -> None:
    monkeypatch.setattr(auth, "get_current_datetime", lambda: datetime.now(UTC) + timedelta(minutes=minutes))
    code, message = wire.call("ListKeys").error
    assert code == "InvalidSignatureException"
    assert re.fullmatch(text, message)


def test_a_signature_four_minutes_old_is_good(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "get_current_datetime", lambda: datetime.now(UTC) - timedelta(minutes=4))
    assert wire.call("ListKeys").status == 200


def test_an_unsigned_request_is_refused(wire: Wire) -> None:
    reply = wire.exchange(wire.sign("ListKeys").replaced("Authorization", None))
    assert reply.error == ("MissingAuthenticationTokenException", "Missing Authentication Token")


def test_a_signature_without_a_date_is_refused(wire: Wire) -> None:
    code, message = wire.exchange(wire.sign("ListKeys").replaced("X-Amz-Date", None)).error
    assert code == "IncompleteSignatureException"
    assert "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header." in message


@pytest.mark.parametrize("part", ["Credential", "SignedHeaders", "Signature"])
def test_a_signature_that_lacks_a_part_is_refused(wire: Wire, part: str) -> None:
    request = wire.sign("ListKeys")
    cut = re.sub(f"(?<=[, ]){part}=[^,]*(, )?", "", request.headers["Authorization"]).removesuffix(", ")
    code, message = wire.exchange(request.replaced("Authorization", cut)).error
    assert code == "IncompleteSignatureException"
    assert f"Authorization header requires '{part}' parameter." in message


def test_a_signed_header_that_is_missing_is_refused(wire: Wire) -> None:
    request = wire.sign("ListKeys").replaced("X-Amz-Target", None)
    # Without a target there is no operation, which AWS says first.
    assert wire.exchange(request).code == "UnknownOperationException"
    request = wire.sign("ListKeys")
    assert "x-amz-date" in request.headers["Authorization"]
    signed = request.headers["Authorization"].replace("x-amz-date;x-amz-target", "x-amz-date;x-amz-gone;x-amz-target")
    assert wire.exchange(request.replaced("Authorization", signed)).error == ("InvalidSignatureException", MISMATCH)


def test_a_host_that_is_not_signed_is_refused(wire: Wire) -> None:
    request = wire.sign("ListKeys")
    unsigned = request.headers["Authorization"].replace("host;", "")
    assert wire.exchange(request.replaced("Authorization", unsigned)).error == (
        "InvalidSignatureException",
        "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    )


def test_an_unknown_access_key_is_refused(server: Server, wire: Wire) -> None:
    request = sign(server.endpoint, Login("AKIAIOSFODNN7EXAMPLE", FAKE), "ListKeys")
    assert wire.exchange(request).error == ("UnrecognizedClientException", f"{INVALID_TOKEN}.")


def test_a_deactivated_access_key_is_refused_at_the_very_next_request(server: Server) -> None:
    made = run_json("credentials", "create", "--data", server.data)
    login = Login(made["access_key_id"], made["secret_access_key"])
    # Enough connections to reach both workers, each of which has used the key.
    with connected(server.endpoint, login, 8) as wires:
        assert {wire.call("ListKeys").status for wire in wires} == {200}
        run_json("credentials", "deactivate", login.access_key_id, "--data", server.data)
        errors = {wire.call("ListKeys").error for wire in wires}
        assert errors == {("UnrecognizedClientException", f"{INVALID_TOKEN}.")}
        run_json("credentials", "activate", login.access_key_id, "--data", server.data)
        assert {wire.call("ListKeys").status for wire in wires} == {200}


def test_session_credentials_are_good(in_session: Wire, wire: Wire) -> None:
    key = in_session.done("CreateKey")["KeyMetadata"]["KeyId"]
    assert wire.call("DescribeKey", KeyId=key).status == 200


def test_a_tampered_session_token_is_refused(in_session: Wire, session: Login) -> None:
    assert session.session_token is not None
    for at in (0, 3, len(session.session_token) // 2, len(session.session_token) - 2):
        token = session.session_token[:at] + chr(ord(session.session_token[at]) ^ 1) + session.session_token[at + 1 :]
        in_session.login = session._replace(session_token=token)
        assert in_session.call("ListKeys").error == ("UnrecognizedClientException", INVALID_TOKEN)


def test_a_token_for_another_access_key_is_refused(server: Server, in_session: Wire, session: Login) -> None:
    in_session.login = server.login._replace(session_token=session.session_token)
    assert in_session.call("ListKeys").error == ("UnrecognizedClientException", INVALID_TOKEN)


def test_session_credentials_without_their_token_are_refused(in_session: Wire, session: Login) -> None:
    in_session.login = session._replace(session_token=None)
    assert in_session.call("ListKeys").error == ("UnrecognizedClientException", f"{INVALID_TOKEN}.")


def test_a_session_with_another_secret_is_refused(in_session: Wire, session: Login) -> None:
    in_session.login = session._replace(secret_access_key=FAKE)
    assert in_session.call("ListKeys").error == ("InvalidSignatureException", MISMATCH)


@pytest.mark.parametrize(
    ("region", "text"), [("mars-north-1", "Credential should be scoped to a valid region, not 'mars-north-1'. ")]
)
def test_a_scope_of_another_region_is_refused(wire: Wire, region: str, text: str) -> None:
    assert wire.call("ListKeys", region=region).error == ("InvalidSignatureException", text)


def test_every_refusal_is_recorded(server: Server, wire: Wire) -> None:
    agent = "refused-and-recorded"
    request = sign(server.endpoint, Login(server.login.access_key_id, FAKE), "Decrypt", user_agent=agent)
    reply = wire.exchange(request)
    records = [each for file in server.trail().values() for each in file if each["userAgent"] == agent]
    assert [(each["requestID"], each["eventName"], each["errorCode"]) for each in records] == [
        (reply.request_id, "Decrypt", "InvalidSignatureException")
    ]
    assert records[0]["userIdentity"] == {"type": "Unknown"}
