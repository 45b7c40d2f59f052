from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.defaults import default_key_policy
from strongroom.policy.lint import Finding, lint
from strongroom.policy.wizard import WizardChoices, WizardKey, wizard_policy
from tests.unit.policy.lint_support import ACCOUNT, ALICE, OTHER, ROOT, WHOLE_ACCOUNT, codes, document, statement

if TYPE_CHECKING:
    from strongroom.policy.lint_view import PolicyKind
    from strongroom.policy.wizard import Usage


@pytest.mark.parametrize("kind", ["key", "identity", "trust"])
def test_a_sound_statement_is_not_spoken_of(kind: PolicyKind) -> None:
    assert codes(kind) == []


@pytest.mark.parametrize("account_id", [None, ACCOUNT])
def test_the_default_policy_is_not_spoken_of(account_id: str | None) -> None:
    assert lint(default_key_policy(ACCOUNT), "key", account_id=account_id) == ()


@pytest.mark.parametrize(
    ("spec", "usage"),
    [
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        ("RSA_2048", "ENCRYPT_DECRYPT"),
        ("RSA_2048", "SIGN_VERIFY"),
        ("HMAC_256", "GENERATE_VERIFY_MAC"),
        ("ECC_NIST_P256", "KEY_AGREEMENT"),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE"),
    ],
)
def test_the_wizards_policies_are_not_spoken_of(spec: str, usage: Usage) -> None:
    choices = WizardChoices(
        account_id=ACCOUNT,
        key=WizardKey(key_spec=spec, key_usage=usage, origin="EXTERNAL", multi_region=True),
        administrators=(ALICE,),
        users=(ALICE,),
        other_accounts=(OTHER,),
    )
    assert lint(wizard_policy(choices), "key", account_id=ACCOUNT) == ()


AWS_MANAGED = [
    {
        "Sid": "Allow access through SNS for all principals in the account that are authorized to use SNS",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:ListGrants", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": ACCOUNT, "kms:ViaService": "sns.us-east-1.amazonaws.com"}},
    },
    {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:*:sns:us-east-1:{ACCOUNT}:*"},
        },
    },
]


def test_the_policy_of_a_key_that_aws_manages_is_only_said_to_be_unchangeable() -> None:
    found = lint(document(*AWS_MANAGED), "key", account_id=ACCOUNT)
    assert [finding.code for finding in found] == ["lockout"]


def test_a_finding_says_what_and_where() -> None:
    text = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"},
    {
      "Sid": "use",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:user/Alice"},
      "Action": ["kms:Decrypt", "kms:Encypt"],
      "Resource": "*"
    }
  ]
}"""
    assert lint(text, "key") == (
        Finding(
            severity="error",
            code="unknown-action",
            message="there is no action kms:Encypt; did you mean kms:Encrypt?",
            line=9,
            column=33,
            statement=1,
            sid="use",
        ),
    )


def test_a_statement_that_is_no_list() -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": {**statement(Action="kms:Encypt"), "Sid": "one"}})
    found = lint(text, "key")
    assert [(each.code, each.statement, each.sid) for each in found] == [
        ("lockout", None, None),
        ("unknown-action", 0, "one"),
    ]


def test_findings_are_in_the_order_of_the_text() -> None:
    found = lint(document(statement(Principal="*", Action=["kms:X", "kms:Y"]), statement(Action="kms:Z")), "key")
    places = [(finding.line, finding.column) for finding in found]
    assert len(found) == 5
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 1),
        ('{"Version":\n  2012-10-17}', 2, 7),
        ('{"Version": NaN}', 1, 13),
        ('{"Id": "a",\n "Id": "b"}', 2, 2),
    ],
)
def test_what_is_not_json_is_said_where(text: str, line: int, column: int) -> None:
    (finding,) = lint(text, "key")
    assert (finding.severity, finding.code, finding.statement) == ("error", "invalid-json", None)
    assert (finding.line, finding.column) == (line, column)


@pytest.mark.parametrize("text", ["[]", "1", "null", "{}", '{"Statement": 1}', '{"Statement": [1]}'])
@pytest.mark.parametrize("kind", ["key", "identity", "trust"])
def test_json_that_is_no_policy_is_refused(text: str, kind: PolicyKind) -> None:
    assert {finding.code for finding in lint(text, kind)} == {"refused"}


def large(kind: PolicyKind, size: int) -> str:
    """A policy of a number of bytes, of which none is white space beyond what its smallest form has."""
    before = [WHOLE_ACCOUNT] if kind == "key" else []
    text = document(*before, statement(kind, Sid="a"))
    space = text.count(" ") if kind == "identity" else 0
    return text.replace('"Sid": "a"', f'"Sid": "{"a" * (size - len(text) + 1 + space)}"')


@pytest.mark.parametrize(
    ("kind", "most", "severity"), [("key", 32_768, "error"), ("identity", 6_144, "error"), ("trust", 2_048, "warning")]
)
def test_policies_that_are_too_large(kind: PolicyKind, most: int, severity: str) -> None:
    assert lint(large(kind, most), kind) == ()
    (finding,) = lint(large(kind, most + 1), kind)
    assert (finding.code, finding.severity, finding.line, finding.column) == ("too-large", severity, 1, 1)
    assert f"{most} " in finding.message


def test_key_policies_are_measured_in_bytes() -> None:
    text = large("key", 32_768)
    assert [each.code for each in lint(text.replace('"Sid": "a', '"Sid": "é'), "key")] == ["too-large"]


def test_characters_that_policies_cannot_have() -> None:
    text = document(WHOLE_ACCOUNT).replace('"Version"', '\n "Id": "€", "Version"')
    (finding,) = lint(text, "key")
    assert (finding.code, finding.line, finding.column) == ("unsupported-character", 2, 9)
    assert "U+20AC" in finding.message


def test_half_characters_are_said_too() -> None:
    assert "unsupported-character" in [each.code for each in lint('{"Id": "\ud800"}', "key")]


ELEMENTS = st.sampled_from(
    ["*", "kms:*", "kms:X", "a", "", ROOT, "Allow", "Deny", "2012-10-17", "true", "${x}", "AWS", "StringEquals"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ELEMENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ELEMENTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
STATEMENTS = st.dictionaries(st.sampled_from([*NAMES, "Other"]), JSON, max_size=6).map(
    lambda members: {**statement(), **members}
)


@given(st.lists(STATEMENTS | JSON, max_size=3) | JSON, st.sampled_from(["key", "identity", "trust"]))
def test_any_json_is_looked_at_to_the_end(value: object, kind: PolicyKind) -> None:
    text = json.dumps({"Version": "2012-10-17", "Statement": value}, indent=1)
    lines = text.splitlines()
    for finding in lint(text, kind, account_id=ACCOUNT):
        assert 1 <= finding.line <= len(lines)
        assert 1 <= finding.column <= len(lines[finding.line - 1])
