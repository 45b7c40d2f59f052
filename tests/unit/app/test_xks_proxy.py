"""An XKS proxy answers what its clients may ask, and records each request."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from strongroom.app import xks_proxy_keys
from strongroom.storage.store import StoreError
from tests.support.in_process import ACCOUNT, REGION, allow, deny, policy
from tests.support.xks_proxied import HOST, KEY, SOURCE_IP, URI_PATH, Proxied, request, signed
from tests.support.xks_proxy_client import HEALTH, encrypt_message, metadata_message, signed_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.model.request import Answer, Request
    from tests.support.in_process import InProcess

ENCRYPT = f"{URI_PATH}/keys/{KEY}/encrypt"


@pytest.fixture
def proxied(service: InProcess) -> Iterator[Proxied]:
    with Proxied(service) as proxied:
        yield proxied


class Waiting:
    """A request that waits for its answer."""

    def __init__(self, sent: Request) -> None:
        self.request = sent
        self.answered: Answer | None = None
        self.abandoned = False

    def answer(self, answer: Answer) -> None:
        self.answered = answer

    def abandon(self) -> None:
        self.abandoned = True


def test_health_tells_what_serves(proxied: Proxied) -> None:
    answered, records = proxied.exchange(signed(proxied.credential, f"{URI_PATH}/health", HEALTH))
    assert answered.status == 200
    assert answered.message["xksProxyFleetSize"] == 1
    assert answered.message["ekmFleetDetails"][0]["id"] == proxied.service.opened.installation.id
    assert [(each["eventSource"], each["eventName"]) for each in records] == [
        ("kms-xks-proxy.amazonaws.com", "GetHealthStatus")
    ]
    assert records[0]["requestParameters"] == {"uriPath": URI_PATH, **HEALTH}
    assert records[0]["additionalEventData"] == {"proxyAccessKeyId": proxied.credential.access_key_id}


def test_a_request_and_what_it_asks_of_kms_are_recorded(proxied: Proxied) -> None:
    message = encrypt_message(b"text", b"aad")
    answered, (asked, own) = proxied.exchange(signed(proxied.credential, ENCRYPT, message))
    assert answered.status == 200
    assert (own["eventName"], own["eventSource"], own["awsRegion"]) == (
        "Encrypt",
        "kms-xks-proxy.amazonaws.com",
        REGION,
    )
    assert (own["userIdentity"], own["sourceIPAddress"]) == ({"type": "Unknown"}, SOURCE_IP)
    assert own["requestParameters"] == {
        "uriPath": URI_PATH,
        "externalKeyId": KEY,
        "requestMetadata": message["requestMetadata"],
    }
    assert own["additionalEventData"]["kmsRequestIds"] == [asked["requestID"]]
    assert own["resources"] == [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": proxied.arn}]
    assert (asked["eventSource"], asked["sourceIPAddress"]) == ("kms.amazonaws.com", SOURCE_IP)
    assert asked["userIdentity"]["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    context = asked["requestParameters"]["encryptionContext"]
    assert list(context) == [xks_proxy_keys.CONTEXT_KEY]


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "DELETE"])
def test_only_post_is_known(proxied: Proxied, method: str) -> None:
    answered, records = proxied.exchange(request(method, ENCRYPT, b"", {"host": HOST}))
    assert answered.error == (405, "UnsupportedOperationException")
    assert (records[0]["eventName"], records[0]["errorCode"]) == (method, "UnsupportedOperationException")


def test_strangers_are_told_nothing_of_paths(proxied: Proxied) -> None:
    for path in (ENCRYPT, "/nowhere"):
        answered, records = proxied.exchange(request("POST", path, b"{}", {"host": HOST}))
        assert answered.error == (401, "AuthenticationFailedException")
        assert "requestParameters" not in records[0] or records[0]["requestParameters"] is None
        assert records[0]["errorCode"] == "AuthenticationFailedException"


@pytest.mark.parametrize("path", ["/nowhere", "/team-b/kms/xks/v1/health", "/kms/xks/v1/health"])
def test_a_credential_is_good_at_its_own_path_only(proxied: Proxied, path: str) -> None:
    assert proxied.exchange(signed(proxied.credential, path, HEALTH)).answered.error == (404, "InvalidUriPathException")


def test_keys_are_those_of_the_path(proxied: Proxied) -> None:
    other = proxied.new_credential("/team-b/kms/xks/v1")
    sent = signed(other, f"/team-b/kms/xks/v1/keys/{KEY}/metadata", metadata_message())
    assert proxied.exchange(sent).answered.error == (404, "KeyNotFoundException")


def test_a_message_that_is_none_is_refused_before_kms_is_asked(proxied: Proxied) -> None:
    answered, records = proxied.exchange(signed(proxied.credential, ENCRYPT, {}))
    assert answered.error == (400, "ValidationException")
    assert len(records) == 1


def test_the_policies_of_the_principal_decide(proxied: Proxied) -> None:
    access_key = proxied.service.new_user(
        "proxy",
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": proxied.arn}],
        },
    )
    proxied.add_key("limited", proxied.arn, access_key["AccessKeyId"])
    assert proxied.key("encrypt", encrypt_message(b"text"), "limited").status == 200
    # What is vouched for is decrypted, which it may not.
    assert proxied.key("encrypt", encrypt_message(b"text", integrity=True), "limited").error == (
        403,
        "AccessDeniedException",
    )
    assert proxied.key("metadata", metadata_message(), "limited").error == (403, "AccessDeniedException")


def test_policies_see_the_client_and_that_it_came_over_tls(proxied: Proxied) -> None:
    plain = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    elsewhere = {"Condition": {"NotIpAddress": {"aws:SourceIp": f"{SOURCE_IP}/32"}}}
    statements = [allow(), {**deny(action="kms:Encrypt"), **plain}, {**deny(action="kms:Encrypt"), **elsewhere}]
    proxied.root("PutKeyPolicy", KeyId=proxied.arn, Policy=policy(*statements))
    assert proxied.key("encrypt", encrypt_message(b"text")).status == 200


def test_an_access_key_that_is_gone_asks_nothing_more(proxied: Proxied) -> None:
    access_key = proxied.service.new_user(
        "proxy",
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}],
        },
    )
    proxied.add_key("theirs", proxied.arn, access_key["AccessKeyId"])
    assert proxied.key("metadata", metadata_message(), "theirs").status == 200
    iam = proxied.service.root(api="iam")
    names = {"UserName": "proxy", "AccessKeyId": access_key["AccessKeyId"]}
    iam("UpdateAccessKey", **names, Status="Inactive")
    assert proxied.key("metadata", metadata_message(), "theirs").error == (403, "AccessDeniedException")
    iam("DeleteAccessKey", **names)
    assert proxied.key("metadata", metadata_message(), "theirs").error == (403, "AccessDeniedException")


def test_nothing_of_a_failure_within_is_told(
    proxied: Proxied, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    within = f"what was within {1}"

    def fail(*_: object) -> None:
        raise RuntimeError(within)

    monkeypatch.setattr(xks_proxy_keys, "encrypt", fail)
    answered, records = proxied.exchange(signed(proxied.credential, ENCRYPT, encrypt_message(b"text")))
    assert answered == (
        500,
        {"errorName": "InternalException", "errorMessage": "The request failed because of an internal error."},
    )
    assert records[-1]["errorCode"] == "InternalException"
    assert "RuntimeError" in caplog.text
    assert within not in caplog.text


def test_what_cannot_be_known_to_be_up_to_date_is_refused(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise StoreError("the disk is gone")

    monkeypatch.setattr(proxied.kms, "refresh", fail)
    sent = signed(proxied.credential, f"{URI_PATH}/health", HEALTH)
    assert proxied.exchange(sent).answered.error == (500, "InternalException")


def test_answers_leave_after_their_records(proxied: Proxied, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Waiting(signed(proxied.credential, f"{URI_PATH}/health", HEALTH))
    proxied.proxy.handle([waiting])
    assert waiting.answered is not None
    lines = (proxied.service.folder.trail / "xks-proxy-0.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["requestID"] == waiting.answered.request_id

    def fail(_records: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(proxied.trail, "append", fail)
    lost = Waiting(signed(proxied.credential, f"{URI_PATH}/health", HEALTH))
    proxied.proxy.handle([lost])
    assert (lost.answered, lost.abandoned) == (None, True)
    assert proxied.proxy.malformed(SOURCE_IP, 400, "no HTTP") is False


def test_what_is_not_http_is_recorded(proxied: Proxied) -> None:
    assert proxied.proxy.malformed(SOURCE_IP, 400, "no HTTP") is True
    record = json.loads((proxied.service.folder.trail / "xks-proxy-0.jsonl").read_text().splitlines()[-1])
    assert (record["eventName"], record["errorCode"], record["errorMessage"]) == (
        "MalformedRequest",
        "HTTP 400",
        "no HTTP",
    )


def test_secrets_and_plaintexts_are_not_recorded(proxied: Proxied) -> None:
    body = json.dumps(encrypt_message(b"a plaintext", b"some aad", integrity=True)).encode()
    headers = signed_headers(proxied.credential, HOST, ENCRYPT, body)
    answer, records = proxied.proxy.answer(request("POST", ENCRYPT, body, headers))
    written = b"".join(records)
    message = json.loads(answer.body)
    hidden = [proxied.credential.secret, "a plaintext", json.loads(body)["plaintext"], message["ciphertext"]]
    assert not any(each.encode() in written for each in hidden)


def test_a_key_policy_may_ask_for_the_context_of_a_proxy(proxied: Proxied) -> None:
    only = {
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": xks_proxy_keys.CONTEXT_KEY},
        "Null": {"kms:EncryptionContextKeys": "false"},
    }
    user = proxied.service.new_user("proxy")
    arn = f"arn:aws:iam::{ACCOUNT}:user/proxy"
    statements = [allow(), allow(arn, ["kms:Encrypt", "kms:Decrypt"], Condition=only)]
    proxied.root("PutKeyPolicy", KeyId=proxied.arn, Policy=policy(*statements))
    proxied.add_key("limited", proxied.arn, user["AccessKeyId"])
    assert proxied.key("encrypt", encrypt_message(b"text", integrity=True), "limited").status == 200
    direct = proxied.service.signing(user)
    for context in ({}, {"another": "context"}):
        refused = direct.refused("Encrypt", KeyId=proxied.arn, Plaintext=b"text", EncryptionContext=context)
        assert refused.code == "AccessDeniedException"
