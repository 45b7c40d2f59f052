"""The base of all requests and responses, and the annotations that need more than plain msgspec.

A member is a snake_case field; on the wire it is PascalCase (`key_id` is `KeyId`). Where AWS spells it otherwise,
the field says so: `msgspec.field(default=None, name="AWSAccountId")`. An optional member has the type `X | None` and
the default None; None is never written, and a null that is read is the same as no member.

Source: AWS KMS API Reference, and the Smithy specification of the AWS JSON 1.1 protocol.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

# The end of the year 9999, in seconds since the epoch: the last second that datetime knows.
_LAST_SECOND = 253_402_300_799

_PATTERN_START = r"\A(?a:"
_PATTERN_END = r")\Z"

Timestamp = Annotated[float, Meta(ge=0, le=_LAST_SECOND)]
"""Seconds since the Unix epoch, UTC; written as a JSON number. For a response make it with `timestamp()`."""


# Members are scalars, lists and maps read from JSON, so there can be no cycles for the collector to find.
class AwsStruct(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True, gc=False):
    """Base of every structure of the AWS JSON protocol.

    Unknown members are ignored, as AWS does. Subclasses repeat `frozen=True, kw_only=True`.
    """


def timestamp(seconds: float) -> float:
    """Round to whole milliseconds, which is all that AWS writes."""
    return round(seconds, 3)


def whole(pattern: str) -> str:
    r"""Make a regular expression of the AWS model match as AWS matches it, for `Meta(pattern=…)`.

    AWS matches the whole value, and `\w`, `\s` and `\d` are ASCII. A plain `^…$` would let a trailing newline pass.
    """
    return _PATTERN_START + pattern + _PATTERN_END


def as_modelled(pattern: str) -> str:
    """Give back what `whole` was given, or the pattern itself when it was not made by `whole`."""
    if pattern.startswith(_PATTERN_START) and pattern.endswith(_PATTERN_END):
        return pattern[len(_PATTERN_START) : -len(_PATTERN_END)]
    return pattern


def check_declaration(structure: type[AwsStruct]) -> None:
    """Raise TypeError when a field has a default other than None, for such a default would not be written."""
    for field in msgspec.structs.fields(structure):
        if not field.required and field.default is not None:
            raise TypeError(f"{structure.__qualname__}.{field.name}: None is the only default that a member may have")
