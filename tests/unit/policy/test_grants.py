from typing import Any

import pytest

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal, root_principal
from strongroom.policy.grants import covering, match_grantee, parent_allows
from strongroom.policy.match import Because
from strongroom.policy.query import Query

ACCOUNT, OTHER = "111122223333", "444455556666"
PLACE = KeyPlace(ACCOUNT, "us-east-1", "1234abcd-12ab-34cd-56ef-1234567890ab")
ALICE = Principal(
    type="IAMUser", account_id=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:user/Alice", principal_id="AIDAEXAMPLE"
)
SESSION = Principal(
    type="AssumedRole",
    account_id=ACCOUNT,
    arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/App/one",
    principal_id="AROAEXAMPLE:one",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/App",
)
SERVICE = Principal(
    type="AWSService", account_id="000000000000", arn="ebs.amazonaws.com", principal_id="ebs.amazonaws.com"
)
PAIRS = {"a": "1", "b": "2"}
SNAPSHOT = f"arn:aws:ec2:us-east-1:{ACCOUNT}:snapshot/snap-1"


def grant(**members: Any) -> Grant:  # noqa: ANN401 (members of any type)
    return Grant(
        **{
            "place": PLACE,
            "grant_id": "a" * 64,
            "name": "",
            "grantee": "AIDAEXAMPLE",
            "retiring": None,
            "operations": ("Encrypt", "DescribeKey", "CreateGrant", "RetireGrant"),
            "constraints": None,
            "issuing_account": ACCOUNT,
            "creation_date": 0.0,
            **members,
        }
    )


def covers(
    given: Grant,
    action: str = "kms:Encrypt",
    principal: Principal = ALICE,
    context: dict[str, tuple[str, ...]] | None = None,
    encryption_context: dict[str, str] | None = None,
) -> bool:
    query = Query(
        principal=principal,
        action=action,
        resource_arn=PLACE.arn,
        resource_account=ACCOUNT,
        context=context or {},
        encryption_context=encryption_context,
    )
    return covering([given], query) == (given,)


@pytest.mark.parametrize(
    ("principal", "grantee", "because"),
    [
        (ALICE, "AIDAEXAMPLE", Because.PRINCIPAL_NAMED),
        (ALICE, ALICE.arn, Because.PRINCIPAL_NAMED),
        (ALICE, "AIDAOTHER", Because.PRINCIPAL_NOT_NAMED),
        (ALICE, f"arn:aws:iam::{ACCOUNT}:root", Because.ACCOUNT_NAMED),
        (ALICE, f"arn:aws:iam::{OTHER}:root", Because.PRINCIPAL_NOT_NAMED),
        (SESSION, "AROAEXAMPLE", Because.ROLE_NAMED),
        (SESSION, f"arn:aws:iam::{ACCOUNT}:role/App", Because.ROLE_NAMED),
        (SESSION, "AROAEXAMPLE:one", Because.PRINCIPAL_NAMED),
        (SESSION, "AROAEXAMPLE:two", Because.PRINCIPAL_NOT_NAMED),
        (root_principal(ACCOUNT), f"arn:aws:iam::{ACCOUNT}:root", Because.PRINCIPAL_NAMED),
        (SERVICE, "ebs.amazonaws.com", Because.PRINCIPAL_NAMED),
        (SERVICE, "ec2.amazonaws.com", Because.PRINCIPAL_NOT_NAMED),
        (ALICE, "ebs.amazonaws.com", Because.PRINCIPAL_NOT_NAMED),
    ],
)
def test_grantees(principal: Principal, grantee: str, because: Because) -> None:
    assert match_grantee(grantee, principal).because is because
    assert covers(grant(grantee=grantee), principal=principal) is (because is not Because.PRINCIPAL_NOT_NAMED)


def test_a_grant_covers_its_operations_on_its_key() -> None:
    assert covers(grant())
    assert not covers(grant(), "kms:Decrypt")
    assert not covers(grant(), "kms:*")
    assert not covers(grant(place=PLACE._replace(region="eu-west-1")))


