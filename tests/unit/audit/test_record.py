from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest

from strongroom.audit.record import Event, encode_event, encode_service_event
from strongroom.model.principal import (
    Principal,
    role_session_principal,
    root_principal,
    service_principal,
    web_identity_principal,
)

ACCOUNT = "111122223333"
KEY_ARN = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS_ARN = "arn:aws:kms:us-west-2:111122223333:alias/example"
REQUEST_ID = "d1234567-89ab-cdef-0123-456789abcdef"
ALICE = Principal(
    type="IAMUser",
    account_id=ACCOUNT,
    arn="arn:aws:iam::111122223333:user/Alice",
    principal_id="AIDAEXAMPLE",
    user_name="Alice",
)


CLERK_ROLE = "arn:aws:iam::111122223333:role/app/Clerk"
CLERK = role_session_principal(ACCOUNT, CLERK_ROLE, "AROAEXAMPLE", "morning")
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/id.example.com"


def event(**values: Any) -> Event:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "name": "Decrypt",
        "time": 1747773900.75,
        "request_id": REQUEST_ID,
        "region": "us-west-2",
        "source_ip": "192.0.2.0",
        "user_agent": "aws-cli/2.0",
        "read_only": True,
    }
    return Event(**{**members, **values})


def read(record: bytes) -> dict[str, Any]:
    """Parse a record, and take its event id out, which is another each time."""
    assert b"\n" not in record
    parsed: dict[str, Any] = msgspec.json.decode(record)
    event_id = parsed.pop("eventID")
    assert str(uuid.UUID(event_id, version=4)) == event_id
    return parsed


