import json
from collections.abc import Callable

import pytest

from strongroom.model.principal import Principal, root_principal
from strongroom.policy.callers import NO_POLICIES, CallerPolicies, NamedPolicy, Source
from strongroom.policy.decide import absent_key, decide
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.denial import denial_message
from strongroom.policy.document import parse_identity_policy, parse_key_policy, parse_trust_policy
from strongroom.policy.query import Query

ACCOUNT, OTHER = "111122223333", "444455556666"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"
CAROL = f"arn:aws:iam::{OTHER}:user/Carol"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/App/one"
HIDDEN = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


def user(arn: str) -> Principal:
    return Principal(type="IAMUser", account_id=arn.split(":")[4], arn=arn, principal_id="AIDAEXAMPLE")


def message(
    caller: Principal, *statements: tuple[str, str], action: str = "kms:Decrypt", by_ciphertext: bool = False
) -> str:
    policy = [
        {"Effect": effect, "Principal": {"AWS": who}, "Action": "kms:*", "Resource": "*"} for effect, who in statements
    ]
    query = Query(
        principal=caller,
        action=action,
        resource_arn=KEY,
        resource_account=ACCOUNT,
        cross_account=action == "kms:Decrypt",
    )
    decision = decide(query, parse_key_policy(json.dumps({"Statement": policy})), NO_POLICIES)
    return denial_message(decision, query, by_ciphertext=by_ciphertext)


def test_no_resource_based_policy() -> None:
    assert message(user(ALICE), ("Allow", OTHER), action="kms:Encrypt") == (
        f"User: {ALICE} is not authorized to perform: kms:Encrypt on resource: {KEY} "
        "because no resource-based policy allows the kms:Encrypt action"
    )


def test_no_identity_based_policy() -> None:
    assert message(user(ALICE), ("Allow", ACCOUNT)) == (
        f"User: {ALICE} is not authorized to perform: kms:Decrypt on resource: {KEY} "
        "because no identity-based policy allows the kms:Decrypt action"
    )


def test_no_identity_based_policy_without_a_key() -> None:
    query = Query(principal=user(ALICE), action="kms:ListKeys", resource_arn="*", resource_account=ACCOUNT)
    assert denial_message(decide(query, None, NO_POLICIES), query) == (
        f"User: {ALICE} is not authorized to perform: kms:ListKeys on resource: * "
        "because no identity-based policy allows the kms:ListKeys action"
    )


def test_explicit_deny() -> None:
    assert message(user(ALICE), ("Allow", ALICE), ("Deny", ALICE)) == (
        f"User: {ALICE} is not authorized to perform: kms:Decrypt on resource: {KEY} "
        "with an explicit deny in a resource-based policy"
    )


def test_sessions_are_named_by_their_own_arn() -> None:
    session = Principal(type="AssumedRole", account_id=ACCOUNT, arn=SESSION, principal_id="AROAEXAMPLE:one")
    assert message(session, ("Allow", ALICE)).startswith(f"User: {SESSION} is not authorized")


def test_the_root_user_is_named_by_its_arn() -> None:
    root = root_principal(ACCOUNT)
    assert message(root, ("Allow", ALICE)).startswith(f"User: arn:aws:iam::{ACCOUNT}:root is not authorized")


@pytest.mark.parametrize(
    ("statements", "action"),
    [
        ([("Allow", ALICE)], "kms:Decrypt"),
        ([("Allow", CAROL), ("Deny", CAROL)], "kms:Decrypt"),
        ([("Allow", CAROL)], "kms:PutKeyPolicy"),
    ],
    ids=["no allow", "deny", "no use across accounts"],
)
def test_a_key_of_another_account_is_hidden(statements: list[tuple[str, str]], action: str) -> None:
    assert message(user(CAROL), *statements, action=action) == (
        f"User: {CAROL} is not authorized to perform: {action} on this resource {HIDDEN}"
    )


def test_an_absent_key_reads_like_a_hidden_one() -> None:
    query = Query(
        principal=user(CAROL), action="kms:Decrypt", resource_arn=KEY, resource_account=ACCOUNT, cross_account=True
    )
    assert denial_message(absent_key(), query) == message(user(CAROL), ("Allow", ALICE))


def test_no_identity_based_policy_across_accounts() -> None:
    assert message(user(CAROL), ("Allow", OTHER)) == (
        f"User: {CAROL} is not authorized to perform: kms:Decrypt on resource: {KEY} "
        "because no identity-based policy allows the kms:Decrypt action"
    )


