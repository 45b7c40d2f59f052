"""A decision that is remembered is the one that would be made afresh."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api import key_snapshots as module
from strongroom.api.admission import admit
from strongroom.api.call import Call
from strongroom.api.callers import Caller
from strongroom.api.key_snapshots import Decisions, KeySnapshot
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import Scope
from strongroom.authn.verify import Authenticated
from strongroom.model.errors import AccessDenied
from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.key import Key, KeyPlace
from strongroom.model.principal import role_session_principal, root_principal, user_principal
from strongroom.model.request import Request
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.document import parse_identity_policy, parse_key_policy
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION

if TYPE_CHECKING:
    import pytest

    from strongroom.model.principal import Principal

PLACE = KeyPlace(ACCOUNT, REGION, "1234abcd-12ab-34cd-56ef-1234567890ab")
USER = f"arn:aws:iam::{ACCOUNT}:user/Alice"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Clerk"
PRINCIPALS = [
    root_principal(ACCOUNT),
    user_principal(ACCOUNT, USER, "AIDAALICE", "Alice"),
    role_session_principal(ACCOUNT, ROLE, "AROACLERK", "morning"),
    user_principal(OTHER_ACCOUNT, f"arn:aws:iam::{OTHER_ACCOUNT}:user/Bob", "AIDABOB", "Bob"),
]
NAMED = ["*", ACCOUNT, OTHER_ACCOUNT, USER, ROLE, f"arn:aws:iam::{OTHER_ACCOUNT}:user/Bob"]
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"StringEquals": {"kms:EncryptionContext:app": "demo"}},
    {"Null": {"kms:EncryptionContextKeys": "true"}},
    {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:*"}},
    {"StringEqualsIfExists": {"aws:username": "Alice"}},
    {"StringEquals": {"kms:CallerAccount": ACCOUNT}},
    {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/d*"}},
    {"StringEquals": {"kms:RequestAlias": "alias/demo"}},
]
CONSTRAINTS = [None, GrantConstraints(encryption_context_equals={"app": "demo"})]

statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny"]),
        "Action": st.sampled_from(["kms:*", "kms:Encrypt", "kms:Decrypt"]),
        "Resource": st.just("*"),
        "Condition": st.sampled_from(CONDITIONS),
    }
)
key_statements = st.tuples(statements, st.sampled_from(NAMED)).map(
    lambda both: {**both[0], "Principal": {"AWS": both[1]}}
)
documents = st.lists(statements, min_size=1, max_size=3)
grants = st.builds(
    Grant,
    place=st.just(PLACE),
    grant_id=st.just("0" * 64),
    name=st.just(""),
    grantee=st.sampled_from(["AIDAALICE", "AROACLERK", "AIDABOB"]),
    retiring=st.none(),
    operations=st.sampled_from([("Encrypt",), ("Decrypt",)]),
    constraints=st.sampled_from(CONSTRAINTS),
    issuing_account=st.sampled_from([ACCOUNT, OTHER_ACCOUNT]),
    creation_date=st.just(0.0),
)
requests = st.tuples(
    st.sampled_from([None, {"app": "demo"}, {"app": "other"}]),
    st.sampled_from(["192.0.2.7", "198.51.100.7"]),
    st.sampled_from([PLACE.arn, f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/demo"]),
)


class Directory:
    def __init__(self, key: KeySnapshot, caller: Caller, granted: list[Grant]) -> None:
        self._key = key
        self._caller = caller
        self._granted = granted

    def key(self, _place: KeyPlace) -> KeySnapshot:
        return self._key

    def alias_target(self, *_: str) -> str:
        return PLACE.key_id

    def predefines(self, _name: str) -> bool:
        return False

    def grants(self, _place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        return tuple(grant for grant in self._granted if grant.grantee == grantee)

    def caller(self, _authenticated: Authenticated) -> Caller:
        return self._caller


def snapshot(policy: str) -> KeySnapshot:
    key = Key(
        place=PLACE,
        description="",
        key_spec="SYMMETRIC_DEFAULT",
        key_usage="ENCRYPT_DECRYPT",
        origin="AWS_KMS",
        manager="CUSTOMER",
        state="Enabled",
        creation_date=0.0,
        policy=policy,
        current_material_id="0" * 64,
    )
    return KeySnapshot(
        key=key,
        arn=PLACE.arn,
        policy=parse_key_policy(policy),
        materials={},
        aliases=("alias/demo",),
        tags={},
        decisions=Decisions(),
    )


def outcome(directory: Directory, principal: Principal, request: tuple[dict[str, str] | None, str, str]) -> str:
    context, source_ip, key_id = request
    message = msgspec.json.encode({"KeyId": key_id, "Plaintext": "eA==", "EncryptionContext": context})
    call = Call(
        request=Request(method="POST", path="/", query="", headers=(), body=b"", source_ip=source_ip),
        request_id="",
        time=0.0,
        wall=0.0,
        name="Encrypt",
        credentials=Authenticated(principal=principal, access_key_id="AKIAEXAMPLE", region=REGION, service="kms"),
        message=OPERATIONS["Encrypt"].decoder.decode(message),
    )
    try:
        admit(call, OPERATIONS["Encrypt"], Scope(principal.account_id, REGION), directory)
    except AccessDenied as error:
        return str(error)
    return "allowed" + "".join(grant.grant_id for grant in call.by_grants)


@given(
    st.lists(key_statements, min_size=1, max_size=4),
    documents,
    st.sampled_from(PRINCIPALS),
    st.lists(grants, max_size=2),
    st.lists(requests, min_size=2, max_size=6),
)
def test_what_is_remembered_is_what_would_be_decided(
    key_policy: list[Any],
    identity: list[Any],
    principal: Principal,
    granted: list[Grant],
    asked: list[tuple[dict[str, str] | None, str, str]],
) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": key_policy})
    document = parse_identity_policy(json.dumps({"Version": "2012-10-17", "Statement": identity}))
    named = NamedPolicy(source=Source.IDENTITY_POLICY, name="identity", document=document)
    policies = CallerPolicies(identity=(named,), unrestricted=principal.type == "Root")
    caller = Caller(principal=principal, policies=policies, tags={})
    remembering = Directory(snapshot(policy), caller, granted)
    for request in asked:
        afresh = Directory(snapshot(policy), caller, granted)
        assert outcome(remembering, principal, request) == outcome(afresh, principal, request)


def test_no_more_is_remembered_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 2)
    decisions = Decisions()
    caller = Caller(principal=PRINCIPALS[0], policies=CallerPolicies(), tags={})
    for action in ("kms:A", "kms:B", "kms:C"):
        decisions.remember(caller, action, Decision(Cause.KEY_POLICY_ALLOW))
    assert [decisions.get(caller, action) is None for action in ("kms:A", "kms:B", "kms:C")] == [True, True, False]


def test_what_is_remembered_holds_nothing_of_the_request() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    key = snapshot(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    caller = Caller(principal=PRINCIPALS[0], policies=CallerPolicies(unrestricted=True), tags={})
    outcome(Directory(key, caller, []), PRINCIPALS[0], (None, "192.0.2.7", PLACE.arn))
    remembered = key.decisions.get(caller, "kms:Encrypt")
    assert remembered is not None
    assert (remembered.allowed, remembered.evaluations, remembered.contributions) == (True, (), ())


def test_the_constraints_of_a_grant_are_asked_each_time() -> None:
    alice = PRINCIPALS[1]
    grant = Grant(
        place=PLACE,
        grant_id="0" * 64,
        name="",
        grantee="AIDAALICE",
        retiring=None,
        operations=("Encrypt",),
        constraints=CONSTRAINTS[1],
        issuing_account=ACCOUNT,
        creation_date=0.0,
    )
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:*", "Resource": "*"}
    key = snapshot(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    directory = Directory(key, Caller(principal=alice, policies=CallerPolicies(), tags={}), [grant])
    asked = [({"app": each}, "192.0.2.7", PLACE.arn) for each in ("demo", "other", "demo")]
    assert [outcome(directory, alice, each).startswith("allowed") for each in asked] == [True, False, True]
