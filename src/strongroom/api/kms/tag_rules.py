"""Rules for the tags of a request.

Source: AWS KMS API Reference, TagResource.
"""

from collections.abc import Sequence

from strongroom.api.kms.quotas import TAGS_PER_KEY
from strongroom.api.kms.types import Tag
from strongroom.model.errors import TagError

_RESERVED = "aws:"


def check_tag_keys(tag_keys: Sequence[str]) -> None:
    """Raise TagError for reserved or too many tag keys."""
    if len(tag_keys) > TAGS_PER_KEY:
        raise TagError("Too many tags")
    if any(key.lower().startswith(_RESERVED) for key in tag_keys):
        raise TagError("Tags beginning with aws: are reserved")


def checked_tags(tags: Sequence[Tag]) -> dict[str, str]:
    """Give the tags as a mapping. Raises TagError for repeated, reserved or too many tag keys."""
    pairs = {tag.tag_key: tag.tag_value for tag in tags}
    if len(pairs) != len(tags):
        raise TagError("Duplicate tag keys")
    check_tag_keys(list(pairs))
    return pairs
