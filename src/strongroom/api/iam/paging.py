"""Pages of IAM's lists.

Source: IAM API Reference, "Making query requests": pagination.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from strongroom.api.paging import cut, decode_marker, encode_marker
from strongroom.model.errors import InvalidMarker, ValidationError

T = TypeVar("T")

_DEFAULT: Final = 100
# A marker has at most 320 characters, which are 240 bytes: two digests, two separators and the start of a name. Names
# fit as a whole, and only long tag keys in other alphabets do not.
_LONGEST_START: Final = 176
_DIGEST_DIGITS: Final = 24


def page(
    listing: str, items: Iterable[T], name: Callable[[T], str], marker: str | None, max_items: int | None
) -> tuple[list[T], str | None]:
    """Give a page of a list, sorted by name, and the marker of the next page, None where there is none.

    Args:
        listing: the operation and whose list it is: a marker of another list is refused.
        items: all items.
        name: gives an item's name, which is unique in the list.
        marker: of the page, None for the first.
        max_items: the most items that the page may have, by default 100.

    Raises:
        ValidationError: the marker is not one of this list.
    """
    owner = _digest(listing)
    try:
        after = decode_marker(owner, marker)
    except InvalidMarker:
        raise ValidationError("Invalid Marker.") from None
    placed = sorted(((_position(name(item)), item) for item in items), key=lambda pair: pair[0])
    rest = [pair for pair in placed if pair[0] > after]
    shown, more = cut(rest, max_items or _DEFAULT)
    return [item for _, item in shown], encode_marker(owner, shown[-1][0]) if more else None


def _position(name: str) -> str:
    """Give where an item is in the list: by the start of its name without regard to case, then by its digest."""
    start = name.lower().encode()[:_LONGEST_START].decode(errors="ignore")
    return f"{start}\0{_digest(name)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_DIGITS]
