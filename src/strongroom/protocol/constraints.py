"""The constraints of one value and what AWS says of a value that breaks one.

Source of the texts: recorded ValidationExceptions of AWS KMS.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Meta

from strongroom.protocol.structures import as_modelled

NOT_NULL = "Member must not be null"

Measure = Callable[[Any], int]


class Constraint(msgspec.Struct, frozen=True):
    """AWS's words for a constraint, and whether a value of the right JSON type keeps it."""

    text: str
    holds: Callable[[Any], bool]


def lengths(meta: Meta, measure: Measure = len) -> Iterator[Constraint]:
    """Give the limits of length; `measure` tells the length of a value."""
    if (most := meta.max_length) is not None:
        yield Constraint(f"Member must have length less than or equal to {most}", lambda value: measure(value) <= most)
    if (least := meta.min_length) is not None:
        yield Constraint(
            f"Member must have length greater than or equal to {least}", lambda value: measure(value) >= least
        )


def ranges(meta: Meta) -> Iterator[Constraint]:
    """Give the limits of a number."""
    if (most := meta.le) is not None:
        yield Constraint(f"Member must have value less than or equal to {most}", lambda value: value <= most)
    if (least := meta.ge) is not None:
        yield Constraint(f"Member must have value greater than or equal to {least}", lambda value: value >= least)


def patterns(meta: Meta) -> Iterator[Constraint]:
    """Give the regular expression, which is searched for and so anchors itself."""
    if meta.pattern is not None:
        found = re.compile(meta.pattern).search
        yield Constraint(
            f"Member must satisfy regular expression pattern: {as_modelled(meta.pattern)}",
            lambda value: found(value) is not None,
        )


def one_of(values: tuple[str, ...]) -> Constraint:
    """Give the constraint of an enum, with the values in AWS's order."""
    return Constraint(f"Member must satisfy enum value set: [{', '.join(values)}]", lambda value: value in values)


def blob_length(value: str) -> int:
    """Tell how many bytes a Base64 string stands for."""
    return len(msgspec.convert(value, bytes))
