"""Compiled sets of the wildcard patterns that Action and Resource hold.

`*` stands for any run of characters and `?` for any one. Source: IAM User Guide, "IAM JSON policy
elements: Action" and "IAM JSON policy elements: Resource".
"""

import re
from collections.abc import Iterable

import msgspec

from strongroom.policy.syntax import PolicySyntaxError

_NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_COLONS = "Actions/Condition can contain only one colon."
_VENDOR = re.compile(r"[A-Za-z0-9-]+")
_ACTION_NAME = re.compile(r"[A-Za-z0-9*?]+")
_WILDCARD = re.compile(r"[*?]")
_PREFIX = re.compile(r"[^*?]*\*")
_ARN_SEGMENTS = 6


class Patterns(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns, sorted by how dearly they are matched.

    Attributes:
        texts: the patterns as written.
        exact: those without wildcards.
        prefixes: what precedes the `*` of those whose only wildcard is a `*` at the end.
        others: one expression for all the rest, or None.
    """

    texts: tuple[str, ...]
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    others: re.Pattern[str] | None

    def match(self, value: str) -> bool:
        """Whether any of the patterns covers the whole value."""
        return (
            value in self.exact
            or value.startswith(self.prefixes)
            or (self.others is not None and self.others.fullmatch(value) is not None)
        )

    @property
    def has_variables(self) -> bool:
        """Whether any of the patterns holds a policy variable (`${…}`)."""
        return any("${" in text for text in self.texts)


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
        others=_any_of(_glob(text, ".") for text in folded if _WILDCARD.search(text) and not _PREFIX.fullmatch(text)),
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
        others=_any_of(_arn_glob(text) for text in globs),
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


def _arn_glob(text: str) -> str:
    segments = text.split(":", _ARN_SEGMENTS - 1)
    segments += ["*"] * (_ARN_SEGMENTS - len(segments))
    return ":".join([*(_glob(segment, "[^:]") for segment in segments[:-1]), _glob(segments[-1], ".")])


def _glob(text: str, character: str) -> str:
    """Translate a pattern; `character` is the expression of what one wildcard character covers.

    Between two `*` the first place that fits is taken for good (an atomic group), which is right
    for such patterns and keeps a pattern with many `*` from taking exponential time.
    """
    first, *rest = [_literal(part, character) for part in text.split("*")]
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>{character}*?{part})" for part in middle) + f"{character}*{last}"


def _literal(text: str, character: str) -> str:
    return character.join(re.escape(part) for part in text.split("?"))


def _any_of(expressions: Iterable[str]) -> re.Pattern[str] | None:
    alternatives = "|".join(expressions)
    return re.compile(alternatives, re.DOTALL) if alternatives else None
