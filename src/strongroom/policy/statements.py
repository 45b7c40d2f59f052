"""A statement of a policy as frozen types, and what AWS refuses in one.

Source: IAM User Guide, "Grammar of the IAM JSON policy language"; AWS KMS Developer Guide, "Key policies".
"""

import enum
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

import msgspec

from strongroom.policy.conditions import Condition, parse_conditions
from strongroom.policy.dialect import Dialect, Kind, refuse_unknown
from strongroom.policy.patterns import Patterns, action_patterns, resource_patterns
from strongroom.policy.principals import PrincipalSet, parse_principals
from strongroom.policy.syntax import (
    LEGACY,
    NO_PRINCIPAL,
    SYNTAX,
    PolicySyntaxError,
    as_strings,
    optional_string,
)

_MEMBERS: Final = frozenset(
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
_IDENTITY_SID: Final = re.compile(r"[A-Za-z0-9]*")
_NO_PRINCIPALS: Final = {Kind.KEY: NO_PRINCIPAL, Kind.TRUST: "Missing required field Principal cannot be empty!"}

_Parsed = TypeVar("_Parsed")


class Effect(enum.StrEnum):
    """What a statement does to the requests that it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a policy.

    Attributes:
        index: place in the document, from 0.
        sid: the statement's id, or None.
        effect: what it does.
        principals, not_principals: whom it names or excepts; neither in an identity-based policy.
        actions, not_actions: patterns of lower-case action names; with neither it matches nothing.
        resources, not_resources: patterns of ARNs; with neither it matches nothing.
        conditions: all of which have to hold.
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
    conditions: tuple[Condition, ...]


def parse_statement(index: int, members: dict[str, object], dialect: Dialect) -> Statement:
    """Read a statement.

    Raises:
        PolicySyntaxError: AWS would refuse it.
    """
    refuse_unknown(members, _MEMBERS, dialect)
    _refuse_both(members)
    _CHECKS[dialect.kind](members)

    def principals(value: object) -> PrincipalSet:
        return _somebody(parse_principals(value, dialect), dialect)

    def resources(value: object) -> Patterns:
        return resource_patterns(as_strings(value), dialect)

    def actions(value: object) -> Patterns:
        return _possible(action_patterns(as_strings(value)), dialect)

    return Statement(
        index=index,
        sid=optional_string(members, "Sid"),
        effect=_effect(members, dialect),
        principals=_optional(members, "Principal", principals),
        not_principals=_optional(members, "NotPrincipal", principals),
        actions=_optional(members, "Action", actions),
        not_actions=_optional(members, "NotAction", _not_empty(actions)),
        resources=_ALL if dialect.kind is Kind.TRUST else _optional(members, "Resource", resources),
        not_resources=_optional(members, "NotResource", _not_empty(resources)),
        conditions=parse_conditions(members.get("Condition", {}), dialect),
    )


def _refuse_both(members: Mapping[str, object]) -> None:
    for name in ("Principal", "Action", "Resource"):
        if name in members and f"Not{name}" in members:
            raise PolicySyntaxError(SYNTAX)


def _check_key_statement(members: Mapping[str, object]) -> None:
    if "Principal" not in members and "NotPrincipal" not in members:
        raise PolicySyntaxError(NO_PRINCIPAL)


def _check_identity_statement(members: Mapping[str, object]) -> None:
    if "Principal" in members or "NotPrincipal" in members:
        raise PolicySyntaxError("Policy document should not specify a principal.")
    _require(members, "Action", "Policy statement must contain actions.")
    _require(members, "Resource", "Policy statement must contain resources.")
    sid = members.get("Sid")
    if isinstance(sid, str) and _IDENTITY_SID.fullmatch(sid) is None:
        raise PolicySyntaxError(
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )


def _check_trust_statement(members: Mapping[str, object]) -> None:
    for name in ("Resource", "NotResource", "NotPrincipal"):
        if name in members:
            raise PolicySyntaxError(f"Has prohibited field {name}")
    _require(members, "Principal", "Missing required field Principal")
    _require(members, "Action", "Missing required field Action")


_CHECKS: Final[dict[Kind, Callable[[Mapping[str, object]], None]]] = {
    Kind.KEY: _check_key_statement,
    Kind.IDENTITY: _check_identity_statement,
    Kind.TRUST: _check_trust_statement,
}
# A trust policy is about its own role.
_ALL: Final = resource_patterns(("*",), Dialect(kind=Kind.TRUST))


def _require(members: Mapping[str, object], name: str, reason: str) -> None:
    if members.get(name, []) == [] and f"Not{name}" not in members:
        raise PolicySyntaxError(reason)


def _somebody(principals: PrincipalSet, dialect: Dialect) -> PrincipalSet:
    if not principals:
        raise PolicySyntaxError(_NO_PRINCIPALS[dialect.kind])
    return principals


def _effect(members: Mapping[str, object], dialect: Dialect) -> Effect:
    if "Effect" not in members:
        raise PolicySyntaxError(dialect.reason("Missing required field Effect"))
    match members["Effect"]:
        case "Allow":
            return Effect.ALLOW
        case "Deny":
            return Effect.DENY
        case str(other) if dialect.kind is Kind.IDENTITY and other.capitalize() in {"Allow", "Deny"}:
            raise PolicySyntaxError(LEGACY)
        case str(other):
            raise PolicySyntaxError(dialect.reason(f"Invalid effect: {other}"))
        case _:
            raise PolicySyntaxError(SYNTAX)


def _optional(members: Mapping[str, object], name: str, parse: Callable[[object], _Parsed]) -> _Parsed | None:
    return parse(members[name]) if name in members else None


def _possible(actions: Patterns, dialect: Dialect) -> Patterns:
    if dialect.kind is Kind.TRUST and not all(text.lower().startswith("sts:") for text in actions.texts):
        raise PolicySyntaxError("AssumeRole policy may only specify STS AssumeRole actions.")
    return actions


def _not_empty(parse: Callable[[object], Patterns]) -> Callable[[object], Patterns]:
    """Refuse an empty exception: it would make the statement cover everything, which nobody means."""

    def parse_exception(value: object) -> Patterns:
        patterns = parse(value)
        if not patterns.texts:
            raise PolicySyntaxError(SYNTAX)
        return patterns

    return parse_exception
