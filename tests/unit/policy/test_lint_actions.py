from __future__ import annotations

import pytest

from strongroom.policy.lint_actions import may_be_key
from tests.unit.policy.lint_support import ACCOUNT, KEY, OTHER, codes, message

ALIAS = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/mine"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("kms:Encypt", "there is no action kms:Encypt; did you mean kms:Encrypt?"),
        ("kms:ReEncrypt", "there is no action kms:ReEncrypt; did you mean kms:ReEncrypt*?"),
        ("KMS:describekeys", "there is no action KMS:describekeys; did you mean kms:DescribeKey?"),
        ("kms:Frobnicate", "there is no action kms:Frobnicate"),
        ("kms:Frob*", "kms:Frob* matches no action"),
    ],
)
def test_actions_that_kms_does_not_have(action: str, expected: str) -> None:
    assert message(Action=action) == expected
    assert codes(Action=["kms:Encrypt", action]) == ["unknown-action"]
    assert "unknown-action" in codes(Action=None, NotAction=action)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("iam:CreateUse", "there is no action iam:CreateUse; did you mean iam:CreateUser?"),
        ("sts:AssumeRol", "there is no action sts:AssumeRol; did you mean sts:AssumeRole?"),
    ],
)
def test_actions_that_iam_and_sts_do_not_have(action: str, expected: str) -> None:
    assert message("identity", Action=action, Resource="*") == expected


@pytest.mark.parametrize("action", ["s3:GetFrobnicated", "*", "iam:PassRole", "sts:TagSession", "kms:describekey"])
def test_actions_that_are_there_or_not_known_are_let_be(action: str) -> None:
    assert codes("identity", Action=action, Resource="*") == []


@pytest.mark.parametrize("action", ["s3:GetObject", "iam:*", "sts:AssumeRole"])
def test_a_key_policy_decides_about_kms_only(action: str) -> None:
    assert codes(Action=["kms:Decrypt", action]) == ["action-of-another-service?"]


def test_a_trust_policy_decides_about_sts_only() -> None:
    assert codes("trust", Action=["sts:AssumeRole", "kms:Decrypt"]) == ["action-of-another-service"]


@pytest.mark.parametrize("action", ["kms:CreateKey", "kms:listkeys", "kms:ListAliases", "kms:RetireGrant"])
def test_actions_that_no_key_policy_allows(action: str) -> None:
    assert codes(Action=["kms:Decrypt", action]) == ["action-not-in-key-policy?"]
    assert codes(Action=["kms:*", "kms:List*", "*"]) == []


def test_a_statement_of_a_key_policy_needs_actions_and_resources() -> None:
    assert codes(Action=None) == ["statement-without-action"]
    assert codes(Resource=None) == ["statement-without-resource"]
    assert codes(Action=None, NotAction="kms:Encrypt", Effect="Deny") == []
    assert codes(Resource=None, NotResource="arn:aws:kms:*:*:key/mrk-*") == []


def test_allowing_all_but_some_actions() -> None:
    assert codes(Action=None, NotAction="kms:Decrypt") == ["allow-with-not-action?"]
    assert codes(Action=None, NotAction="kms:Decrypt", Effect="Deny") == []


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        KEY,
        "arn:aws:kms:*:*:key/*",
        "arn:aws:kms:us-east-1:*:*",
        "arn:aws:kms:*",
        f"arn:*:kms:*:{ACCOUNT}:k*/x",
        "arn:aws:kms:*:*:?ey/x",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key/${{aws:PrincipalTag/key}}",
    ],
)
def test_resources_that_cover_a_key(resource: str) -> None:
    assert codes(Resource=resource) == []


@pytest.mark.parametrize(
    "resource",
    [
        ALIAS,
        "arn:aws:s3:::bucket",
        f"arn:aws:kms:us-east-1:{OTHER}:key/*",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:key",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:keys/*",
        f"arn:aws:kms:us-east-1:{ACCOUNT}:a*",
    ],
)
def test_resources_that_cover_no_key(resource: str) -> None:
    assert codes(Resource=resource) == ["resource-covers-no-key"]
    assert codes(Resource=[resource, "*"]) == ["resource-covers-no-key?"]


def test_keys_of_any_account_when_the_account_is_not_known() -> None:
    assert codes(Resource=f"arn:aws:kms:us-east-1:{OTHER}:key/*", account_id=None) == []


def test_an_alias_is_no_resource_of_actions_on_keys() -> None:
    assert codes("identity", Resource=ALIAS) == ["alias-as-resource"]
    assert codes("identity", Resource=[ALIAS, KEY]) == ["alias-as-resource"]
    assert codes("identity", Resource=ALIAS, Action="kms:UpdateAlias") == []
    assert codes("identity", Resource=ALIAS, Action="kms:*") == []
    assert codes("identity", Resource="arn:aws:s3:::alias/x", Action="s3:*") == []
    assert codes("identity", Resource=["arn:aws:kms:*", "arn:aws:s3:::alias/x"]) == []


def test_actions_that_concern_no_single_resource() -> None:
    assert codes("identity", Action=["kms:Decrypt", "kms:ListKeys"]) == ["action-needs-any-resource"]
    assert codes("identity", Action=["kms:Decrypt", "kms:ListKeys"], Resource=[KEY, "*"]) == []
    assert codes("identity", Action="kms:*") == []
    assert codes("identity", Action="kms:ListKeys", Resource=None, NotResource=KEY) == []


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("arn:aws:kms:*:key/*", True),
        ("arn:aws:kms:us-*:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("arn:aws:s3:*:key/*", False),
        ("arn:aws:kms:us-east-1:444455556666", False),
    ],
)
def test_a_star_that_reaches_over_segments_may_cover_a_key(text: str, *, possible: bool) -> None:
    assert may_be_key(text, "111122223333") is possible
