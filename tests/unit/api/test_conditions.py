"""Each condition key is there exactly when AWS has it, with AWS's spelling of its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from strongroom.api.call import Call
from strongroom.api.callers import Caller
from strongroom.api.conditions import RequestConditions
from strongroom.api.declare import Needs
from strongroom.api.key_snapshots import Decisions, KeySnapshot
from strongroom.api.kms import OPERATIONS
from strongroom.api.resolve import CiphertextKey, KeyMember
from strongroom.api.resources import Resource
from strongroom.api.supplies import ContextParameter, Parameter, TagsParameter
from strongroom.authn.sessions import NO_TERMS, ServiceCall, Session, Terms
from strongroom.authn.verify import Authenticated
from strongroom.model.key import Key, KeyPlace
from strongroom.model.principal import (
    Principal,
    role_session_principal,
    root_principal,
    service_principal,
    user_principal,
)
from strongroom.model.request import Request, VpcEndpoint
from strongroom.policy.callers import NO_POLICIES
from strongroom.policy.defaults import default_key_policy
from strongroom.policy.document import parse_key_policy
from strongroom.protocol.structures import AwsStruct
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from strongroom.api.declare import Operation

NOW = 1_764_000_000.0
NOW_TEXT = "2025-11-24T16:00:00Z"
ALICE = user_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/Alice", "AIDAEXAMPLE", "Alice")
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/app/Clerk"
CLERK = role_session_principal(ACCOUNT, ROLE_ARN, "AROAEXAMPLE", "morning")
EC2 = service_principal("ec2.amazonaws.com")
REQUEST = Request(
    method="POST",
    path="/",
    query="",
    headers=(("user-agent", "aws-cli/2"), ("referer", "https://example.com/")),
    body=b"",
    source_ip="192.0.2.7",
)
PLACE = KeyPlace(OTHER_ACCOUNT, REGION, "1234abcd-12ab-34cd-56ef-1234567890ab")
KEY = Key(
    place=PLACE,
    description="",
    key_spec="SYMMETRIC_DEFAULT",
    key_usage="ENCRYPT_DECRYPT",
    origin="AWS_KMS",
    manager="CUSTOMER",
    state="Enabled",
    creation_date=NOW,
    policy=default_key_policy(OTHER_ACCOUNT),
    current_material_id="0" * 64,
)
SNAPSHOT = KeySnapshot(
    key=KEY,
    arn=PLACE.arn,
    policy=parse_key_policy(KEY.policy),
    materials={},
    aliases=("alias/a", "alias/b"),
    tags={"Team": "red", "team-2": "blue"},
    decisions=Decisions(),
)


class Message(AwsStruct, frozen=True, kw_only=True):
    key_id: str | None = None
    named: str | None = None
    context: dict[str, str] | None = None
    tags: list[Any] | None = None
    days: int | None = None
    sure: bool | None = None
    until: float | None = None
    names: list[str] | None = None


class Tag(msgspec.Struct):
    tag_key: str
    tag_value: str


NEEDS = Needs(
    "kms:Encrypt",
    key=KeyMember("key_id", by_alias=True),
    supplies={
        "kms:days": Parameter("days", "30"),
        "kms:sure": Parameter("sure"),
        "kms:validto": Parameter("until"),
        "kms:names": Parameter("names"),
    },
    encryption_context=ContextParameter("context"),
    tags=TagsParameter("tags"),
)


def conditions(  # noqa: PLR0913 - each is one part of what conditions are worked out from
    message: Message | None = None,
    *,
    principal: Principal = ALICE,
    terms: Terms | None = None,
    needs: Needs = NEEDS,
    key: KeySnapshot | None = SNAPSHOT,
    resource: Resource | None = None,
    request: Request = REQUEST,
    tags: Mapping[str, str] | None = None,
    vouched: Terms = NO_TERMS,
    mfa_at: float | None = None,
) -> RequestConditions:
    session = None
    if terms is not None:
        session = Session(
            access_key_id="ASIAEXAMPLE",
            secret="",
            principal=principal,
            issued_at=NOW - 60,
            expires_at=NOW + 900,
            terms=terms,
        )
    call = Call(
        request=request,
        request_id="",
        time=NOW,
        wall=NOW,
        name="Encrypt",
        credentials=Authenticated(
            principal=principal, access_key_id="AKIAEXAMPLE", region=REGION, service="kms", session=session
        ),
        message=message or Message(),
        mfa_at=mfa_at,
    )
    caller = Caller(principal=principal, policies=NO_POLICIES, tags=tags or {}, session=session, vouched=vouched)
    return RequestConditions(call, caller, needs, key, resource)


OF_GRANT = Resource(
    arn="*",
    account_id=ACCOUNT,
    conditions={
        "aws:resourceaccount": (OTHER_ACCOUNT,),
        "kms:resourcealiases": ("alias/g",),
        "kms:encryptioncontextkeys": ("app",),
    },
)
BY_KEY_ONLY = Needs("kms:X", key=KeyMember("key_id"))
VIA = Terms(service_call=ServiceCall(service="ec2.amazonaws.com"))
SOURCE = Terms(
    service_call=ServiceCall(
        service="ec2.amazonaws.com", source_arn="arn:aws:ec2:us-east-1:1:volume/v", source_account=ACCOUNT
    )
)
BEHIND_ENDPOINT = msgspec.structs.replace(REQUEST, vpc_endpoint=VpcEndpoint(endpoint_id="vpce-1", vpc_id="vpc-2"))
CASES: list[tuple[str, dict[str, Any], tuple[str, ...] | None]] = [
    ("aws:principalarn", {}, (ALICE.arn,)),
    ("aws:principalarn", {"principal": CLERK}, (ROLE_ARN,)),
    ("aws:principalarn", {"principal": root_principal(ACCOUNT)}, (f"arn:aws:iam::{ACCOUNT}:root",)),
    ("aws:principalarn", {"principal": EC2}, None),
    ("aws:principalaccount", {}, (ACCOUNT,)),
    ("aws:principalaccount", {"principal": EC2}, None),
    ("aws:principaltype", {}, ("User",)),
    ("aws:principaltype", {"principal": CLERK}, ("AssumedRole",)),
    ("aws:principaltype", {"principal": root_principal(ACCOUNT)}, ("Account",)),
    ("aws:principaltype", {"principal": EC2}, None),
    ("aws:userid", {}, ("AIDAEXAMPLE",)),
    ("aws:userid", {"principal": CLERK}, ("AROAEXAMPLE:morning",)),
    ("aws:userid", {"principal": root_principal(ACCOUNT)}, (ACCOUNT,)),
    ("aws:username", {}, ("Alice",)),
    ("aws:username", {"principal": CLERK}, None),
    ("aws:principaltag/team", {"tags": {"Team": "red"}}, ("red",)),
    ("aws:principaltag/team", {"tags": {"Other": "red"}}, None),
    ("aws:principalisawsservice", {}, ("false",)),
    ("aws:principalisawsservice", {"principal": EC2}, ("true",)),
    ("aws:principalservicename", {}, None),
    ("aws:principalservicename", {"principal": EC2}, ("ec2.amazonaws.com",)),
    ("aws:requestedregion", {}, (REGION,)),
    ("aws:resourceaccount", {}, (OTHER_ACCOUNT,)),
    ("aws:resourceaccount", {"key": None}, (ACCOUNT,)),
    ("aws:resourceaccount", {"key": None, "resource": Resource(arn="*", account_id=OTHER_ACCOUNT)}, (OTHER_ACCOUNT,)),
    ("aws:resourcetag/team", {}, ("red",)),
    ("aws:resourcetag/none", {}, None),
    ("aws:resourcetag/team", {"key": None}, None),
    ("iam:resourcetag/x", {"key": None, "resource": Resource(arn="*", account_id=ACCOUNT, tags={"X": "y"})}, ("y",)),
    ("aws:sourcearn", {}, None),
    ("aws:sourcearn", {"principal": EC2, "terms": SOURCE}, ("arn:aws:ec2:us-east-1:1:volume/v",)),
    ("aws:sourceaccount", {"principal": EC2, "terms": SOURCE}, (ACCOUNT,)),
    ("aws:sourcearn", {"principal": ALICE, "terms": SOURCE}, None),
    ("aws:sourceidentity", {"terms": Terms(source_identity="Bob")}, ("Bob",)),
    ("aws:sourceidentity", {}, None),
    ("aws:federatedprovider", {"terms": Terms(federated_provider="arn:aws:iam::1:oidc-provider/x")}, (
        "arn:aws:iam::1:oidc-provider/x",
    )),
    ("example.com:sub", {"terms": Terms(claims={"example.com:sub": ("me",)})}, ("me",)),
    ("aws:tokenissuetime", {}, None),
    ("aws:tokenissuetime", {"terms": Terms()}, ("2025-11-24T15:59:00Z",)),
    ("aws:multifactorauthpresent", {}, None),
    ("aws:multifactorauthpresent", {"terms": Terms()}, ("false",)),
    ("aws:multifactorauthpresent", {"terms": Terms(mfa_at=NOW - 30)}, ("true",)),
    ("aws:multifactorauthage", {"terms": Terms(mfa_at=NOW - 30)}, ("30",)),
    ("aws:multifactorauthage", {"terms": Terms()}, None),
    # Shown with the very request, whatever its credentials are.
    ("aws:multifactorauthpresent", {"mfa_at": NOW - 5}, ("true",)),
    ("aws:multifactorauthpresent", {"mfa_at": NOW - 5, "terms": Terms()}, ("true",)),
    ("aws:multifactorauthage", {"mfa_at": NOW - 5, "terms": Terms(mfa_at=NOW - 30)}, ("5",)),
    ("aws:viaawsservice", {}, ("false",)),
    ("aws:viaawsservice", {"terms": VIA}, ("true",)),
    ("aws:viaawsservice", {"principal": EC2, "terms": SOURCE}, ("false",)),
    ("aws:calledvia", {"terms": VIA}, ("ec2.amazonaws.com",)),
    ("aws:calledviafirst", {"terms": VIA}, ("ec2.amazonaws.com",)),
    ("aws:calledvialast", {}, None),
    ("kms:viaservice", {}, None),
    ("kms:viaservice", {"terms": VIA}, (f"ec2.{REGION}.amazonaws.com",)),
    ("kms:viaservice", {"terms": VIA, "needs": Needs("iam:GetUser")}, None),
    ("kms:viaservice", {"principal": EC2, "terms": SOURCE}, None),
    ("kms:calleraccount", {}, (ACCOUNT,)),
    ("kms:grantisforawsresource", {}, None),
    ("kms:grantisforawsresource", {"needs": Needs("kms:CreateGrant")}, ("false",)),
    ("kms:grantisforawsresource", {"needs": Needs("kms:CreateGrant"), "terms": VIA}, ("true",)),
    ("kms:grantisforawsresource", {"needs": Needs("kms:CreateGrant"), "principal": EC2}, ("true",)),
    ("kms:resourcealiases", {"key": None, "resource": OF_GRANT}, ("alias/g",)),
    ("kms:encryptioncontextkeys", {"key": None, "resource": OF_GRANT}, ("app",)),
    ("aws:resourceaccount", {"key": None, "resource": OF_GRANT}, (OTHER_ACCOUNT,)),
    ("kms:reencryptonsamekey", {}, None),
    ("kms:reencryptonsamekey", {"needs": Needs("kms:ReEncryptTo")}, ("false",)),
    ("kms:keyspec", {}, ("SYMMETRIC_DEFAULT",)),
    ("kms:customermasterkeyspec", {}, ("SYMMETRIC_DEFAULT",)),
    ("kms:keyusage", {}, ("ENCRYPT_DECRYPT",)),
    ("kms:customermasterkeyusage", {}, ("ENCRYPT_DECRYPT",)),
    ("kms:keyorigin", {}, ("AWS_KMS",)),
    ("kms:keyspec", {"key": None}, None),
    ("kms:multiregion", {}, ("false",)),
    ("kms:multiregion", {"key": None}, None),
    ("kms:multiregionkeytype", {}, None),
    ("kms:resourcealiases", {}, ("alias/a", "alias/b")),
    ("kms:resourcealiases", {"key": None}, None),
    ("aws:currenttime", {}, (NOW_TEXT,)),
    ("aws:epochtime", {}, ("1764000000",)),
    ("aws:referer", {}, ("https://example.com/",)),
    ("aws:useragent", {}, ("aws-cli/2",)),
    ("aws:securetransport", {}, ("false",)),
    ("aws:securetransport", {"request": msgspec.structs.replace(REQUEST, secure=True)}, ("true",)),
    ("aws:sourceip", {}, ("192.0.2.7",)),
    ("aws:sourceip", {"terms": VIA}, None),
    ("aws:sourceip", {"request": BEHIND_ENDPOINT}, None),
    ("aws:vpcsourceip", {"request": BEHIND_ENDPOINT}, ("192.0.2.7",)),
    ("aws:vpcsourceip", {}, None),
    ("aws:sourcevpce", {"request": BEHIND_ENDPOINT}, ("vpce-1",)),
    ("aws:sourcevpce", {"request": BEHIND_ENDPOINT, "terms": VIA}, None),
    ("aws:sourcevpc", {"request": BEHIND_ENDPOINT}, ("vpc-2",)),
    ("aws:sourcevpc", {}, None),
    ("aws:tagkeys", {}, None),
    ("aws:tagkeys", {"message": Message(tags=[Tag("A", "1"), Tag("B", "")])}, ("A", "B")),
    ("aws:tagkeys", {"message": Message(tags=["A", "B"])}, ("A", "B")),
    ("aws:tagkeys", {"needs": Needs("kms:Encrypt")}, None),
    ("aws:requesttag/a", {"message": Message(tags=[Tag("A", "1")])}, ("1",)),
    ("aws:requesttag/b", {"message": Message(tags=[Tag("A", "1")])}, None),
    ("aws:requesttag/a", {"message": Message(tags=["A"])}, None),
    # Those of the token are the ones that are asked for.
    ("aws:requesttag/a", {"vouched": Terms(tags={"A": "1"}), "message": Message(tags=[Tag("A", "2")])}, ("1",)),
    ("aws:tagkeys", {"vouched": Terms(tags={"A": "1"}), "message": Message(tags=[Tag("B", "2")])}, ("A",)),
    ("aws:sourceidentity", {"vouched": Terms(source_identity="me")}, ("me",)),
    ("kms:encryptioncontextkeys", {}, None),
    ("kms:encryptioncontextkeys", {"message": Message(context={"App": "x", "b": "y"})}, ("App", "b")),
    ("kms:encryptioncontext:app", {"message": Message(context={"App": "x"})}, ("x",)),
    ("kms:encryptioncontext:other", {"message": Message(context={"App": "x"})}, None),
    ("kms:encryptioncontext:app", {"needs": Needs("kms:DescribeKey")}, None),
    ("kms:requestalias", {"message": Message(key_id="alias/a")}, ("alias/a",)),
    ("kms:requestalias", {"message": Message(key_id=f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/x/y")}, ("alias/x/y",)),
    ("kms:requestalias", {"message": Message(key_id=PLACE.arn)}, None),
    ("kms:requestalias", {"message": Message(key_id=PLACE.key_id)}, None),
    ("kms:requestalias", {"message": Message(key_id="alias/a"), "needs": BY_KEY_ONLY}, None),
    ("kms:requestalias", {"needs": Needs("kms:Decrypt", key=CiphertextKey("key_id", "named", "key_id"))}, None),
    (
        "kms:requestalias",
        {
            "message": Message(named="alias/a"),
            "needs": Needs("kms:Decrypt", key=CiphertextKey("key_id", "named", "key_id")),
        },
        ("alias/a",),
    ),
    ("kms:days", {}, ("30",)),
    ("kms:days", {"message": Message(days=7)}, ("7",)),
    ("kms:sure", {}, None),
    ("kms:sure", {"message": Message(sure=False)}, ("false",)),
    ("kms:sure", {"message": Message(sure=True)}, ("true",)),
    ("kms:validto", {"message": Message(until=5.75)}, ("5",)),
    ("kms:names", {"message": Message(names=["a", "b"])}, ("a", "b")),
    ("iam:x", {"resource": Resource(arn="*", account_id=ACCOUNT, conditions={"iam:x": ("p",)})}, ("p",)),
    ("aws:principalorgid", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "given", "values"), CASES, ids=lambda value: value if isinstance(value, str) else None
)
def test_a_condition_key(name: str, given: dict[str, Any], values: tuple[str, ...] | None) -> None:
    assert conditions(**given).get(name) == values


def test_create_key_supplies_what_the_key_will_be() -> None:
    operation: Operation = OPERATIONS["CreateKey"]
    message = operation.decoder.decode(b"{}")
    found = conditions(needs=operation.needs[0], key=None)
    found.call.message = message
    assert found.get("kms:keyspec") == ("SYMMETRIC_DEFAULT",)
    assert found.get("kms:keyusage") == ("ENCRYPT_DECRYPT",)
    assert found.get("kms:keyorigin") == ("AWS_KMS",)
    assert found.get("kms:multiregion") == ("false",)
    assert found.get("kms:bypasspolicylockoutsafetycheck") is None


@pytest.mark.parametrize(
    ("name", "varies"),
    [
        ("aws:principalarn", False),
        ("aws:principaltag/x", False),
        ("kms:resourcealiases", False),
        ("aws:currenttime", True),
        ("aws:sourceip", True),
        ("kms:encryptioncontext:x", True),
        ("aws:somethingnew", True),
    ],
)
def test_it_tells_whether_the_next_request_may_have_another_value(name: str, varies: bool) -> None:  # noqa: FBT001 - expected
    found = conditions()
    assert not found.varies
    found.get(name)
    assert found.varies is varies
