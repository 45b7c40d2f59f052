"""Shapes of members, by which a request that was refused is walked to tell the client why.

Every shape can do two things with a value read from JSON, never null: `check_type` raises SerializationError at the
first value of the wrong JSON type, in the order of the body; `faults` gives AWS's sentence for each constraint that
is broken, in the order of the model, and may be called only after `check_type` has passed.

A member's path is its wire name in lowerCamelCase; the members of lists of structures count from 1 and read
`tags.1.member.tagKey`. Lists and maps of scalars are named as a whole, with all the constraints of their members.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Protocol

import msgspec

from strongroom.protocol.constraints import NOT_NULL, Constraint
from strongroom.protocol.json_types import as_list, as_map, as_structure


class Shape(Protocol):
    """What a member may hold."""

    def check_type(self, value: object, /) -> None:
        """Raise SerializationError at the first wrong JSON type."""

    def faults(self, value: object, path: str) -> Iterator[str]:
        """Give a sentence for each broken constraint."""


class Scalar(msgspec.Struct, frozen=True, kw_only=True):
    """A string, blob, number, boolean or enum; `shown` tells whether its value may be echoed."""

    require: Callable[[object], None]
    constraints: tuple[Constraint, ...] = ()
    shown: bool = True

    def check_type(self, value: object, /) -> None:
        """Raise SerializationError at the wrong JSON type."""
        self.require(value)

    def faults(self, value: object, path: str) -> Iterator[str]:
        """Give a sentence for each broken constraint."""
        return _broken(self.constraints, value, _echo(value) if self.shown else None, path)

    def breaks(self, value: object) -> bool:
        """Tell whether a value of a list or map is null or breaks a constraint."""
        return value is None or not all(constraint.holds(value) for constraint in self.constraints)

    def bracket(self, values: Collection[object]) -> str:
        """Name all constraints of the values of a list or map, and that of null only where it is broken."""
        texts = [constraint.text for constraint in self.constraints]
        if None in values:
            texts.append(NOT_NULL)
        return f"[{', '.join(texts)}]"


class ScalarList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of scalars."""

    item: Scalar
    constraints: tuple[Constraint, ...]

    def check_type(self, value: object, /) -> None:
        """Raise SerializationError at the first wrong JSON type."""
        _check_members(self.item, as_list(value))

    def faults(self, value: object, path: str) -> Iterator[str]:
        """Give a sentence for each broken constraint, one for all the items together."""
        items = as_list(value)
        echo = f"[{', '.join(map(_echo, items))}]" if self.item.shown else None
        yield from _broken(self.constraints, items, echo, path)
        if any(map(self.item.breaks, items)):
            yield _sentence(echo, path, f"Member must satisfy constraint: {self.item.bracket(items)}")


class StructureList(msgspec.Struct, frozen=True, kw_only=True):
    """A list of structures; it is never echoed as a whole."""

    item: "Structure"
    constraints: tuple[Constraint, ...]

    def check_type(self, value: object, /) -> None:
        """Raise SerializationError at the first wrong JSON type."""
        _check_members(self.item, as_list(value))

    def faults(self, value: object, path: str) -> Iterator[str]:
        """Give a sentence for each broken constraint."""
        items = as_list(value)
        yield from _broken(self.constraints, items, None, path)
        for number, item in enumerate(items, 1):
            member_path = f"{path}.{number}.member"
            if item is None:
                yield _null(member_path)
            else:
                yield from self.item.faults(item, member_path)


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """A map of scalars."""

    key: Scalar
    value: Scalar
    constraints: tuple[Constraint, ...]

    def check_type(self, value: object, /) -> None:
        """Raise SerializationError at the first wrong JSON type."""
        _check_members(self.value, as_map(value).values())

    def faults(self, value: object, path: str) -> Iterator[str]:
        """Give a sentence for each broken constraint, one for all keys and one for all values."""
        pairs = as_map(value)
        values = pairs.values()
        echo = self._echo(pairs)
        yield from _broken(self.constraints, pairs, echo, path)
        if any(map(self.key.breaks, pairs)):
            yield _sentence(echo, path, f"Map keys must satisfy constraint: {self.key.bracket(pairs)}")
        if any(map(self.value.breaks, values)):
            yield _sentence(echo, path, f"Map value must satisfy constraint: {self.value.bracket(values)}")

    def _echo(self, pairs: dict[str, object]) -> str | None:
        if not (self.key.shown and self.value.shown):
            return None
        return "{" + ", ".join(f"{key}={_echo(value)}" for key, value in pairs.items()) + "}"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A member of a structure; `name` is as messages spell it, in lowerCamelCase."""

    name: str
    shape: Shape
    required: bool


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """A structure: its members by their names on the wire, in the order of the model."""

    members: Mapping[str, Member]

    def check_type(self, value: object, /) -> None:
        """Raise SerializationError at the first wrong JSON type; a null member counts as absent."""
        for name, content in as_structure(value).items():
            member = self.members.get(name)
            if member is not None and content is not None:
                member.shape.check_type(content)

    def faults(self, value: object, path: str) -> Iterator[str]:
        """Give a sentence for each broken constraint; the path of a whole request is empty."""
        contents = as_structure(value)
        for wire_name, member in self.members.items():
            content = contents.get(wire_name)
            member_path = f"{path}.{member.name}" if path else member.name
            if content is not None:
                yield from member.shape.faults(content, member_path)
            elif member.required:
                yield _null(member_path)


def _check_members(shape: Shape, values: Collection[object]) -> None:
    for value in values:
        if value is not None:
            shape.check_type(value)


def _broken(constraints: tuple[Constraint, ...], value: object, echo: str | None, path: str) -> Iterator[str]:
    # Alone, AWS gives the constraints of a value the other way round than inside brackets: the pattern comes first.
    for constraint in reversed(constraints):
        if not constraint.holds(value):
            yield _sentence(echo, path, constraint.text)


def _sentence(echo: str | None, path: str, text: str) -> str:
    value = "Value" if echo is None else f"Value '{echo}'"
    return f"{value} at '{path}' failed to satisfy constraint: {text}"


def _null(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: {NOT_NULL}"


def _echo(value: object) -> str:
    return "null" if value is None else str(value)
