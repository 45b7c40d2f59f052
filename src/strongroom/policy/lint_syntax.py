"""Where a policy is wrong that AWS would refuse: the parser says what, and this finds out where."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from strongroom.policy.document import parse_identity_policy, parse_key_policy, parse_trust_policy
from strongroom.policy.lint_view import PolicyKind, Remark
from strongroom.policy.positions import Path
from strongroom.policy.syntax import PolicySyntaxError

_PARSERS: Mapping[PolicyKind, Callable[[str], object]] = {
    "key": parse_key_policy,
    "identity": parse_identity_policy,
    "trust": parse_trust_policy,
}
_ALLOW = {"Effect": "Allow", "Action": "sts:AssumeRole"}
_WHO = {"Principal": {"AWS": "*"}}
_ON_WHAT = {"Resource": "*"}
_STATEMENTS: Mapping[PolicyKind, Mapping[str, object]] = {
    "key": {**_ALLOW, **_WHO, **_ON_WHAT},
    "identity": {**_ALLOW, **_ON_WHAT},
    "trust": {**_ALLOW, **_WHO},
}
# What takes the place of a member that may be wrong, where leaving it out would be wrong as well.
_SOUND: Mapping[PolicyKind, Mapping[str, object]] = {
    kind: {
        "Version": "2012-10-17",
        "Statement": [statement],
        **statement,
        **{f"Not{name}": value for name, value in statement.items()},
    }
    for kind, statement in _STATEMENTS.items()
}


class _Refusal(NamedTuple):
    """How a policy is refused, and how to ask whether a changed one is refused in the same way."""

    kind: PolicyKind
    reason: str

    def holds(self, document: object) -> bool:
        return _refusal(document, self.kind) == self.reason

    def mend(self, members: Mapping[str, object], name: str) -> dict[str, object]:
        """Give an object without a member, or with a sound one where it may be required."""
        sound = _SOUND[self.kind]
        others = {each: value for each, value in members.items() if each != name}
        return {**others, name: sound[name]} if name in sound else others


def refused(document: object, kind: PolicyKind) -> tuple[Remark, ...]:
    """Tell what the parser refuses, each at the smallest part that it depends on.

    The parser stops at the first thing that it refuses, so each statement is also looked at alone.
    """
    remarks = list(_first_refusal(document, kind))
    entries = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(document, dict) and isinstance(entries, list):
        for index, entry in enumerate(entries):
            for remark in _first_refusal({**document, "Statement": [entry]}, kind):
                before = ("Statement", index) if remark.path[:2] == ("Statement", 0) else remark.path[:2]
                remarks.append(remark._replace(path=(*before, *remark.path[2:])))
    return tuple(dict.fromkeys(remarks))


def _first_refusal(document: object, kind: PolicyKind) -> Iterator[Remark]:
    reason = _refusal(document, kind)
    if reason is not None:
        code = "duplicate-sid" if "must be unique" in reason else "refused"
        path = _culprit(_Refusal(kind, reason), document)
        yield Remark(path, "error", code, reason, at_name="field" in reason)


def _refusal(document: object, kind: PolicyKind) -> str | None:
    try:
        _PARSERS[kind](json.dumps(document))
    except PolicySyntaxError as error:
        return error.reason
    return None


def _culprit(refusal: _Refusal, document: object) -> Path:
    path: Path = ()
    while True:
        child = _guilty_child(refusal, document, path)
        if child is None:
            return path
        path = (*path, child)


def _guilty_child(refusal: _Refusal, document: object, path: Path) -> str | int | None:
    node = _at(document, path)
    if isinstance(node, list):
        return _first_to_spoil(refusal, document, path, node)
    if isinstance(node, dict):
        return next((name for name in node if not refusal.holds(_with(document, path, refusal.mend(node, name)))), None)
    return None


def _first_to_spoil(refusal: _Refusal, document: object, path: Path, entries: list[object]) -> int | None:
    """Find the entry with which the refusal begins: those before it are not refused so."""
    if not entries or refusal.holds(_with(document, path, [])):
        return None
    return next(index for index in range(len(entries)) if refusal.holds(_with(document, path, entries[: index + 1])))


def _at(document: object, path: Path) -> object:
    for step in path:
        document = document[step]  # type: ignore[index]  # the path leads through it
    return document


def _with(document: object, path: Path, node: object) -> object:
    """Give the document with another node at the end of the path."""
    if not path:
        return node
    first, rest = path[0], path[1:]
    if isinstance(document, list):
        return [_with(entry, rest, node) if index == first else entry for index, entry in enumerate(document)]
    if isinstance(document, dict):
        return {name: _with(value, rest, node) if name == first else value for name, value in document.items()}
    raise TypeError(path)  # pragma: no cover - the path leads through it
