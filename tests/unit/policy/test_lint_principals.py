from __future__ import annotations

import pytest

from tests.unit.policy.lint_support import ACCOUNT, ALICE, BOB, OTHER, codes, findings, message

BOTH_WAYS = ["*", {"AWS": "*"}, {"AWS": [ALICE, "*"]}]


@pytest.mark.parametrize(
    ("principal", "code"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/*", "wildcard-in-principal"),
        (f"arn:aws:iam::{ACCOUNT}:user/?lice", "wildcard-in-principal"),
        ("1*", "wildcard-in-principal"),
        (f"arn:aws:iam::{ACCOUNT}:group/all", "group-as-principal"),
        ("AIDAEXAMPLE", "deleted-principal"),
        ("AROAEXAMPLE:session", "deleted-principal"),
    ],
)
def test_principals_that_no_policy_can_name(principal: str, code: str) -> None:
    assert codes(Principal={"AWS": [ALICE, principal]}) == [code]
    assert codes(Principal=None, NotPrincipal={"AWS": principal}, Effect="Deny") == [code]


def test_allowing_all_but_some_principals() -> None:
    assert codes(Principal=None, NotPrincipal={"AWS": ALICE}) == ["allow-with-not-principal"]
    assert codes(Principal=None, NotPrincipal={"AWS": ALICE}, Effect="Deny") == []


@pytest.mark.parametrize("principal", BOTH_WAYS)
@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringNotEquals": {"kms:CallerAccount": OTHER}},
        {"StringEqualsIfExists": {"kms:CallerAccount": ACCOUNT}},
        {"StringLike": {"kms:CallerAccount": "*"}},
        {"Null": {"kms:CallerAccount": "false"}},
        {"StringEquals": {"sts:ExternalId": "x"}},
    ],
)
def test_everybody_is_everybody(principal: object, condition: object) -> None:
    assert codes(Principal=principal, Condition=condition) == ["public-access"]
    assert codes(Principal=principal, Condition=condition, Effect="Deny") == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"kms:CallerAccount": ACCOUNT}},
        {"StringEquals": {"KMS:calleraccount": [ACCOUNT, OTHER]}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-a1b2c3d4e5/*"}},
        {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}},
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
    ],
)
def test_everybody_under_conditions(condition: object) -> None:
    assert codes(Principal="*", Condition=condition) == []


def test_everybody_through_a_service() -> None:
    via = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
    assert codes(Principal="*", Condition={"StringEquals": via}) == ["via-service-without-caller-account?"]
    assert codes(Principal="*", Condition={"StringEquals": {**via, "kms:CallerAccount": ACCOUNT}}) == []
    assert codes(Principal={"AWS": ALICE}, Condition={"StringEquals": via}) == []


def test_a_role_that_everybody_may_assume() -> None:
    (finding,) = findings("trust", Principal="*")
    assert finding.code == "public-access"
    assert "aws:PrincipalAccount" in finding.message
    assert codes("trust", Principal="*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}) == []


def test_services_that_serve_anybody() -> None:
    principal = {"Service": ["sns.amazonaws.com"]}
    assert codes(Principal=principal) == ["service-without-source?"]
    assert codes(Principal=principal, Effect="Deny") == []
    assert codes(Principal=principal, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}) == []
    assert codes(Principal=principal, Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}}) == []
    assert codes("trust", Principal=principal) == []


def test_services_that_name_the_resource_in_the_encryption_context() -> None:
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:*"}}
    assert codes(Principal={"Service": "logs.us-east-1.amazonaws.com"}, Condition=condition) == []


@pytest.mark.parametrize("principal", [BOB, OTHER, f"arn:aws:iam::{OTHER}:root"])
def test_principals_of_other_accounts(principal: str) -> None:
    assert codes(Principal={"AWS": principal}, Action=["kms:Decrypt", "kms:ListGrants"]) == []
    assert codes(Principal={"AWS": principal}, Action=["kms:*"]) == []
    assert codes(Principal={"AWS": [ALICE, principal]}, Action=["kms:Decrypt", "kms:EnableKey"]) == [
        "action-not-cross-account?"
    ]
    assert codes(Principal={"AWS": principal}, Action=["kms:EnableKey"]) == ["action-not-cross-account"]
    assert codes(Principal={"AWS": principal}, Action=["kms:Put*"]) == ["action-not-cross-account"]
    assert codes(Principal={"AWS": principal}, Action=["kms:EnableKey"], Effect="Deny") == []
    assert codes(Principal={"AWS": principal}, Action=["kms:EnableKey"], account_id=None) == []


def test_which_actions_cannot_be_done_from_elsewhere() -> None:
    assert message(Principal={"AWS": BOB}, Action=["kms:Decrypt", "kms:EnableKey", "kms:TagResource"]) == (
        f"{BOB} is of another account, and kms:EnableKey and kms:TagResource cannot be done from there"
    )
    assert message(Principal={"AWS": BOB}, Action="kms:Put*") == (
        f"{BOB} is of another account, and what this statement allows cannot be done from there"
    )
