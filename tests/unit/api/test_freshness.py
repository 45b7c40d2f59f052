"""What one worker has answered binds all others at their next request, whatever they remember."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from botocore.credentials import Credentials

from strongroom.api.finished import Finished
from strongroom.app.services import remove_service
from strongroom.model.account import AccountSettings
from strongroom.model.identity import User
from tests.support.in_process import ACCOUNT, Caller, InProcess, allow, deny
from tests.support.services import EC2, access_key_of, register, signed_request
from tests.unit.api.support import put

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from strongroom.api.snapshots import Snapshots
    from strongroom.model.request import Request
    from strongroom.pipeline import Pipeline

ALLOWED: Final = {None}
REFUSED: Final = {"AccessDeniedException"}
UNKNOWN: Final = {"UnrecognizedClientException"}
ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
POWER_USER: Final = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"


def statement(effect: str, action: str, condition: Mapping[str, object] | None = None) -> Mapping[str, object]:
    """Write an identity-based policy of one statement."""
    said = {"Effect": effect, "Action": action, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": said if condition is None else {**said, "Condition": condition}}


NOTHING: Final = statement("Deny", "*")


class Workers:
    """Three workers that remember what they decide."""

    def __init__(self, service: InProcess) -> None:
        self._service = service
        self._workers = [service.worker() for _ in range(3)]

    def codes(self, access_key: Mapping[str, str], key: str) -> set[str | None]:
        """Let each encrypt twice, for somebody; gives all error codes, None where it did."""
        request = self._service.signed(
            "TrentService.Encrypt",
            msgspec.json.encode({"KeyId": key, "Plaintext": "eA=="}),
            credentials=Credentials(
                access_key["AccessKeyId"], access_key["SecretAccessKey"], access_key.get("SessionToken")
            ),
        )
        return {self._code(*worker, request) for worker in self._workers for _ in range(2)}

    def _code(self, snapshots: Snapshots, pipeline: Pipeline, request: Request) -> str | None:
        snapshots.refresh()
        outcome = pipeline.handle(request)
        assert isinstance(outcome, Finished)
        code: str | None = msgspec.json.decode(outcome.answer.body).get("__type")
        return code

    def close(self) -> None:
        for snapshots, _ in self._workers:
            snapshots.close()


@pytest.fixture
def workers(service: InProcess) -> Iterator[Workers]:
    workers = Workers(service)
    yield workers
    workers.close()


def test_states_and_policies_of_a_key(service: InProcess, workers: Workers, root: Caller, key: str) -> None:
    access_key_id, secret = service.created.credentials
    access_key = {"AccessKeyId": access_key_id, "SecretAccessKey": secret}
    for _ in range(3):
        assert workers.codes(access_key, key) == ALLOWED
        root("DisableKey", KeyId=key)
        assert workers.codes(access_key, key) == {"DisabledException"}
        root("EnableKey", KeyId=key)
        assert workers.codes(access_key, key) == ALLOWED
        service.write_policy(key, allow(), deny(action="kms:Encrypt"))
        assert workers.codes(access_key, key) == REFUSED
        service.write_policy(key, allow())


def test_policies_of_a_user_and_its_groups(service: InProcess, workers: Workers, key: str) -> None:
    alice, iam = service.new_user("Alice"), service.root(api="iam")
    use = json.dumps(statement("Allow", "kms:Encrypt"))
    assert workers.codes(alice, key) == REFUSED
    iam("PutUserPolicy", UserName="Alice", PolicyName="p", PolicyDocument=use)
    assert workers.codes(alice, key) == ALLOWED
    iam("DeleteUserPolicy", UserName="Alice", PolicyName="p")
    assert workers.codes(alice, key) == REFUSED
    iam("CreateGroup", GroupName="Users")
    iam("PutGroupPolicy", GroupName="Users", PolicyName="p", PolicyDocument=use)
    assert workers.codes(alice, key) == REFUSED
    iam("AddUserToGroup", GroupName="Users", UserName="Alice")
    assert workers.codes(alice, key) == ALLOWED
    iam("DeleteGroupPolicy", GroupName="Users", PolicyName="p")
    assert workers.codes(alice, key) == REFUSED
    iam("AttachUserPolicy", UserName="Alice", PolicyArn=ADMINISTRATOR)
    assert workers.codes(alice, key) == ALLOWED
    iam("PutUserPermissionsBoundary", UserName="Alice", PermissionsBoundary=POWER_USER)
    assert workers.codes(alice, key) == REFUSED
    iam("DeleteUserPermissionsBoundary", UserName="Alice")
    assert workers.codes(alice, key) == ALLOWED
    put(service, AccountSettings(account_id=ACCOUNT, service_control_policies={"Guard": json.dumps(NOTHING)}))
    assert workers.codes(alice, key) == REFUSED
    put(service, AccountSettings(account_id=ACCOUNT))
    assert workers.codes(alice, key) == ALLOWED


def test_access_keys_and_users(service: InProcess, workers: Workers, key: str) -> None:
    alice, iam = service.new_user("Alice", statement("Allow", "kms:Encrypt")), service.root(api="iam")
    names = {"UserName": "Alice", "AccessKeyId": alice["AccessKeyId"]}
    assert workers.codes(alice, key) == ALLOWED
    iam("UpdateAccessKey", Status="Inactive", **names)
    assert workers.codes(alice, key) == UNKNOWN
    iam("UpdateAccessKey", Status="Active", **names)
    assert workers.codes(alice, key) == ALLOWED
    iam("DeleteAccessKey", **names)
    assert workers.codes(alice, key) == UNKNOWN
    alice = iam("CreateAccessKey", UserName="Alice")["AccessKey"]
    assert workers.codes(alice, key) == ALLOWED
    with service.store.change() as change:
        found = change.identities.find(User, ACCOUNT, "Alice")
        assert found is not None
        change.identities.delete(found)
    assert workers.codes(alice, key) == UNKNOWN


def test_grants(service: InProcess, workers: Workers, root: Caller, key: str) -> None:
    alice = service.new_user("Alice")
    arn = f"arn:aws:iam::{ACCOUNT}:user/Alice"
    for _ in range(2):
        assert workers.codes(alice, key) == REFUSED
        granted = root("CreateGrant", KeyId=key, GranteePrincipal=arn, Operations=["Encrypt"])
        assert workers.codes(alice, key) == ALLOWED
        root("RevokeGrant", KeyId=key, GrantId=granted["GrantId"])
    assert workers.codes(alice, key) == REFUSED


def test_services(service: InProcess, workers: Workers, key: str) -> None:
    alice = service.new_user("Alice", statement("Allow", "kms:Encrypt"))
    ec2 = register(service)
    lent = access_key_of(ec2.call(SignedRequest=signed_request(alice)))
    assert workers.codes(lent, key) == ALLOWED
    service.root(api="iam")("UpdateAccessKey", UserName="Alice", AccessKeyId=alice["AccessKeyId"], Status="Inactive")
    assert workers.codes(lent, key) == UNKNOWN
    service.root(api="iam")("UpdateAccessKey", UserName="Alice", AccessKeyId=alice["AccessKeyId"], Status="Active")
    assert workers.codes(lent, key) == ALLOWED
    with service.store.change() as change:
        remove_service(change, EC2)
    assert workers.codes(lent, key) == UNKNOWN


def test_aliases_in_conditions(service: InProcess, workers: Workers, root: Caller, key: str) -> None:
    named = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/a"}}
    alice = service.new_user("Alice", statement("Allow", "kms:Encrypt", named))
    for _ in range(2):
        assert workers.codes(alice, key) == REFUSED
        root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
        assert workers.codes(alice, key) == ALLOWED
        root("DeleteAlias", AliasName="alias/a")
    assert workers.codes(alice, key) == REFUSED
