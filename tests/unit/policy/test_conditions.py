import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.conditions import Condition, ConditionMismatch, explain, parse_conditions
from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.operators import OPERATORS
from strongroom.policy.syntax import PolicySyntaxError

KEY = Dialect(kind=Kind.KEY, variables=True)
IDENTITY = Dialect(kind=Kind.IDENTITY, variables=True)
ROLE = "arn:aws:iam::111122223333:role/App"
TRUTHS = (True, False, None)


def condition(operator: str, wanted: object, key: str = "aws:Key", dialect: Dialect = KEY) -> Condition:
    [parsed] = parse_conditions({operator: {key: wanted}}, dialect)
    return parsed


def holds(operator: str, wanted: object, *found: str, **others: str) -> bool | None:
    context = {"aws:key": found, **{f"aws:{name}": (value,) for name, value in others.items()}}
    return condition(operator, wanted).holds(context)


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("StringEquals", "a*", "a*"),
        ("stringequals", ["b", "a"], "a"),
        ("StringEqualsIgnoreCase", "aB", "Ab"),
        ("StringLike", "a*:?", "abc:d"),
        ("NumericEquals", 7, "7.0"),
        ("NumericLessThan", "7", "6.9"),
        ("NumericLessThanEquals", "7", "7"),
        ("NumericGreaterThan", 7, "8"),
        ("NumericGreaterThanEquals", 7, "7"),
        ("NumericGreaterThan", "1714979288", "2024-05-06T07:08:09Z"),
        ("DateEquals", "2024-05-06T07:08:09Z", "1714979289"),
        ("DateLessThan", "2024-05-06", "2024-05-05T23:59:59Z"),
        ("DateLessThanEquals", "2024-05-06", "2024-05-06T00:00:00Z"),
        ("DateGreaterThan", 1714979288, "2024-05-06T07:08:09Z"),
        ("DateGreaterThanEquals", "2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
        ("Bool", True, "true"),
        ("Bool", "False", "false"),
        ("BinaryEquals", "YWJj", "YWJj"),
        ("IpAddress", ["10.0.0.0/8", "203.0.113.0/24"], "203.0.113.9"),
        ("IpAddress", "2001:db8::/32", "2001:db8::1"),
        ("ArnEquals", ROLE, ROLE),
        ("ArnEquals", "arn:aws:iam::*:role/A??", ROLE),
        ("ArnLike", "arn:*:iam::111122223333:*", ROLE),
        ("ArnLike", "*", "anything"),
        ("Null", "false", ""),
    ],
)
def test_what_holds(operator: str, wanted: object, found: str) -> None:
    assert holds(operator, wanted, found) is True


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("StringEquals", "a*", "ab"),
        ("StringEquals", [], "a"),
        ("StringNotEquals", ["b", "a"], "a"),
        ("StringNotEqualsIgnoreCase", "A", "a"),
        ("StringNotLike", "a*", "ab"),
        ("StringLike", "A*", "ab"),
        ("NumericNotEquals", "7", "7.0"),
        ("NumericLessThan", "7", "7"),
        ("DateNotEquals", "2024-05-06", "2024-05-06T00:00:00Z"),
        ("DateGreaterThan", "2024-05-06", "2024-05-06T00:00:00Z"),
        ("Bool", True, "false"),
        ("BinaryEquals", "YWJj", "YWJk"),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9"),
        ("IpAddress", "203.0.113.0/24", "2001:db8::1"),
        ("ArnLike", "arn:aws:iam::*:role", ROLE),
        ("ArnNotEquals", ROLE, ROLE),
        ("ArnNotLike", "arn:aws:iam::*:role/*", ROLE),
        ("Null", True, "a"),
    ],
)
def test_what_does_not_hold(operator: str, wanted: object, found: str) -> None:
    assert holds(operator, wanted, found) is False


