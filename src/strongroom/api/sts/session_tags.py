"""Session tags and the source identity: what a session is given, and what it inherits along a chain of roles.

Source: IAM User Guide, "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed roles"; the
texts are answers of STS as recorded by its users.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from strongroom.api.iam.tag_rules import checked_tags
from strongroom.api.iam.types import Tag
from strongroom.authn.sessions import Terms
from strongroom.model.errors import ValidationError
from strongroom.model.identity_errors import InvalidInputError
from strongroom.model.sts_errors import InvalidParameterValueError

MOST_TAGS: Final = 50

_OVERRIDES: Final = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
    "calling session."
)
_NOT_REQUESTED: Final = "The specified transitive tag key must be included in the requested tags."
_ALREADY_SET: Final = "The source identity is already set for this assume role session"


def inherited_tags(caller: Terms) -> dict[str, str]:
    """Give the tags that sessions opened from a session inherit: those that were made transitive."""
    transitive = {key.lower() for key in caller.transitive_tag_keys}
    return {key: value for key, value in caller.tags.items() if key.lower() in transitive}


def requested_tags(tags: Sequence[Tag] | None, transitive_tag_keys: Sequence[str] | None) -> dict[str, str]:
    """Give the tags of a request by key.

    Raises:
        ValidationError: a key or value has a character that none may have, or a key is AWS's own.
        InvalidParameterValueError: a key is there twice, or one is to be transitive that is not there.
    """
    try:
        checked = checked_tags(tags)
    except InvalidInputError as error:
        raise InvalidParameterValueError(error.message) from None
    if not _lower(transitive_tag_keys or ()) <= _lower(checked):
        raise InvalidParameterValueError(_NOT_REQUESTED)
    return checked


def chained_tags(caller: Terms, tags: Mapping[str, str]) -> dict[str, str]:
    """Give the tags of a session opened from another, which may not override what it inherits.

    Raises:
        InvalidParameterValueError: it would.
    """
    inherited = inherited_tags(caller)
    if _lower(inherited) & _lower(tags):
        raise InvalidParameterValueError(_OVERRIDES)
    return {**inherited, **tags}


def chained_source_identity(caller: Terms, source_identity: str | None) -> str | None:
    """Give the source identity of a session opened from another, which can be set once only.

    Raises:
        ValidationError: the request sets another one.
    """
    if caller.source_identity is None or source_identity == caller.source_identity:
        return source_identity
    if source_identity is not None:
        raise ValidationError(_ALREADY_SET)
    return caller.source_identity


def _lower(keys: Mapping[str, str] | Sequence[str]) -> set[str]:
    return {key.lower() for key in keys}