@pytest.mark.parametrize(
    ("found", "equals", "subset"),
    [
        (PAIRS, True, True),
        ({**PAIRS, "c": "3"}, False, True),
        ({"a": "1"}, False, False),
        ({"a": "1", "b": "3"}, False, False),
        ({"A": "1", "b": "2"}, False, False),
        ({}, False, False),
        (None, False, False),
    ],
)
def test_encryption_contexts(found: dict[str, str] | None, *, equals: bool, subset: bool) -> None:
    exact = grant(constraints=GrantConstraints(encryption_context_equals=PAIRS))
    partial = grant(constraints=GrantConstraints(encryption_context_subset=PAIRS))
    assert covers(exact, encryption_context=found) is equals
    assert covers(partial, encryption_context=found) is subset


@pytest.mark.parametrize(
    ("action", "covered"), [("kms:DescribeKey", True), ("kms:RetireGrant", True), ("kms:CreateGrant", False)]
)
def test_operations_without_an_encryption_context(action: str, *, covered: bool) -> None:
    assert covers(grant(constraints=GrantConstraints(encryption_context_equals=PAIRS)), action) is covered


@pytest.mark.parametrize(
    ("found", "covered"),
    [
        ((SNAPSHOT,), True),
        ((f"arn:aws:ec2:us-east-1:{ACCOUNT}:volume/vol-1",), False),
        ((SNAPSHOT, SNAPSHOT), False),
        (("snap-1",), False),
        (None, False),
    ],
)
def test_source_arns(found: tuple[str, ...] | None, *, covered: bool) -> None:
    given = grant(constraints=GrantConstraints(source_arn=f"arn:aws:ec2:*:{ACCOUNT}:snapshot/*"))
    context = {} if found is None else {"aws:sourcearn": found}
    assert covers(given, context=context) is covered
    assert covers(given, "kms:DescribeKey", context=context) is covered
    assert covers(given, "kms:RetireGrant", context=context)


def test_a_source_arn_beside_an_encryption_context() -> None:
    given = grant(constraints=GrantConstraints(encryption_context_subset={"a": "1"}, source_arn=SNAPSHOT))
    assert covers(given, context={"aws:sourcearn": (SNAPSHOT,)}, encryption_context=PAIRS)
    assert not covers(given, context={"aws:sourcearn": (SNAPSHOT,)}, encryption_context={})
    assert not covers(given, encryption_context=PAIRS)


@pytest.mark.parametrize(
    ("operations", "allowed"),
    [(["Encrypt"], True), (["Encrypt", "CreateGrant"], True), (["Decrypt"], False), (["Encrypt", "Decrypt"], False)],
)
def test_operations_of_a_child(operations: list[str], *, allowed: bool) -> None:
    assert parent_allows(grant(), operations, None) is allowed
    assert not parent_allows(grant(operations=("Encrypt",)), operations, None)


@pytest.mark.parametrize(
    ("parent", "child", "allowed"),
    [
        ({"equals": PAIRS}, {"equals": PAIRS}, True),
        ({"equals": PAIRS}, {"equals": {**PAIRS, "c": "3"}}, False),
        ({"equals": PAIRS}, {"subset": PAIRS}, False),
        ({"subset": {"a": "1"}}, {"subset": PAIRS}, True),
        ({"subset": {"a": "1"}}, {"equals": PAIRS}, True),
        ({"subset": PAIRS}, {"subset": {"a": "1"}}, False),
        ({"subset": PAIRS}, {"source": SNAPSHOT}, False),
        ({"source": SNAPSHOT}, {"source": SNAPSHOT}, True),
        ({"source": SNAPSHOT}, {"source": "arn:aws:ec2:*:*:*"}, False),
        ({"source": SNAPSHOT}, {"subset": PAIRS}, False),
        ({"source": SNAPSHOT}, {"subset": PAIRS, "source": SNAPSHOT}, True),
        ({"subset": PAIRS}, None, False),
        (None, {"subset": PAIRS}, True),
        (None, None, True),
    ],
)
def test_constraints_of_a_child(parent: dict[str, Any] | None, child: dict[str, Any] | None, *, allowed: bool) -> None:
    assert parent_allows(grant(constraints=constraints(parent)), ["Encrypt"], constraints(child)) is allowed


def constraints(members: dict[str, Any] | None) -> GrantConstraints | None:
    return (
        None
        if members is None
        else GrantConstraints(
            encryption_context_equals=members.get("equals"),
            encryption_context_subset=members.get("subset"),
            source_arn=members.get("source"),
        )
    )
