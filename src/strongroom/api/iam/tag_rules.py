"""What tags may be, and how they change; their keys are one key whatever their case.

Source: IAM User Guide, "Tags for AWS Identity and Access Management resources"; IAM API Reference, Tag.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from strongroom.api.iam.paging import page
from strongroom.api.iam.types import Tag
from strongroom.model.errors import ValidationError
from strongroom.model.identity_errors import InvalidInputError, LimitExceededError
from strongroom.protocol.validation import broken_constraint

TAGS_PER_ENTITY: Final = 50

_PUNCTUATION: Final = frozenset("_.:/=+-@")
# Of Unicode's general categories: letters, separators and numbers.
_CATEGORIES: Final = frozenset("LZN")
_CLASS: Final = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]"
_RESERVED: Final = "aws:"


def checked_tags(tags: Iterable[Tag] | None) -> dict[str, str]:
    """Give tags by key.

    Raises:
        ValidationError: a key or a value has a character that none may have, or a key is AWS's own.
        InvalidInputError: a key is there twice.
    """
    checked: dict[str, str] = {}
    for number, tag in enumerate(tags or (), start=1):
        _check_characters(tag.key, f"tags.{number}.member.key", "+")
        _check_characters(tag.value, f"tags.{number}.member.value", "*")
        if tag.key.lower().startswith(_RESERVED):
            raise ValidationError("aws: prefixed tag key names are not allowed for external use.")
        if _same_key(checked, tag.key) is not None:
            raise InvalidInputError("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        checked[tag.key] = tag.value
    return checked


def with_tags(kept: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, str]:
    """Give the tags of an entity with more, or with new values. Raises LimitExceededError for too many."""
    merged = dict(kept)
    for key, value in tags.items():
        old = _same_key(merged, key)
        if old is not None:
            del merged[old]
        merged[key] = value
    if len(merged) > TAGS_PER_ENTITY:
        raise LimitExceededError("The number of tags has reached the maximum limit.")
    return merged


def without_tags(kept: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Give the tags of an entity without those of some keys; a key that it does not have does not matter."""
    removed = {key.lower() for key in keys}
    return {key: value for key, value in kept.items() if key.lower() not in removed}


def tag_list(tags: Mapping[str, str]) -> list[Tag] | None:
    """Give tags as answers show them; None where there are none."""
    return [Tag(key=key, value=value) for key, value in sorted(tags.items())] or None


def tag_page(
    listing: str, tags: Mapping[str, str], marker: str | None, max_items: int | None
) -> tuple[list[Tag], str | None]:
    """Give a page of tags and the marker of the next one. Raises ValidationError for a bad marker."""
    return page(listing, tag_list(tags) or [], lambda tag: tag.key, marker, max_items)


def _same_key(tags: Mapping[str, str], key: str) -> str | None:
    return next((each for each in tags if each.lower() == key.lower()), None)


def _check_characters(text: str, member: str, quantifier: str) -> None:
    if not all(character in _PUNCTUATION or unicodedata.category(character)[0] in _CATEGORIES for character in text):
        raise broken_constraint(text, member, f"Member must satisfy regular expression pattern: {_CLASS}{quantifier}")