def test_a_successful_request() -> None:
    record = encode_event(
        event(
            principal=ALICE,
            access_key_id="AKIAIOSFODNN7EXAMPLE",
            parameters={"encryptionContext": {"a": "bc"}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
            resources=((ACCOUNT, KEY_ARN),),
        )
    )
    assert read(record) == {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::111122223333:user/Alice",
            "accountId": ACCOUNT,
            "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
            "userName": "Alice",
        },
        "eventTime": "2025-05-20T20:45:00Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "us-west-2",
        "sourceIPAddress": "192.0.2.0",
        "userAgent": "aws-cli/2.0",
        "requestParameters": {"encryptionContext": {"a": "bc"}, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"},
        "responseElements": None,
        "requestID": REQUEST_ID,
        "readOnly": True,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": KEY_ARN}],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_a_change() -> None:
    record = read(
        encode_event(
            event(
                name="CreateAlias",
                principal=root_principal(ACCOUNT),
                parameters={"aliasName": "alias/example"},
                elements={"keyId": KEY_ARN},
                resources=((ACCOUNT, KEY_ARN), (ACCOUNT, ALIAS_ARN)),
                read_only=False,
            )
        )
    )
    assert record["userIdentity"] == {
        "type": "Root",
        "principalId": ACCOUNT,
        "arn": "arn:aws:iam::111122223333:root",
        "accountId": ACCOUNT,
    }
    assert record["responseElements"] == {"keyId": KEY_ARN}
    assert [each["ARN"] for each in record["resources"]] == [KEY_ARN, ALIAS_ARN]
    assert record["readOnly"] is False


def test_a_refusal_of_nobody() -> None:
    record = encode_event(
        event(region="", error_code="UnrecognizedClientException", error_message="The security token is invalid.")
    )
    assert read(record) == {
        "eventVersion": "1.11",
        "userIdentity": {"type": "Unknown"},
        "eventTime": "2025-05-20T20:45:00Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "Decrypt",
        "awsRegion": "",
        "sourceIPAddress": "192.0.2.0",
        "userAgent": "aws-cli/2.0",
        "errorCode": "UnrecognizedClientException",
        "errorMessage": "The security token is invalid.",
        "requestParameters": None,
        "responseElements": None,
        "requestID": REQUEST_ID,
        "readOnly": True,
        "resources": [],
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "",
        "eventCategory": "Management",
    }


def test_a_service_event() -> None:
    record = encode_service_event(
        "DeleteKey",
        1747773900.0,
        account_id=ACCOUNT,
        region="us-west-2",
        key_arn=KEY_ARN,
        elements={"keyId": KEY_ARN},
    )
    assert read(record) == {
        "eventVersion": "1.11",
        "userIdentity": {"accountId": ACCOUNT, "invokedBy": "AWS Internal"},
        "eventTime": "2025-05-20T20:45:00Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": "DeleteKey",
        "awsRegion": "us-west-2",
        "sourceIPAddress": "AWS Internal",
        "userAgent": "AWS Internal",
        "requestParameters": None,
        "responseElements": {"keyId": KEY_ARN},
        "readOnly": False,
        "resources": [{"accountId": ACCOUNT, "type": "AWS::KMS::Key", "ARN": KEY_ARN}],
        "eventType": "AwsServiceEvent",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_an_event_of_the_operator() -> None:
    record = read(
        encode_service_event(
            "CreateAccessKey",
            0.0,
            account_id=ACCOUNT,
            source="iam",
            actor="the operator",
            elements={"accessKeyId": "a"},
        )
    )
    assert record["eventSource"] == "iam.amazonaws.com"
    assert record["userIdentity"]["invokedBy"] == record["sourceIPAddress"] == record["userAgent"] == "the operator"
    assert record["responseElements"] == {"accessKeyId": "a"}
    assert record["resources"] == []
    assert record["awsRegion"] == ""


@pytest.mark.parametrize("service", ["kms", "iam", "sts"])
def test_the_source_is_the_service(service: str) -> None:
    assert read(encode_event(event(service=service)))["eventSource"] == f"{service}.amazonaws.com"


def test_a_session_of_a_role() -> None:
    record = read(
        encode_event(
            event(
                principal=CLERK,
                access_key_id="ASIAIOSFODNN7EXAMPLE",
                session_issued_at=1747770000.9,
                mfa_authenticated=True,
                source_identity="Bob",
            )
        )
    )
    assert record["userIdentity"] == {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:morning",
        "arn": "arn:aws:sts::111122223333:assumed-role/Clerk/morning",
        "accountId": ACCOUNT,
        "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAEXAMPLE",
                "arn": CLERK_ROLE,
                "accountId": ACCOUNT,
                "userName": "Clerk",
            },
            "attributes": {"creationDate": "2025-05-20T19:40:00Z", "mfaAuthenticated": "true"},
            "sourceIdentity": "Bob",
        },
    }


def test_a_session_of_a_user_has_no_issuer() -> None:
    record = read(encode_event(event(principal=ALICE, session_issued_at=1747770000.0)))
    assert record["userIdentity"]["sessionContext"] == {
        "attributes": {"creationDate": "2025-05-20T19:40:00Z", "mfaAuthenticated": "false"}
    }
    assert record["userIdentity"]["userName"] == "Alice"


def test_sessions_of_one_principal_are_told_apart() -> None:
    contexts = [
        read(encode_event(event(principal=CLERK, **members)))["userIdentity"]["sessionContext"]
        for members in (
            {"session_issued_at": 0.0},
            {"session_issued_at": 1.0},
            {"session_issued_at": 0.0, "mfa_authenticated": True},
            {"session_issued_at": 0.0, "source_identity": "Bob"},
        )
    ]
    assert [(each["attributes"]["creationDate"][-3:], each["attributes"]["mfaAuthenticated"]) for each in contexts] == [
        ("00Z", "false"),
        ("01Z", "false"),
        ("00Z", "true"),
        ("00Z", "false"),
    ]
    assert [each.get("sourceIdentity") for each in contexts] == [None, None, None, "Bob"]


def test_a_request_through_a_service_is_the_users() -> None:
    record = read(encode_event(event(principal=ALICE, invoked_by="ec2.amazonaws.com", session_issued_at=0.0)))
    identity = record["userIdentity"]
    assert (identity["type"], identity["arn"], identity["invokedBy"]) == ("IAMUser", ALICE.arn, "ec2.amazonaws.com")
    assert "invokedBy" not in read(encode_event(event(principal=ALICE)))["userIdentity"]


def test_a_service_is_nobody_else() -> None:
    record = read(
        encode_event(
            event(
                principal=service_principal("ec2.amazonaws.com"),
                access_key_id="AKIAIOSFODNN7EXAMPLE",
                session_issued_at=0.0,
                invoked_by="ec2.amazonaws.com",
            )
        )
    )
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    assert record["recipientAccountId"] == ""


def test_a_web_identity_has_no_account_of_its_own() -> None:
    record = read(encode_event(event(principal=web_identity_principal(ACCOUNT, PROVIDER, "app", "me"))))
    assert record["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{PROVIDER}:app:me",
        "userName": "me",
        "identityProvider": PROVIDER,
    }
    assert record["recipientAccountId"] == ACCOUNT


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (KEY_ARN, "AWS::KMS::Key"),
        (ALIAS_ARN, "AWS::KMS::Key"),
        ("arn:aws:iam::111122223333:user/a/Alice", "AWS::IAM::User"),
        ("arn:aws:iam::111122223333:group/Admins", "AWS::IAM::Group"),
        (CLERK_ROLE, "AWS::IAM::Role"),
        ("arn:aws:iam::111122223333:policy/Keys", "AWS::IAM::ManagedPolicy"),
        ("arn:aws:iam::111122223333:mfa/phone", "AWS::IAM::VirtualMFADevice"),
        ("arn:aws:iam::111122223333:root", "AWS::IAM::Account"),
    ],
)
def test_the_type_of_a_resource(arn: str, kind: str) -> None:
    record = read(encode_event(event(resources=((ACCOUNT, arn),))))
    assert record["resources"] == [{"accountId": ACCOUNT, "type": kind, "ARN": arn}]


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (1747773900.999, "2025-05-20T20:45:00Z"),
        (951782400.0, "2000-02-29T00:00:00Z"),
    ],
)
def test_times_are_whole_seconds_of_utc(time: float, text: str) -> None:
    assert read(encode_event(event(time=time)))["eventTime"] == text


