"""The console's side of a real server: its files, and its sign-in, over HTTP."""

from __future__ import annotations

import json
import time
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import boto3
import pytest

from strongroom.app.console import FILES
from tests.live.conftest import ACCOUNT
from tests.support.live import run_json
from tests.support.one_time_codes import codes

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

    from tests.live.conftest import Launch
    from tests.support.live import Server

PASSWORD: Final = "first-Passw0rd"  # noqa: S105 - obviously fake
NEW: Final = "second-Passw0rd"
TYPED_WRONGLY: Final = "typed-wrongly-Passw0rd"
REFUSED: Final = "Your authentication information is incorrect. Please try again."
CHANGING: Final = {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*"}
LISTING: Final = {"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}
SECURITY_HEADERS: Final = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.content)
        return parsed

    @property
    def outcome(self) -> tuple[int, str]:
        return self.status, self.body["error"]


class Browser:
    """Sends what a browser sends."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = HTTPConnection("127.0.0.1", self._server.port, timeout=30)
        try:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, given)
            response = connection.getresponse()
            reply = Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()
        assert "Set-Cookie" not in reply.headers
        assert "Access-Control-Allow-Origin" not in reply.headers
        return reply

    def sign_in(self, user: str | None, password: str, **members: str) -> Reply:
        content = {"account": ACCOUNT, "password": password, **members}
        if user is not None:
            content["user"] = user
        reply = self.send(
            "POST",
            "/console/sign-in",
            json.dumps(content).encode(),
            Content_Type="application/json",
            Origin=self._server.endpoint,
            Sec_Fetch_Site="same-origin",
        )
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers.keys() >= SECURITY_HEADERS
        return reply

    def client(self, service: Any, reply: Reply) -> Any:  # noqa: ANN401 - any of boto3's services
        """Use the credentials that a sign-in gave."""
        given = reply.body["credentials"]
        return boto3.client(
            service,
            endpoint_url=self._server.endpoint,
            region_name=reply.body["region"],
            aws_access_key_id=given["accessKeyId"],
            aws_secret_access_key=given["secretAccessKey"],
            aws_session_token=given["sessionToken"],
        )


def make_user(iam: IAMClient, name: str, *, reset_required: bool = False) -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [CHANGING, LISTING]})
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=document)
    iam.create_login_profile(UserName=name, Password=PASSWORD, PasswordResetRequired=reset_required)


def root_password(server: Server) -> str:
    password: str = run_json("credentials", "root-password", "--data", server.data)["console_password"]
    return password


@pytest.fixture
def browser(server: Server) -> Browser:
    return Browser(server)


@pytest.fixture(scope="module")
def signed_in(server: Server) -> Reply:
    return Browser(server).sign_in(None, root_password(server))


@pytest.fixture(scope="module")
def iam(server: Server, signed_in: Reply) -> IAMClient:
    """The root user as signed in, who may do all of IAM."""
    client: IAMClient = Browser(server).client("iam", signed_in)
    return client


def test_what_init_prints_is_what_signs_in(launch: Launch) -> None:
    server = launch(dev=True, demo=True)
    announced = server.announced
    assert announced["console_url"] == f"{server.endpoint}/console/"
    browser = Browser(server)
    reply = browser.sign_in(announced["console_user"], announced["console_password"])
    assert (reply.status, reply.body["arn"]) == (200, f"arn:aws:iam::{ACCOUNT}:root")
    for user in announced["demo"]["users"]:
        reply = browser.sign_in(user["user_name"], user["password"])
        assert (reply.status, reply.body["userName"]) == (200, user["user_name"])


def test_the_root_user_is_signed_in_for_an_hour(browser: Browser, signed_in: Reply) -> None:
    body = signed_in.body
    assert (signed_in.status, body["accountId"], body["region"]) == (200, ACCOUNT, "us-east-1")
    assert "userName" not in body
    assert {"us-east-1", "eu-central-1"} <= set(body["regions"])
    assert abs(body["expiration"] - time.time() - 3600) < 60
    assert browser.client("sts", signed_in).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"


def test_a_user_signs_in_and_may_do_what_policies_say(browser: Browser, iam: IAMClient) -> None:
    make_user(iam, "Stuart")
    iam.create_account_alias(AccountAlias="acme")
    reply = browser.sign_in("Stuart", PASSWORD, account="acme")
    body = reply.body
    assert (reply.status, body["userName"], body["accountAlias"]) == (200, "Stuart", "acme")
    assert abs(body["expiration"] - time.time() - 12 * 3600) < 60
    kms = browser.client("kms", reply)
    assert kms.list_keys()["Keys"] == []
    with pytest.raises(kms.exceptions.ClientError, match="not authorized to perform: kms:CreateKey"):
        kms.create_key()


def test_what_is_wrong_is_not_told(browser: Browser, iam: IAMClient) -> None:
    make_user(iam, "Paulo")
    iam.create_user(UserName="NoPassword")
    for user, password, account in (
        ("Paulo", TYPED_WRONGLY, ACCOUNT),
        ("Nobody", PASSWORD, ACCOUNT),
        ("NoPassword", PASSWORD, ACCOUNT),
        ("Paulo", PASSWORD, "999999999999"),
        (None, TYPED_WRONGLY, ACCOUNT),
    ):
        reply = browser.sign_in(user, password, account=account)
        assert (reply.status, reply.body) == (401, {"error": "InvalidSignIn", "message": REFUSED})


def test_a_code_is_asked_for_and_good_once(browser: Browser, iam: IAMClient) -> None:
    make_user(iam, "Anaya")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    first, second = codes(device["Base32StringSeed"], ahead=-1)
    serial = device["SerialNumber"]
    iam.enable_mfa_device(UserName="Anaya", SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second)
    assert browser.sign_in("Anaya", TYPED_WRONGLY).outcome == (401, "InvalidSignIn")
    assert browser.sign_in("Anaya", PASSWORD).outcome == (401, "MfaRequired")
    assert browser.sign_in("Anaya", PASSWORD, mfaCode=second).outcome == (401, "InvalidMfaCode")
    _, code = codes(device["Base32StringSeed"])
    assert browser.sign_in("Anaya", PASSWORD, mfaCode=code).status == 200
    assert browser.sign_in("Anaya", PASSWORD, mfaCode=code).outcome == (401, "InvalidMfaCode")


def test_a_password_that_must_be_changed_is_changed(browser: Browser, iam: IAMClient) -> None:
    make_user(iam, "New", reset_required=True)
    assert browser.sign_in("New", PASSWORD).outcome == (401, "PasswordChangeRequired")
    refused = browser.sign_in("New", PASSWORD, newPassword="short")
    assert refused.outcome == (400, "PasswordPolicyViolation")
    assert refused.body["message"] == "Password should have a minimum length of 8"
    assert browser.sign_in("New", PASSWORD, newPassword=NEW).status == 200
    assert browser.sign_in("New", PASSWORD).outcome == (401, "InvalidSignIn")
    assert browser.sign_in("New", NEW).status == 200


@pytest.mark.parametrize(
    ("headers", "body", "outcome"),
    [
        ({"Content_Type": "application/json", "Origin": "https://evil.example"}, b"{}", (403, "ForeignOrigin")),
        ({"Content_Type": "application/json", "Sec_Fetch_Site": "cross-site"}, b"{}", (403, "ForeignOrigin")),
        ({"Content_Type": "text/plain"}, b'{"account":"acme","password":"p"}', (400, "InvalidRequest")),
        ({}, b'{"account":"acme","password":"p"}', (400, "InvalidRequest")),
        ({"Content_Type": "application/json"}, b"{}", (400, "InvalidRequest")),
        ({"Content_Type": "application/json"}, b"\xff", (400, "InvalidRequest")),
        ({"Content_Type": "application/json"}, b" " * 5000, (400, "InvalidRequest")),
    ],
)
def test_only_this_servers_pages_sign_in_and_with_json(
    browser: Browser, headers: dict[str, str], body: bytes, outcome: tuple[int, str]
) -> None:
    reply = browser.send("POST", "/console/sign-in", body, **headers)
    assert reply.outcome == outcome
    assert reply.headers.keys() >= SECURITY_HEADERS


def test_a_user_may_be_guessed_at_five_times(launch: Launch) -> None:
    server = launch(workers=1)
    browser, password = Browser(server), root_password(server)
    assert [browser.sign_in(None, TYPED_WRONGLY).status for _ in range(5)] == [401] * 5
    assert browser.sign_in(None, password).outcome == (429, "TooManyAttempts")
    assert browser.sign_in("Nobody", password).outcome == (401, "InvalidSignIn")


def test_every_try_is_recorded_and_no_password_is_kept(launch: Launch) -> None:
    server = launch(workers=1)
    browser, password = Browser(server), root_password(server)
    replies = [
        browser.sign_in(None, TYPED_WRONGLY),
        browser.sign_in(TYPED_WRONGLY, TYPED_WRONGLY),
        browser.sign_in("Nobody", TYPED_WRONGLY, account=TYPED_WRONGLY, newPassword=TYPED_WRONGLY),
        browser.send("POST", "/console/sign-in", TYPED_WRONGLY.encode(), Content_Type="application/json"),
        browser.sign_in(None, password),
    ]
    assert [reply.status for reply in replies] == [401, 401, 401, 400, 200]
    server.stop()
    trail = b"".join(path.read_bytes() for path in server.data.glob("trail/*"))
    lines = [json.loads(line) for line in trail.splitlines()]
    by_id = {record["requestID"]: record for record in lines if "requestID" in record}
    for reply in replies:
        record = by_id[reply.headers["x-amzn-RequestId"]]
        assert (record["eventSource"], record["eventName"]) == ("signin.amazonaws.com", "ConsoleLogin")
        assert record["responseElements"]["ConsoleLogin"] == ("Success" if reply.status == 200 else "Failure")
    kept = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file()) + server.log.read_bytes()
    assert TYPED_WRONGLY.encode() not in kept
    assert password.encode() not in kept


class TestFiles:
    # What is there depends on whether the console was built.
    FOUND: Final = 200 if FILES.is_dir() else 404

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.parametrize("path", ["/console/", "/console/kms/keys/1234abcd", "/console/sign-in"])
    def test_pages_and_their_deep_links(self, browser: Browser, method: str, path: str) -> None:
        reply = browser.send(method, path, Accept="text/html")
        assert reply.status == self.FOUND
        assert reply.headers.keys() >= SECURITY_HEADERS
        assert int(reply.headers["Content-Length"]) > 0
        assert bool(reply.content) is (method == "GET")

    @pytest.mark.parametrize(
        "path",
        [
            "/console/../../../etc/passwd",
            "/console/%2e%2e/%2e%2e/etc/passwd",
            "/console/..%2f..%2fapp/worker.py",
            "/console//etc/passwd.txt",
            "/console/missing.js",
        ],
    )
    def test_no_path_leads_out(self, browser: Browser, path: str) -> None:
        assert browser.send("GET", path).status == 404

    def test_a_browser_is_sent_to_the_console(self, browser: Browser) -> None:
        reply = browser.send("GET", "/", Accept="text/html,*/*;q=0.8")
        assert (reply.status, reply.headers["Location"]) == (302, "/console/")

    def test_all_else_is_as_before(self, browser: Browser) -> None:
        for method, path in (("GET", "/"), ("POST", "/console/"), ("DELETE", "/console/"), ("GET", "/elsewhere")):
            reply = browser.send(method, path, Accept="*/*")
            assert reply.status >= 400
            assert "Content-Security-Policy" not in reply.headers
