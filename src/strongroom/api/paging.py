"""Pages of lists, and the markers between them.

A marker names the listing it belongs to and the last item of the page before; it carries no authority, as each page is
read within the caller's account whatever the marker says.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from strongroom.model.errors import InvalidMarker, ValidationError

T = TypeVar("T")


def check_limit(limit: int | None, greatest: int) -> None:
    """Raise ValidationError when a page may not be that long in this listing."""
    if limit is not None and limit > greatest:
        raise ValidationError(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {greatest}"
        )


def encode_marker(listing: str, after: str) -> str:
    """Make the marker of the page after an item."""
    return base64.urlsafe_b64encode(msgspec.json.encode((listing, after))).decode()


def decode_marker(listing: str, marker: str | None) -> str:
    """Give the item after which the page starts, empty for the first page. Raises InvalidMarker."""
    if marker is None:
        return ""
    try:
        owner, after = msgspec.json.decode(
            base64.b64decode(marker, altchars=b"-_", validate=True), type=tuple[str, str]
        )
    except (binascii.Error, ValueError):
        raise InvalidMarker from None
    if owner != listing:
        raise InvalidMarker
    return after


def cut(items: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Cut a list, read one longer than its page, to the page; tell whether there is more."""
    return items[:limit], len(items) > limit
