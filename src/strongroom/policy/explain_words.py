"""Policies, statements and their elements in words."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from strongroom.policy.callers import Source
from strongroom.policy.conditions import ConditionMismatch
from strongroom.policy.evaluate import Unmatched
from strongroom.policy.match import Because
from strongroom.policy.principals import PrincipalSet
from strongroom.policy.query import Query
from strongroom.policy.statement_places import statement_span
from strongroom.policy.statements import Statement

_SOURCES: Final = {
    Source.KEY_POLICY: "the key policy",
    Source.TRUST_POLICY: "the role's trust policy",
    Source.IDENTITY_POLICY: "identity-based policy",
    Source.PERMISSIONS_BOUNDARY: "permissions boundary",
    Source.SESSION_POLICY: "session policy",
    Source.SERVICE_CONTROL_POLICY: "service control policy",
    Source.GRANT: "grant",
}
_MOST_SHOWN: Final = 6


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """How policies and principals are called.

    Attributes:
        texts: texts of policies by kind and name, as far as they are known; they give the lines of statements.
        principal: from what a stored policy names to what people know it by.
    """

    texts: Mapping[tuple[Source, str], str] = {}
    principal: Callable[[str], str] = str

    def line(self, source: Source, name: str, index: int) -> int | None:
        """Give the line on which a statement starts, from 1; None where the text is not known."""
        text = self.texts.get((source, name))
        return None if text is None else statement_span(text, index).start.line

    def policy(self, source: Source, name: str) -> str:
        """Name a policy."""
        if not name or name == _SOURCES[source]:
            return _SOURCES[source]
        return f"{_SOURCES[source]} {name}"

    def statement(self, source: Source, name: str, index: int, sid: str | None) -> str:
        """Name a statement, or a grant."""
        if source is Source.GRANT:
            return self.policy(source, name)
        line = self.line(source, name, index)
        shown_sid = "" if not sid else f' ("{sid}")'
        shown_line = "" if line is None else f", line {line},"
        return f"statement {index}{shown_sid}{shown_line} of {self.policy(source, name)}"


def listed(texts: tuple[str, ...], joint: str = "or") -> str:
    """Write values one after the other, a few of them where there are many."""
    shown = [f'"{text}"' for text in texts[:_MOST_SHOWN]]
    if len(texts) > _MOST_SHOWN:
        shown.append(f"{len(texts) - _MOST_SHOWN} more")
    return ", ".join(shown[:-1]) + f" {joint} {shown[-1]}" if shown[1:] else "".join(shown) or "nothing"


def reasons_against(unmatched: Unmatched, query: Query, names: Names) -> tuple[str, ...]:
    """Tell why a statement does not cover a query, one reason for each element and each condition."""
    reasons: list[str] = []
    for because in unmatched.because:
        if because is Because.CONDITION_NOT_MET:
            reasons.extend(_against(condition, unmatched.statement) for condition in unmatched.conditions)
        else:
            reasons.append(_ELEMENTS[because](unmatched, query, names))
    return tuple(reasons)


def held(condition: ConditionMismatch) -> str:
    """Tell that a condition holds, or that it counts as if it did as it cannot be told."""
    if condition.decided:
        return f"its condition {_wanted(condition)} holds: {_found(condition)}"
    return (
        f"its condition {_wanted(condition)} cannot be told, so that it counts against the request: {_found(condition)}"
    )


def _against(condition: ConditionMismatch, statement: Statement) -> str:
    text = f"its condition {_wanted(condition)} does not hold: {_found(condition)}"
    never = any(each.name is None and each.key == condition.key for each in statement.conditions)
    return f"{text}, for key policies never see it" if never else text


def _wanted(condition: ConditionMismatch) -> str:
    return f"{condition.operator} {condition.key} {listed(condition.wanted)}"


def _found(condition: ConditionMismatch) -> str:
    if condition.missing_variables:
        return f"{', '.join(condition.missing_variables)} has no value in the request"
    if condition.found is None:
        return f"the request has no {condition.key}"
    return f"the request has {listed(condition.found, 'and')}"


def _principal_not_named(unmatched: Unmatched, query: Query, names: Names) -> str:
    principals = unmatched.statement.principals
    named = () if principals is None else tuple(map(names.principal, _everybody(principals)))
    text = f"it names {listed(named, 'and')}, and not {query.principal.arn}"
    if any(name != query.principal.arn and name.lower() == query.principal.arn.lower() for name in named):
        return f"{text}: names are case-sensitive"
    return text


def _everybody(principals: PrincipalSet) -> tuple[str, ...]:
    sets = (principals.arns, principals.unique_ids, principals.services, principals.federated)
    return (*principals.account_arns, *(name for each in sets for name in sorted(each)))


def _action_not_named(unmatched: Unmatched, query: Query, _names: Names) -> str:
    actions = unmatched.statement.actions
    return f"its Action is {listed(() if actions is None else actions.texts, 'and')}, not {query.action}"


def _resource_not_named(unmatched: Unmatched, query: Query, _names: Names) -> str:
    resources = unmatched.statement.resources
    named = () if resources is None else resources.texts
    return f"its Resource is {listed(named, 'and')}, which does not cover {query.resource_arn}"


def _variable_missing(unmatched: Unmatched, _query: Query, _names: Names) -> str:
    return f"its Resource has {', '.join(unmatched.missing_variables)}, which has no value in the request"


_ELEMENTS: Final[Mapping[Because, Callable[[Unmatched, Query, Names], str]]] = {
    Because.PRINCIPAL_NOT_NAMED: _principal_not_named,
    Because.PRINCIPAL_EXCEPTED: lambda _unmatched, query, _names: f"its NotPrincipal excepts {query.principal.arn}",
    Because.ACTION_NOT_NAMED: _action_not_named,
    Because.ACTION_EXCEPTED: lambda _unmatched, query, _names: f"its NotAction excepts {query.action}",
    Because.NO_ACTION: lambda _unmatched, _query, _names: "it has no Action",
    Because.RESOURCE_NOT_NAMED: _resource_not_named,
    Because.RESOURCE_EXCEPTED: lambda _unmatched, query, _names: f"its NotResource excepts {query.resource_arn}",
    Because.RESOURCE_VARIABLE_MISSING: _variable_missing,
    Because.NO_RESOURCE: lambda _unmatched, _query, _names: "it has no Resource",
}
