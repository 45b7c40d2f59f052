"""The Condition element, compiled.

Source: IAM User Guide, "IAM JSON policy elements: Condition", "Conditions with multiple context keys or values" and
"Set operators for multivalued context keys".
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from strongroom.policy.answers import Answer, any_of, every_of, opposite, unanimous
from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.operators import OPERATORS, Matcher, matchers
from strongroom.policy.query import ConditionContext
from strongroom.policy.readings import read_truth
from strongroom.policy.syntax import NO_VENDOR, SYNTAX, PolicySyntaxError, as_object
from strongroom.policy.variables import Variable, has_variables, parse_template

_FOR_ALL: Final = "forallvalues:"
_FOR_ANY: Final = "foranyvalue:"
_IF_EXISTS: Final = "ifexists"
_NULL: Final = "null"
_SINGLE_VALUED: Final = {"kms:encryptioncontext:": "encryption context", "aws:requesttag/": "tag"}
# Their names end with a name that whoever asks has chosen, with case: two that differ in case only are one key here.
_NAMED_BY_CALLERS: Final = (*_SINGLE_VALUED, "aws:resourcetag/", "aws:principaltag/", "iam:resourcetag/")


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One operator with one condition key.

    Attributes:
        operator, key: as written.
        name: name of the key in a request's context; None if no request has it.
        wanted: the values as written.
        matchers: the same, compiled.
        negated: whether a value of the request is to match none of them.
        of_set: whether it has a set operator, for which an empty text is no value.
        every: whether all values of the request are to fit, and not any.
        single: whether a request may have but one value: of several that do not agree it cannot be told which counts.
        if_absent: what it is where the request lacks the key.
        variables: the policy variables in the values.
    """

    operator: str
    key: str
    name: str | None
    wanted: tuple[str, ...]
    matchers: tuple[Matcher, ...]
    negated: bool = False
    of_set: bool = False
    every: bool = False
    single: bool = False
    if_absent: Answer
    variables: tuple[Variable, ...] = ()

    def holds(self, context: ConditionContext) -> Answer:
        """Whether it holds for a request; None if that cannot be told."""
        found = None if self.name is None else context.get(self.name)
        if not found:
            return self.if_absent
        if self.of_set and found == ("",):
            return self.every
        if len(found) == 1:
            return self._fits(found[0], context)
        answers = (self._fits(value, context) for value in found)
        if self.single:
            return unanimous(answers)
        return every_of(answers) if self.every else any_of(answers)

    def _fits(self, found: str, context: ConditionContext) -> Answer:
        answer = any_of(matcher(found, context) for matcher in self.matchers)
        return opposite(answer) if self.negated else answer


class ConditionMismatch(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that keeps its statement from covering a request.

    Attributes:
        operator, key, wanted: as the policy has them.
        found: the values that the request has, or None.
        missing_variables: those policy variables in the wanted values that have no value in the request.
        decided: False where it cannot be told whether the condition holds.
    """

    operator: str
    key: str
    wanted: tuple[str, ...]
    found: tuple[str, ...] | None
    missing_variables: tuple[str, ...]
    decided: bool


def explain(condition: Condition, context: ConditionContext) -> ConditionMismatch:
    """Tell why a condition does not hold."""
    return ConditionMismatch(
        operator=condition.operator,
        key=condition.key,
        wanted=condition.wanted,
        found=None if condition.name is None else context.get(condition.name),
        missing_variables=missing_variables(condition.variables, context),
        decided=condition.holds(context) is not None,
    )


def missing_variables(variables: Iterable[Variable], context: ConditionContext) -> tuple[str, ...]:
    """Give those variables, as written, that have no value in a request."""
    return tuple(variable.text for variable in variables if variable.value(context) is None)


def parse_conditions(value: object, dialect: Dialect) -> tuple[Condition, ...]:
    """Read a Condition: an object of operators, each an object of keys with scalars or lists of them.

    Raises:
        PolicySyntaxError: it has another shape, an unknown operator, a key without a prefix, or, in a key policy,
            ForAllValues with a single-valued key.
    """
    return tuple(
        condition for operator, keys in as_object(value).items() for condition in _conditions(operator, keys, dialect)
    )


def _conditions(text: str, keys: object, dialect: Dialect) -> Iterator[Condition]:
    quantifier, base, if_exists = _cut_operator(text)
    if base != _NULL and base not in OPERATORS:
        raise PolicySyntaxError(dialect.reason(f"Invalid Condition type : {text}"))
    for key, values in as_object(keys).items():
        wanted = _texts(values)
        _check_key(key)
        if base == _NULL:
            yield _null(text, key, wanted, dialect)
            continue
        if quantifier == _FOR_ALL and dialect.kind is Kind.KEY:
            _check_for_all(key)
        operator = OPERATORS[base]
        every = quantifier == _FOR_ALL or (operator.negated and quantifier != _FOR_ANY)
        yield Condition(
            operator=text,
            key=key,
            name=dialect.context_name(key),
            wanted=wanted,
            matchers=matchers(operator, wanted, dialect),
            negated=operator.negated,
            of_set=quantifier != "",
            every=every,
            single=quantifier == "" and key.lower().startswith(_NAMED_BY_CALLERS),
            if_absent=if_exists or every,
            variables=_variables(wanted, dialect) if operator.variables else (),
        )


def _null(text: str, key: str, wanted: tuple[str, ...], dialect: Dialect) -> Condition:
    """Null with `true` holds where the key is absent, with `false` where it is there."""
    truths = [read_truth(value) for value in wanted]
    present = any_of(opposite(truth) for truth in truths)
    return Condition(
        operator=text,
        key=key,
        name=dialect.context_name(key),
        wanted=wanted,
        matchers=(lambda _found, _context: present,),
        if_absent=any_of(truths),
    )


def _cut_operator(text: str) -> tuple[str, str, bool]:
    """Cut an operator into its quantifier, its name in lower case, and whether it ends with IfExists.

    Null asks whether the key exists, so it takes neither.
    """
    name = text.lower()
    quantifier = next((prefix for prefix in (_FOR_ALL, _FOR_ANY) if name.startswith(prefix)), "")
    base = name.removeprefix(quantifier).removesuffix(_IF_EXISTS)
    if base == _NULL != name:
        return "", name, False
    return quantifier, base, name.endswith(_IF_EXISTS)


def _texts(value: object) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else [value]
    return tuple(map(_text, entries))


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            raise PolicySyntaxError(SYNTAX)


def _check_key(key: str) -> None:
    vendor, colon, name = key.partition(":")
    if not colon:
        raise PolicySyntaxError(NO_VENDOR)
    if not vendor:
        raise PolicySyntaxError(f"Vendor {vendor} is not valid")
    if not name:
        raise PolicySyntaxError(SYNTAX)


def _check_for_all(key: str) -> None:
    for prefix, what in _SINGLE_VALUED.items():
        if key.lower().startswith(prefix):
            raise PolicySyntaxError(
                "OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key "
                f"matches requests without the specified {what} or with an unspecified {what}. "
                "To fix, remove ForAllValues."
            )


def _variables(wanted: tuple[str, ...], dialect: Dialect) -> tuple[Variable, ...]:
    return tuple(
        variable
        for value in wanted
        if dialect.variables and has_variables(value)
        for variable in parse_template(value, dialect, wildcards=True).variables
    )
