"""Hypothesis strategies of policies, callers, grants and queries that often bear on each other."""

import json
from typing import Any, NamedTuple

from hypothesis import strategies as st

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal, root_principal
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.decide import decide
from strongroom.policy.decision import Decision
from strongroom.policy.document import Document, parse_identity_policy, parse_stored_key_policy
from strongroom.policy.query import Query

ACCOUNT, OTHER = "111122223333", "444455556666"
PLACE = KeyPlace(ACCOUNT, "us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab")
KEY = PLACE.arn
ROLE = f"arn:aws:iam::{ACCOUNT}:role/App"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/App/one"
ALICE, CAROL = f"arn:aws:iam::{ACCOUNT}:user/Alice", f"arn:aws:iam::{OTHER}:user/Carol"

PRINCIPALS = [
    root_principal(ACCOUNT),
    root_principal(OTHER),
    Principal(type="IAMUser", account_id=ACCOUNT, arn=ALICE, principal_id="AIDAALICE", user_name="Alice"),
    Principal(type="IAMUser", account_id=OTHER, arn=CAROL, principal_id="AIDACAROL", user_name="Carol"),
    Principal(type="AssumedRole", account_id=ACCOUNT, arn=SESSION, principal_id="AROAAPP:one", role_arn=ROLE),
    Principal(type="AWSService", account_id=OTHER, arn="sns.amazonaws.com", principal_id="sns.amazonaws.com"),
]
ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:*", "*", "kms:?ncrypt"]
RESOURCES = ["*", KEY, KEY[:-1] + "c", "arn:aws:kms:*", f"arn:aws:kms:*:{ACCOUNT}:key/${{aws:PrincipalTag/Key}}"]
NAMED = st.one_of(
    st.just("*"),
    st.lists(
        st.sampled_from(
            [ACCOUNT, f"arn:aws:iam::{OTHER}:root", ALICE, CAROL, ROLE, SESSION, "*", "AIDAALICE", "AROAAPP:one"]
        ),
        min_size=1,
    ).map(lambda names: {"AWS": names}),
    st.just({"Service": "sns.amazonaws.com"}),
)
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
    {"Condition": {"StringNotEquals": {"aws:PrincipalTag/Key": "${aws:PrincipalTag/Other}"}}},
    {"Condition": {"StringLikeIfExists": {"aws:PrincipalTag/Key": ["1234*", "x"]}}},
    {"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}},
    {"Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "not a number"}}},
    {"Condition": {"Null": {"aws:TagKeys": True}, "Bool": {"aws:SecureTransport": False}}},
]
CONTEXTS = st.fixed_dictionaries(
    {},
    optional={
        "aws:securetransport": st.sampled_from([("true",), ("false",)]),
        "aws:principaltag/key": st.sampled_from([(PLACE.key_id,), ("*",), ("x",)]),
        "aws:principaltag/other": st.sampled_from([("x",), ("x", "y")]),
        "aws:tagkeys": st.sampled_from([(), ("a",), ("a", "c")]),
        "aws:multifactorauthage": st.just(("7",)),
    },
)


def elements(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(st.sampled_from([name, f"Not{name}"]), values).map(lambda pair: dict([pair]))


def merged(effect: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"Effect": effect, **{name: value for part in parts for name, value in part.items()}}


EFFECTS = st.sampled_from(["Allow", "Allow", "Deny"])
_SHARED = (
    elements("Action", st.lists(st.sampled_from(ACTIONS), min_size=1)),
    elements("Resource", st.lists(st.sampled_from(RESOURCES), min_size=1)),
    st.sampled_from(CONDITIONS),
)
KEY_STATEMENTS = st.builds(merged, EFFECTS, elements("Principal", NAMED), *_SHARED)
IDENTITY_STATEMENTS = st.builds(merged, EFFECTS, *_SHARED)
KEY_POLICIES = st.lists(KEY_STATEMENTS, min_size=1, max_size=4)
IDENTITY_POLICIES = st.lists(IDENTITY_STATEMENTS, min_size=1, max_size=3)


def document_of(statements: list[dict[str, Any]]) -> Document:
    return parse_stored_key_policy(json.dumps({"Version": "2012-10-17", "Statement": statements}))


def named(source: Source, statements: list[dict[str, Any]]) -> NamedPolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return NamedPolicy(source=source, name="x", document=parse_identity_policy(text))


def policies(source: Source) -> st.SearchStrategy[NamedPolicy]:
    return IDENTITY_POLICIES.map(lambda statements: named(source, statements))


def layers(source: Source) -> st.SearchStrategy[tuple[NamedPolicy, ...]]:
    return st.lists(policies(source), max_size=2).map(tuple)


CALLERS = st.builds(
    CallerPolicies,
    identity=layers(Source.IDENTITY_POLICY),
    boundary=st.none() | policies(Source.PERMISSIONS_BOUNDARY),
    session=st.none() | layers(Source.SESSION_POLICY),
    service_control=st.none() | layers(Source.SERVICE_CONTROL_POLICY),
    unrestricted=st.booleans(),
)
GRANTS = st.lists(
    st.builds(
        Grant,
        place=st.just(PLACE),
        grant_id=st.sampled_from(["a" * 64, "b" * 64]),
        name=st.just(""),
        grantee=st.sampled_from(
            ["AIDAALICE", "AIDACAROL", "AROAAPP", "AROAAPP:one", f"arn:aws:iam::{ACCOUNT}:root", "sns.amazonaws.com"]
        ),
        retiring=st.none(),
        operations=st.sampled_from([("Encrypt",), ("Decrypt",), ("Encrypt", "Decrypt")]),
        constraints=st.none() | st.just(GrantConstraints(encryption_context_subset={"a": "1"})),
        issuing_account=st.sampled_from([ACCOUNT, OTHER]),
        creation_date=st.just(0.0),
    ),
    max_size=2,
)
QUERIES = st.builds(
    Query,
    principal=st.sampled_from(PRINCIPALS),
    action=st.sampled_from(["kms:Encrypt", "kms:Decrypt"]),
    resource_arn=st.just(KEY),
    resource_account=st.just(ACCOUNT),
    cross_account=st.booleans(),
    context=CONTEXTS,
    encryption_context=st.sampled_from([None, {}, {"a": "1"}]),
)


class Situation(NamedTuple):
    """All that a decision is made of, with the key policy as its statements."""

    query: Query
    statements: list[dict[str, Any]]
    caller: CallerPolicies
    grants: list[Grant]

    def decide(self) -> Decision:
        return decide(self.query, document_of(self.statements), self.caller, self.grants)


SITUATIONS = st.builds(Situation, QUERIES, KEY_POLICIES, CALLERS, GRANTS)
