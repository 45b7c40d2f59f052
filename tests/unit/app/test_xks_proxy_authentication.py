"""A request is a client's if, and only if, its credential has signed all of it just now."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from strongroom.app.xks_proxy_authentication import Client, authenticate
from strongroom.protocol.xks import XksError
from tests.support.xks_proxied import HOST, request, signed
from tests.support.xks_proxy_client import HEALTH, Credential, signed_headers

if TYPE_CHECKING:
    from strongroom.model.request import Request

URI_PATH = "/kms/xks/v1"
PATH = f"{URI_PATH}/health"
BODY = json.dumps(HEALTH).encode()
CREDENTIAL = Credential(URI_PATH, "XKSEXAMPLE2345677654", "fake/secret+of+a+client+of+an+xks+proxy=====")
CLIENT = Client(access_key_id=CREDENTIAL.access_key_id, secret=CREDENTIAL.secret, uri_path=URI_PATH)


def made(**headers: str) -> dict[str, str]:
    return {name.lower(): value for name, value in signed_headers(CREDENTIAL, HOST, PATH, BODY, **headers).items()}


def refusal(sent: Request, wall: float | None = None) -> str:
    with pytest.raises(XksError) as raised:
        authenticate(sent, {CLIENT.access_key_id: CLIENT}, wall or time.time())
    assert (raised.value.name, raised.value.status) == ("AuthenticationFailedException", 401)
    return raised.value.message


def altered(**headers: str) -> Request:
    """Change headers of a signed request after it was signed."""
    return request("POST", PATH, BODY, made() | headers)


def test_a_client_is_known_by_its_signature() -> None:
    sent = signed(CREDENTIAL, PATH, HEALTH)
    assert authenticate(sent, {CLIENT.access_key_id: CLIENT}, time.time()) is CLIENT


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    sent = signed(CREDENTIAL, PATH, HEALTH)
    wall = time.mktime(time.strptime(sent.header("x-amz-date") or "", "%Y%m%dT%H%M%SZ")) - time.timezone
    assert authenticate(sent, {CLIENT.access_key_id: CLIENT}, wall + seconds) is CLIENT
    assert "five minutes" in refusal(sent, wall + seconds + (1 if seconds > 0 else -1))


@pytest.mark.parametrize(
    "change",
    [
        {"body": b"{}"},
        {"path": f"{PATH}/"},
        {"query": "a=b"},
        {"method": "PUT"},
    ],
)
def test_all_of_a_request_is_signed(change: dict[str, str]) -> None:
    sent = msgspec.structs.replace(signed(CREDENTIAL, PATH, HEALTH), **change)
    assert refusal(sent) == "The request is not signed with a credential of this proxy."


def test_another_secret_or_a_credential_that_is_not_known_is_refused() -> None:
    for other in (CREDENTIAL._replace(secret="another"), CREDENTIAL._replace(access_key_id="XKSANOTHER2345677654")):  # noqa: S106 - no secret
        assert refusal(signed(other, PATH, HEALTH)) == "The request is not signed with a credential of this proxy."


def test_a_request_without_a_signature_is_refused() -> None:
    for headers in (
        {"host": HOST},
        {"host": HOST, "authorization": "Bearer token"},
        {"authorization": "AWS4-HMAC-SHA256 "},
    ):
        assert "no Authorization header" in refusal(request("POST", PATH, BODY, headers))


def test_a_signature_for_another_service_is_refused() -> None:
    assert refusal(request("POST", PATH, BODY, made(service="kms"))) == "The signature is not scoped to kms-xks-proxy."


def test_a_scope_of_another_end_is_refused() -> None:
    authorization = made()["authorization"].replace("aws4_request", "aws5_request")
    assert refusal(altered(authorization=authorization)) == "The signature is not scoped to kms-xks-proxy."


def test_a_scope_of_another_day_is_refused() -> None:
    headers = made()
    authorization = headers["authorization"].replace(f"/{headers['x-amz-date'][:8]}/", "/20200101/")
    assert "not that of X-Amz-Date" in refusal(altered(authorization=authorization))


@pytest.mark.parametrize("name", ["host", "x-amz-date"])
def test_host_and_date_must_be_signed(name: str) -> None:
    authorization = made()["authorization"]
    assert f"{name}" in authorization
    without = authorization.replace(f";{name}", "").replace(f"{name};", "")
    assert "not both signed" in refusal(altered(authorization=without))


def test_temporary_credentials_are_refused() -> None:
    assert "Temporary credentials" in refusal(altered(**{"x-amz-security-token": "token"}))


def test_what_cannot_be_signed_is_refused() -> None:
    authorization = made()["authorization"]
    missing = authorization.replace("SignedHeaders=", "SignedHeaders=absent;")
    assert "not signed with a credential" in refusal(altered(authorization=missing))
    assert "not signed with a credential" in refusal(altered(authorization=f"{authorization}ä"))


def test_a_secret_is_not_shown() -> None:
    assert CREDENTIAL.secret not in repr(CLIENT)
    assert CREDENTIAL.access_key_id in repr(CLIENT)
