import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.principal import Principal, root_principal
from strongroom.policy.decide import Cause, Deciding, IdentityVerdict, Source, absent_key, decide
from strongroom.policy.document import Document, parse_key_policy
from strongroom.policy.evaluate import evaluate
from strongroom.policy.query import Query

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/App"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/App/one"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"

PRINCIPALS = [
    root_principal(ACCOUNT),
    root_principal(OTHER),
    Principal(type="IAMUser", account_id=ACCOUNT, arn=ALICE, principal_id="AIDAEXAMPLE", user_name="Alice"),
    Principal(type="AssumedRole", account_id=ACCOUNT, arn=SESSION, principal_id="AROAEXAMPLE:one", role_arn=ROLE),
    Principal(type="AWSService", account_id=OTHER, arn="sns.amazonaws.com", principal_id="sns.amazonaws.com"),
]
ACTIONS = ["kms:Encrypt", "kms:Decrypt", "kms:*", "*", "kms:?ncrypt"]
RESOURCES = ["*", KEY, KEY[:-1] + "c", "arn:aws:kms:*", f"arn:aws:kms:*:{ACCOUNT}:key/${{aws:username}}"]
NAMED = st.one_of(
    st.just("*"),
    st.lists(st.sampled_from([ACCOUNT, f"arn:aws:iam::{OTHER}:root", ALICE, ROLE, SESSION, "*"]), min_size=1).map(
        lambda arns: {"AWS": arns}
    ),
    st.just({"Service": "sns.amazonaws.com"}),
)


def elements(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(st.sampled_from([name, f"Not{name}"]), values).map(lambda pair: dict([pair]))


CONDITION = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
STATEMENTS = st.builds(
    lambda effect, *parts: {"Effect": effect, **{name: value for part in parts for name, value in part.items()}},
    st.sampled_from(["Allow", "Deny"]),
    elements("Principal", NAMED),
    elements("Action", st.lists(st.sampled_from(ACTIONS), min_size=1)),
    elements("Resource", st.lists(st.sampled_from(RESOURCES), min_size=1)),
    st.sampled_from([{}, CONDITION]),
)
POLICIES = st.lists(STATEMENTS, min_size=1, max_size=5)
QUERIES = st.builds(
    lambda principal, action, cross_account: Query(
        principal=principal,
        action=action,
        resource_arn=KEY,
        resource_account=ACCOUNT,
        cross_account=cross_account,
    ),
    st.sampled_from(PRINCIPALS),
    st.sampled_from(["kms:Encrypt", "kms:Decrypt"]),
    st.booleans(),
)


class Identity:
    def __init__(self, verdict: IdentityVerdict) -> None:
        self._verdict = verdict

    def verdict(self, _query: Query) -> IdentityVerdict:
        return self._verdict


IDENTITIES = st.builds(Identity, st.sampled_from(IdentityVerdict))


def document_of(statements: list[dict[str, Any]]) -> Document:
    return parse_key_policy(json.dumps({"Statement": statements}))


@given(POLICIES, STATEMENTS, QUERIES, IDENTITIES)
def test_a_further_deny_never_grants(
    statements: list[dict[str, Any]], further: dict[str, Any], query: Query, identity: Identity
) -> None:
    before = decide(query, document_of(statements), identity)
    after = decide(query, document_of([*statements, {**further, "Effect": "Deny"}]), identity)
    assert before.allowed or not after.allowed


@given(POLICIES, STATEMENTS, QUERIES, IDENTITIES)
def test_a_further_allow_never_takes(
    statements: list[dict[str, Any]], further: dict[str, Any], query: Query, identity: Identity
) -> None:
    before = decide(query, document_of(statements), identity)
    after = decide(query, document_of([*statements, {**further, "Effect": "Allow"}]), identity)
    assert after.allowed or not before.allowed


@given(POLICIES, QUERIES, IDENTITIES, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(
    statements: list[dict[str, Any]], query: Query, identity: Identity, shuffler: random.Random
) -> None:
    shuffled = shuffler.sample(statements, len(statements))
    assert (
        decide(query, document_of(shuffled), identity).cause is decide(query, document_of(statements), identity).cause
    )


@given(POLICIES, QUERIES, IDENTITIES)
def test_conditioned_allows_allow_nothing(statements: list[dict[str, Any]], query: Query, identity: Identity) -> None:
    conditioned = [{**statement, "Effect": "Allow", **CONDITION} for statement in statements]
    assert decide(query, document_of(conditioned), identity).cause in (
        Cause.NO_KEY_POLICY_ALLOW,
        Cause.NOT_CROSS_ACCOUNT,
    )


@given(POLICIES, QUERIES)
def test_every_statement_is_sorted_once(statements: list[dict[str, Any]], query: Query) -> None:
    evaluation = evaluate(document_of(statements), query)
    matched = [*evaluation.deny, *evaluation.allow, *evaluation.delegated]
    unmatched = [entry.statement for entry in evaluation.unmatched()]
    assert sorted(statement.index for statement in matched + unmatched) == list(range(len(statements)))


@given(POLICIES, QUERIES, IDENTITIES)
def test_an_allowed_request_names_the_statements_that_allow(
    statements: list[dict[str, Any]], query: Query, identity: Identity
) -> None:
    decision = decide(query, document_of(statements), identity)
    effects = {statements[deciding.index]["Effect"] for deciding in decision.deciding}
    assert effects == (
        {"Allow"} if decision.allowed else {"Deny"} if decision.cause is Cause.KEY_POLICY_DENY else set()
    )


def test_deciding_statements_carry_source_place_and_sid() -> None:
    allow = {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:*", "Resource": "*"}
    query = Query(principal=PRINCIPALS[2], action="kms:Encrypt", resource_arn=KEY, resource_account=ACCOUNT)
    decision = decide(query, document_of([{**allow, "Sid": "Other", "Action": "kms:Sign"}, allow]))
    assert decision.deciding == (Deciding(Source.KEY_POLICY, 1, "Use"),)


def test_an_absent_key_is_refused_without_statements() -> None:
    decision = absent_key()
    assert (decision.allowed, decision.cause, decision.deciding) == (False, Cause.NO_SUCH_KEY, ())
