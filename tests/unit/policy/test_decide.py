import json
from typing import Any

import pytest

from strongroom.model.grant import Grant
from strongroom.policy.callers import NO_POLICIES, UNRESTRICTED, CallerPolicies, Source
from strongroom.policy.decide import absent_key, decide
from strongroom.policy.decision import Cause, Deciding, Decision
from strongroom.policy.document import parse_stored_key_policy
from strongroom.policy.query import Query
from tests.unit.policy.policy_strategies import ACCOUNT, ALICE, KEY, OTHER, PLACE, PRINCIPALS, ROLE, named

ROOT, _, USER, FOREIGN, SESSION, SERVICE = PRINCIPALS
ALLOW = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
OTHER_ACTION = {**ALLOW, "Action": "kms:Sign"}
ACCOUNT_ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def grant(grantee: str, issuing_account: str = ACCOUNT) -> Grant:
    return Grant(
        place=PLACE,
        grant_id="g",
        name="",
        grantee=grantee,
        retiring=None,
        operations=("Encrypt",),
        constraints=None,
        issuing_account=issuing_account,
        creation_date=0.0,
    )


def caller(*, identity: bool = False, boundary: bool | None = None, session: bool | None = None) -> CallerPolicies:
    """Make the policies of a caller, each of which allows, does not, or is not there."""
    return CallerPolicies(
        identity=(named(Source.IDENTITY_POLICY, [ALLOW]),) if identity else (),
        boundary=None
        if boundary is None
        else named(Source.PERMISSIONS_BOUNDARY, [ALLOW if boundary else OTHER_ACTION]),
        session=None if session is None else (named(Source.SESSION_POLICY, [ALLOW if session else OTHER_ACTION]),),
    )


def ask(
    principal: Any,  # noqa: ANN401 (one of PRINCIPALS)
    policies: CallerPolicies,
    who: object = "nobody",
    grants: tuple[Grant, ...] = (),
    *,
    cross_account: bool = True,
) -> Decision:
    query = Query(
        principal=principal,
        action="kms:Encrypt",
        resource_arn=KEY,
        resource_account=ACCOUNT,
        cross_account=cross_account,
    )
    statement = {**OTHER_ACTION, "Principal": "*"} if who == "nobody" else {**ALLOW, "Principal": {"AWS": who}}
    return decide(query, parse_stored_key_policy(json.dumps({"Statement": statement})), policies, grants)


@pytest.mark.parametrize(
    ("grantee", "policies", "cause"),
    [
        ("AIDAALICE", caller(), Cause.GRANT_ALLOW),
        ("AIDAALICE", caller(boundary=False), Cause.GRANT_ALLOW),
        (ACCOUNT_ROOT, caller(), Cause.NO_IDENTITY_ALLOW),
        (ACCOUNT_ROOT, caller(identity=True), Cause.GRANT_ALLOW),
        (ACCOUNT_ROOT, caller(identity=True, boundary=False), Cause.NO_BOUNDARY_ALLOW),
        ("AIDAOTHER", caller(identity=True), Cause.NO_KEY_POLICY_ALLOW),
    ],
)
def test_grants_to_a_user(grantee: str, policies: CallerPolicies, cause: Cause) -> None:
    assert ask(USER, policies, grants=(grant(grantee),)).cause is cause


@pytest.mark.parametrize(
    ("grantee", "policies", "cause"),
    [
        ("AROAAPP", caller(), Cause.GRANT_ALLOW),
        ("AROAAPP", caller(session=True, boundary=True), Cause.GRANT_ALLOW),
        ("AROAAPP", caller(session=False), Cause.NO_SESSION_ALLOW),
        ("AROAAPP", caller(boundary=False, session=False), Cause.NO_BOUNDARY_ALLOW),
        ("AROAAPP:one", caller(session=False), Cause.GRANT_ALLOW),
    ],
)
def test_grants_to_a_role(grantee: str, policies: CallerPolicies, cause: Cause) -> None:
    assert ask(SESSION, policies, grants=(grant(grantee),)).cause is cause


def test_a_grant_to_the_account_is_the_root_users_own() -> None:
    assert ask(ROOT, NO_POLICIES, grants=(grant(ACCOUNT_ROOT),)).cause is Cause.GRANT_ALLOW


def test_a_service_needs_its_grant_alone() -> None:
    assert ask(SERVICE, caller(boundary=False), grants=(grant("sns.amazonaws.com"),)).cause is Cause.GRANT_ALLOW
    assert ask(SERVICE, UNRESTRICTED, ACCOUNT).cause is Cause.NO_KEY_POLICY_ALLOW


