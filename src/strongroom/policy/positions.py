"""Where each value of a JSON text stands."""

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

Path = tuple[str | int, ...]
"""Member names and list indexes on the way to a value."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
# json.loads takes them, JSON does not.
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Fault(NamedTuple):
    """What json.loads lets pass and no policy may have."""

    offset: int
    message: str


class NotJsonError(Exception):
    """A text is not JSON."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON text that has been read.

    Attributes:
        text: the text.
        value: what it means; numbers are floats.
        values: where values start, by path.
        names: where the names of members start, by path.
        faults: members that stand twice in an object, and constants such as NaN.
    """

    text: str
    value: object
    values: Mapping[Path, int]
    names: Mapping[Path, int]
    faults: tuple[Fault, ...]

    def offset(self, path: Path, *, name: bool = False) -> int:
        """Give where a value starts, or with `name` the name of the member that holds it."""
        return self.names[path] if name and path in self.names else self.values[path]


def scan(text: str) -> Source:
    """Read a JSON text; json.loads decides what is one.

    Raises:
        NotJsonError: the text is not JSON, or is nested too deeply to be read.
    """
    try:
        value = json.loads(text, parse_int=float)
    except json.JSONDecodeError as error:
        raise NotJsonError(error.msg, error.pos) from None
    except RecursionError:
        raise NotJsonError("nested too deeply", 0) from None
    walk = _Walk()
    for match in _TOKEN.finditer(text):
        walk.take(match.group(), match.start())
    return Source(text=text, value=value, values=walk.values, names=walk.names, faults=tuple(walk.faults))


def place(text: str, offset: int) -> Place:
    """Give the line and column of a character."""
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Walk:
    """Follows the tokens of a text that is JSON, and notes where things start."""

    def __init__(self) -> None:
        self.values: dict[Path, int] = {}
        self.names: dict[Path, int] = {}
        self.faults: list[Fault] = []
        # The way to the value that comes next: an index for each list, a name for each object; None where the name
        # has not come yet.
        self._path: list[str | int | None] = []

    def take(self, symbol: str, offset: int) -> None:
        match symbol:
            case "{" | "[":
                self._value(offset)
                self._path.append(None if symbol == "{" else 0)
            case "}" | "]":
                self._path.pop()
            case ",":
                self._next()
            case ":":
                pass
            case _:
                self._scalar(symbol, offset)

    def _next(self) -> None:
        last = self._path[-1]
        self._path[-1] = last + 1 if isinstance(last, int) else None

    def _scalar(self, symbol: str, offset: int) -> None:
        if self._path and self._path[-1] is None:
            self._name(json.loads(symbol), offset)
            return
        self._value(offset)
        if symbol in _CONSTANTS:
            self.faults.append(Fault(offset, f"{symbol} is not JSON"))

    def _name(self, name: str, offset: int) -> None:
        self._path[-1] = name
        path = self._key()
        if path in self.names:
            self.faults.append(Fault(offset, f"member {name} stands twice"))
        self.names[path] = offset

    def _value(self, offset: int) -> None:
        self.values[self._key()] = offset

    def _key(self) -> Path:
        return tuple(step for step in self._path if step is not None)
