"""Scalars as the AWS Query protocol spells them: from the text of a parameter, and into the text of XML.

Both speak of values as they stand in JSON, so that the limits of both protocols are checked by the same code: a blob
stays Base64 and a timestamp is a number of seconds since the epoch.

Sources: Smithy, "AWS query protocol"; XML Schema 1.1 for booleans; the texts are answers of AWS's query front end as
recorded by its users. No answer to a number that is none is recorded: it is told as AWS's JSON reader does.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape

from strongroom.model.errors import SerializationError
from strongroom.protocol import json_types

_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,10}")
_LEAST_INTEGER: Final = -(2**31)
_MOST_INTEGER: Final = 2**31 - 1
_ISO_8601: Final = re.compile(r"(?a:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d))")

# XML 1.0 has no way to write these, not even as a reference; see its production [2], Char.
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
# A parser would make a line feed of it.
_CARRIAGE_RETURN: Final = {"\r": "&#13;"}


def read_boolean(text: str) -> bool:
    """Read `true`, `false`, `1` or `0`. Raises SerializationError when it is none."""
    value = _BOOLEANS.get(text)
    if value is None:
        raise SerializationError(
            "boolean must follow xsd1.1 definition" if text else "missing value for boolean type",
        )
    return value


def read_integer(text: str) -> int:
    """Read a number of 32 bits. Raises SerializationError when it is none."""
    if _INTEGER.fullmatch(text) is not None and _LEAST_INTEGER <= (value := int(text)) <= _MOST_INTEGER:
        return value
    raise SerializationError("STRING_VALUE can not be converted to an Integer")


def read_timestamp(text: str) -> float:
    """Read ISO 8601 with its offset, as seconds since the epoch. Raises SerializationError when it is not that."""
    if _ISO_8601.fullmatch(text) is not None:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            pass
    raise SerializationError("timestamp must follow ISO8601")


def read_blob(text: str) -> str:
    """Give Base64 back as it is. Raises SerializationError when it is none."""
    json_types.require_blob(text)
    return text


def write_string(value: str) -> str:
    """Escape for XML; what XML cannot express becomes the replacement character."""
    return escape(_NOT_IN_XML.sub(_REPLACEMENT, value), _CARRIAGE_RETURN)


def write_boolean(value: bool) -> str:  # noqa: FBT001 - it is the value
    """Give `true` or `false`."""
    return "true" if value else "false"


def write_timestamp(value: float) -> str:
    """Give seconds since the epoch as `2026-11-24T13:48:02Z`; a fraction is cut off."""
    return f"{datetime.fromtimestamp(int(value), UTC).replace(tzinfo=None).isoformat()}Z"


class Spelling(NamedTuple):
    """How one type of scalar is read and written."""

    read: Callable[[str], object]
    write: Callable[[Any], str]


SPELLINGS: Final[dict[Callable[[object], None], Spelling]] = {
    json_types.require_string: Spelling(str, write_string),
    json_types.require_blob: Spelling(read_blob, str),
    json_types.require_integer: Spelling(read_integer, str),
    json_types.require_timestamp: Spelling(read_timestamp, write_timestamp),
    json_types.require_boolean: Spelling(read_boolean, write_boolean),
}
"""By what a `Scalar` requires of a value in JSON."""
