"""Pages of lists, and the markers between them.

A marker names the listing it belongs to and the last item of the page before; it carries no authority, as each page is
read within the caller's account whatever the marker says.
"""

import base64
from collections.abc import Sequence
from typing import TypeVar

from strongroom.model.errors import InvalidMarker
from strongroom.protocol.validation import broken_constraint

T = TypeVar("T")
_SEPARATOR = "\0"


def check_limit(limit: int | None, greatest: int) -> None:
    """Raise ValidationError when a page may not be that long in this listing."""
    if limit is not None and limit > greatest:
        raise broken_constraint(limit, "limit", f"Member must have value less than or equal to {greatest}")


def encode_marker(listing: str, after: str) -> str:
    """Make the marker of the page after an item; it fits into a request if the two have at most 767 bytes."""
    return base64.urlsafe_b64encode(f"{listing}{_SEPARATOR}{after}".encode()).decode()


def decode_marker(listing: str, marker: str | None) -> str:
    """Give the item after which the page starts, empty for the first page. Raises InvalidMarker."""
    if marker is None:
        return ""
    try:
        text = base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:
        raise InvalidMarker from None
    owner, separator, after = text.partition(_SEPARATOR)
    if owner != listing or not separator:
        raise InvalidMarker
    return after


def cut(items: Sequence[T], limit: int) -> tuple[Sequence[T], bool]:
    """Cut a list, read one longer than its page, to the page; tell whether there is more."""
    return items[:limit], len(items) > limit
