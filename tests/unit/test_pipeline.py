from __future__ import annotations

import json
import sqlite3
import time
import uuid
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

import msgspec
import pytest
from botocore.credentials import Credentials

from strongroom.api import callers as api_callers
from strongroom.api import sts
from strongroom.api.admission import admit
from strongroom.api.bearers import no_issuer_keys
from strongroom.api.call import Call
from strongroom.api.finished import Finished
from strongroom.api.key_snapshots import TransactionDirectory
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import Scope
from strongroom.app.installation import set_access_key_status
from strongroom.model.errors import InternalError, InvalidIdentityToken, ServiceError, Throttling
from strongroom.model.principal import root_principal, web_identity_principal
from strongroom.pipeline import Deferred
from strongroom.policy.callers import NO_POLICIES
from strongroom.storage.store import StoreBusyError, StoreError
from tests.support.in_process import ACCOUNT, OTHER_REGION, REGION, Caller, InProcess, allow, deny, place_of
from tests.support.samples import prepare
from tests.unit.api.sts.support import allowing, asking, code, new_device, new_role, new_user, trusting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strongroom.api.context import ChangeContext
    from strongroom.model.request import Answer, Request
    from strongroom.protocol.structures import AwsStruct
    from strongroom.storage.store import Reader, Store

SECRET = "a planted secret"  # noqa: S105 - an obviously fake one
INTERNAL = {"__type": "KMSInternalException", "message": "The request failed because of an internal error."}
BUSY = {
    "__type": "DependencyTimeoutException",
    "message": "The system timed out while trying to fulfill the request.",
}
# One that is answered from memory, one that reads and one that changes.
KINDS = ("GenerateRandom", "ListKeys", "CreateKey")

every_operation = pytest.mark.parametrize("operation", list(OPERATIONS))


def target(operation: str) -> str:
    return f"TrentService.{operation}"


def body_of(answer: Answer) -> Any:  # noqa: ANN401 - parsed JSON
    return json.loads(answer.body)


def with_header(request: Request, name: str, value: str | None) -> Request:
    """Replace a header, or take it away."""
    others = tuple(each for each in request.headers if each[0] != name)
    return msgspec.structs.replace(request, headers=others if value is None else (*others, (name, value)))


def break_operation(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception) -> None:
    def run(_context: object, _request: object) -> NoReturn:
        raise error

    monkeypatch.setitem(OPERATIONS, name, msgspec.structs.replace(OPERATIONS[name], run=run))


def sample_request(service: InProcess, operation: str) -> Request:
    members = {"NumberOfBytes": 1} if operation == "GenerateRandom" else {}
    return service.signed(target(operation), msgspec.json.encode(members))


