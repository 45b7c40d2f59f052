"""The policy cases in tests/cases/policy."""

import json
from pathlib import Path
from typing import Any

import pytest

from strongroom.model.principal import Principal, root_principal
from strongroom.policy.decide import ROOT_ONLY, IdentityVerdict, decide
from strongroom.policy.document import parse_key_policy
from strongroom.policy.query import Query

CASES = Path(__file__).parents[2] / "cases" / "policy"
SERVICE_ACCOUNT = "000000000000"


class Allowing:
    def verdict(self, _query: Query) -> IdentityVerdict:
        return IdentityVerdict.ALLOW


def load_cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text())
    ]


def principal_of(arn: str, role_arn: str | None) -> Principal:
    if not arn.startswith("arn:"):
        return Principal(type="AWSService", account_id=SERVICE_ACCOUNT, arn=arn, principal_id=arn)
    account_id, name = arn.split(":")[4:]
    kind, *rest = name.split("/")
    match kind:
        case "root":
            return root_principal(account_id)
        case "user":
            return Principal(
                type="IAMUser", account_id=account_id, arn=arn, principal_id="AIDAEXAMPLE", user_name=rest[-1]
            )
        case "assumed-role":
            role, session = rest
            return Principal(
                type="AssumedRole",
                account_id=account_id,
                arn=arn,
                principal_id=f"AROAEXAMPLE:{session}",
                role_arn=role_arn or f"arn:aws:iam::{account_id}:role/{role}",
            )
        case _:
            return Principal(type="FederatedUser", account_id=account_id, arn=arn, principal_id="AIDAEXAMPLE")


@pytest.mark.parametrize("case", load_cases())
def test_case(case: dict[str, Any]) -> None:
    policy = case["policy"]
    principal = principal_of(case["principal"], case.get("role_arn"))
    resource = case["resource"]
    query = Query(
        principal=principal,
        action=case["action"],
        resource_arn=resource,
        resource_account=principal.account_id if resource == "*" else resource.split(":")[4],
        cross_account=case.get("cross_account", False),
    )
    document = None if policy is None else parse_key_policy(json.dumps(policy))
    decision = decide(query, document, Allowing() if case.get("identity") == "allow" else ROOT_ONLY)
    unmatched = decision.evaluation.unmatched() if decision.evaluation else ()

    assert ("allow" if decision.allowed else "deny", decision.cause) == (case["decision"], case["cause"])
    assert [deciding.index for deciding in decision.deciding] == case["deciding"]
    assert {str(entry.statement.index): list(entry.because) for entry in unmatched} == case["unmatched"]


def test_there_are_cases() -> None:
    names = [case.id for case in load_cases()]
    assert len(names) >= 80
    assert len(set(names)) == len(names)
