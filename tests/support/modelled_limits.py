"""Requests just inside and just beyond each limit of botocore's model of KMS, and AWS's words for those beyond."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.model import ListShape, MapShape, StructureShape

from tests.support.modelled_answers import MODEL, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from botocore.model import Shape

MISSING_KEY: Final = "1234abcd-12ab-34cd-56ef-1234567890ab"
# What a member of these shapes has in a request that is only to be well formed.
_NAMES: Final[Mapping[str, str]] = {
    "KeyIdType": MISSING_KEY,
    "AliasNameType": "alias/missing",
    "CustomKeyStoreIdType": "cks-1234567890abcdef0",
}
# Beginning, middle and end of texts; the middle is repeated. Each pattern of the model is matched by one of them.
_TEXTS: Final = (
    ("", "a", ""),
    ("", "2", ""),
    ("", "A", ""),
    ("a.b.", "c", ""),
    ("us-east-", "1", ""),
    ("cluster-", "a", ""),
    ("https://", "a", ""),
    ("/", "a", "/kms/xks/v1"),
    ("com.amazonaws.vpce.us-east-1.vpce-svc-", "0", ""),
    ("arn:aws:s3::111122223333:", "a", ""),
)
_IN_NO_PATTERN: Final = "\N{SNOWMAN}"
_IN_NO_ENUM: Final = "NONE_OF_THEM"


# Grant tokens let their holder use a key, so that this server does not write them into errors as AWS does.
_NOT_SHOWN: Final = {"GrantTokenType"}


class LimitCase(NamedTuple):
    """One request.

    Attributes:
        path: of the member, as messages have it.
        constraints: all that the model gives the member, in AWS's words.
        broken: the sentences of the error, which has no others; none for a request just inside.
    """

    path: str
    members: dict[str, Any]
    constraints: tuple[str, ...]
    broken: tuple[str, ...]

    @property
    def message(self) -> str:
        """The whole message of the error."""
        plural = "" if len(self.broken) == 1 else "s"
        return f"{len(self.broken)} validation error{plural} detected: {'; '.join(self.broken)}"


Wrap = Callable[[Any], dict[str, Any]]


def minimal(operation: str) -> dict[str, Any]:
    """Give a well-formed request with the required members only; what it names does not exist."""
    shape = MODEL.operation_model(operation).input_shape
    return _minimal(shape) if isinstance(shape, StructureShape) else {}


def limit_cases(operation: str) -> Iterator[LimitCase]:
    """Give the requests for every limit at every depth."""
    shape = MODEL.operation_model(operation).input_shape
    if shape is not None:
        yield from _cases(shape, "", lambda members: members)


def _minimal(shape: StructureShape) -> dict[str, Any]:
    return {name: _sample(shape.members[name]) for name in shape.required_members}


def _sample(shape: Shape) -> Any:  # noqa: ANN401 - of any type that a member may have
    """Give a value that keeps all limits."""
    if isinstance(shape, StructureShape):
        return _minimal(shape)
    if isinstance(shape, ListShape):
        return [_sample(shape.member)]
    if shape.name in _NAMES or "enum" in shape.metadata:
        return _NAMES.get(shape.name) or shape.metadata["enum"][0]
    return _shortest(shape)


def _cases(shape: Shape, path: str, wrap: Wrap) -> Iterator[LimitCase]:
    if isinstance(shape, StructureShape):
        yield from _structure_cases(shape, path, wrap)
    elif isinstance(shape, ListShape):
        yield from _list_cases(shape, path, wrap)
    elif not isinstance(shape, MapShape):
        for value in _edges(shape):
            yield _case(path, wrap(value), shape, value)


def _structure_cases(shape: StructureShape, path: str, wrap: Wrap) -> Iterator[LimitCase]:
    rest = _minimal(shape)
    for name, member in shape.members.items():
        inner = (f"{path}." if path else "") + name[0].lower() + name[1:]
        if name in rest:
            without = {other: value for other, value in rest.items() if other != name}
            sentence = f"Value null at '{inner}' failed to satisfy constraint: Member must not be null"
            yield LimitCase(inner, wrap(without), (), (sentence,))
        yield from _cases(member, inner, _as_member(name, rest, wrap))


def _as_member(name: str, rest: Mapping[str, Any], wrap: Wrap) -> Wrap:
    return lambda value: wrap({**rest, name: value})


def _list_cases(shape: ListShape, path: str, wrap: Wrap) -> Iterator[LimitCase]:
    item = shape.member
    for length in _lengths(shape):
        items = [_sample(item)] * length
        yield _case(path, wrap(items), shape, items)
    if isinstance(item, StructureShape):
        yield from _cases(item, f"{path}.1.member", lambda value: wrap([value]))
        return
    constraints = _constraints(item)
    for value in _edges(item):
        text = f"Member must satisfy constraint: [{', '.join(constraints)}]"
        broken = (_sentence(path, shape, [value], text),) if any(_broken(item, value)) else ()
        yield LimitCase(path, wrap([value]), constraints, broken)


def _case(path: str, members: dict[str, Any], shape: Shape, value: Any) -> LimitCase:  # noqa: ANN401 - as _sample
    broken = tuple(_sentence(path, shape, value, text) for text in _broken(shape, value))
    return LimitCase(path, members, _constraints(shape), broken)


def _sentence(path: str, shape: Shape, value: object, text: str) -> str:
    shown = f"Value '{_shown(value)}'" if _is_shown(shape) else "Value"
    return f"{shown} at '{path}' failed to satisfy constraint: {text}"


def _is_shown(shape: Shape) -> bool:
    inner = shape.member if isinstance(shape, ListShape) else shape
    return not (inner.metadata.get("sensitive") or inner.type_name == "blob" or inner.name in _NOT_SHOWN)


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _constraints(shape: Shape) -> tuple[str, ...]:
    """Give what the model asks of a value, in the order that it has within brackets."""
    what = "value" if shape.type_name == "integer" else "length"
    least, most, pattern = shape.metadata.get("min"), shape.metadata.get("max"), pattern_of(shape)
    enum = shape.metadata.get("enum")
    texts = (
        most is not None and f"Member must have {what} less than or equal to {most}",
        least is not None and f"Member must have {what} greater than or equal to {least}",
        pattern is not None and f"Member must satisfy regular expression pattern: {pattern}",
        enum is not None and f"Member must satisfy enum value set: [{', '.join(enum or ())}]",
    )
    return tuple(text for text in texts if text)


def _broken(shape: Shape, value: Any) -> Iterator[str]:  # noqa: ANN401 - as _sample
    """Give what the value breaks, in the order that sentences have: a pattern first."""
    measured = value if shape.type_name == "integer" else len(value)
    least, most, pattern = shape.metadata.get("min"), shape.metadata.get("max"), pattern_of(shape)
    kept = {
        "less than": most is None or measured <= most,
        "greater than": least is None or measured >= least,
        "pattern:": pattern is None or bool(re.fullmatch(pattern, value, re.ASCII)),
        "enum value set:": value in shape.metadata.get("enum", (value,)),
    }
    for text in reversed(_constraints(shape)):
        yield from (text for word, keeps in kept.items() if word in text and not keeps)


def _edges(shape: Shape) -> Iterator[Any]:
    """Give values just inside and just beyond the limits of a scalar."""
    if "enum" in shape.metadata:
        yield from (*shape.metadata["enum"], _IN_NO_ENUM)
    elif shape.type_name == "integer":
        yield from _lengths(shape)
    elif shape.type_name == "blob":
        yield from (bytes(length) for length in _lengths(shape))
    elif shape.type_name == "string":
        yield from _texts(shape)


def _texts(shape: Shape) -> Iterator[str]:
    shortest = _shortest(shape)
    yield shortest
    for length in _lengths(shape):
        yield _text(shape, length) or "a" * length
    if pattern_of(shape) is not None:
        yield shortest[:-1] + _IN_NO_PATTERN


def _lengths(shape: Shape) -> list[int]:
    """Give the least, the greatest, and those beyond them that can be."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    below = [] if least is None else [least - 1, least]
    above = [] if most is None else [most, most + 1]
    return [length for length in (*below, *above) if length >= 0]


def _shortest(shape: Shape) -> Any:  # noqa: ANN401 - as _sample
    least, most = shape.metadata.get("min", 1), shape.metadata.get("max", 1_000)
    if shape.type_name != "string":
        return bytes(least) if shape.type_name == "blob" else least
    found = (_text(shape, length) for length in range(max(least, 1), most + 1))
    return next(text for text in found if text is not None)


def _text(shape: Shape, length: int) -> str | None:
    """Give a text of a length that matches the shape's pattern, or None when none is known."""
    pattern = pattern_of(shape) or ".*"
    for beginning, middle, end in _TEXTS:
        text = beginning + middle * (length - len(beginning) - len(end)) + end
        if len(text) == length and re.fullmatch(pattern, text, re.ASCII):
            return text
    return None