@pytest.mark.parametrize(
    ("operator", "wanted", "found"),
    [
        ("NumericEquals", "seven", "7"),
        ("NumericNotEquals", "7", "seven"),
        ("DateLessThan", "soon", "2024-05-06"),
        ("DateNotEquals", "2024-05-06", "soon"),
        ("Bool", "yes", "true"),
        ("Bool", "true", "yes"),
        ("BinaryEquals", "?", "YWJj"),
        ("IpAddress", "everywhere", "203.0.113.9"),
        ("NotIpAddress", "203.0.113.0/24", "AWS Internal"),
        ("ArnLike", "arn:aws:*", ROLE),
        ("ArnNotLike", ROLE, "App"),
        ("StringEquals", "${aws:Missing}", "a"),
        ("StringNotEquals", "${aws:Missing}", "a"),
        ("StringLike", "a${aws:Missing}", "ab"),
        ("Null", "maybe", "a"),
    ],
)
def test_what_cannot_be_told(operator: str, wanted: object, found: str) -> None:
    assert holds(operator, wanted, found) is None


@pytest.mark.parametrize(
    ("operator", "wanted", "answer"),
    [
        ("NumericEquals", ["seven", "7"], True),
        ("NumericNotEquals", ["seven", "7"], False),
        ("NumericNotEquals", ["seven", "8"], None),
        ("StringEquals", ["${aws:Missing}", "7"], True),
        ("StringLike", ["a${aws:Missing}", "8"], False),
    ],
)
def test_one_value_that_tells_is_enough(operator: str, wanted: object, *, answer: bool | None) -> None:
    assert holds(operator, wanted, "7") is answer


@pytest.mark.parametrize(
    ("operator", "answer"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("Null", False),
    ],
)
def test_an_absent_key(operator: str, *, answer: bool) -> None:
    parsed = condition(operator, "false")
    assert parsed.holds({}) is answer
    assert parsed.holds({"aws:key": ()}) is answer


def test_null_of_an_absent_key() -> None:
    assert [condition("Null", wanted).holds({}) for wanted in ("true", [True, False], "maybe", [])] == [
        True,
        True,
        None,
        False,
    ]


@pytest.mark.parametrize(
    ("operator", "found", "answer"),
    [
        ("StringEquals", "ax", True),
        ("StringEquals", "xy", False),
        ("StringNotEquals", "ax", False),
        ("StringNotEquals", "xy", True),
        ("ForAllValues:StringEquals", "ab", True),
        ("ForAllValues:StringEquals", "ax", False),
        ("forallvalues:StringNotEquals", "xy", True),
        ("ForAllValues:StringNotEquals", "ax", False),
        ("ForAnyValue:StringEquals", "ax", True),
        ("ForAnyValue:StringEquals", "xy", False),
        ("ForAnyValue:StringNotEquals", "ax", True),
        ("ForAnyValue:StringNotEquals", "ab", False),
        ("ForAnyValue:StringNotEqualsIfExists", "ab", False),
    ],
)
def test_several_values(operator: str, found: str, *, answer: bool) -> None:
    assert holds(operator, ["a", "b"], *found) is answer


def test_several_values_of_which_one_cannot_be_told() -> None:
    assert holds("ForAllValues:NumericEquals", "7", "7", "x") is None
    assert holds("ForAllValues:NumericEquals", "7", "8", "x") is False
    assert holds("ForAnyValue:NumericEquals", "7", "8", "x") is None
    assert holds("ForAnyValue:NumericEquals", "7", "x", "7") is True


def test_an_empty_text_is_no_value_of_a_set() -> None:
    assert holds("ForAllValues:StringEquals", "a", "") is True
    assert holds("ForAnyValue:StringLike", "*", "") is False
    assert holds("StringLike", "*", "") is True