@pytest.mark.parametrize(
    ("grants", "policies", "cause", "deciding"),
    [
        ((grant("AIDACAROL", OTHER),), caller(), Cause.GRANT_ALLOW, ["grant"]),
        ((grant("AIDACAROL", OTHER),), caller(boundary=False), Cause.NO_BOUNDARY_ALLOW, []),
        ((grant("AIDACAROL"),), caller(), Cause.NO_IDENTITY_ALLOW, []),
        ((grant("AIDACAROL"),), caller(identity=True), Cause.GRANT_ALLOW, ["grant", "identity-policy"]),
        ((grant(f"arn:aws:iam::{OTHER}:root", OTHER),), caller(), Cause.NO_IDENTITY_ALLOW, []),
        (
            (grant(f"arn:aws:iam::{OTHER}:root"),),
            caller(identity=True),
            Cause.GRANT_ALLOW,
            ["grant", "identity-policy"],
        ),
        ((), caller(identity=True), Cause.NO_KEY_POLICY_ALLOW, []),
    ],
)
def test_grants_across_accounts(
    grants: tuple[Grant, ...], policies: CallerPolicies, cause: Cause, deciding: list[str]
) -> None:
    decision = ask(FOREIGN, policies, grants=grants)
    assert decision.cause is cause
    assert [entry.source for entry in decision.deciding] == deciding


def test_across_accounts_an_own_grant_stands_in_for_the_identity_policy() -> None:
    own = grant("AIDACAROL", OTHER)
    by_grant = ask(FOREIGN, caller(), OTHER, (own,))
    assert by_grant.cause is Cause.CROSS_ACCOUNT_ALLOW
    assert [entry.source for entry in by_grant.deciding] == [Source.KEY_POLICY, Source.GRANT]
    by_both = ask(FOREIGN, caller(identity=True), OTHER, (own,))
    assert [entry.source for entry in by_both.deciding] == [Source.KEY_POLICY, Source.IDENTITY_POLICY]


def test_a_grant_does_not_open_what_has_no_use_across_accounts() -> None:
    own = grant("AIDACAROL", OTHER)
    assert ask(FOREIGN, caller(identity=True), grants=(own,), cross_account=False).cause is Cause.NOT_CROSS_ACCOUNT


@pytest.mark.parametrize(
    ("who", "policies", "cause", "sources"),
    [
        ([ROLE, "AROAAPP:one"], caller(session=False), Cause.KEY_POLICY_ALLOW, [Source.KEY_POLICY]),
        (ROLE, caller(session=False), Cause.NO_SESSION_ALLOW, []),
        (
            "AROAAPP",
            caller(boundary=True, session=True),
            Cause.KEY_POLICY_ALLOW,
            [Source.KEY_POLICY, Source.PERMISSIONS_BOUNDARY, Source.SESSION_POLICY],
        ),
        ([ROLE, ACCOUNT], caller(identity=True, session=False), Cause.NO_SESSION_ALLOW, []),
    ],
)
def test_roles_and_sessions(who: object, policies: CallerPolicies, cause: Cause, sources: list[Source]) -> None:
    decision = ask(SESSION, policies, who)
    assert decision.cause is cause
    assert [entry.source for entry in decision.deciding] == sources


def test_deciding_statements_carry_source_name_place_and_sid() -> None:
    statements = [
        {**OTHER_ACTION, "Sid": "Other", "Principal": {"AWS": ALICE}},
        {**ALLOW, "Sid": "Use", "Principal": {"AWS": ACCOUNT}},
    ]
    query = Query(principal=USER, action="kms:Encrypt", resource_arn=KEY, resource_account=ACCOUNT)
    document = parse_stored_key_policy(json.dumps({"Statement": statements}))
    assert decide(query, document, caller(identity=True)).deciding == (
        Deciding(Source.KEY_POLICY, "", 1, "Use"),
        Deciding(Source.IDENTITY_POLICY, "x", 0, None),
    )


def test_all_policies_are_shown() -> None:
    policies = CallerPolicies(
        identity=(named(Source.IDENTITY_POLICY, [ALLOW]),),
        boundary=named(Source.PERMISSIONS_BOUNDARY, [ALLOW]),
        session=(named(Source.SESSION_POLICY, [ALLOW]),),
        service_control=(named(Source.SERVICE_CONTROL_POLICY, [ALLOW]),),
    )
    assert [entry.source for entry in ask(USER, policies, ACCOUNT).evaluations] == [
        Source.KEY_POLICY,
        Source.IDENTITY_POLICY,
        Source.PERMISSIONS_BOUNDARY,
        Source.SESSION_POLICY,
        Source.SERVICE_CONTROL_POLICY,
    ]


def test_an_absent_key_is_refused_without_statements() -> None:
    decision = absent_key()
    assert (decision.allowed, decision.cause, decision.deciding) == (False, Cause.NO_SUCH_KEY, ())
    assert decision.evaluations == ()