class TestProtocol:
    """What is refused before anybody is authenticated."""

    @pytest.fixture
    def service(self, shared_service: InProcess) -> InProcess:
        return shared_service

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
    def test_other_methods(self, service: InProcess, method: str) -> None:
        answer = service.send(service.signed(target("ListKeys"), b"{}", method=method))
        assert (answer.status, answer.content_type) == (403, "application/xml")
        assert answer.body == (
            b"<AccessDeniedException>\n"
            b"  <Message>Unable to determine service/operation name to be authorized</Message>\n"
            b"</AccessDeniedException>\n"
        )
        record = service.records[-1]
        assert (record["eventName"], record["errorCode"]) == (method, "AccessDeniedException")
        assert record["userIdentity"] == {"type": "Unknown"}

    def test_options(self, service: InProcess) -> None:
        answer = service.send(service.signed(target("ListKeys"), b"", method="OPTIONS"))
        assert (answer.status, answer.body) == (204, b"")
        record = service.records[-1]
        assert record["eventName"] == "OPTIONS"
        assert record["readOnly"] is True
        assert "errorCode" not in record

    @pytest.mark.parametrize("content_type", [None, "", "application/json", "application/x-amz-json-1.0", "text/plain"])
    def test_other_content_types(self, service: InProcess, content_type: str | None) -> None:
        request = with_header(service.signed(target("ListKeys"), b"{}"), "content-type", content_type)
        answer = service.send(request)
        assert (answer.status, answer.content_type) == (404, "application/xml")
        assert answer.body == b"<UnknownOperationException/>\n"
        assert service.records[-1]["errorCode"] == "UnknownOperationException"

    @pytest.mark.parametrize(
        "content_type", ["application/x-amz-json-1.1; charset=utf-8", "Application/X-Amz-Json-1.1"]
    )
    def test_spellings_of_the_content_type(self, service: InProcess, content_type: str) -> None:
        answer = service.send(service.signed(target("ListKeys"), b"{}", content_type=content_type))
        assert answer.status == 200

    @pytest.mark.parametrize(
        "name",
        [
            "TrentService.Nothing",
            "TrentService.listKeys",
            "TrentService.",
            "TrentService.SynchronizeMultiRegionKey",
            "ListKeys",
            "DynamoDB_20120810.ListTables",
            "X.TrentService.ListKeys",
            "TrentService.ListKeys.",
        ],
    )
    def test_unknown_targets(self, service: InProcess, name: str) -> None:
        answer = service.send(service.signed(name, b"{}"))
        assert (answer.status, answer.body) == (400, b'{"__type":"UnknownOperationException"}')
        record = service.records[-1]
        assert (record["eventName"], record["errorCode"]) == (name, "UnknownOperationException")
        assert record["requestParameters"] is None

    def test_no_target(self, service: InProcess) -> None:
        answer = service.send(with_header(service.signed("", b"{}"), "x-amz-target", None))
        assert (answer.status, answer.body) == (400, b'{"__type":"UnknownOperationException"}')
        assert service.records[-1]["eventName"] == "POST"

    @pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"null", b"{}{}", b"[" * 100_000])
    def test_bodies_that_are_no_json_object(self, service: InProcess, body: bytes) -> None:
        answer = service.send(service.signed(target("ListKeys"), body))
        assert (answer.status, answer.body) == (400, b'{"__type":"SerializationException"}')

    def test_a_member_of_the_wrong_type(self, service: InProcess) -> None:
        answer = service.send(service.signed(target("ListKeys"), b'{"Limit":"ten"}'))
        assert answer.status == 400
        text = "class java.lang.String can not be converted to an Integer"
        assert body_of(answer) == {"__type": "SerializationException", "Message": text}
        assert service.records[-1]["errorMessage"] == text

    @pytest.mark.parametrize("body", [b"", b"{}", b'{"Limit":null}', b'{"Unknown":[1,{}]}', b' {"Limit": 5} '])
    def test_bodies_that_are_fine(self, service: InProcess, body: bytes) -> None:
        answer = service.send(service.signed(target("ListKeys"), body))
        assert (answer.status, answer.content_type) == (200, "application/x-amz-json-1.1")
        assert body_of(answer)["Truncated"] is False

    def test_an_operation_without_output_answers_nothing(self, service: InProcess) -> None:
        key = service.root().key()
        answer = service.send(service.signed(target("EnableKey"), msgspec.json.encode({"KeyId": key})))
        assert (answer.status, answer.body) == (200, b"")

    def test_every_answer_has_an_id_of_its_own(self, service: InProcess) -> None:
        request = service.signed(target("ListKeys"), b"{}")
        ids = [service.send(request).request_id for _ in range(3)]
        assert len(set(map(uuid.UUID, ids))) == 3

    def test_spellings_of_error_bodies(self, service: InProcess) -> None:
        root = service.root()
        key = root.key()

        def body(operation: str, **members: object) -> Any:  # noqa: ANN401 - parsed JSON
            return body_of(service.send(service.signed(target(operation), msgspec.json.encode(members))))

        text = f"Key '{key[:-12]}{'0' * 12}' does not exist"
        assert body("DescribeKey", KeyId=key[:-12] + "0" * 12) == {"__type": "NotFoundException", "message": text}
        assert body("Decrypt", CiphertextBlob="AAAA") == {"__type": "InvalidCiphertextException"}
        service.write_policy(key, deny())
        denied = body("DescribeKey", KeyId=key)
        assert denied.keys() == {"__type", "Message"}
        assert denied["__type"] == "AccessDeniedException"


