"""The moment that a request was signed at, as clients write it."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Final, NamedTuple

_BASIC_LENGTH: Final = len("YYYYMMDDTHHMMSSZ")

_UNIVERSAL: Final = frozenset({"GMT", "+0000", "-0000"})


class Timestamp(NamedTuple):
    """A moment: `text` in ISO 8601 basic form, as the string to sign has it, and `epoch` in whole seconds."""

    text: str
    epoch: int


# Many requests are signed in the same second.
@lru_cache(maxsize=256)
def parse_basic(text: str) -> Timestamp:
    """Read `YYYYMMDDTHHMMSSZ`.

    Raises:
        ValueError: it is not of that form or no such moment exists.
    """
    digits = text[:8] + text[9:15]
    if len(text) != _BASIC_LENGTH or text[8] != "T" or text[15] != "Z" or not (digits.isascii() and digits.isdigit()):
        raise ValueError(text)
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    hour, minute, second = int(text[9:11]), int(text[11:13]), int(text[13:15])
    return Timestamp(text, int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()))


def parse_http_date(text: str) -> Timestamp:
    """Read the value of a `Date` header: ISO 8601 basic form, or RFC 1123 in universal time.

    Raises:
        ValueError: it is of neither form.
    """
    try:
        return parse_basic(text)
    except ValueError:
        return _parse_rfc_1123(text)


def _parse_rfc_1123(text: str) -> Timestamp:
    stem, _, zone = text.rpartition(" ")
    try:
        moment = parsedate_to_datetime(f"{stem} GMT")
    except (OverflowError, TypeError, IndexError):
        raise ValueError(text) from None
    # The parser takes much else; only what it would write the same way is the form. botocore writes -0000.
    if zone not in _UNIVERSAL or format_datetime(moment, usegmt=True) != f"{stem} GMT":
        raise ValueError(text)
    return Timestamp(format_basic(moment.timestamp()), int(moment.timestamp()))


def format_basic(epoch: float) -> str:
    """Write seconds since the epoch as `YYYYMMDDTHHMMSSZ`."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(epoch))
