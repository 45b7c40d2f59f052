from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

import pytest
from botocore.credentials import Credentials

from strongroom.app.installation import set_access_key_status
from strongroom.app.services import remove_service, rotate_service_credentials
from tests.support.in_process import ACCOUNT, OTHER_REGION, REGION, InProcess, allow, deny
from tests.support.services import EC2, Service, access_key_of, get_service_session, register, signed_request, text
from tests.unit.api.sts.support import allowing, document, new_role, trusting

if TYPE_CHECKING:
    from strongroom.authn.sessions import Session

SNS = "sns.amazonaws.com"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
MAY_USE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}
DIRECT, THROUGH = "by the user", "by the service"
INVALID = "The security token included in the request is invalid"


@pytest.fixture
def ec2(service: InProcess) -> Service:
    return register(service)


@pytest.fixture
def alice(service: InProcess) -> Mapping[str, str]:
    """A user who may use every key; gives its access key."""
    return service.new_user("Alice", MAY_USE)


def session_of(service: InProcess, token: str) -> Session:
    return service.opened.session_tokens().open(token)


def test_a_service_uses_a_key_for_the_user_who_asked(
    service: InProcess, ec2: Service, alice: Mapping[str, str]
) -> None:
    key = service.root().key()
    answer = ec2.call(SignedRequest=signed_request(alice))
    assert text(answer, "Arn") == f"arn:aws:iam::{ACCOUNT}:user/Alice"
    kms = service.signing(access_key_of(answer))
    kms("Encrypt", KeyId=key, Plaintext=b"x")
    identity = service.records[-1]["userIdentity"]
    assert (identity["type"], identity["userName"], identity["invokedBy"]) == ("IAMUser", "Alice", EC2)


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"kms:ViaService": f"ec2.{REGION}.amazonaws.com"}}, {THROUGH}),
        ({"StringEquals": {"kms:ViaService": f"ec2.{OTHER_REGION}.amazonaws.com"}}, set()),
        ({"StringEquals": {"kms:ViaService": f"rds.{REGION}.amazonaws.com"}}, set()),
        ({"Bool": {"aws:ViaAWSService": "true"}}, {THROUGH}),
        ({"Bool": {"aws:ViaAWSService": "false"}}, {DIRECT}),
        ({"ForAnyValue:StringEquals": {"aws:CalledVia": EC2}}, {THROUGH}),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, {DIRECT, THROUGH}),
        ({"StringEquals": {"aws:username": "Alice"}}, {DIRECT, THROUGH}),
        ({"Bool": {"aws:PrincipalIsAWSService": "true"}}, set()),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, set()),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, {DIRECT}),
    ],
)
def test_conditions_tell_the_service_from_the_user(
    service: InProcess, ec2: Service, condition: dict[str, object], allowed: set[str]
) -> None:
    key = service.root().key()
    service.write_policy(key, allow("*", "kms:Encrypt", Condition=condition))
    access_key = service.new_user("Alice")
    for how, caller in ((DIRECT, service.signing(access_key)), (THROUGH, ec2.acting_for(access_key))):
        if how in allowed:
            caller("Encrypt", KeyId=key, Plaintext=b"x")
        else:
            assert caller.refused("Encrypt", KeyId=key, Plaintext=b"x").code == "AccessDeniedException"


def test_a_service_may_do_nothing_that_the_user_may_not(service: InProcess, ec2: Service) -> None:
    key = service.root().key()
    kms = ec2.acting_for(service.new_user("Bob"))
    assert kms.refused("Encrypt", KeyId=key, Plaintext=b"x").message.endswith(
        "because no identity-based policy allows the kms:Encrypt action"
    )


