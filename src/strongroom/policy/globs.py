"""Patterns of `*`, any run of characters, and `?`, any one.

They are cut and not compiled, for a policy may hold thousands: so taking one in costs little, and a value is gone
through once for all runs of a pattern together. Wildcards are kept apart from text, so that a `*` can also mean itself.
"""

import enum
from collections.abc import Iterable
from typing import Final, NamedTuple

_LONGEST_FOR_GAPS: Final = 256


class Wildcard(enum.Enum):
    """What stands for other text."""

    ANY_RUN = "*"
    ANY_ONE = "?"


Token = str | Wildcard


class Run(NamedTuple):
    """What stands between two `*`: texts with any one character between each two of them.

    Attributes:
        texts: at least one, which may be empty.
        length: number of characters that it covers.
    """

    texts: tuple[str, ...]
    length: int


Glob = tuple[Run, ...]
"""A pattern: its runs, with any run of characters between each two of them."""


def glob_of_text(text: str) -> Glob:
    """Cut a pattern in which each `*` and `?` is a wildcard."""
    return tuple(_run(part.split("?")) for part in text.split("*"))


def glob_of_tokens(tokens: Iterable[Token]) -> Glob:
    """Cut a pattern whose wildcards are told apart from its text."""
    runs = [[""]]
    for token in tokens:
        if isinstance(token, str):
            runs[-1][-1] += token
        elif token is Wildcard.ANY_ONE:
            runs[-1].append("")
        else:
            runs.append([""])
    return tuple(_run(texts) for texts in runs)


def covers(glob: Glob, value: str) -> bool:
    """Whether a pattern covers the whole value.

    Between the first and the last, each run is put where it first fits, which leaves most to the others.
    """
    first, last = glob[0], glob[-1]
    if len(glob) == 1:
        return len(value) == first.length and _fits(first, value, 0)
    at, end = first.length, len(value) - last.length
    if at > end or not _fits(first, value, 0) or not _fits(last, value, end):
        return False
    for run in glob[1:-1]:
        at = _find(run, value, at, end)
        if at < 0:
            return False
        at += run.length
    return True


def too_costly(glob: Glob, value: str) -> bool:
    """Whether a value is so long that looking for what a pattern has between two `*` might take too long.

    Only texts with a `?` between them are slow to look for, a step for each character of the value; and policies may
    hold tens of thousands of such patterns.
    """
    return len(value) > _LONGEST_FOR_GAPS and any(len(run.texts) > 1 for run in glob[1:-1])


def may_cover(glob: Glob, value: str) -> bool:
    """Whether a value is long enough for a pattern and begins with what stands before its first `*`."""
    first = glob[0]
    return (len(value) >= first.length if len(glob) > 1 else len(value) == first.length) and _fits(first, value, 0)


def ends_with_any_run(glob: Glob) -> bool:
    """Whether a pattern ends with `*`."""
    return len(glob) > 1 and glob[-1].length == 0


def _run(texts: list[str]) -> Run:
    return Run(tuple(texts), sum(map(len, texts)) + len(texts) - 1)


def _find(run: Run, value: str, start: int, end: int) -> int:
    if len(run.texts) == 1:
        return value.find(run.texts[0], start, end)
    return _find_with_gaps(run, value, start, end) if run.length <= end - start else -1


def _find_with_gaps(run: Run, value: str, start: int, end: int) -> int:
    """Find it as the algorithm Shift-And does: a bit for each of its beginnings that the value fits so far.

    Trying it at each place would take quadratic time with `a?a?a?b` and a value of many `a`.
    """
    wanted, anything = _bits(run)
    whole = 1 << (run.length - 1)
    fitting = 0
    for at in range(start, end):
        fitting = (fitting << 1 | 1) & (wanted.get(value[at], 0) | anything)
        if fitting & whole:
            return at + 1 - run.length
    return -1


def _bits(run: Run) -> tuple[dict[str, int], int]:
    """Give the places of each character in a run as the bits of a number, and those of the gaps."""
    wanted: dict[str, int] = {}
    bit = 1
    anything = 0
    for text in run.texts:
        for character in text:
            wanted[character] = wanted.get(character, 0) | bit
            bit <<= 1
        anything |= bit
        bit <<= 1
    return wanted, anything & ~(1 << run.length)


def _fits(run: Run, value: str, at: int) -> bool:
    for text in run.texts:
        if not value.startswith(text, at):
            return False
        at += len(text) + 1
    return True
