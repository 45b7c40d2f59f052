from __future__ import annotations

from typing import Any

import pytest

from tests.unit.policy.lint_support import ACCOUNT, codes, message

TAG = {"aws:ResourceTag/team": "blue"}


def under(*conditions: dict[str, Any], **members: Any) -> list[str]:  # noqa: ANN401 - members of a statement
    merged: dict[str, Any] = {}
    for condition in conditions:
        merged |= condition
    return codes(Condition=merged, **members)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEqual", "there is no condition operator StringEqual; did you mean StringEquals?"),
        ("Frobnicates", "there is no condition operator Frobnicates"),
        ("ForAll:StringEquals", "there is no condition operator ForAll:StringEquals; did you mean StringEquals?"),
    ],
)
def test_operators_that_do_not_exist(operator: str, expected: str) -> None:
    assert message(Condition={operator: {"kms:CallerAccount": ACCOUNT}}) == expected
    assert under({operator: {"kms:CallerAccount": ACCOUNT, "kms:KeySpec": "x"}}) == ["unknown-operator"]


@pytest.mark.parametrize("operator", ["stringequals", "STRINGLIKEIFEXISTS", "ArnLike"])
def test_operators_that_do_exist(operator: str) -> None:
    assert under({operator: {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/Alice"}}) == []


@pytest.mark.parametrize("operator", ["NullIfExists", "ForAllValues:NullIfExists"])
def test_null_takes_no_if_exists(operator: str) -> None:
    assert under({operator: {"kms:ViaService": "true"}}) == ["null-if-exists"]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("kms:ViaServices", "there is no condition key kms:ViaServices; did you mean kms:ViaService?"),
        (
            "kms:EncryptionContext",
            "there is no condition key kms:EncryptionContext; did you mean kms:EncryptionContext:KEY?",
        ),
        ("aws:PrincipleArn", "there is no condition key aws:PrincipleArn; did you mean aws:PrincipalArn?"),
        ("sts:Frobnicated", "there is no condition key sts:Frobnicated"),
    ],
)
def test_condition_keys_that_do_not_exist(key: str, expected: str) -> None:
    assert message(Condition={"StringLike": {key: "x"}}) == expected


def test_condition_keys_of_other_services_are_let_be() -> None:
    assert codes("identity", Action="s3:*", Condition={"StringLike": {"s3:prefix": "x"}}) == []


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "kms:ResourceAliases", "kms:resourcealiases"])
def test_condition_keys_that_are_never_there_for_key_policies(key: str) -> None:
    condition = {"ForAnyValue:StringEquals": {key: "x"}}
    assert "condition-key-not-in-key-policy" in under(condition)
    assert "condition-key-not-in-key-policy" not in codes("identity", Condition=condition)


@pytest.mark.parametrize(
    ("action", "condition"),
    [
        ("kms:EnableKey", {"StringEquals": {"kms:EncryptionContext:a": "b"}}),
        ("kms:Sign", {"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "b"}}),
        (["kms:Get*", "kms:TagResource"], {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ("kms:Decrypt", {"Null": {"kms:SigningAlgorithm": "false"}}),
        ("kms:Decrypt", {"StringEquals": {"aws:RequestTag/a": "b"}}),
    ],
)
def test_conditions_that_no_action_can_meet(action: object, condition: dict[str, Any]) -> None:
    assert under(condition, Action=action) == ["condition-key-never-supplied"]
    assert codes("identity", Action=action, Condition=condition) == ["condition-key-never-supplied"]


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"kms:EncryptionContext:a": "b"}},
        {"StringEqualsIfExists": {"kms:EncryptionContext:a": "b"}},
        {"Null": {"kms:EncryptionContext:a": "true"}},
    ],
)
def test_conditions_that_say_nothing(condition: dict[str, Any]) -> None:
    assert under(condition, Action="kms:EnableKey") == ["condition-without-effect?"]
    assert under(condition, Action="kms:Encrypt") == []


def test_actions_that_do_not_supply_what_is_asked_for() -> None:
    condition = {"StringEquals": {"kms:EncryptionContext:a": "b"}}
    assert under(condition, Action=["kms:Decrypt", "kms:DescribeKey", "kms:Get*"]) == ["action-without-condition-key?"]
    negated = {"StringNotEquals": {"kms:EncryptionContext:a": "b"}}
    assert under(negated, Action=["kms:Decrypt", "kms:DescribeKey"]) == []


@pytest.mark.parametrize("action", ["s3:*", ["kms:EnableKey", "s3:GetObject"], "*"])
def test_other_services_may_supply_what_kms_does_not(action: object) -> None:
    condition = {"StringEquals": {"aws:RequestTag/a": "b"}}
    assert codes("identity", Action=action, Condition=condition, Resource="*") == []
    assert codes("identity", Action=None, NotAction="kms:Encrypt", Condition=condition, Effect="Deny") == []


def test_nothing_is_said_of_keys_where_the_actions_are_not_known() -> None:
    assert under({"StringEquals": {"kms:RequestAlias": "alias/a"}}, Action="kms:Decryp") == ["unknown-action"]


