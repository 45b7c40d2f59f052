from __future__ import annotations

import json
from typing import Any

import pytest

from strongroom.policy.lint import lint
from tests.unit.policy.lint_support import (
    ACCOUNT,
    ALICE,
    BOB,
    KEY,
    OTHER,
    ROOT,
    WHOLE_ACCOUNT,
    document,
    statement,
)


def locked_out(*statements: dict[str, Any], account_id: str | None = ACCOUNT) -> list[int | None]:
    found = lint(document(*statements), "key", account_id=account_id)
    return [finding.statement for finding in found if finding.code == "lockout"]


@pytest.mark.parametrize(
    "members",
    [
        {"Principal": {"AWS": ROOT}},
        {"Principal": {"AWS": ACCOUNT}},
        {"Principal": {"AWS": [BOB, ALICE]}},
        {"Principal": "*"},
        {"Principal": None, "NotPrincipal": {"AWS": BOB}},
        {"Action": None, "NotAction": "kms:Decrypt"},
        {"Resource": KEY},
        {"Resource": None, "NotResource": "arn:aws:kms:*:*:alias/*"},
        {"Condition": {"StringEquals": {"kms:PolicyName": "default"}}},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}},
        {"Condition": {"StringNotEquals": {"kms:EncryptionContext:a": "b"}}},
        {"Condition": {"StringEquals": {"s3:prefix": "b"}}},
    ],
)
def test_somebody_can_change_the_policy(members: dict[str, Any]) -> None:
    assert locked_out(statement(**{"Action": "kms:Put*", **members})) == []


@pytest.mark.parametrize(
    "members",
    [
        {"Action": "kms:Encrypt"},
        {"Effect": "Deny"},
        {"Principal": {"AWS": BOB}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Resource": f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/x"},
        {"Resource": None},
        {"Action": None, "NotAction": "kms:Put*"},
        {"Condition": {"StringEquals": {"kms:EncryptionContext:a": "b"}}},
    ],
)
def test_nobody_can_change_the_policy(members: dict[str, Any]) -> None:
    assert locked_out(statement(**{"Action": "kms:*", **members})) == [None]


def test_anybody_counts_when_the_account_is_not_known() -> None:
    assert locked_out(statement(Action="kms:*", Principal={"AWS": BOB}), account_id=None) == []
    assert locked_out(statement(Action="kms:*", Principal={"Service": "a.amazonaws.com"}), account_id=None) == [None]


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ROOT}, {"AWS": [OTHER, ACCOUNT]}])
def test_everybody_is_kept_from_changing_the_policy(principal: object) -> None:
    deny = statement(Effect="Deny", Principal=principal, Action="kms:*")
    assert locked_out(WHOLE_ACCOUNT, deny) == [1]
    assert locked_out(WHOLE_ACCOUNT, {**deny, "Action": "kms:Decrypt"}) == []
    assert locked_out(WHOLE_ACCOUNT, {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}) == []


def test_some_are_kept_from_changing_the_policy() -> None:
    assert locked_out(WHOLE_ACCOUNT, statement(Effect="Deny", Action="kms:*")) == []
    deny = statement(Effect="Deny", Principal={"Service": "*.amazonaws.com"}, Action="kms:*")
    assert locked_out(WHOLE_ACCOUNT, deny) == []


@pytest.mark.parametrize("version", ["2008-10-17", None])
@pytest.mark.parametrize(
    "members",
    [
        {"Resource": [KEY, "arn:aws:kms:*:*:key/${aws:userid}"]},
        {"Resource": None, "NotResource": "arn:aws:kms:*:*:key/${aws:userid}"},
        {"Condition": {"StringEquals": {"kms:EncryptionContext:user": "${aws:username}"}}},
    ],
)
def test_variables_in_an_old_policy(version: str | None, members: dict[str, Any]) -> None:
    new = document(WHOLE_ACCOUNT, statement(**members))
    text = json.dumps(
        {**json.loads(new), "Version": version} if version else {"Statement": json.loads(new)["Statement"]}
    )
    (finding,) = lint(text, "key", account_id=ACCOUNT)
    assert (finding.code, finding.severity, finding.statement) == ("variable-in-old-version", "error", 1)
    assert lint(new, "key", account_id=ACCOUNT) == ()
