"""The client within this process: signed, decided and recorded like any other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.app.client import Client, RequestRefusedError, Service
from strongroom.audit.trail import TrailFile
from tests.support.in_process import ACCOUNT, OTHER_REGION, REGION, InProcess, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOT_ARN: Final = f"arn:aws:iam::{ACCOUNT}:root"
TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ROOT_ARN}, "Action": "sts:AssumeRole"}],
    }
)


class Records:
    """What the client left: in its trail file, and in the outbox with changes."""

    def __init__(self, service: InProcess, path: Path) -> None:
        self._service = service
        self._path = path

    @property
    def trail(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]

    @property
    def outbox(self) -> list[dict[str, Any]]:
        return [json.loads(record) for record in self._service.outbox()]


@pytest.fixture
def records(service: InProcess) -> Records:
    service.folder.trail.mkdir(exist_ok=True)
    return Records(service, service.folder.trail / "client.jsonl")


@pytest.fixture
def served(service: InProcess, records: Records) -> Iterator[Service]:
    assert records.outbox
    trail = TrailFile(service.folder.trail / "client.jsonl")
    with Service(service.opened, trail) as served:
        yield served
    trail.close()


def client(service: InProcess, served: Service, region: str = REGION, **changes: str) -> Client:
    access_key_id, secret = service.created.credentials
    access_key = {"AccessKeyId": access_key_id, "SecretAccessKey": secret, **changes}
    return Client(served, service.clock, region, access_key)


@pytest.fixture
def root(service: InProcess, served: Service) -> Client:
    return client(service, served)


def test_kms_is_called_and_answers(service: InProcess, root: Client) -> None:
    arn = root.kms("CreateKey", Tags=[{"TagKey": "Team", "TagValue": "red"}])["KeyMetadata"]["Arn"]
    assert service.kept(arn).place == place_of(arn)
    assert root.kms("ListResourceTags", KeyId=arn)["Tags"] == [{"TagKey": "Team", "TagValue": "red"}]
    # Of an operation without output.
    assert root.kms("DisableKey", KeyId=arn) == {}
    assert service.kept(arn).state == "Disabled"


def test_it_is_in_one_region(service: InProcess, served: Service) -> None:
    elsewhere = client(service, served, OTHER_REGION)
    assert f":{OTHER_REGION}:" in elsewhere.kms("CreateKey")["KeyMetadata"]["Arn"]


def test_iam_and_sts_are_called_and_answer(root: Client) -> None:
    assert root.query("sts", "GetCallerIdentity")["Arn"] == ROOT_ARN
    role = root.query("iam", "CreateRole", RoleName="App", AssumeRolePolicyDocument=TRUST)
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/App"
    assert root.query("iam", "GetRole", RoleName="App")["RoleId"] == role["RoleId"]


def test_lists_and_structures_are_spelt_as_queries_do(root: Client, service: InProcess) -> None:
    tags = [{"Key": "App", "Value": "a+b=c/d"}, {"Key": "Team", "Value": "red"}]
    root.query("iam", "CreateUser", UserName="Alice", Tags=tags)
    assert service.root(api="iam")("ListUserTags", UserName="Alice")["Tags"] == tags


def test_elements_without_text_are_empty(root: Client) -> None:
    assert root.query("iam", "ListUsers")["Users"] == ""


def test_a_refusal_says_why(root: Client) -> None:
    with pytest.raises(RequestRefusedError, match=r"^DescribeKey: Alias .* is not found\.$"):
        root.kms("DescribeKey", KeyId="alias/none")
    with pytest.raises(RequestRefusedError, match=r"^GetUser: .*Bob.*cannot be found\.$"):
        root.query("iam", "GetUser", UserName="Bob")


def test_policies_decide_as_for_anybody(service: InProcess, served: Service, root: Client) -> None:
    alice = client(service, served, **service.new_user("Alice"))
    arn = root.kms("CreateKey")["KeyMetadata"]["Arn"]
    refusal = f"User: arn:aws:iam::{ACCOUNT}:user/Alice is not authorized to perform: kms:DescribeKey"
    # The message of this error has a capital letter.
    with pytest.raises(RequestRefusedError, match=f"^DescribeKey: {refusal}"):
        alice.kms("DescribeKey", KeyId=arn)
    with pytest.raises(RequestRefusedError, match=r"^ListUsers: User: .* is not authorized"):
        alice.query("iam", "ListUsers")


def test_signatures_are_checked_as_of_anybody(service: InProcess, served: Service) -> None:
    stranger = client(service, served, SecretAccessKey="a wrong secret")
    for ask in (lambda: stranger.kms("ListKeys"), lambda: stranger.query("sts", "GetCallerIdentity")):
        with pytest.raises(RequestRefusedError, match="signature we calculated does not match"):
            ask()


def test_what_others_changed_is_known_at_the_next_request(service: InProcess, root: Client) -> None:
    arn = root.kms("CreateKey")["KeyMetadata"]["Arn"]
    assert root.kms("Encrypt", KeyId=arn, Plaintext="eA==")["KeyId"] == arn
    service.root()("DisableKey", KeyId=arn)
    with pytest.raises(RequestRefusedError, match="is disabled"):
        root.kms("Encrypt", KeyId=arn, Plaintext="eA==")


def test_all_is_recorded_before_it_is_answered(root: Client, records: Records) -> None:
    in_outbox = len(records.outbox)
    root.kms("CreateKey")
    assert [each["eventName"] for each in records.outbox[in_outbox:]] == ["CreateKey"]
    assert records.trail == []
    root.query("sts", "GetCallerIdentity")
    root.kms("ListKeys")
    with pytest.raises(RequestRefusedError):
        root.kms("DescribeKey", KeyId="alias/none")
    assert [(each["eventName"], each.get("errorCode")) for each in records.trail] == [
        ("GetCallerIdentity", None),
        ("ListKeys", None),
        ("DescribeKey", "NotFoundException"),
    ]
    assert {each["userIdentity"]["arn"] for each in records.trail} == {ROOT_ARN}
    assert {(each["userAgent"], each["sourceIPAddress"]) for each in records.trail} == {("strongroom", "127.0.0.1")}
    assert len(records.outbox) == in_outbox + 1
