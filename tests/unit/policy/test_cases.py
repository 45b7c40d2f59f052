"""The policy cases in tests/cases/policy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal, root_principal
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.decide import decide
from strongroom.policy.decision import Deciding, Decision
from strongroom.policy.denial import denial_message
from strongroom.policy.document import (
    Document,
    parse_identity_policy,
    parse_key_policy,
    parse_stored_key_policy,
    parse_stored_trust_policy,
    parse_trust_policy,
)
from strongroom.policy.query import Query
from strongroom.policy.syntax import PolicySyntaxError

CASES = Path(__file__).parents[2] / "cases" / "policy"
SERVICE_ACCOUNT = "000000000000"
PARSERS: dict[tuple[str, bool], Callable[[str], Document]] = {
    ("key", False): parse_key_policy,
    ("key", True): parse_stored_key_policy,
    ("trust", False): parse_trust_policy,
    ("trust", True): parse_stored_trust_policy,
}
REFUSING: dict[str, Callable[[str], Document]] = {
    "policy": parse_key_policy,
    "identity_policy": parse_identity_policy,
    "trust_policy": parse_trust_policy,
}


def load_cases(*, refused: bool) -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text())
        if ("refused" in case) is refused
    ]


def account_of(principal: str, resource: str) -> str:
    for arn in (principal, resource):
        if arn.startswith("arn:"):
            return arn.split(":")[4]
    return SERVICE_ACCOUNT


def principal_of(case: dict[str, Any]) -> Principal:
    arn = case["principal"]
    if arn.endswith((".amazonaws.com", ".amazonaws.com.cn")) and not arn.startswith(("arn:", "cognito-identity.")):
        return Principal(type="AWSService", account_id=SERVICE_ACCOUNT, arn=arn, principal_id=arn)
    account_id = account_of(arn, case["resource"])
    kind, _, name = arn.rpartition(":")[2].partition("/")
    match kind:
        case "root":
            return root_principal(account_id)
        case "user":
            return Principal(
                type="IAMUser",
                account_id=account_id,
                arn=arn,
                principal_id=case.get("principal_id", "AIDAEXAMPLE"),
                user_name=name.rpartition("/")[2],
            )
        case "assumed-role":
            role, _, session = name.partition("/")
            return Principal(
                type="AssumedRole",
                account_id=account_id,
                arn=arn,
                principal_id=case.get("principal_id", f"AROAEXAMPLE:{session}"),
                role_arn=case.get("role_arn", f"arn:aws:iam::{account_id}:role/{role}"),
            )
        case _:
            return Principal(type="FederatedUser", account_id=account_id, arn=arn, principal_id=f"{account_id}:{name}")


def query_of(case: dict[str, Any]) -> Query:
    principal, resource = principal_of(case), case["resource"]
    context = {
        name.lower(): (value,) if isinstance(value, str) else tuple(value)
        for name, value in case.get("context", {}).items()
    }
    return Query(
        principal=principal,
        action=case["action"],
        resource_arn=resource,
        resource_account=principal.account_id if resource == "*" else resource.split(":")[4],
        cross_account=case.get("cross_account", False),
        context=context,
        encryption_context=case.get("encryption_context"),
    )


def policies_of(case: dict[str, Any], member: str, source: Source) -> tuple[NamedPolicy, ...]:
    name = member.replace("_", "-")
    return tuple(
        NamedPolicy(source=source, name=f"{name}-{number}", document=parse_identity_policy(json.dumps(policy)))
        for number, policy in enumerate(case[member])
    )


def caller_of(case: dict[str, Any], principal: Principal) -> CallerPolicies:
    identity, boundary = case.get("identity", []), case.get("boundary")
    return CallerPolicies(
        identity=()
        if isinstance(identity, str)
        else policies_of({"identity": identity}, "identity", Source.IDENTITY_POLICY),
        boundary=None
        if boundary is None
        else NamedPolicy(
            source=Source.PERMISSIONS_BOUNDARY, name="boundary", document=parse_identity_policy(json.dumps(boundary))
        ),
        session=policies_of(case, "session", Source.SESSION_POLICY) if "session" in case else None,
        service_control=policies_of(case, "service_control", Source.SERVICE_CONTROL_POLICY)
        if "service_control" in case
        else None,
        unrestricted=identity == "allow" or principal.type == "Root",
    )


def grant_of(grant: dict[str, Any], resource: str) -> Grant:
    region, account_id, name = resource.split(":")[3:6]
    constraints = grant.get("constraints")
    return Grant(
        place=KeyPlace(account_id, region, name.removeprefix("key/")),
        grant_id=grant.get("grant_id", "grant"),
        name="",
        grantee=grant["grantee"],
        retiring=None,
        operations=tuple(grant["operations"]),
        constraints=constraints and constraints_of(constraints),
        issuing_account=grant.get("issuing_account", account_id),
        creation_date=0.0,
    )


def constraints_of(constraints: dict[str, Any]) -> GrantConstraints:
    names = {
        "EncryptionContextSubset": "encryption_context_subset",
        "EncryptionContextEquals": "encryption_context_equals",
        "SourceArn": "source_arn",
    }
    return GrantConstraints(**{names.get(name, name): value for name, value in constraints.items()})


def decision_of(case: dict[str, Any], query: Query) -> Decision:
    kind, policy = case.get("policy_kind", "key"), case["policy"]
    parse = PARSERS[kind, case.get("stored", False)]
    return decide(
        query,
        None if policy is None else parse(json.dumps(policy)),
        caller_of(case, query.principal),
        [grant_of(grant, case["resource"]) for grant in case.get("grants", [])],
        source=Source.TRUST_POLICY if kind == "trust" else Source.KEY_POLICY,
    )


def expected(deciding: int | str, case: dict[str, Any]) -> str:
    return f"{case.get('policy_kind', 'key')}-policy::{deciding}" if isinstance(deciding, int) else deciding


def written(deciding: Deciding) -> str:
    return f"{deciding.source}:{deciding.name}:{deciding.index}"


@pytest.mark.parametrize("case", load_cases(refused=False))
def test_case(case: dict[str, Any]) -> None:
    query = query_of(case)
    decision = decision_of(case, query)
    of_resource = [entry for entry in decision.evaluations if not entry.name]
    unmatched = [entry for policy in of_resource for entry in policy.evaluation.unmatched()]

    assert ("allow" if decision.allowed else "deny", decision.cause) == (case["decision"], case["cause"])
    assert sorted(map(written, decision.deciding)) == sorted(expected(entry, case) for entry in case["deciding"])
    assert {str(entry.statement.index): list(entry.because) for entry in unmatched} == case["unmatched"]
    if "denial" in case:
        assert denial_message(decision, query, by_ciphertext=case.get("by_ciphertext", False)) == case["denial"]


@pytest.mark.parametrize("case", load_cases(refused=True))
def test_refusal(case: dict[str, Any]) -> None:
    [member] = case.keys() & REFUSING.keys()
    text = case[member] if isinstance(case[member], str) else json.dumps(case[member])
    with pytest.raises(PolicySyntaxError) as caught:
        REFUSING[member](text)
    assert caught.value.reason == case["refused"]


def test_there_are_cases() -> None:
    names = [case.id for refused in (False, True) for case in load_cases(refused=refused)]
    assert len(names) >= 300
    assert len(set(names)) == len(names)