def test_a_grant_may_be_only_for_resources_of_services(
    service: InProcess, ec2: Service, alice: Mapping[str, str]
) -> None:
    key = service.root().key()
    only = allow(action="kms:CreateGrant", Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}})
    service.write_policy(key, only)
    members = {"KeyId": key, "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/Alice", "Operations": ["Decrypt"]}
    assert service.signing(alice).refused("CreateGrant", **members).code == "AccessDeniedException"
    assert ec2.acting_for(alice)("CreateGrant", **members)["GrantId"]


def test_a_session_of_a_role_is_forwarded_with_its_terms_and_its_end(service: InProcess, ec2: Service) -> None:
    key = service.root().key()
    role = new_role(service, "App", trusting(ACCOUNT), inline_policies={"p": document(allowing("kms:*"))})
    carol = service.new_user("Carol", json.loads(document(allowing("sts:*"))))
    answer = service.signing(carol, api="sts")(
        "AssumeRole",
        RoleArn=role.arn,
        RoleSessionName="night",
        DurationSeconds=900,
        Policy=document(allowing("kms:DescribeKey")),
    )
    forwarded = ec2.call(SignedRequest=signed_request(answer["Credentials"]), DurationSeconds="3600")
    kms = service.signing(access_key_of(forwarded))
    assert kms("DescribeKey", KeyId=key)["KeyMetadata"]["Arn"] == key
    assert "because no session policy allows" in kms.refused("Encrypt", KeyId=key, Plaintext=b"x").message
    ends = answer["Credentials"]["Expiration"].timestamp()
    assert session_of(service, text(forwarded, "SessionToken")).expires_at == pytest.approx(ends, abs=1)
    with service.store.change() as change:
        change.identities.delete(role)
    assert kms.refused("DescribeKey", KeyId=key) == ("UnrecognizedClientException", INVALID)