@given(st.sampled_from(sorted(OPERATORS)), st.text(max_size=5), st.lists(st.text(max_size=5), min_size=1, max_size=3))
def test_negated_operators_say_the_opposite(name: str, wanted: str, found: list[str]) -> None:
    operator = OPERATORS[name]
    twin = next((other for other in OPERATORS.values() if other.name.replace("Not", "") == operator.name), operator)
    if twin is operator:
        return
    positive, negative = (condition(entry.name, wanted).holds({"aws:key": tuple(found)}) for entry in (operator, twin))
    assert negative == (None if positive is None else not positive)


@given(st.sampled_from(sorted(OPERATORS)), st.lists(st.text(max_size=4), max_size=3), st.lists(st.text(max_size=4)))
def test_every_answer_is_an_answer(name: str, wanted: list[str], found: list[str]) -> None:
    for prefix in ("", "ForAllValues:", "ForAnyValue:"):
        assert condition(prefix + name, wanted).holds({"aws:key": tuple(found)}) in TRUTHS


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "ArnLike", "ArnEquals"])
@given(value=st.text("ab*?${}", max_size=6), found=st.text("ab*?${}", max_size=6))
def test_values_of_variables_are_text(operator: str, value: str, found: str) -> None:
    prefix = "arn:aws:iam::111122223333:role/"
    answer = holds(operator, prefix + "${aws:Name}", prefix + found, name=value)
    assert answer is (value == found)


def test_variables_ignore_case_where_the_operator_does() -> None:
    assert holds("StringEqualsIgnoreCase", "x${aws:Name}", "XALICE", name="Alice") is True


def test_variables_are_text_in_other_operators_and_in_the_old_version() -> None:
    assert holds("NumericEquals", "${aws:Name}", "7", name="7") is None
    old = condition("StringEqualsIgnoreCase", "${aws:Name}", dialect=Dialect(kind=Kind.KEY))
    assert old.holds({"aws:key": ("${aws:name}",)}) is True
    assert old.variables == ()


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "kms:ResourceAliases", "KMS:resourcealiases"])
def test_keys_that_key_policies_never_see(key: str) -> None:
    context = {key.lower(): ("a",)}
    assert condition("StringEquals", "a", key).holds(context) is False
    assert condition("StringNotEquals", "a", key).holds(context) is True
    assert condition("StringEquals", "a", key, IDENTITY).holds(context) is True


class Asked(dict[str, tuple[str, ...]]):
    """A context that notes what it is asked for."""

    def __init__(self, content: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(content)
        self.names: list[str] = []

    def get(self, name: str, _default: object = None, /) -> Any:  # noqa: ANN401 (as dict has it)
        self.names.append(name)
        return super().get(name)


def test_a_condition_asks_for_its_key_once_and_never_in_vain() -> None:
    context = Asked({"aws:key": ("a",)})
    condition("StringEquals", ["b", "c", "a"], "AWS:Key").holds(context)
    condition("StringEquals", "a", "kms:ResourceAliases").holds(context)
    assert context.names == ["aws:key"]


def test_an_explanation() -> None:
    parsed = condition("StringEquals", ["${aws:Missing}", "a"])
    assert explain(parsed, {"aws:key": ("b",)}) == ConditionMismatch(
        operator="StringEquals",
        key="aws:Key",
        wanted=("${aws:Missing}", "a"),
        found=("b",),
        missing_variables=("${aws:Missing}",),
        decided=False,
    )
    never = explain(condition("StringEquals", "a", "kms:ResourceAliases"), {"kms:resourcealiases": ("a",)})
    assert (never.found, never.decided) == (None, True)


def test_values_of_json_become_texts() -> None:
    values = json.loads('[true, false, 7, 90.5, "x"]')
    assert condition("StringEquals", values).wanted == ("true", "false", "7", "90.5", "x")


def test_no_condition_at_all() -> None:
    assert parse_conditions({}, KEY) == ()
    assert parse_conditions({"Bool": {}}, KEY) == ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"StringEqual": {"aws:Key": "a"}}, "Invalid Condition type : StringEqual"),
        ({"": {"aws:Key": "a"}}, "Invalid Condition type : "),
        ({"NullIfExists": {"aws:Key": "true"}}, "Invalid Condition type : NullIfExists"),
        ({"ForAnyValue:Null": {"aws:Key": "true"}}, "Invalid Condition type : ForAnyValue:Null"),
        ({"ForAnyValue:": {"aws:Key": "true"}}, "Invalid Condition type : ForAnyValue:"),
        ({"Bool": {"Key": "a"}}, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        ({"Bool": {":Key": "a"}}, "Vendor  is not valid"),
        ({"Bool": {"aws:": "a"}}, "Syntax errors in policy."),
        ({"Bool": {"aws:Key": None}}, "Syntax errors in policy."),
        ({"Bool": {"aws:Key": [["a"]]}}, "Syntax errors in policy."),
        ({"Bool": "a"}, "Syntax errors in policy."),
        ([], "Syntax errors in policy."),
    ],
)
def test_what_is_refused(value: object, reason: str) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        parse_conditions(value, KEY)
    assert caught.value.reason == reason


