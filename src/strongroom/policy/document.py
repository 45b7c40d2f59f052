"""A key policy as frozen types, read once and matched many times.

Source: IAM User Guide, "Grammar of the IAM JSON policy language"; AWS KMS Developer Guide, "Key policies".
"""

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import msgspec

from strongroom.policy.conditions import check_conditions
from strongroom.policy.patterns import Patterns, action_patterns, resource_patterns
from strongroom.policy.principals import PrincipalSet, parse_principals
from strongroom.policy.syntax import (
    NO_PRINCIPAL,
    SYNTAX,
    PolicySyntaxError,
    as_object,
    as_strings,
    read_object,
    refuse_unknown,
)

_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_MEMBERS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)

_Parsed = TypeVar("_Parsed")


class Effect(enum.StrEnum):
    """What a statement does to the requests that it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a key policy.

    One of `principals` and `not_principals` is given. Of actions and resources either form may be
    given or none; a statement with none matches nothing.

    Attributes:
        index: place in the document, from 0.
        sid: the statement's id, or None.
        effect: what it does.
        principals, not_principals: whom it names or excepts.
        actions, not_actions: patterns of lower-case action names.
        resources, not_resources: patterns of ARNs.
        resource_not_understood: whether its resources hold what AWS may read otherwise, such as policy variables.
        has_condition: whether it applies only under conditions.
    """

    index: int
    sid: str | None
    effect: Effect
    principals: PrincipalSet | None
    not_principals: PrincipalSet | None
    actions: Patterns | None
    not_actions: Patterns | None
    resources: Patterns | None
    not_resources: Patterns | None
    resource_not_understood: bool
    has_condition: bool


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A key policy.

    Attributes:
        id: the document's id, or None.
        statements: in the order of the document.
    """

    id: str | None
    statements: tuple[Statement, ...]

    def principal_arns(self) -> tuple[str, ...]:
        """Give the ARN of each account, user, role and session that the policy names, sorted.

        An account given by its id is given as its root user's ARN. `*` and services are left out.
        """
        return tuple(sorted({arn for statement in self.statements for arn in _arns_of(statement)}))


def parse_key_policy(text: str) -> Document:
    """Read a key policy. The caller checks its size and whether those whom it names exist.

    Raises:
        PolicySyntaxError: AWS would refuse the text.
    """
    members = read_object(text)
    refuse_unknown(members, _DOCUMENT_MEMBERS)
    if members.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise PolicySyntaxError(SYNTAX)
    entries = _statement_entries(members.get("Statement"))
    statements = tuple(_statement(index, as_object(entry)) for index, entry in enumerate(entries))
    _refuse_repeated_sids(statements)
    return Document(id=_optional_string(members, "Id"), statements=statements)


def _arns_of(statement: Statement) -> Iterator[str]:
    for principals in (statement.principals, statement.not_principals):
        if principals is not None:
            yield from principals.account_arns
            yield from principals.arns


def _statement_entries(value: object) -> list[object]:
    if value is None or value == []:
        raise PolicySyntaxError("Missing required field Statement")
    return value if isinstance(value, list) else [value]


def _statement(index: int, members: dict[str, object]) -> Statement:
    refuse_unknown(members, _STATEMENT_MEMBERS)
    _refuse_both(members)
    if "Principal" not in members and "NotPrincipal" not in members:
        raise PolicySyntaxError(NO_PRINCIPAL)
    conditions = members.get("Condition", {})
    check_conditions(conditions)
    resources = _optional(members, "Resource", _resources)
    not_resources = _optional(members, "NotResource", _but_resources)
    return Statement(
        index=index,
        sid=_optional_string(members, "Sid"),
        effect=_effect(members),
        principals=_optional(members, "Principal", parse_principals),
        not_principals=_optional(members, "NotPrincipal", parse_principals),
        actions=_optional(members, "Action", _actions),
        not_actions=_optional(members, "NotAction", _but_actions),
        resources=resources,
        not_resources=not_resources,
        resource_not_understood=any(
            patterns.not_understood for patterns in (resources, not_resources) if patterns is not None
        ),
        has_condition=conditions != {},
    )


def _refuse_both(members: Mapping[str, object]) -> None:
    for name in ("Principal", "Action", "Resource"):
        if name in members and f"Not{name}" in members:
            raise PolicySyntaxError(SYNTAX)


def _effect(members: Mapping[str, object]) -> Effect:
    if "Effect" not in members:
        raise PolicySyntaxError("Missing required field Effect")
    match members["Effect"]:
        case "Allow":
            return Effect.ALLOW
        case "Deny":
            return Effect.DENY
        case str(other):
            raise PolicySyntaxError(f"Invalid effect: {other}")
        case _:
            raise PolicySyntaxError(SYNTAX)


def _optional(members: Mapping[str, object], name: str, parse: Callable[[object], _Parsed]) -> _Parsed | None:
    return parse(members[name]) if name in members else None


def _optional_string(members: Mapping[str, object], name: str) -> str | None:
    value = members.get(name, "")
    if not isinstance(value, str):
        raise PolicySyntaxError(SYNTAX)
    return value if name in members else None


def _actions(value: object) -> Patterns:
    return action_patterns(as_strings(value))


def _but_actions(value: object) -> Patterns:
    return _not_empty(_actions(value))


def _resources(value: object) -> Patterns:
    return resource_patterns(as_strings(value))


def _but_resources(value: object) -> Patterns:
    return _not_empty(_resources(value))


def _not_empty(patterns: Patterns) -> Patterns:
    # An empty exception would make the statement cover everything, which nobody means.
    if not patterns.texts:
        raise PolicySyntaxError(SYNTAX)
    return patterns


def _refuse_repeated_sids(statements: tuple[Statement, ...]) -> None:
    # Empty ones may repeat: common generators write them for every statement.
    counts = Counter(statement.sid for statement in statements if statement.sid)
    if any(count > 1 for count in counts.values()):
        raise PolicySyntaxError("Statement IDs (SID) in a single policy must be unique.")