def test_sessions_that_were_revoked_are_not_renewed_through_a_service(
    service: InProcess, ec2: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = service.root().key()
    role = new_role(service, "App", trusting(ACCOUNT), inline_policies={"p": document(allowing("kms:*"))})
    carol = service.new_user("Carol", json.loads(document(allowing("sts:*"))))
    own = service.signing(carol, api="sts")("AssumeRole", RoleArn=role.arn, RoleSessionName="night")["Credentials"]
    sessions = [service.signing(own), ec2.acting_for(own)]
    for session in sessions:
        session("DescribeKey", KeyId=key)
    issued = session_of(service, own["SessionToken"]).issued_at
    before = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(issued + 1))
    service.write_policy(key, allow(), deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": before}}))
    monkeypatch.setattr("time.time", lambda: issued + 10)
    for session in (*sessions, ec2.acting_for(own)):
        assert "explicit deny" in session.refused("DescribeKey", KeyId=key).message


@pytest.mark.parametrize("name", ["aws:TokenIssueTime", "aws:MultiFactorAuthPresent"])
def test_users_with_long_term_keys_have_no_token_through_a_service_either(
    service: InProcess, ec2: Service, alice: Mapping[str, str], name: str
) -> None:
    key = service.root().key()
    service.write_policy(key, allow(), deny("*", "kms:Encrypt", Condition={"Null": {name: "false"}}))
    for kms in (service.signing(alice), ec2.acting_for(alice)):
        kms("Encrypt", KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize(("asked", "seconds"), [({}, 3600), ({"DurationSeconds": "900"}, 900)])
def test_a_session_lasts_as_long_as_asked(
    service: InProcess, ec2: Service, alice: Mapping[str, str], asked: dict[str, str], seconds: int
) -> None:
    session = session_of(service, text(ec2.call(SignedRequest=signed_request(alice), **asked), "SessionToken"))
    assert session.expires_at - session.issued_at == seconds


def test_a_service_calls_as_itself_for_a_resource(service: InProcess) -> None:
    sns = register(service, SNS)
    key = service.root().key()
    source = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": f"{TOPIC[:-6]}*"}}
    service.write_policy(key, {**allow(action="kms:Encrypt", Condition=source), "Principal": {"Service": SNS}})
    kms = sns.session(SourceArn=TOPIC, SourceAccount=ACCOUNT)
    kms("Encrypt", KeyId=key, Plaintext=b"x")
    assert service.records[-1]["userIdentity"] == {"type": "AWSService", "invokedBy": SNS}
    without_session = {"AccessKeyId": sns.credentials.access_key, "SecretAccessKey": sns.credentials.secret_key}
    for caller in (
        service.signing(without_session),
        sns.session(SourceAccount=ACCOUNT),
        sns.session(SourceArn=TOPIC, SourceAccount="444455556666"),
    ):
        assert caller.refused("Encrypt", KeyId=key, Plaintext=b"x").code == "AccessDeniedException"


@pytest.mark.parametrize("name", ["kms:ViaService", "aws:CalledVia"])
def test_a_service_as_itself_is_not_called_through(service: InProcess, name: str) -> None:
    sns = register(service, SNS)
    key = service.root().key()
    condition = {"Null": {name: "true"}, "Bool": {"aws:PrincipalIsAWSService": "true"}}
    service.write_policy(key, {**allow(action="kms:Encrypt", Condition=condition), "Principal": {"Service": SNS}})
    sns.session(SourceArn=TOPIC)("Encrypt", KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize(
    "parameters",
    [{}, {"DurationSeconds": "900"}, {"SignedRequest": "x", "SourceArn": TOPIC}],
)
def test_it_is_for_a_user_or_for_a_resource(ec2: Service, parameters: dict[str, str]) -> None:
    assert ec2.refused(**parameters) == (
        "ValidationError",
        "You must specify either SignedRequest, or SourceArn and SourceAccount or one of them.",
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"SourceArn": TOPIC, "DurationSeconds": "899"},
        {"SourceArn": TOPIC, "DurationSeconds": "3601"},
        {"SourceAccount": "1"},
        {"SourceArn": "arn"},
    ],
)
def test_limits_of_parameters(ec2: Service, parameters: dict[str, str]) -> None:
    assert ec2.refused(**parameters).code == "ValidationError"


def test_only_services_have_such_sessions(service: InProcess, alice: Mapping[str, str]) -> None:
    for who, credentials in (
        ("user/Alice", Credentials(alice["AccessKeyId"], alice["SecretAccessKey"])),
        ("root", Credentials(*service.created.credentials)),
    ):
        answer = get_service_session(service, credentials, SourceArn=TOPIC)
        assert text(answer, "Code") == "AccessDenied"
        assert text(answer, "Message") == (
            f"User: arn:aws:iam::{ACCOUNT}:{who} is not authorized to perform: sts:GetServiceSession"
        )


def test_sessions_of_services_are_for_keys_only(service: InProcess, ec2: Service) -> None:
    root = {"AccessKeyId": service.created.credentials[0], "SecretAccessKey": service.created.credentials[1]}
    for answer in (ec2.call(SignedRequest=signed_request(root)), ec2.call(SourceArn=TOPIC)):
        access_key = access_key_of(answer)
        for api, operation in (("iam", "ListUsers"), ("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")):
            refused = service.signing(access_key, api=api).refused(operation)
            assert refused == ("AccessDenied", f"Cannot call {operation} with the session of a service")
        again = get_service_session(
            service,
            Credentials(access_key["AccessKeyId"], access_key["SecretAccessKey"], access_key["SessionToken"]),
            SourceArn=TOPIC,
        )
        assert text(again, "Message") == "Cannot call GetServiceSession with the session of a service"


def set_status(service: InProcess, access_key_id: str, status: Literal["Active", "Inactive"]) -> None:
    with service.store.change() as change:
        assert set_access_key_status(change, access_key_id, status)


def rotate(service: InProcess, *, keep_old: bool = False) -> None:
    with service.store.change() as change:
        rotate_service_credentials(change, service.opened.store_keys, EC2, keep_old=keep_old)


def remove(service: InProcess) -> None:
    with service.store.change() as change:
        remove_service(change, EC2)


def delete_user(service: InProcess, alice: Mapping[str, str]) -> None:
    iam = service.root(api="iam")
    iam("DeleteAccessKey", UserName="Alice", AccessKeyId=alice["AccessKeyId"])
    iam("DeleteUserPolicy", UserName="Alice", PolicyName="p0")
    iam("DeleteUser", UserName="Alice")


Revoke = Callable[[InProcess, Service, Mapping[str, str]], None]
USERS, OWN = "of the user", "of the service itself"
ENDS: dict[str, tuple[Revoke, set[str]]] = {
    "nothing": (lambda *_: None, set()),
    "another's key": (
        lambda service, *_: set_status(service, service.created.credentials.access_key_id, "Inactive"),
        set(),
    ),
    "the user's key": (lambda service, _, alice: set_status(service, alice["AccessKeyId"], "Inactive"), {USERS}),
    "the user": (lambda service, _, alice: delete_user(service, alice), {USERS}),
    "the service's key": (
        lambda service, ec2, _: set_status(service, ec2.credentials.access_key, "Inactive"),
        {USERS, OWN},
    ),
    "the service's old keys": (lambda service, *_: rotate(service), {USERS, OWN}),
    "no key of the service": (lambda service, *_: rotate(service, keep_old=True), set()),
    "the service": (lambda service, *_: remove(service), {USERS, OWN}),
}


@pytest.mark.parametrize(("revoke", "ended"), ENDS.values(), ids=ENDS)
def test_a_session_ends_with_each_of_those_who_stand_behind_it(
    service: InProcess, ec2: Service, alice: Mapping[str, str], revoke: Revoke, ended: set[str]
) -> None:
    key = service.root().key()
    service.write_policy(key, allow(), {**allow(), "Principal": {"Service": EC2}})
    sessions = {USERS: ec2.acting_for(alice), OWN: ec2.session(SourceArn=TOPIC)}
    members = {"KeyId": key, "Plaintext": b"x"}
    for session in sessions.values():
        session("Encrypt", **members)
    revoke(service, ec2, alice)
    for whose, session in sessions.items():
        if whose in ended:
            assert session.refused("Encrypt", **members) == ("UnrecognizedClientException", INVALID)
        else:
            session("Encrypt", **members)


def test_a_key_that_is_activated_again_brings_its_sessions_back(
    service: InProcess, ec2: Service, alice: Mapping[str, str]
) -> None:
    key = service.root().key()
    kms = ec2.acting_for(alice)
    set_status(service, alice["AccessKeyId"], "Inactive")
    assert kms.refused("Encrypt", KeyId=key, Plaintext=b"x").code == "UnrecognizedClientException"
    set_status(service, alice["AccessKeyId"], "Active")
    kms("Encrypt", KeyId=key, Plaintext=b"x")


def test_what_is_recorded_shows_no_secret(service: InProcess, ec2: Service, alice: Mapping[str, str]) -> None:
    proof = signed_request(alice)
    answer = ec2.call(SignedRequest=proof, DurationSeconds="900")
    record = service.records[-1]
    assert (record["eventName"], record["eventSource"]) == ("GetServiceSession", "sts.amazonaws.com")
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": EC2}
    assert record["requestParameters"] == {"durationSeconds": 900}
    assert record["responseElements"]["arn"] == f"arn:aws:iam::{ACCOUNT}:user/Alice"
    assert record["responseElements"]["credentials"].keys() == {"accessKeyId", "expiration"}
    ec2.call(SourceArn=TOPIC, SourceAccount=ACCOUNT)
    assert service.records[-1]["requestParameters"] == {"sourceArn": TOPIC, "sourceAccount": ACCOUNT}
    for secret in (proof, text(answer, "SecretAccessKey"), text(answer, "SessionToken")):
        assert secret not in json.dumps(service.records)
