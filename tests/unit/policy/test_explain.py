"""Explanations of decisions, from policies to sentences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.key import KeyPlace
from strongroom.model.principal import (
    Principal,
    role_session_principal,
    root_principal,
    service_principal,
    user_principal,
)
from strongroom.policy.callers import NO_POLICIES, UNRESTRICTED, CallerPolicies, NamedPolicy, Source
from strongroom.policy.decide import absent_key, decide
from strongroom.policy.decision import Cause
from strongroom.policy.document import (
    Document,
    parse_identity_policy,
    parse_stored_key_policy,
    parse_stored_trust_policy,
)
from strongroom.policy.explain import Explanation, Standing, explain
from strongroom.policy.explain_words import Names, listed
from strongroom.policy.query import Query

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT: Final = "111122223333"
OTHER: Final = "444455556666"
PLACE: Final = KeyPlace(ACCOUNT, "us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab")
ALICE: Final = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/Worker"
USER: Final = user_principal(ACCOUNT, ALICE, "AIDAALICE", "alice")
ROOT_ARN: Final = f"arn:aws:iam::{ACCOUNT}:root"
DELEGATING: Final = {"Effect": "Allow", "Principal": {"AWS": ROOT_ARN}, "Action": "kms:*", "Resource": "*"}
ANYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def text_of(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=1)


def key_policy(*statements: Mapping[str, object]) -> Document:
    return parse_stored_key_policy(text_of(*statements))


def allowing(principal: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*", **more}


def identity(
    *statements: Mapping[str, object], source: Source = Source.IDENTITY_POLICY, name: str = "p"
) -> NamedPolicy:
    return NamedPolicy(source=source, name=name, document=parse_identity_policy(text_of(*statements)))


def a_query(principal: Principal = USER, action: str = "kms:Decrypt", **more: object) -> Query:
    return Query(
        principal=principal,
        action=action,
        resource_arn=PLACE.arn,
        resource_account=ACCOUNT,
        **{"cross_account": True, **more},  # type: ignore[arg-type] # members of the query
    )


def explained(
    policy: Document | None,
    caller: CallerPolicies = NO_POLICIES,
    query: Query | None = None,
    grants: tuple[Grant, ...] = (),
    names: Names | None = None,
) -> Explanation:
    query = query or a_query()
    return explain(decide(query, policy, caller, grants), query, grants, names or Names())


def a_grant(**members: object) -> Grant:
    given = {"grantee": "AIDAALICE", "operations": ("Decrypt",), "constraints": None, **members}
    return Grant(
        place=PLACE,
        grant_id="a" * 64,
        name="backup",
        retiring=None,
        issuing_account=ACCOUNT,
        creation_date=0.0,
        **given,  # type: ignore[arg-type] # members of the grant
    )


def reasons(explanation: Explanation, policy: int = 0, statement: int = 0) -> tuple[str, ...]:
    return explanation.policies[policy].statements[statement].reasons


def test_a_statement_that_decided() -> None:
    explanation = explained(key_policy({**allowing({"AWS": ALICE}), "Sid": "Use"}))
    assert explanation == Explanation(
        allowed=True,
        cause=Cause.KEY_POLICY_ALLOW,
        summary=f'statement 0 ("Use") of the key policy allows kms:Decrypt to {ALICE}',
        changes=(),
        policies=explanation.policies,
        grants=(),
    )
    (statement,) = explanation.policies[0].statements
    assert (statement.index, statement.sid, statement.line, statement.standing, statement.reasons) == (
        0,
        "Use",
        None,
        Standing.DECIDED,
        (),
    )


def test_lines_are_told_where_the_text_is_known() -> None:
    names = Names(texts={(Source.KEY_POLICY, ""): text_of(allowing({"AWS": ALICE}))})
    explanation = explained(key_policy(allowing({"AWS": ALICE})), names=names)
    assert explanation.policies[0].statements[0].line == 4
    assert explanation.summary.startswith("statement 0, line 4, of the key policy allows")


def test_the_account_decides() -> None:
    explanation = explained(key_policy(DELEGATING), CallerPolicies(identity=(identity(ANYTHING),)))
    assert explanation.cause is Cause.DELEGATED_ALLOW
    assert explanation.summary == (
        f"statement 0 of the key policy lets account {ACCOUNT} decide, "
        "and there statement 0 of identity-based policy p allows kms:Decrypt"
    )


@pytest.mark.parametrize(
    ("caller", "own"),
    [
        (CallerPolicies(identity=(identity(ANYTHING),)), "statement 0 of identity-based policy p"),
        (UNRESTRICTED, "being its root user"),
    ],
)
def test_both_accounts_allow(caller: CallerPolicies, own: str) -> None:
    arn = f"arn:aws:iam::{OTHER}:user/carol"
    carol = root_principal(OTHER) if caller.unrestricted else user_principal(OTHER, arn, "AIDACAROL", "carol")
    policy = key_policy(allowing({"AWS": OTHER}))
    explanation = explained(policy, caller, a_query(carol))
    assert explanation.summary == (
        f"account {ACCOUNT} allows kms:Decrypt by statement 0 of the key policy, and account {OTHER} by {own}"
    )


def test_an_action_without_a_resource() -> None:
    query = a_query(action="kms:ListKeys")
    explanation = explained(None, CallerPolicies(identity=(identity(ANYTHING),)), query)
    assert explanation.summary == f"statement 0 of identity-based policy p allows kms:ListKeys to {ALICE}"
    refused = explained(None, NO_POLICIES, query)
    assert refused.summary == "no identity-based policy allows kms:ListKeys"
    assert refused.changes == (f"allow kms:ListKeys on {PLACE.arn} in an identity-based policy of {ALICE}",)


def test_a_grant_that_decided() -> None:
    explanation = explained(key_policy({**DELEGATING, "Action": "kms:Put*"}), grants=(a_grant(),))
    assert explanation.summary == f"grant {'a' * 64} allows kms:Decrypt to {ALICE}"
    (grant,) = explanation.grants
    assert (grant.name, grant.grantee, grant.standing, grant.reasons) == ("backup", "AIDAALICE", Standing.DECIDED, ())


def test_a_grant_that_a_policy_made_needless() -> None:
    query, grants = a_query(), (a_grant(),)
    policy = key_policy(allowing({"AWS": ALICE}))
    explanation = explain(decide(query, policy, NO_POLICIES), query, grants)
    assert [grant.standing for grant in explanation.grants] == [Standing.MATCHED]


def test_grants_about_something_else_are_left_out() -> None:
    others = a_grant(grantee="AIDABOB", operations=("Encrypt",))
    assert explained(key_policy(DELEGATING), grants=(others,)).grants == ()


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"grantee": "AIDABOB"}, (f"its grantee is AIDABOB, not {ALICE}",)),
        ({"operations": ("Encrypt", "DescribeKey")}, ('its operations are "Encrypt" and "DescribeKey", not Decrypt',)),
        (
            {"constraints": GrantConstraints(encryption_context_subset={"a": "b"})},
            ('its constraint is the encryption context subset {"a":"b"}; it is {"c":"d"}',),
        ),
        (
            {"constraints": GrantConstraints(encryption_context_equals={"a": "b"}, source_arn="arn:aws:s3:::x")},
            (
                'its constraint is the encryption context equals {"a":"b"}; it is {"c":"d"}',
                'its constraint is the source ARN "arn:aws:s3:::x"; it is nothing',
            ),
        ),
        ({"constraints": GrantConstraints(encryption_context_subset={"c": "d"})}, ()),
    ],
)
def test_why_a_grant_does_not_cover(members: dict[str, object], expected: tuple[str, ...]) -> None:
    query = a_query(encryption_context={"c": "d"})
    (grant,) = explained(key_policy(DELEGATING), query=query, grants=(a_grant(**members),)).grants
    assert grant.reasons == expected


def test_a_grant_with_a_context_constraint_and_an_operation_without_context() -> None:
    service = service_principal("ec2.amazonaws.com")
    constraints = GrantConstraints(encryption_context_subset={"a": "b"}, source_arn="arn:aws:ec2:*:*:volume/*")
    grant = a_grant(grantee="ec2.amazonaws.com", constraints=constraints)
    query = a_query(service, context={"aws:sourcearn": ("arn:aws:s3:::x",)})
    (said,) = explained(key_policy(DELEGATING), query=query, grants=(grant,)).grants
    assert said.reasons == (
        'its constraint is the encryption context subset {"a":"b"}; it is none',
        'its constraint is the source ARN "arn:aws:ec2:*:*:volume/*"; it is "arn:aws:s3:::x"',
    )


def test_a_service_that_nothing_allows() -> None:
    service = service_principal("ec2.amazonaws.com")
    explanation = explained(key_policy(allowing({"Service": "s3.amazonaws.com"})), query=a_query(service))
    assert explanation.summary == ("neither the key policy nor a grant allows kms:Decrypt to ec2.amazonaws.com")
    assert explanation.changes == (
        'statement 0 of the key policy would allow it, but it names "s3.amazonaws.com", and not ec2.amazonaws.com',
        f"allow kms:Decrypt to ec2.amazonaws.com in the policy of {PLACE.arn}, or make a grant",
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({**DELEGATING, "Principal": {"AWS": OTHER}}, f'it names "arn:aws:iam::{OTHER}:root", and not {ALICE}'),
        (
            {**DELEGATING, "Principal": {"AWS": ALICE.replace("alice", "Alice")}},
            f'it names "{ALICE.replace("alice", "Alice")}", and not {ALICE}: names are case-sensitive',
        ),
        (
            {**DELEGATING, "Effect": "Deny", "Principal": {"AWS": ["AIDAX", "AROAY"], "Service": "a.amazonaws.com"}},
            f'it names "<AIDAX>", "<AROAY>" and "<a.amazonaws.com>", and not {ALICE}',
        ),
        ({**DELEGATING, "Action": ["kms:Encrypt", "kms:Re*"]}, 'its Action is "kms:Encrypt" and "kms:Re*", not'),
        (
            {**DELEGATING, "Resource": "arn:aws:s3:::x"},
            f'its Resource is "arn:aws:s3:::x", which does not cover {PLACE.arn}',
        ),
    ],
)
def test_why_a_statement_does_not_match(statement: dict[str, object], expected: str) -> None:
    names = Names(principal=lambda kept: f"<{kept}>" if kept.startswith("A") or "." in kept else kept)
    explanation = explained(key_policy(statement), names=names)
    assert reasons(explanation)[0].startswith(expected)


@pytest.mark.parametrize(
    ("removed", "added", "expected"),
    [
        ("Action", {"NotAction": "kms:De*"}, "its NotAction excepts kms:Decrypt"),
        ("Action", {}, "it has no Action"),
        ("Resource", {}, "it has no Resource"),
        ("Resource", {"NotResource": "*"}, f"its NotResource excepts {PLACE.arn}"),
        ("Principal", {"NotPrincipal": {"AWS": ALICE}}, f"its NotPrincipal excepts {ALICE}"),
        (
            "Resource",
            {"Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/Key}"},
            "its Resource has ${aws:PrincipalTag/Key}, which has no value in the request",
        ),
    ],
)
def test_why_an_element_does_not_match(removed: str, added: dict[str, object], expected: str) -> None:
    statement = {name: value for name, value in DELEGATING.items() if name != removed} | added
    assert reasons(explained(key_policy(statement))) == (expected,)


CONTEXT: Final = {"kms:encryptioncontext:team": ("sales",), "aws:calledvia": ("a", "b")}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (
            {"StringEquals": {"kms:EncryptionContext:Team": ["payments", "risk"]}},
            (
                'its condition StringEquals kms:EncryptionContext:Team "payments" or "risk" does not hold: '
                'the request has "sales"'
            ),
        ),
        (
            {"ForAllValues:StringEquals": {"aws:CalledVia": "a"}},
            'its condition ForAllValues:StringEquals aws:CalledVia "a" does not hold: the request has "a" and "b"',
        ),
        (
            {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
            (
                'its condition Bool aws:MultiFactorAuthPresent "true" does not hold: '
                "the request has no aws:MultiFactorAuthPresent"
            ),
        ),
        (
            {"StringEquals": {"kms:EncryptionContext:Team": "${aws:username}"}},
            (
                'its condition StringEquals kms:EncryptionContext:Team "${aws:username}" does not hold: '
                "${aws:username} has no value in the request"
            ),
        ),
        (
            {"StringEquals": {"kms:ResourceAliases": "alias/x"}},
            (
                'its condition StringEquals kms:ResourceAliases "alias/x" does not hold: '
                "the request has no kms:ResourceAliases, for key policies never see it"
            ),
        ),
    ],
)
def test_why_a_condition_does_not_hold(condition: dict[str, object], expected: str) -> None:
    explanation = explained(key_policy({**DELEGATING, "Condition": condition}), query=a_query(context=CONTEXT))
    assert reasons(explanation) == (expected,)
    assert explanation.changes[0] == f"statement 0 of the key policy would let the account decide, but {expected}"


def test_a_deny_that_holds_and_one_that_cannot_be_told() -> None:
    condition = {"StringNotEquals": {"kms:EncryptionContext:Team": "payments"}, "ArnLike": {"aws:SourceArn": "${a:b}"}}
    query = a_query(context={**CONTEXT, "aws:sourcearn": ("arn:aws:s3:::x",)})
    policy = key_policy({**DELEGATING, "Effect": "Deny", "Condition": condition})
    explanation = explained(policy, query=query)
    expected = (
        'its condition StringNotEquals kms:EncryptionContext:Team "payments" holds: the request has "sales"',
        (
            'its condition ArnLike aws:SourceArn "${a:b}" cannot be told, so that it counts against the request: '
            "${a:b} has no value in the request"
        ),
    )
    assert reasons(explanation) == expected
    assert explanation.changes == (f"statement 0 of the key policy must not cover the request: {'; '.join(expected)}",)
    assert explanation.summary == (
        f"statement 0 of the key policy denies kms:Decrypt to {ALICE}, and a Deny counts more than any Allow"
    )


def test_a_deny_without_conditions() -> None:
    explanation = explained(key_policy({**DELEGATING, "Effect": "Deny"}, DELEGATING))
    assert explanation.changes == ("statement 0 of the key policy must not cover the request",)
    assert reasons(explanation, 0, 0) == ()
    assert explanation.policies[0].statements[1].standing is Standing.MATCHED
    assert reasons(explanation, 0, 1) == ("it lets the account decide, so that an identity-based policy has to allow",)


def test_what_matched_and_did_not_matter() -> None:
    policy = key_policy({**DELEGATING, "Effect": "Deny"}, allowing({"AWS": ALICE}))
    caller = CallerPolicies(identity=(identity(ANYTHING, {**ANYTHING, "Effect": "Deny"}),))
    explanation = explained(policy, caller)
    assert explanation.cause is Cause.KEY_POLICY_DENY
    assert reasons(explanation, 0, 1) == ("it allows, but a Deny counts more",)
    assert reasons(explanation, 1, 1) == ("it denies too",)
    allowed = explained(key_policy(allowing({"AWS": ALICE})), CallerPolicies(identity=(identity(ANYTHING),)))
    assert reasons(allowed, 1, 0) == ("it allows too, which was not needed",)
    refused = explained(
        key_policy({**DELEGATING, "Action": "kms:Put*"}), CallerPolicies(identity=(identity(ANYTHING),))
    )
    assert reasons(refused, 1, 0) == ("it allows, but that alone is not enough",)


SESSION: Final = role_session_principal(ACCOUNT, ROLE, "AROAWORKER", "run")


@pytest.mark.parametrize(
    ("limit", "cause", "summary", "change"),
    [
        (
            {"boundary": identity({**ANYTHING, "Action": "s3:*"}, source=Source.PERMISSIONS_BOUNDARY, name="B")},
            Cause.NO_BOUNDARY_ALLOW,
            "no permissions boundary allows kms:Decrypt, although statement 0 of identity-based policy p allows it",
            "allow kms:Decrypt in the permissions boundary too",
        ),
        (
            {
                "session": (
                    identity({**ANYTHING, "Action": "s3:*"}, source=Source.SESSION_POLICY, name="session policy"),
                )
            },
            Cause.NO_SESSION_ALLOW,
            "no session policy allows kms:Decrypt, although statement 0 of identity-based policy p allows it",
            "allow kms:Decrypt in the session policies too",
        ),
        (
            {"service_control": ()},
            Cause.NO_SERVICE_CONTROL_ALLOW,
            "no service control policy allows kms:Decrypt, although statement 0 of identity-based policy p allows it",
            f"allow kms:Decrypt in a service control policy of account {ACCOUNT}",
        ),
    ],
)
def test_limits(limit: dict[str, object], cause: Cause, summary: str, change: str) -> None:
    caller = CallerPolicies(identity=(identity(ANYTHING),), **limit)  # type: ignore[arg-type] # one limit
    explanation = explained(key_policy(allowing({"AWS": "AROAWORKER"})), caller, a_query(SESSION))
    assert (explanation.cause, explanation.summary, explanation.changes[-1]) == (cause, summary, change)


def test_a_limit_with_nothing_else() -> None:
    caller = CallerPolicies(service_control=())
    explanation = explained(key_policy(allowing({"AWS": ALICE})), caller)
    assert explanation.summary == "no service control policy allows kms:Decrypt"


def test_an_identity_based_policy_is_missing_beside_a_grant_to_the_account() -> None:
    grant = a_grant(grantee=ROOT_ARN)
    explanation = explained(key_policy({**DELEGATING, "Action": "kms:Put*"}), grants=(grant,))
    assert explanation.summary == "no identity-based policy allows kms:Decrypt; a grant lets the account decide"


def test_an_identity_based_policy_is_missing_in_another_account() -> None:
    arn = f"arn:aws:iam::{OTHER}:user/carol"
    carol = user_principal(OTHER, arn, "AIDACAROL", "carol")
    policy = key_policy(allowing({"AWS": "AIDACAROL"}), allowing({"AWS": ALICE}))
    explanation = explained(policy, query=a_query(carol))
    assert explanation.summary == (
        "no identity-based policy allows kms:Decrypt; statement 0 of the key policy allows it to a principal of "
        f"account {OTHER}"
    )
    assert explanation.changes == (f"allow kms:Decrypt on {PLACE.arn} in an identity-based policy of {arn}",)


def test_an_action_that_is_not_for_other_accounts() -> None:
    carol = user_principal(OTHER, f"arn:aws:iam::{OTHER}:user/carol", "AIDACAROL", "carol")
    explanation = explained(key_policy(allowing("*")), query=a_query(carol, "kms:DisableKey", cross_account=False))
    assert explanation.summary.startswith("kms:DisableKey cannot be used from another account")
    assert explanation.changes == (f"make the request as a principal of account {ACCOUNT}, such as a role there",)


def test_a_key_that_is_not_there() -> None:
    explanation = explain(absent_key(), a_query())
    assert (explanation.summary, explanation.changes, explanation.policies) == (f"there is no {PLACE.arn}", (), ())


def test_a_trust_policy() -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    query = Query(principal=USER, action="sts:AssumeRole", resource_arn=ROLE, resource_account=ACCOUNT)
    decision = decide(query, parse_stored_trust_policy(text_of(trust)), NO_POLICIES, source=Source.TRUST_POLICY)
    explanation = explain(decision, query)
    assert explanation.summary == (
        f"nothing in the role's trust policy allows sts:AssumeRole to {ALICE} or lets its account {ACCOUNT} decide"
    )
    assert explanation.changes[-1] == f"allow sts:AssumeRole to {ALICE} in the policy of {ROLE}"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), "nothing"),
        (("a",), '"a"'),
        (("a", "b"), '"a" or "b"'),
        (("a", "b", "c", "d", "e", "f"), '"a", "b", "c", "d", "e" or "f"'),
        (("a", "b", "c", "d", "e", "f", "g", "h"), '"a", "b", "c", "d", "e", "f" or 2 more'),
    ],
)
def test_values_are_listed(texts: tuple[str, ...], expected: str) -> None:
    assert listed(texts) == expected
