"""Compiled sets of the wildcard patterns that Action and Resource hold.

`*` stands for any run of characters and `?` for any one. Source: IAM User Guide, "IAM JSON policy
elements: Action" and "IAM JSON policy elements: Resource".
"""

import re

import msgspec

from strongroom.policy.answers import Answer, any_of, every_of
from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.globs import glob_of_text
from strongroom.policy.query import ConditionContext
from strongroom.policy.resource_arns import (
    ARN_SEGMENTS,
    ArnGlob,
    ResourceTemplate,
    arn_glob_of_text,
    resource_template,
)
from strongroom.policy.syntax import NO_VENDOR, PolicySyntaxError
from strongroom.policy.variables import Template, Variable, has_variables, parse_template

_COLONS = "Actions/Condition can contain only one colon."
_VENDOR = re.compile(r"[A-Za-z0-9-]+")
_ACTION_NAME = re.compile(r"[A-Za-z0-9*?]+")
_WILDCARD = re.compile(r"[*?]")
_PREFIX = re.compile(r"[^*?]*\*")
_PARTITION = re.compile(r"\*|aws(?:-[a-z]+)*")


class ArnPattern(msgspec.Struct, frozen=True):
    """A pattern of ARNs that is compared segment by segment, and may have variables.

    Attributes:
        whole: all of it, which is compared where there are no wildcards.
        segments: what is compared segment by segment where there are; else none.
    """

    whole: Template
    segments: tuple[Template, ...]

    def match(self, value: str, context: ConditionContext) -> Answer:
        """Whether it covers the value; None if that hangs on a variable that has none."""
        if not self.segments:
            return self.whole.match(value, context)
        found = value.split(":", ARN_SEGMENTS - 1)
        if len(found) != len(self.segments):
            return False
        return every_of(segment.match(text, context) for segment, text in zip(self.segments, found, strict=True))


class Patterns(msgspec.Struct, frozen=True, kw_only=True):
    """Patterns, sorted by how dearly they are matched.

    Attributes:
        texts: the patterns as written.
        exact: those without wildcards.
        prefixes: what precedes the `*` of those whose only wildcard is a `*` at the end.
        others: all the rest without variables.
        templates: those with variables.
    """

    texts: tuple[str, ...]
    exact: frozenset[str]
    prefixes: tuple[str, ...]
    others: tuple[ArnGlob, ...]
    templates: tuple[ResourceTemplate, ...] = ()

    def match(self, value: str) -> bool:
        """Whether any of the patterns without variables covers the whole value."""
        return value in self.exact or value.startswith(self.prefixes) or self._match_others(value)

    def match_templates(self, value: str, context: ConditionContext) -> Answer:
        """Whether any of the patterns with variables covers it; None if that hangs on a variable without a value."""
        return any_of(template.match(value, context) for template in self.templates)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in the patterns."""
        return tuple(variable for template in self.templates for variable in template.whole.variables)

    def _match_others(self, value: str) -> bool:
        if not self.others:
            return False
        found = value.split(":")
        return any(pattern.covers(found) for pattern in self.others)


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
        others=tuple(
            ArnGlob((), glob_of_text(text)) for text in folded if _WILDCARD.search(text) and not _PREFIX.fullmatch(text)
        ),
    )


def resource_patterns(texts: tuple[str, ...], dialect: Dialect) -> Patterns:
    """Compile resources: `*`, or patterns of ARNs.

    What is neither covers no resource: an error in an identity-based policy, none in a key policy.

    Raises:
        PolicySyntaxError: AWS would refuse the resource.
    """
    if dialect.kind is Kind.IDENTITY:
        for text in texts:
            _check_resource(text)
    plain = [text for text in texts if not (dialect.variables and has_variables(text))]
    templates = [text for text in texts if dialect.variables and has_variables(text)]
    return Patterns(
        texts=texts,
        exact=frozenset(text for text in plain if _is_exact_arn(text)),
        prefixes=("",) if "*" in plain else (),
        others=tuple(arn_glob_of_text(text) for text in plain if _is_arn_pattern(text)),
        templates=tuple(resource_template(parse_template(text, dialect, wildcards=True)) for text in templates),
    )


def arn_pattern(text: str, dialect: Dialect) -> ArnPattern:
    """Compile a pattern of ARNs; one that is not of six segments, and has wildcards, covers nothing."""
    whole = parse_template(text, dialect, wildcards=True)
    return ArnPattern(whole, whole.segments(ARN_SEGMENTS) if whole.wild else ())


def _check_action(text: str) -> None:
    if text == "*":
        return
    vendor, colon, name = text.partition(":")
    if not colon:
        raise PolicySyntaxError(NO_VENDOR)
    if ":" in name:
        raise PolicySyntaxError(_COLONS)
    if _VENDOR.fullmatch(vendor) is None:
        raise PolicySyntaxError(f"Vendor {vendor} is not valid")
    if _ACTION_NAME.fullmatch(name) is None:
        raise PolicySyntaxError(f"Action {text} is not valid")


def _check_resource(text: str) -> None:
    if text == "*":
        return
    scheme, _, rest = text.partition(":")
    if scheme != "arn" or not rest:
        raise PolicySyntaxError(f'Resource {text} must be in ARN format or "*".')
    partition, _, rest = rest.partition(":")
    if _PARTITION.fullmatch(partition) is None:
        raise PolicySyntaxError(f'Partition "{partition}" is not valid for resource "{text}".')
    if _VENDOR.fullmatch(rest.partition(":")[0]) is None:
        raise PolicySyntaxError("Resource vendor must be fully qualified and cannot contain regexes.")


def _is_exact_arn(text: str) -> bool:
    return text.count(":") >= ARN_SEGMENTS - 1 and _WILDCARD.search(text) is None


def _is_arn_pattern(text: str) -> bool:
    return text != "*" and not _is_exact_arn(text) and (":" in text or _WILDCARD.search(text) is not None)
