"""Patterns of the ARNs that Resource and NotResource hold.

Wildcards stay within their segment, what stands between two colons, but a `*` at the end of a segment reaches over
colons into further ones. The sixth segment has colons of its own. An ARN of fewer segments goes on with `*`.

Source: IAM User Guide, "IAM JSON policy elements: Resource".
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from strongroom.policy.answers import Answer
from strongroom.policy.globs import Glob, covers, ends_with_any_run, glob_of_text, may_cover
from strongroom.policy.query import ConditionContext
from strongroom.policy.variables import Template, Variable

ARN_SEGMENTS: Final = 6


class ArnGlob(NamedTuple):
    """A pattern of ARNs.

    Attributes:
        segments: the patterns of those before the sixth.
        rest: the pattern of the sixth and all beyond; None where there are fewer.
        all_six: both, where there are six; else none.
    """

    segments: tuple[Glob, ...]
    rest: Glob | None
    all_six: tuple[Glob, ...] = ()

    def covers(self, found: Sequence[str]) -> bool:
        """Whether it covers the ARN that was split at its colons into these segments."""
        if self.all_six and len(found) == ARN_SEGMENTS:
            # Each takes one, as there is nothing to reach over to.
            return all(map(covers, self.all_six, found))
        starts: Sequence[int] = range(1)
        for segment in self.segments:
            starts = _starts_after(segment, found, starts)
        if self.rest is None:
            return self._completed(found, starts)
        return _covers_rest(self.rest, found, starts)

    def _completed(self, found: Sequence[str], starts: Sequence[int]) -> bool:
        """Whether there is nothing left of the ARN, or enough for a `*` in each segment that the pattern lacks."""
        missing = ARN_SEGMENTS - len(self.segments)
        return any(start == len(found) or len(found) - start >= missing for start in starts)


class ResourceTemplate(msgspec.Struct, frozen=True):
    """A pattern of ARNs with variables.

    Attributes:
        whole: all of it, which is compared where there are no wildcards.
        segments: the same, split at the colons of its own text; none where `whole` is compared.
    """

    whole: Template
    segments: tuple[Template, ...]

    def match(self, value: str, context: ConditionContext) -> Answer:
        """Whether it covers the value; None if that hangs on a variable that has none."""
        if not self.segments:
            return self.whole.match(value, context)
        resolved = [segment.resolve(context) for segment in self.segments]
        covered = arn_glob([glob for glob, _ in resolved]).covers(value.split(":"))
        return None if covered and not all(known for _, known in resolved) else covered


def arn_glob(globs: Sequence[Glob]) -> ArnGlob:
    """Make a pattern of those of its segments, at most six."""
    if len(globs) < ARN_SEGMENTS:
        return ArnGlob(tuple(globs), None)
    *segments, rest = globs
    return ArnGlob(tuple(segments), rest, tuple(globs))


def arn_glob_of_text(text: str) -> ArnGlob:
    """Read a pattern without variables."""
    return arn_glob([glob_of_text(segment) for segment in text.split(":", ARN_SEGMENTS - 1)])


def resource_template(whole: Template) -> ResourceTemplate:
    """Make a pattern of a text with variables, which is complete unless it has wildcards or too few segments."""
    segments = whole.segments(ARN_SEGMENTS)
    # A variable may be an ARN as a whole.
    complete = len(segments) == ARN_SEGMENTS or isinstance(whole.parts[0], Variable)
    return ResourceTemplate(whole, () if complete and not whole.wild else segments)


def _starts_after(segment: Glob, found: Sequence[str], starts: Iterable[int]) -> Sequence[int]:
    """Tell where in the ARN the next segment may start if this one may start at these places."""
    ends = [start + 1 for start in starts if start < len(found) and covers(segment, found[start])]
    return range(ends[0], len(found) + 1) if ends and ends_with_any_run(segment) else ends


def _covers_rest(rest: Glob, found: Sequence[str], starts: Iterable[int]) -> bool:
    for start in starts:
        text = ":".join(found[start:])
        if start < len(found) and may_cover(rest, text):
            # From a later start, what follows the first `*` would be looked for in even less text.
            return covers(rest, text)
    return False