def test_keys_with_several_values_need_a_set_operator() -> None:
    keys = {"kms:EncryptionContextKeys": "a"}
    assert under({"StringEquals": keys}) == ["multi-valued-key-without-set-operator?"]
    assert under({"ForAnyValue:StringEquals": keys}) == []
    assert under({"Null": {"kms:EncryptionContextKeys": "false"}}) == []


def test_keys_with_one_value_take_no_set_operator() -> None:
    assert under({"ForAnyValue:StringEquals": {"kms:KeySpec": "RSA_2048"}}) == ["set-operator-on-single-valued-key?"]
    assert codes("identity", Action="s3:*", Condition={"ForAnyValue:StringEquals": {"s3:prefix": "x"}}) == []


def test_for_all_values_holds_without_any() -> None:
    for_all = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "a"}}
    assert under(for_all) == ["for-all-values-without-null-check?"]
    assert under(for_all, Effect="Deny") == []
    assert under(for_all, {"Null": {"KMS:encryptioncontextkeys": False}}) == []
    assert under(for_all, {"Null": {"kms:EncryptionContextKeys": "true"}}) == ["for-all-values-without-null-check?"]
    assert under(for_all, {"Null": {"kms:ViaService": "false"}}) == ["for-all-values-without-null-check?"]


def test_for_all_values_that_kms_refuses() -> None:
    condition = {"ForAllValues:StringEquals": {"kms:EncryptionContext:a": "b"}}
    assert under(condition) == ["overly-permissive-condition"]
    assert codes("identity", Condition=condition) == [
        "for-all-values-without-null-check?",
        "set-operator-on-single-valued-key?",
    ]


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"DateLessThan": {"aws:CurrentTime": "tomorrow"}}, "tomorrow"),
        ({"NumericLessThan": {"kms:RotationPeriodInDays": ["90", "many"]}}, "many"),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/33"}}, "192.0.2.0/33"),
        ({"Bool": {"kms:MultiRegion": "yes"}}, "yes"),
        ({"Null": {"kms:ViaService": "no"}}, "no"),
        ({"ArnEquals": {"aws:PrincipalArn": "Alice"}}, "Alice"),
        ({"DateLessThan": {"aws:CurrentTime": ""}}, "an empty text"),
    ],
)
def test_values_that_cannot_be_compared_with(condition: dict[str, Any], value: str) -> None:
    assert under(condition, Action="kms:*") == ["invalid-value"]
    assert message(Action="kms:*", Condition=condition).endswith(f"cannot compare with {value}")


@pytest.mark.parametrize(
    "condition",
    [
        {"DateLessThan": {"aws:CurrentTime": ["2030-01-01T00:00:00Z", 1767225600]}},
        {"Bool": {"kms:MultiRegion": [True, "false"]}},
        {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}},
        {"NumericGreaterThan": {"aws:MultiFactorAuthAge": 3600}},
        {"ArnLike": {"aws:PrincipalArn": ["*", "arn:aws:iam::*:user/${aws:username}"]}},
        {"StringEquals": {"aws:PrincipalTag/n": "1"}},
    ],
)
def test_values_that_can_be_compared_with(condition: dict[str, Any]) -> None:
    assert under(condition) == []


def test_values_that_no_condition_takes() -> None:
    assert under({"StringEquals": {"kms:KeySpec": ["x", None]}}) == ["refused"]


def test_wildcards_where_they_are_plain_characters() -> None:
    via = {"kms:ViaService": "s3.*.amazonaws.com"}
    assert under({"StringEquals": via}) == ["wildcard-in-exact-operator?"]
    assert under({"StringNotEqualsIgnoreCase": via}) == ["wildcard-in-exact-operator?"]
    assert under({"StringLike": via}) == []


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:SourceIp": "192.0.2.1"}},
        {"NumericEquals": {"kms:CallerAccount": "111122223333"}},
        {"Bool": {"kms:KeyUsage": "true"}},
        {"NumericLessThan": {"kms:MultiRegion": "1"}},
    ],
)
def test_operators_that_compare_something_else(condition: dict[str, Any]) -> None:
    assert under(condition) == ["operator-does-not-fit-key?"]


@pytest.mark.parametrize(
    "condition",
    [
        {"NumericEquals": {"kms:EncryptionContext:size": "5"}},
        {"StringEquals": {"kms:MultiRegion": "true"}},
        {"Null": {"aws:SourceIp": "true"}},
        {"ArnEquals": {"kms:ViaService": "arn:aws:iam::111122223333:user/x"}},
    ],
)
def test_operators_that_may_fit(condition: dict[str, Any]) -> None:
    assert under(condition) == []


def test_a_key_that_must_be_absent_and_present() -> None:
    absent = {"Null": {"kms:ViaService": "true"}}
    assert under(absent, {"StringLike": {"KMS:viaservice": "s3.*"}}) == ["contradictory-null"]
    assert under(absent, {"StringNotLike": {"kms:ViaService": "s3.*"}}) == []
    assert under(absent, {"StringLike": {"kms:KeySpec": "RSA_*"}}) == []
    assert under({"Null": {"kms:ViaService": "false"}}, {"StringLike": {"kms:ViaService": "s3.*"}}) == []
