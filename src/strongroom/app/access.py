"""Who may do what with a key, by which way, and under which conditions."""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.principals import UnknownPrincipalError, bind_policy, unbind, unbind_policy
from strongroom.app.access_principals import Kind, Somebody, everybody
from strongroom.app.access_ways import Way, Ways
from strongroom.app.asking import AskError
from strongroom.app.explaining import grants_of
from strongroom.policy.callers import Source
from strongroom.policy.document import parse_key_policy, parse_stored_key_policy
from strongroom.policy.explain_words import Names
from strongroom.policy.syntax import PolicySyntaxError
from strongroom.policy.vocabulary import KMS_ACTIONS
from strongroom.storage.store import Reader

ACTIONS: Final = tuple(name for name, action in KMS_ACTIONS.items() if action.in_key_policy)
"""The actions that are done with a key."""


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """A way by which somebody may do some actions."""

    way: Way
    actions: tuple[str, ...]


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do with a key."""

    kind: Kind
    principal: str
    paths: tuple[Path, ...]


class AccessChange(msgspec.Struct, frozen=True, kw_only=True):
    """What another key policy would change for somebody.

    Attributes:
        gains, loses: actions.
        changes: actions that stay allowed, under other conditions.
    """

    kind: Kind
    principal: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    changes: tuple[str, ...]


def access_to(reader: Reader, key: KeySnapshot) -> tuple[Access, ...]:
    """Tell who may do what with a key; who may do nothing is left out."""
    grants = tuple(grants_of(reader, key.key.place))
    texts = {(Source.KEY_POLICY, ""): unbind_policy(reader, key.key.policy)}
    ways = Ways(key, grants, Names(texts=texts, principal=lambda kept: unbind(reader, kept)))
    people = everybody(reader, key.key.place.region, (key.policy,), grants)
    found = ((somebody, _ways_of(ways, somebody)) for somebody in people)
    return tuple(_access(somebody, by_action) for somebody, by_action in found if by_action)


def access_changes(reader: Reader, key: KeySnapshot, new_policy: str) -> tuple[AccessChange, ...]:
    """Tell who would gain and lose what if a key had another policy; for whom nothing changes is left out.

    Raises:
        AskError: the text is not a key policy that could be put.
    """
    changed = msgspec.structs.replace(key, policy=parse_stored_key_policy(_bound(reader, new_policy)))
    grants = tuple(grants_of(reader, key.key.place))
    before, after = Ways(key, grants, Names()), Ways(changed, grants, Names())
    people = everybody(reader, key.key.place.region, (key.policy, changed.policy), grants)
    compared = (_change(somebody, _ways_of(before, somebody), _ways_of(after, somebody)) for somebody in people)
    return tuple(change for change in compared if change.gains or change.loses or change.changes)


def _bound(reader: Reader, text: str) -> str:
    try:
        parse_key_policy(text)
        return bind_policy(reader, text)
    except PolicySyntaxError as error:
        raise AskError(f"this is not a key policy: {error.reason}") from None
    except UnknownPrincipalError as error:
        raise AskError(f"the policy names a principal that does not exist: {error}") from None


def _ways_of(ways: Ways, somebody: Somebody) -> Mapping[str, Way]:
    found = ((action, ways.way(somebody, action)) for action in ACTIONS)
    return {action: way for action, way in found if way is not None}


def _access(somebody: Somebody, by_action: Mapping[str, Way]) -> Access:
    paths: dict[Way, list[str]] = {}
    for action, way in by_action.items():
        paths.setdefault(way, []).append(action)
    return Access(
        kind=somebody.kind,
        principal=somebody.name,
        paths=tuple(Path(way=way, actions=tuple(actions)) for way, actions in paths.items()),
    )


def _change(somebody: Somebody, before: Mapping[str, Way], after: Mapping[str, Way]) -> AccessChange:
    return AccessChange(
        kind=somebody.kind,
        principal=somebody.name,
        gains=tuple(action for action in after if action not in before),
        loses=tuple(action for action in before if action not in after),
        changes=tuple(_otherwise(before, after)),
    )


def _otherwise(before: Mapping[str, Way], after: Mapping[str, Way]) -> Iterator[str]:
    for action in before:
        if action in after and before[action].conditions != after[action].conditions:
            yield action