def test_iam_refuses_what_is_no_date_and_does_not_name_operators() -> None:
    with pytest.raises(PolicySyntaxError, match="legacy parsing"):
        condition("DateLessThan", "soon", dialect=IDENTITY)
    with pytest.raises(PolicySyntaxError, match="Syntax errors"):
        condition("StringEqual", "a", dialect=IDENTITY)
    assert condition("DateLessThan", "2024-05-06", dialect=IDENTITY).wanted == ("2024-05-06",)


def test_for_all_values_of_a_single_valued_key_is_refused_in_key_policies_alone() -> None:
    with pytest.raises(PolicySyntaxError, match="OverlyPermissiveCondition"):
        condition("ForAllValues:StringEquals", "a", "kms:EncryptionContext:x")
    assert condition("ForAllValues:StringEquals", "a", "kms:EncryptionContext:x", IDENTITY).every
    assert condition("ForAnyValue:StringEquals", "a", "kms:EncryptionContext:x").of_set


@pytest.mark.parametrize("key", ["kms:EncryptionContext:Level", "aws:RequestTag/Level", "aws:PrincipalTag/Level"])
@pytest.mark.parametrize(
    ("operator", "found", "answer"),
    [
        ("StringEquals", ("low", "high"), None),
        ("StringEquals", ("high", "low"), None),
        ("StringNotEquals", ("low", "high"), None),
        ("StringEquals", ("low", "low"), True),
        ("StringNotEquals", ("high", "none"), True),
        ("StringEqualsIfExists", ("high", "none"), False),
        ("ForAnyValue:StringEquals", ("low", "high"), True),
    ],
)
def test_names_that_differ_in_case_only_are_one_key_of_which_it_cannot_be_told_which_counts(
    key: str, operator: str, found: tuple[str, ...], *, answer: bool | None
) -> None:
    assert condition(operator, "low", key=key).holds({key.lower(): found}) is answer


@pytest.mark.parametrize("operator", ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "StringNotLike"])
@given(wanted=st.lists(st.text("aAbB*?", max_size=3), max_size=6), found=st.text("aAbB*?", max_size=3))
def test_values_are_compiled_together_as_one_by_one(operator: str, wanted: list[str], found: str) -> None:
    one_by_one = [holds(operator, value, found) for value in wanted]
    together = all(one_by_one) if "Not" in operator else any(one_by_one)
    assert holds(operator, wanted, found) is together


@pytest.mark.timeout(60)  # where it takes quadratic time or worse, it would take hours
def test_many_values_against_many_take_little() -> None:
    wanted = [f"wanted-{number}" for number in range(3_000)]
    found = [f"found-{number}" for number in range(1_000)]
    assert holds("ForAllValues:StringNotEquals", wanted, *found) is True