class TestAuthentication:
    """Nobody does anything unauthenticated; each try is recorded."""

    @pytest.fixture
    def service(self, shared_service: InProcess) -> InProcess:
        return shared_service

    def refused(self, service: InProcess, request: Request) -> dict[str, Any]:
        """Send a request that must be refused before it is looked at."""
        with service.store.read() as reader:
            before = reader.last_change()
        answer = service.send(request)
        with service.store.read() as reader:
            assert reader.last_change() == before
        record = service.records[-1]
        assert record["userIdentity"] == {"type": "Unknown"}
        assert record["requestParameters"] is record["responseElements"] is None
        assert (record["awsRegion"], record["recipientAccountId"], record["resources"]) == ("", "", [])
        body: dict[str, Any] = body_of(answer)
        assert (answer.status, record["errorCode"]) == (400, body["__type"])
        return body

    @every_operation
    def test_unsigned(self, service: InProcess, operation: str) -> None:
        request = with_header(service.signed(target(operation), b"{}"), "authorization", None)
        assert self.refused(service, request)["__type"] == "MissingAuthenticationTokenException"
        assert service.records[-1]["eventName"] == operation
        assert service.records[-1]["readOnly"] is not OPERATIONS[operation].changes

    @every_operation
    def test_signed_with_a_wrong_secret(self, service: InProcess, operation: str) -> None:
        access_key_id = service.created.credentials.access_key_id
        wrong = Credentials(access_key_id, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        request = service.signed(target(operation), b"{}", credentials=wrong)
        assert self.refused(service, request)["__type"] == "InvalidSignatureException"

    @every_operation
    def test_a_tampered_body(self, service: InProcess, operation: str) -> None:
        request = msgspec.structs.replace(service.signed(target(operation), b"{}"), body=b'{"KeyId":"x"}')
        assert self.refused(service, request)["__type"] == "InvalidSignatureException"

    def test_an_unknown_access_key(self, service: InProcess) -> None:
        unknown = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        body = self.refused(service, service.signed(target("ListKeys"), b"{}", credentials=unknown))
        assert body == {
            "__type": "UnrecognizedClientException",
            "message": "The security token included in the request is invalid.",
        }

    def test_another_operation_than_was_signed(self, service: InProcess) -> None:
        request = with_header(service.signed(target("ListKeys"), b"{}"), "x-amz-target", target("CreateKey"))
        assert self.refused(service, request)["__type"] == "InvalidSignatureException"

    @pytest.mark.parametrize("name", ["dynamodb", "iam", "KMS"])
    def test_a_credential_for_another_service(self, service: InProcess, name: str) -> None:
        body = self.refused(service, service.signed(target("ListKeys"), b"{}", service=name))
        assert body["__type"] == "InvalidSignatureException"
        assert body["message"].startswith("Credential should be scoped to correct service: 'kms'.")

    def test_a_credential_for_a_region_that_is_none(self, service: InProcess) -> None:
        body = self.refused(service, service.signed(target("ListKeys"), b"{}", region="moon-west-1"))
        assert body["message"].startswith("Credential should be scoped to a valid region, not 'moon-west-1'.")

    def test_bad_parameters_of_nobody_are_not_explained(self, service: InProcess) -> None:
        request = with_header(service.signed(target("CreateKey"), b'{"Origin":"MOON"}'), "authorization", None)
        assert self.refused(service, request)["__type"] == "MissingAuthenticationTokenException"


def test_the_region_is_that_of_the_credential(service: InProcess) -> None:
    answer = service.send(service.signed(target("CreateKey"), b"{}", region=OTHER_REGION))
    assert f":{OTHER_REGION}:" in body_of(answer)["KeyMetadata"]["Arn"]
    assert service.records[-1]["awsRegion"] == OTHER_REGION


def test_a_deactivated_access_key_is_refused_at_the_next_request(service: InProcess, root: Caller) -> None:
    access_key_id = service.created.credentials.access_key_id
    root("ListKeys")
    with service.store.change() as change:
        assert set_access_key_status(change, access_key_id, "Inactive")
    assert root.refused("ListKeys").code == "UnrecognizedClientException"
    with service.store.change() as change:
        assert set_access_key_status(change, access_key_id, "Active")
    root("ListKeys")


class TestFailures:
    """Whatever fails, the client gets an answer that tells nothing, and a record is kept."""

    @pytest.mark.parametrize("operation", KINDS)
    def test_an_internal_error(
        self,
        service: InProcess,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        operation: str,
    ) -> None:
        break_operation(monkeypatch, operation, RuntimeError(SECRET))
        answer = service.send(sample_request(service, operation))
        assert (answer.status, body_of(answer)) == (500, INTERNAL)
        record = service.records[-1]
        assert (record["eventName"], record["errorCode"]) == (operation, INTERNAL["__type"])
        assert record["errorMessage"] == INTERNAL["message"]
        assert record["userIdentity"]["accountId"] == ACCOUNT
        assert answer.request_id in caplog.text
        assert "RuntimeError" in caplog.text
        for text in (caplog.text, json.dumps(record), answer.body.decode()):
            assert SECRET not in text

    @pytest.mark.parametrize(("operation", "transaction"), [("ListKeys", "read"), ("CreateKey", "change")])
    @pytest.mark.parametrize(("error", "body"), [(StoreBusyError("locked"), BUSY), (StoreError(SECRET), INTERNAL)])
    def test_the_database_fails(  # noqa: PLR0913 - the parameters of a table
        self,
        service: InProcess,
        monkeypatch: pytest.MonkeyPatch,
        operation: str,
        transaction: str,
        *,
        error: Exception,
        body: dict[str, str],
    ) -> None:
        @contextmanager
        def failing() -> Iterator[NoReturn]:
            raise error
            yield

        request = sample_request(service, operation)
        service.send(request)
        monkeypatch.setattr(service.store, transaction, failing)
        answer = service.send(request)
        assert (answer.status, body_of(answer)) == (500, body)
        assert service.records[-1]["errorCode"] == body["__type"]

    def test_a_change_that_fails_after_writing_leaves_nothing(
        self, service: InProcess, root: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key = root.key(Description="old")
        outbox = service.outbox()
        operation = OPERATIONS["UpdateKeyDescription"]

        def write_and_fail(context: ChangeContext, request: AwsStruct) -> NoReturn:
            operation.run(context, request)
            written = context.change.keys.find(place_of(key))
            assert written is not None
            assert written.description == "new"
            raise RuntimeError(SECRET)

        failing = msgspec.structs.replace(operation, run=write_and_fail)
        monkeypatch.setitem(OPERATIONS, operation.name, failing)
        assert root.refused("UpdateKeyDescription", KeyId=key, Description="new").code == "KMSInternalException"
        assert service.kept(key).description == "old"
        assert service.outbox() == outbox
        assert service.records[-1]["errorCode"] == "KMSInternalException"

    def test_a_change_whose_record_cannot_be_made_leaves_nothing(
        self, service: InProcess, root: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_context: object, _response: object) -> NoReturn:
            raise RuntimeError(SECRET)

        before = root("ListKeys")
        outbox = service.outbox()
        failing = msgspec.structs.replace(OPERATIONS["CreateKey"], elements=fail)
        monkeypatch.setitem(OPERATIONS, "CreateKey", failing)
        assert root.refused("CreateKey").code == "KMSInternalException"
        assert root("ListKeys") == before
        assert service.outbox() == outbox

    def test_a_change_that_cannot_be_committed_is_not_answered_as_done(
        self, service: InProcess, root: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        change = service.store.change

        @contextmanager
        def losing() -> Iterator[object]:
            with change() as transaction:
                yield transaction
                raise StoreError("disk full")

        with monkeypatch.context() as patch:
            patch.setattr(service.store, "change", losing)
            assert root.refused("CreateKey").code == "KMSInternalException"
        assert service.records[-1]["errorCode"] == "KMSInternalException"
        assert root("ListKeys")["Keys"] == []

    def test_a_row_of_material_copied_to_another_key_does_not_open(self, service: InProcess, root: Caller) -> None:
        good, bad = root.key(), root.key()
        blob = root("Encrypt", KeyId=bad, Plaintext=b"x")["CiphertextBlob"]
        copy = (
            "UPDATE key_materials SET wrapped = (SELECT wrapped FROM key_materials WHERE key_id = ?) WHERE key_id = ?"
        )
        with closing(sqlite3.connect(service.folder.database)) as database, database:
            assert database.execute(copy, (place_of(good).key_id, place_of(bad).key_id)).rowcount == 1
        root("UpdateKeyDescription", KeyId=bad, Description="read anew")
        assert root.refused("Encrypt", KeyId=bad, Plaintext=b"x").code == "KMSInternalException"
        assert root.refused("Decrypt", CiphertextBlob=blob).code == "KMSInternalException"
        root("Encrypt", KeyId=good, Plaintext=b"x")
        # It can still be looked at and got rid of.
        root("DisableKey", KeyId=bad)
        root("ScheduleKeyDeletion", KeyId=bad)

    def test_a_secret_in_the_place_of_the_access_key_id_is_not_recorded(self, service: InProcess) -> None:
        swapped = Credentials("fake/secret+in/the/wrong/place", "AKIAEXAMPLE")
        answer = service.send(service.signed(target("ListKeys"), b"{}", credentials=swapped))
        assert body_of(answer)["__type"] == "IncompleteSignatureException"
        record = service.records[-1]
        assert record["errorCode"] == "IncompleteSignatureException"
        assert "fake/secret" not in json.dumps(record)

    def test_another_path_is_no_place_of_the_service(self, service: InProcess) -> None:
        request = msgspec.structs.replace(service.signed(target("ListKeys"), b"{}"), path="/any")
        assert (service.send(request).status, service.records[-1]["errorCode"]) == (404, "UnknownOperationException")

    def test_a_server_that_cannot_serve_refuses_without_looking(self, service: InProcess) -> None:
        request = service.signed(target("ListKeys"), b"{}")
        finished = service.pipeline.fail(request, Throttling("slow down"))
        assert (finished.answer.status, body_of(finished.answer)["__type"]) == (400, "ThrottlingException")
        record = msgspec.json.decode(finished.record or b"")
        assert (record["eventName"], record["errorCode"]) == (target("ListKeys"), "ThrottlingException")
        assert record["requestID"] == finished.answer.request_id


class TestDecidingUnderTheLock:
    """What a request that needs the database decided from memory is decided anew in its transaction."""

    def deferred(self, service: InProcess, operation: str, **members: object) -> Deferred:
        service.snapshots.refresh()
        outcome = service.pipeline.handle(service.signed(target(operation), msgspec.json.encode(members)))
        assert isinstance(outcome, Deferred)
        assert outcome.changes is OPERATIONS[operation].changes
        return outcome

    @pytest.mark.parametrize("operation", ["EnableKey", "ListResourceTags"])
    def test_a_policy_that_changes_in_between_decides(
        self, service: InProcess, root: Caller, key: str, operation: str
    ) -> None:
        waiting = self.deferred(service, operation, KeyId=key)
        root("PutKeyPolicy", KeyId=key, Policy=json.dumps({"Statement": [allow(), deny(action=f"kms:{operation}")]}))
        finished = waiting.run()
        assert body_of(finished.answer)["__type"] == "AccessDeniedException"
        assert finished.record is not None

    def test_a_state_that_changes_in_between_decides(self, service: InProcess, root: Caller, key: str) -> None:
        waiting = self.deferred(service, "EnableKey", KeyId=key)
        root("ScheduleKeyDeletion", KeyId=key)
        assert body_of(waiting.run().answer)["message"] == f"{key} is pending deletion."
        assert service.kept(key).state == "PendingDeletion"

    def test_an_alias_that_is_retargeted_in_between_decides(self, service: InProcess, root: Caller, key: str) -> None:
        new = root.key()
        root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
        waiting = self.deferred(service, "DeleteAlias", AliasName="alias/a")
        service.write_policy(new, deny())
        root("UpdateAlias", AliasName="alias/a", TargetKeyId=key)
        with service.store.change() as change:
            change.aliases.retarget(ACCOUNT, REGION, "alias/a", place_of(new).key_id)
        assert body_of(waiting.run().answer)["__type"] == "AccessDeniedException"

    @pytest.mark.parametrize("operation", ["DisableKey", "ListResourceTags"])
    def test_an_access_key_deactivated_in_between_is_refused(
        self, service: InProcess, key: str, operation: str
    ) -> None:
        waiting = self.deferred(service, operation, KeyId=key)
        with service.store.change() as change:
            assert set_access_key_status(change, service.created.credentials.access_key_id, "Inactive")
        assert body_of(waiting.run().answer) == {
            "__type": "UnrecognizedClientException",
            "message": "The security token included in the request is invalid.",
        }
        assert service.kept(key).state == "Enabled"

    def test_an_access_key_that_is_gone_in_between_is_refused(self, service: InProcess, key: str) -> None:
        waiting = self.deferred(service, "DisableKey", KeyId=key)
        with closing(sqlite3.connect(service.folder.database)) as database, database:
            database.execute("DELETE FROM access_keys")
        assert body_of(waiting.run().answer)["__type"] == "UnrecognizedClientException"

    def test_a_session_that_ends_in_between_is_refused(
        self, service: InProcess, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        issued = service.sessions.issue(root_principal(ACCOUNT), time.time(), 900)
        credentials = Credentials(issued.access_key_id, issued.secret_access_key, issued.session_token)
        body = msgspec.json.encode({"KeyId": key})
        first, second = (
            service.pipeline.handle(service.signed(target("DisableKey"), body, credentials=credentials))
            for _ in range(2)
        )
        assert isinstance(first, Deferred)
        assert isinstance(second, Deferred)
        assert first.run().answer.status == 200
        monkeypatch.setattr(service.clock, "wall", lambda: issued.expiration)
        assert body_of(second.run().answer) == {
            "__type": "ExpiredTokenException",
            "message": "The security token included in the request is expired",
        }

    def test_a_request_refused_while_it_waits_is_recorded_as_what_it_is(self, service: InProcess, key: str) -> None:
        finished = self.deferred(service, "DisableKey", KeyId=key).refuse(Throttling("slow down"))
        assert body_of(finished.answer) == {"__type": "ThrottlingException", "message": "slow down"}
        record = msgspec.json.decode(finished.record or b"")
        assert (record["eventName"], record["errorCode"], record["readOnly"]) == (
            "DisableKey",
            "ThrottlingException",
            False,
        )
        assert record["userIdentity"]["accountId"] == ACCOUNT
        assert record["requestParameters"] == {"keyId": key}

    def test_a_change_is_recorded_by_its_commit_alone(self, service: InProcess, key: str) -> None:
        finished = self.deferred(service, "DisableKey", KeyId=key).run()
        assert finished.record is None
        assert msgspec.json.decode(service.outbox()[-1])["requestID"] == finished.answer.request_id

    @every_operation
    def test_only_what_needs_the_database_is_deferred(self, service: InProcess, operation: str) -> None:
        root = service.root()
        members = prepare(root, operation).members
        service.snapshots.refresh()
        outcome = service.pipeline.handle(service.signed(target(operation), msgspec.json.encode(members)))
        declared = OPERATIONS[operation]
        # It makes an RSA key, which takes long.
        waits = declared.reads or declared.changes or operation == "GetParametersForImport"
        assert isinstance(outcome, Deferred if waits else Finished)


class Vouching:
    """Proves who asks by nothing, and notes in which order it is asked."""

    def __init__(self, proven: api_callers.Caller | ServiceError) -> None:
        self.asked: list[str] = []
        self._proven = proven

    def fetch(self, _store: Store, issuer_keys: object, _request: object) -> str:
        assert issuer_keys is no_issuer_keys
        self.asked.append("fetch")
        return "keys"

    def prove(self, _reader: Reader, fetched: object, _now: float, _request: object) -> api_callers.Caller:
        self.asked.append(f"prove by {fetched}")
        if isinstance(self._proven, ServiceError):
            raise self._proven
        return self._proven


class TestUnsigned:
    """Operations whose requests carry the proof of who asks."""

    def ask(self, service: InProcess, monkeypatch: pytest.MonkeyPatch, bearer: Vouching) -> Answer:
        asked = msgspec.structs.replace(sts.OPERATIONS["GetCallerIdentity"], bearer=bearer)
        monkeypatch.setitem(sts.OPERATIONS, "GetCallerIdentity", asked)
        body = b"Action=GetCallerIdentity&Version=2011-06-15"
        signed = service.signed("", body, content_type="application/x-www-form-urlencoded")
        return service.send(with_header(signed, "authorization", None))

    def test_who_is_proven_asks(self, service: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"
        principal = web_identity_principal(ACCOUNT, provider, "app", "me")
        bearer = Vouching(api_callers.Caller(principal=principal, policies=NO_POLICIES, tags={}))
        answer = self.ask(service, monkeypatch, bearer)
        assert answer.status == 200
        assert f"<Arn>{provider}</Arn>" in answer.body.decode()
        assert bearer.asked == ["fetch", "prove by keys"]
        record = service.records[-1]
        assert record["userIdentity"]["identityProvider"] == provider
        assert (record["recipientAccountId"], record["awsRegion"]) == (ACCOUNT, "")

    def test_who_is_not_is_refused(self, service: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
        answer = self.ask(service, monkeypatch, Vouching(InvalidIdentityToken("no")))
        assert (answer.status, b"<Code>InvalidIdentityToken</Code>" in answer.body) == (400, True)
        record = service.records[-1]
        assert (record["errorCode"], record["userIdentity"]) == ("InvalidIdentityToken", {"type": "Unknown"})
        assert record["eventName"] == "GetCallerIdentity"


class TestGrantTokens:
    """They are checked where the request is decided, and again where it is decided anew."""

    GRANT: Final = {"GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:root", "Operations": ["Encrypt", "CreateGrant"]}

    def test_one_that_names_nothing_is_refused(self, root: Caller, key: str) -> None:
        for operation, members in (("Encrypt", {"Plaintext": b"x"}), ("CreateGrant", self.GRANT), ("DescribeKey", {})):
            refused = root.refused(operation, KeyId=key, GrantTokens=["eA=="], **members)
            assert refused.code == "InvalidGrantTokenException"

    def test_one_whose_grant_is_revoked_in_between_is_refused(self, service: InProcess, root: Caller, key: str) -> None:
        made = root("CreateGrant", KeyId=key, **self.GRANT)
        root("Encrypt", KeyId=key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
        service.snapshots.refresh()
        body = msgspec.json.encode({"KeyId": key, "GrantTokens": [made["GrantToken"]], **self.GRANT})
        waiting = service.pipeline.handle(service.signed(target("CreateGrant"), body))
        assert isinstance(waiting, Deferred)
        root("RevokeGrant", KeyId=key, GrantId=made["GrantId"])
        assert body_of(waiting.run().answer)["__type"] == "InvalidGrantTokenException"
        assert root("ListGrants", KeyId=key)["Grants"] == []


class TestSecondFactors:
    def test_one_that_is_shown_with_the_request_decides_about_it(self, service: InProcess) -> None:
        alice = new_user(service, "Alice", allowing("sts:AssumeRole"))
        device = new_device(service, alice.user.user_id)
        shown = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        role = new_role(service, "Vault", trusting(f"arn:aws:iam::{ACCOUNT}:root", Condition=shown))
        caller = service.signing(alice.access_key, api="sts")
        assert caller.refused("AssumeRole", **asking(role)).code == "AccessDenied"
        assert caller("AssumeRole", **asking(role, SerialNumber=device, TokenCode=code()))["Credentials"]
        # Of that request only.
        assert caller.refused("AssumeRole", **asking(role)).code == "AccessDenied"


def test_what_is_refused_never_takes_the_write_lock(
    service: InProcess, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = service.new_user("Alice")
    role = new_role(service, "Vault", trusting(f"arn:aws:iam::{ACCOUNT}:root"))

    def fail() -> NoReturn:
        raise AssertionError("the lock was asked for")

    monkeypatch.setattr(service.store, "change", fail)
    assert service.signing(alice).refused("DisableKey", KeyId=key).code == "AccessDeniedException"
    assert service.signing(alice, api="iam").refused("CreateUser", UserName="Bob").code == "AccessDenied"
    assert service.signing(alice, api="sts").refused("AssumeRole", **asking(role)).code == "AccessDenied"


def test_checks_come_in_the_order_in_which_clients_see_them(service: InProcess, root: Caller, key: str) -> None:
    service.write(key, state="Disabled", key_usage="SIGN_VERIFY")
    service.write_policy(key, deny())
    gone = key[:-12] + "0" * 12

    def code(name: str, **members: object) -> str:
        return root.refused("Encrypt", KeyId=name, Plaintext=b"x", **members).code

    assert code(gone, EncryptionAlgorithm="ROT13") == "ValidationException"
    assert code(gone) == "NotFoundException"
    assert code(key) == "AccessDeniedException"
    service.write_policy(key, allow())
    assert code(key, DryRun=True) == "DisabledException"
    service.write(key, state="Enabled")
    assert code(key, EncryptionAlgorithm="SM2PKE", DryRun=True) == "InvalidKeyUsageException"
    service.write(key, key_usage="ENCRYPT_DECRYPT")
    assert code(key, EncryptionAlgorithm="SM2PKE", DryRun=True) == "InvalidKeyUsageException"
    assert code(key, DryRun=True) == "DryRunOperationException"


def test_nobody_is_ever_authorised(service: InProcess) -> None:
    request = service.signed(target("ListKeys"), b"{}")
    call = Call(request=request, request_id="", time=0.0, wall=0.0, name="ListKeys")
    with service.store.read() as reader, pytest.raises(InternalError, match="Nobody was authenticated"):
        admit(call, OPERATIONS["ListKeys"], Scope(ACCOUNT, REGION), TransactionDirectory(reader))