def test_each_record_has_an_id_of_its_own() -> None:
    ids = {msgspec.json.decode(encode_event(event()))["eventID"] for _ in range(100)}
    assert len(ids) == 100


def test_what_a_client_makes_us_keep_is_bounded() -> None:
    record = read(encode_event(event(name="n" * 5000, user_agent="u" * 5000)))
    assert record["eventName"] == "n" * 1024
    assert record["userAgent"] == "u" * 1024


def test_line_feeds_stay_within_a_record() -> None:
    record = read(encode_event(event(user_agent="a\n{}\nb", parameters={"description": "one\ntwo"})))
    assert record["userAgent"] == "a\n{}\nb"
    assert record["requestParameters"] == {"description": "one\ntwo"}


@pytest.mark.parametrize(
    ("arn", "type_"),
    [
        ("arn:aws:kms:us-east-1:111122223333:key/1234", "AWS::KMS::Key"),
        ("arn:aws:iam::111122223333:user/a/Alice", "AWS::IAM::User"),
        ("arn:aws:iam::111122223333:policy/p", "AWS::IAM::ManagedPolicy"),
        ("arn:aws:iam::111122223333:root", "AWS::IAM::Account"),
        ("arn:no", "AWS::KMS::Key"),
    ],
)
def test_resources_have_cloudtrails_types(arn: str, type_: str) -> None:
    (resource,) = read(encode_event(event(resources=(("111122223333", arn),))))["resources"]
    assert resource == {"accountId": "111122223333", "type": type_, "ARN": arn}
