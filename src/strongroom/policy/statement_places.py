"""Where the statements of a policy stand in its text."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from strongroom.policy.positions import Path, Place, Source, place, scan

_STATEMENT: Final = "Statement"
_decoder: Final = json.JSONDecoder()


class Span(NamedTuple):
    """Where a statement stands.

    Attributes:
        after: just behind the bracket or comma before it, where IAM's simulations say that it begins.
        start: at its brace.
        end: just behind its closing brace.
    """

    after: Place
    start: Place
    end: Place


def statement_span(text: str, index: int) -> Span:
    """Give where the statement of an index stands in the text of a policy.

    Raises:
        NotJsonError: the text is not JSON.
        IndexError: it has no such statement.
    """
    after, start, end = _offsets(text)[index]
    return Span(place(text, after), place(text, start), place(text, end))


@lru_cache(maxsize=256)
def _offsets(text: str) -> tuple[tuple[int, int, int], ...]:
    source = scan(text)
    after = source.values.get((_STATEMENT,), 0) + 1
    offsets = []
    for path in _paths(source):
        start = source.values[path]
        end = _decoder.raw_decode(text, start)[1]
        offsets.append((after, start, end))
        after = text.find(",", end) + 1
    return tuple(offsets)


def _paths(source: Source) -> Iterator[Path]:
    """Give the way to each statement; a single one need not stand in a list."""
    single = source.values.get((_STATEMENT,))
    if single is not None and source.text[single] == "{":
        yield (_STATEMENT,)
    index = 0
    while (_STATEMENT, index) in source.values:
        yield _STATEMENT, index
        index += 1
