"""The condition operators: how a value of a request is held against a value of a policy.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import operator
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import msgspec

from strongroom.policy.answers import Answer
from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.patterns import arn_pattern
from strongroom.policy.query import ConditionContext
from strongroom.policy.readings import read_address, read_bytes, read_date, read_network, read_number, read_truth
from strongroom.policy.resource_arns import ARN_SEGMENTS
from strongroom.policy.syntax import LEGACY, PolicySyntaxError
from strongroom.policy.variables import has_variables, parse_template

Matcher = Callable[[str, ConditionContext], Answer]
"""Whether a value of a request matches; None where that cannot be told."""

_Wanted = TypeVar("_Wanted")
_Found = TypeVar("_Found")


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """A condition operator without its prefix and suffix.

    Attributes:
        name: as AWS writes it.
        matcher: compiles a value of a policy.
        negated: whether it asks that no value match.
        variables: whether its values may hold policy variables.
        fold: gives what plain texts are compared by; None where it does not compare texts.
        wildcards: whether `*` and `?` in its values are wildcards.
    """

    name: str
    matcher: Callable[[str, Dialect], Matcher]
    negated: bool = False
    variables: bool = False
    fold: Callable[[str], str] | None = None
    wildcards: bool = False


def matchers(operator: Operator, values: tuple[str, ...], dialect: Dialect) -> tuple[Matcher, ...]:
    """Compile the values of a policy, plain texts together: a request may have many values, and a policy thousands."""
    fold = operator.fold
    if fold is None:
        return tuple(operator.matcher(value, dialect) for value in values)
    plain = [value for value in values if _is_plain(value, operator, dialect)]
    made = [operator.matcher(value, dialect) for value in values if not _is_plain(value, operator, dialect)]
    if plain:
        texts = frozenset(map(fold, plain))
        made.insert(0, lambda found, _context: fold(found) in texts)
    return tuple(made)


def _is_plain(text: str, operator: Operator, dialect: Dialect) -> bool:
    variables = dialect.variables and has_variables(text)
    return not variables and not (operator.wildcards and ("*" in text or "?" in text))


def _undecided(_found: str, _context: ConditionContext) -> None:
    return None


def _equal(text: str, dialect: Dialect) -> Matcher:
    return parse_template(text, dialect, wildcards=False).match


def _equal_ignoring_case(text: str, dialect: Dialect) -> Matcher:
    return partial(parse_template(text, dialect, wildcards=False).match, ignore_case=True)


def _like(text: str, dialect: Dialect) -> Matcher:
    return parse_template(text, dialect, wildcards=True).match


def _arn_like(text: str, dialect: Dialect) -> Matcher:
    if text == "*":
        return lambda _found, _context: True
    pattern = arn_pattern(text, dialect)
    if len(pattern.segments) not in {0, ARN_SEGMENTS}:
        return _undecided

    def match(found: str, context: ConditionContext) -> Answer:
        return pattern.match(found, context) if found.count(":") >= ARN_SEGMENTS - 1 else None

    return match


def _typed(
    read_wanted: Callable[[str], _Wanted | None],
    read_found: Callable[[str], _Found | None],
    test: Callable[[_Found, _Wanted], bool],
) -> Callable[[str, Dialect], Matcher]:
    """Make the compiler of an operator that reads both values as a type."""

    def compile_value(text: str, _dialect: Dialect) -> Matcher:
        wanted = read_wanted(text)
        if wanted is None:
            return _undecided

        def match(found_text: str, _context: ConditionContext) -> Answer:
            found = read_found(found_text)
            return None if found is None else test(found, wanted)

        return match

    return compile_value


def _dated(compile_value: Callable[[str, Dialect], Matcher]) -> Callable[[str, Dialect], Matcher]:
    """Refuse what is no date where IAM does; KMS is not known to."""

    def compile_date(text: str, dialect: Dialect) -> Matcher:
        if dialect.kind is not Kind.KEY and read_date(text) is None:
            raise PolicySyntaxError(LEGACY)
        return compile_value(text, dialect)

    return compile_date


def _in_network(text: str, _dialect: Dialect) -> Matcher:
    network = read_network(text)
    if network is None:
        return _undecided

    def match(found: str, _context: ConditionContext) -> Answer:
        address = read_address(found)
        return None if address is None else address in network

    return match


def _texts() -> list[Operator]:
    return [
        Operator(
            name=f"String{prefix}{name}",
            matcher=matcher,
            negated=negated,
            variables=True,
            fold=fold,
            wildcards=name == "Like",
        )
        for name, matcher, fold in (
            ("Equals", _equal, str),
            ("EqualsIgnoreCase", _equal_ignoring_case, str.lower),
            ("Like", _like, str),
        )
        for prefix, negated in (("", False), ("Not", True))
    ]


def _arns() -> list[Operator]:
    return [
        Operator(name=f"Arn{prefix}{name}", matcher=_arn_like, negated=negated, variables=True)
        for name in ("Equals", "Like")
        for prefix, negated in (("", False), ("Not", True))
    ]


def _ordered() -> list[Operator]:
    """Give Numeric… and Date…; a date of a request, such as kms:ValidTo, may be compared as a number too."""
    made = []
    for name, test, negated in (
        ("Equals", operator.eq, False),
        ("NotEquals", operator.eq, True),
        ("LessThan", operator.lt, False),
        ("LessThanEquals", operator.le, False),
        ("GreaterThan", operator.gt, False),
        ("GreaterThanEquals", operator.ge, False),
    ):
        number = _typed(read_number, read_date, test)
        date = _dated(_typed(read_date, read_date, test))
        made.append(Operator(name=f"Numeric{name}", matcher=number, negated=negated))
        made.append(Operator(name=f"Date{name}", matcher=date, negated=negated))
    return made


def _others() -> list[Operator]:
    return [
        Operator(name="Bool", matcher=_typed(read_truth, read_truth, operator.is_)),
        Operator(name="BinaryEquals", matcher=_typed(read_bytes, read_bytes, operator.eq)),
        Operator(name="IpAddress", matcher=_in_network),
        Operator(name="NotIpAddress", matcher=_in_network, negated=True),
    ]


OPERATORS: Final = {made.name.lower(): made for made in (*_texts(), *_arns(), *_ordered(), *_others())}
"""The operators by their names in lower case, all but Null."""
