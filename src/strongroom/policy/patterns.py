"""Compiled sets of the wildcard patterns that Action and Resource hold.

`*` stands for any run of characters and `?` for any one. Source: IAM User Guide, "IAM JSON policy
elements: Action" and "IAM JSON policy elements: Resource".
"""

import re

import msgspec

from strongroom.policy.syntax import PolicySyntaxError

_NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_COLONS = "Actions/Condition can contain only one colon."
_VENDOR = re.compile(r"[A-Za-z0-9-]+")
_ACTION_NAME = re.compile(r"[A-Za-z0-9*?]+")
_WILDCARD = re.compile(r"[*?]")
_PREFIX = re.compile(r"[^*?]*\*")
_ARN_SEGMENTS = 6


Glob = tuple[tuple[str, ...], ...]
"""A pattern: its segments, each cut at its `*`; what is left may hold `?`."""


class Patterns(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns, sorted by how dearly they are matched.

    They are cut and not compiled, for a policy may hold thousands: so taking one in costs little, and no pattern can
    take more than linear time for each character of the value.

    Attributes:
        texts: the patterns as written.
        exact: those without wildcards.
        prefixes: what precedes the `*` of those whose only wildcard is a `*` at the end.
        others: all the rest.
        segments: number of segments, divided by colons, that wildcards do not reach beyond.
    """

    texts: tuple[str, ...]
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    others: tuple[Glob, ...]
    segments: int

    def match(self, value: str) -> bool:
        """Whether any of the patterns covers the whole value."""
        return value in self.exact or value.startswith(self.prefixes) or self._match_others(value)

    def _match_others(self, value: str) -> bool:
        if not self.others:
            return False
        found = value.split(":", self.segments - 1)
        if len(found) != self.segments:
            return False
        return any(all(map(_covers, glob, found)) for glob in self.others)

    @property
    def not_understood(self) -> bool:
        """Whether any of the patterns is one that AWS may read in a way that this does not.

        Those are policy variables (`${…}`), and wildcards where the word `arn` belongs.
        """
        return any("${" in text or (text[:1] in {"*", "?"} and text != "*") for text in self.texts)


def action_patterns(texts: tuple[str, ...]) -> Patterns:
    """Compile actions, which are matched without regard to case: match the lower-case name.

    Raises:
        PolicySyntaxError: an action is not `*` or `vendor:Name`.
    """
    for text in texts:
        _check_action(text)
    folded = [text.lower() for text in texts]
    return Patterns(
        texts=texts,
        exact=frozenset(text for text in folded if _WILDCARD.search(text) is None),
        prefixes=tuple(text[:-1] for text in folded if _PREFIX.fullmatch(text)),
        others=tuple((_cut(text),) for text in folded if _WILDCARD.search(text) and not _PREFIX.fullmatch(text)),
        segments=1,
    )


def resource_patterns(texts: tuple[str, ...]) -> Patterns:
    """Compile resources: `*`, or ARNs whose wildcards stay within their segment.

    What is neither covers no resource, and is no error in a key policy. An ARN with fewer
    segments than six goes on with `*`.
    """
    globs = [text for text in texts if text.startswith("arn:") and not _is_exact_arn(text)]
    return Patterns(
        texts=texts,
        exact=frozenset(text for text in texts if _is_exact_arn(text)),
        prefixes=("",) if "*" in texts else (),
        others=tuple(_arn_glob(text) for text in globs),
        segments=_ARN_SEGMENTS,
    )


def _check_action(text: str) -> None:
    if text == "*":
        return
    vendor, colon, name = text.partition(":")
    if not colon:
        raise PolicySyntaxError(_NO_VENDOR)
    if ":" in name:
        raise PolicySyntaxError(_COLONS)
    if _VENDOR.fullmatch(vendor) is None:
        raise PolicySyntaxError(f"Vendor {vendor} is not valid")
    if _ACTION_NAME.fullmatch(name) is None:
        raise PolicySyntaxError(f"Action {text} is not valid")


def _is_exact_arn(text: str) -> bool:
    return text.count(":") >= _ARN_SEGMENTS - 1 and _WILDCARD.search(text) is None


def _arn_glob(text: str) -> Glob:
    segments = text.split(":", _ARN_SEGMENTS - 1)
    segments += ["*"] * (_ARN_SEGMENTS - len(segments))
    return tuple(_cut(segment) for segment in segments)


def _cut(text: str) -> tuple[str, ...]:
    return tuple(text.split("*"))


def _covers(parts: tuple[str, ...], value: str) -> bool:
    """Whether parts with any run of characters between them make up the whole value.

    Between the first and the last, each part is put where it first fits, which leaves most to the others.
    """
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return len(value) == len(first) and _fits(first, value, 0)
    at, end = len(first), len(value) - len(last)
    if at > end or not _fits(first, value, 0) or not _fits(last, value, end):
        return False
    for part in parts[1:-1]:
        at = _find(part, value, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _find(part: str, value: str, start: int, end: int) -> int:
    if "?" not in part:
        return value.find(part, start, end)
    return next((at for at in range(start, end - len(part) + 1) if _fits(part, value, at)), -1)


def _fits(part: str, value: str, at: int) -> bool:
    if "?" not in part:
        return value.startswith(part, at)
    return all(wanted in {"?", found} for wanted, found in zip(part, value[at : at + len(part)], strict=True))