@pytest.mark.parametrize(
    ("caller", "statements"),
    [(ALICE, [("Allow", CAROL)]), (ALICE, [("Deny", ALICE)]), (CAROL, [("Allow", ALICE)])],
    ids=["no allow", "deny", "another account"],
)
def test_by_ciphertext(caller: str, statements: list[tuple[str, str]]) -> None:
    assert message(user(caller), *statements, by_ciphertext=True) == (
        f"User: {caller} is not authorized to perform: kms:Decrypt "
        f"on the resource associated with this ciphertext {HIDDEN}"
    )


def test_by_ciphertext_without_an_identity_based_policy() -> None:
    assert message(user(ALICE), ("Allow", ACCOUNT), by_ciphertext=True) == (
        f"User: {ALICE} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "
        "because no identity-based policy allows the kms:Decrypt action"
    )


def test_an_allowed_request_has_no_message() -> None:
    with pytest.raises(ValueError, match="allowed"):
        message(user(ALICE), ("Allow", ALICE))


def limited(effect: str, action: str, source: Source) -> NamedPolicy:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return NamedPolicy(source=source, name="x", document=parse_identity_policy(json.dumps({"Statement": statement})))


def message_by(caller: CallerPolicies) -> str:
    query = Query(principal=user(ALICE), action="kms:Encrypt", resource_arn=KEY, resource_account=ACCOUNT)
    key_policy = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    return denial_message(decide(query, parse_key_policy(json.dumps({"Statement": key_policy})), caller), query)


def boundary(policy: NamedPolicy) -> CallerPolicies:
    return CallerPolicies(unrestricted=True, boundary=policy)


def session(policy: NamedPolicy) -> CallerPolicies:
    return CallerPolicies(unrestricted=True, session=(policy,))


def service_control(policy: NamedPolicy) -> CallerPolicies:
    return CallerPolicies(unrestricted=True, service_control=(policy,))


@pytest.mark.parametrize(
    ("caller_with", "source", "name"),
    [
        (boundary, Source.PERMISSIONS_BOUNDARY, "permissions boundary"),
        (session, Source.SESSION_POLICY, "session policy"),
        (service_control, Source.SERVICE_CONTROL_POLICY, "service control policy"),
    ],
)
def test_the_limits_of_the_caller(
    caller_with: Callable[[NamedPolicy], CallerPolicies], source: Source, name: str
) -> None:
    refusal = f"User: {ALICE} is not authorized to perform: kms:Encrypt on resource: {KEY}"
    denying, other = limited("Deny", "kms:Encrypt", source), limited("Allow", "kms:Decrypt", source)
    assert message_by(caller_with(denying)) == f"{refusal} with an explicit deny in a {name}"
    assert message_by(caller_with(other)) == f"{refusal} because no {name} allows the kms:Encrypt action"


def test_a_deny_of_an_identity_based_policy() -> None:
    caller = CallerPolicies(identity=(limited("Deny", "*", Source.IDENTITY_POLICY),))
    assert message_by(caller).endswith(f"on resource: {KEY} with an explicit deny in an identity-based policy")


@pytest.mark.parametrize(
    ("caller", "effect", "reason"),
    [
        (ALICE, "Allow", "because no role trust policy allows the sts:AssumeRole action"),
        (ALICE, "Deny", "with an explicit deny in the role trust policy"),
        (CAROL, "Allow", f"on resource: arn:aws:iam::{ACCOUNT}:role/App"),
    ],
)
def test_roles(caller: str, effect: str, reason: str) -> None:
    named = ALICE if effect == "Deny" else f"arn:aws:iam::{ACCOUNT}:user/Bob"
    statement = {"Effect": effect, "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}
    query = Query(
        principal=user(caller),
        action="sts:AssumeRole",
        resource_arn=f"arn:aws:iam::{ACCOUNT}:role/App",
        resource_account=ACCOUNT,
        cross_account=True,
    )
    trust = parse_trust_policy(json.dumps({"Statement": statement}))
    decision = decide(query, trust, NO_POLICIES, source=Source.TRUST_POLICY)
    assert denial_message(decision, query) == (f"User: {caller} is not authorized to perform: sts:AssumeRole {reason}")


def test_what_was_remembered_without_its_findings_has_a_message() -> None:
    query = Query(principal=user(ALICE), action="kms:Encrypt", resource_arn=KEY, resource_account=ACCOUNT)
    assert denial_message(Decision(Cause.NO_KEY_POLICY_ALLOW), query).endswith(
        "because no resource-based policy allows the kms:Encrypt action"
    )


def test_an_alias_of_another_account() -> None:
    query = Query(principal=user(CAROL), action="kms:CreateAlias", resource_arn=KEY, resource_account=ACCOUNT)
    assert denial_message(decide(query, None, NO_POLICIES), query).endswith(f"on this resource {HIDDEN}")
