import json
from typing import Any

from strongroom.policy.conditions import ConditionMismatch
from strongroom.policy.evaluate import Evaluation, evaluate
from strongroom.policy.match import Because
from strongroom.policy.query import Query
from tests.unit.policy.policy_strategies import ACCOUNT, ALICE, KEY, PRINCIPALS, document_of

USER = PRINCIPALS[2]
ALLOW = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:Encrypt", "Resource": "*"}


def evaluation(*statements: dict[str, Any], context: Any = None) -> Evaluation:  # noqa: ANN401 (any context)
    query = Query(
        principal=USER, action="kms:Encrypt", resource_arn=KEY, resource_account=ACCOUNT, context=context or {}
    )
    return evaluate(document_of(list(statements)), query)


class Refusing:
    """A context that must not be asked."""

    def get(self, name: str, /) -> tuple[str, ...] | None:
        raise AssertionError(name)


def test_the_context_is_not_asked_where_another_element_does_not_match() -> None:
    condition = {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    variable = {"Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/Key}"}
    assert not evaluation(
        {**ALLOW, **condition, "Action": "kms:Sign"},
        {**ALLOW, **condition, "Resource": "arn:aws:s3:::*"},
        {**ALLOW, **condition, "Principal": {"Service": "sns.amazonaws.com"}},
        {**ALLOW, **variable, "Principal": {"Service": "sns.amazonaws.com"}},
        {**ALLOW, **variable, "Action": "kms:Sign"},
        context=Refusing(),
    ).allow


def test_no_further_condition_is_looked_at() -> None:
    class OnlyFirst:
        def get(self, name: str, /) -> tuple[str, ...] | None:
            assert name == "aws:securetransport"
            return ("false",)

    condition = {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"kms:ViaService": "x"}}
    assert not evaluation({**ALLOW, "Condition": condition}, context=OnlyFirst()).allow


def test_the_conditions_that_do_not_hold_are_named() -> None:
    condition = {
        "Bool": {"aws:SecureTransport": "true"},
        "StringEquals": {"kms:ViaService": ["a", "b"]},
        "NumericLessThan": {"aws:MultiFactorAuthAge": 300},
    }
    context = {"aws:securetransport": ("true",), "kms:viaservice": ("c",), "aws:multifactorauthage": ("old",)}
    [unmatched] = evaluation({**ALLOW, "Condition": condition}, context=context).unmatched()
    assert unmatched.because == (Because.CONDITION_NOT_MET,)
    assert unmatched.conditions == (
        ConditionMismatch(
            operator="StringEquals",
            key="kms:ViaService",
            wanted=("a", "b"),
            found=("c",),
            missing_variables=(),
            decided=True,
        ),
        ConditionMismatch(
            operator="NumericLessThan",
            key="aws:MultiFactorAuthAge",
            wanted=("300",),
            found=("old",),
            missing_variables=(),
            decided=False,
        ),
    )


def test_a_deny_is_kept_by_conditions_that_surely_do_not_hold() -> None:
    condition = {"NumericLessThan": {"aws:MultiFactorAuthAge": 300}}
    deny = {**ALLOW, "Effect": "Deny", "Condition": condition}
    assert evaluation(deny, context={"aws:multifactorauthage": ("old",)}).deny
    [unmatched] = evaluation(deny, context={"aws:multifactorauthage": ("301",)}).unmatched()
    assert [entry.found for entry in unmatched.conditions] == [("301",)]


def test_missing_variables_of_resources_are_named() -> None:
    resource = "arn:aws:kms:*:*:key/${aws:PrincipalTag/Key}"
    [allow, but] = evaluation(
        {**ALLOW, "Resource": [resource, "arn:aws:s3:::*"]},
        {key: value for key, value in {**ALLOW, "NotResource": resource}.items() if key != "Resource"},
    ).unmatched()
    for unmatched in (allow, but):
        assert unmatched.because == (Because.RESOURCE_VARIABLE_MISSING,)
        assert unmatched.missing_variables == ("${aws:PrincipalTag/Key}",)
        assert unmatched.conditions == ()
    assert evaluation({**ALLOW, "Effect": "Deny", "Resource": resource}).deny


def test_reasons_are_printed_as_words() -> None:
    [unmatched] = evaluation({**ALLOW, "Action": "kms:Sign"}).unmatched()
    assert json.dumps(unmatched.because) == '["action-not-named"]'
