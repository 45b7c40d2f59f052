"""What names and paths are made of, told in a sentence of IAM's own and not as a constraint of the model.

Source: IAM User Guide, "IAM and AWS STS quotas": name requirements; answers of IAM as recorded by its users.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from strongroom.api.declare import Operation, audit_name
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct


class Rule(msgspec.Struct, frozen=True):
    """The pattern that a whole value matches, and what is told of one that does not."""

    pattern: re.Pattern[str]
    text: str


NAME: Final = Rule(
    re.compile(r"[\w+=,.@-]+", re.ASCII),
    "It must contain only alphanumeric characters and/or the following: +=,.@_-",
)
PATH: Final = Rule(
    re.compile(r"/|/[!-~]+/"),
    "It must begin and end with / and contain only alphanumeric characters and/or / characters.",
)


def with_rules(operation: Operation) -> Operation:
    """Give an operation with its check preceded by one of all members of the request that have a rule."""
    rules = tuple(_rules(operation.request))
    further = operation.check

    def check(request: Any) -> None:  # noqa: ANN401 - any request type
        for member, shown, rule in rules:
            value = getattr(request, member)
            if value is not None and not rule.pattern.fullmatch(value):
                raise ValidationError(f"The specified value for {shown} is invalid. {rule.text}")
        if further is not None:
            further(request)

    return msgspec.structs.replace(operation, check=check) if rules else operation


def _rules(request: type[AwsStruct]) -> Iterator[tuple[str, str, Rule]]:
    """Give member, shown name and rule of each member that has a rule."""
    for field in msgspec.structs.fields(request):
        rule = rule_of(inspect.type_info(field.type))
        if rule is not None:
            yield field.name, audit_name(request, field.name), rule


def rule_of(found: inspect.Type) -> Rule | None:
    """Give the rule of a type, whether its member is optional or not."""
    if isinstance(found, inspect.UnionType):
        return next((rule for rule in map(rule_of, found.types) if rule is not None), None)
    return (found.extra or {}).get("rule") if isinstance(found, inspect.Metadata) else None
