"""A policy as the linter looks at it: parts that are understood, with the way to each; what is not is left out."""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import msgspec

from strongroom.policy.condition_keys import ConditionKey, find_condition_key
from strongroom.policy.lint_operators import Operator, parse_operator
from strongroom.policy.positions import Path
from strongroom.policy.vocabulary import KMS_ACTIONS, kms_actions_of

PolicyKind = Literal["key", "identity", "trust"]
Severity = Literal["error", "warning"]


class Remark(NamedTuple):
    """What a rule has to say about a part of a policy; `at_name` is whether it is about a member's name."""

    path: Path
    severity: Severity
    code: str
    message: str
    at_name: bool = False


class Entry(NamedTuple):
    """A text in a policy."""

    path: Path
    text: str


class Named(NamedTuple):
    """A principal in a policy; its kind is the member that it stands under, such as AWS, Service or Federated."""

    path: Path
    kind: str
    text: str

    @property
    def account_id(self) -> str | None:
        """The account that it belongs to, where that can be seen."""
        parts = [self.text] if self.text.isdigit() else self.text.split(":")[4:5]
        return next((part for part in parts if part.isdigit()), None)


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition key under an operator.

    Attributes:
        path: the way to the key.
        operator_name: as written, with prefix and suffix.
        operator: what is known of it; None when nothing is.
        key: as written.
        known_key: what is known of the key; None when nothing is.
        values: those that are texts, numbers or booleans, as texts.
    """

    path: Path
    operator_name: str
    operator: Operator | None
    key: str
    known_key: ConditionKey | None
    values: tuple[Entry, ...]

    @property
    def demands_key(self) -> bool:
        """Whether it can only hold for requests that have the key."""
        if self.operator is None or self.operator.family != "null":
            return self.operator is not None and self.operator.demands_key
        return all(value.text.lower() == "false" for value in self.values)

    @property
    def restricts(self) -> bool:
        """Whether it keeps out requests without the key, and some with it."""
        return (
            self.operator is not None
            and self.operator.demands_key
            and any(value.text.strip("*") for value in self.values)
        )


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement.

    Attributes:
        path: the way to it.
        kind: what kind of policy it stands in.
        account_id: of the account that the policy belongs to; None when it was not said.
        members: the JSON object.
        actions, not_actions, resources, not_resources: the texts of those elements.
        principals, not_principals: whom those elements name.
        conditions: all of them.
        kms_actions: names of the actions of KMS that it is about.
    """

    path: Path
    kind: PolicyKind
    account_id: str | None
    members: Mapping[str, object]
    actions: tuple[Entry, ...]
    not_actions: tuple[Entry, ...]
    resources: tuple[Entry, ...]
    not_resources: tuple[Entry, ...]
    principals: tuple[Named, ...]
    not_principals: tuple[Named, ...]
    conditions: tuple[Condition, ...]
    kms_actions: frozenset[str]

    @property
    def allows(self) -> bool:
        """Whether it allows something."""
        return self.members.get("Effect") == "Allow"

    @property
    def index(self) -> int:
        """Its place in the policy, from 0."""
        last = self.path[-1]
        return last if isinstance(last, int) else 0

    @property
    def sid(self) -> str | None:
        """Its id, if it has one."""
        sid = self.members.get("Sid")
        return sid if isinstance(sid, str) else None

    def restricted_by(self, *names: str) -> bool:
        """Whether it applies only where one of these condition keys, lower-case, has a certain value."""
        return any(each.restricts and each.key.lower().startswith(names) for each in self.conditions)


class Part(NamedTuple):
    """A part of a policy: the way to its statement, empty where it is in none, and the way on from there."""

    statement: Path
    within: Path


def split(path: Path) -> Part:
    """Cut a way through a policy after the statement."""
    if path[:1] != ("Statement",):
        return Part((), path)
    length = 2 if len(path) > 1 and isinstance(path[1], int) else 1
    return Part(path[:length], path[length:])


def statements(document: object, kind: PolicyKind, account_id: str | None) -> tuple[Statement, ...]:
    """Give the statements of a JSON value that may be a policy."""
    value = document.get("Statement") if isinstance(document, dict) else None
    return tuple(
        _statement(entry, path, kind, account_id)
        for path, entry in _each(("Statement",), value)
        if isinstance(entry, dict)
    )


def _statement(members: dict[str, object], path: Path, kind: PolicyKind, account_id: str | None) -> Statement:
    actions, not_actions = _texts(path, members, "Action"), _texts(path, members, "NotAction")
    return Statement(
        path=path,
        kind=kind,
        account_id=account_id,
        members=members,
        actions=actions,
        not_actions=not_actions,
        resources=_texts(path, members, "Resource"),
        not_resources=_texts(path, members, "NotResource"),
        principals=tuple(_principals(path, members, "Principal")),
        not_principals=tuple(_principals(path, members, "NotPrincipal")),
        conditions=tuple(_conditions(path, members)),
        kms_actions=frozenset(KMS_ACTIONS) - _covered(not_actions) if not_actions else _covered(actions),
    )


def _covered(actions: tuple[Entry, ...]) -> frozenset[str]:
    return frozenset(name for action in actions for name in kms_actions_of(action.text))


def _each(path: Path, value: object) -> Iterator[tuple[Path, object]]:
    if isinstance(value, list):
        yield from (((*path, index), entry) for index, entry in enumerate(value))
    elif value is not None:
        yield path, value


def _texts(path: Path, members: Mapping[str, object], name: str) -> tuple[Entry, ...]:
    entries = _each((*path, name), members.get(name))
    return tuple(Entry(where, entry) for where, entry in entries if isinstance(entry, str))


def _principals(path: Path, members: Mapping[str, object], name: str) -> Iterator[Named]:
    value = members.get(name)
    if isinstance(value, str):
        yield Named((*path, name), "AWS", value)
    elif isinstance(value, dict):
        for kind in value:
            yield from (Named(where, kind, text) for where, text in _texts((*path, name), value, kind))


def _conditions(path: Path, members: Mapping[str, object]) -> Iterator[Condition]:
    for operator, operator_path, keys in _members((*path, "Condition"), members.get("Condition")):
        for key, key_path, values in _members(operator_path, keys):
            yield Condition(
                path=key_path,
                operator_name=operator,
                operator=parse_operator(operator),
                key=key,
                known_key=find_condition_key(key),
                values=tuple(_values(key_path, values)),
            )


def _members(path: Path, value: object) -> Iterator[tuple[str, Path, object]]:
    if isinstance(value, dict):
        yield from ((name, (*path, name), member) for name, member in value.items())


def _values(path: Path, value: object) -> Iterator[Entry]:
    for where, entry in _each(path, value):
        match entry:
            case bool():
                yield Entry(where, str(entry).lower())
            case str():
                yield Entry(where, entry)
            case float():
                yield Entry(where, f"{entry:.17g}")
