"""What may stand behind a flag; each raises ValueError with what is expected."""

import logging
import re

from strongroom.model.regions import REGIONS

_MOST_WORKERS = 256
_HIGHEST_PORT = 65535
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,9})([smhd])", re.ASCII)


def account_id(text: str) -> str:
    """Read an account id."""
    if not re.fullmatch(r"[0-9]{12}", text, re.ASCII):
        raise ValueError(f"an account id has 12 digits, not {text!r}")
    return text


def region(text: str) -> str:
    """Read a Region."""
    if text not in REGIONS:
        raise ValueError(f"{text!r} is no Region; take one such as us-east-1")
    return text


def listen(text: str) -> tuple[str, int]:
    """Read HOST:PORT; an IPv6 address stands in brackets."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > _HIGHEST_PORT:
        raise ValueError(f"expected HOST:PORT, such as 127.0.0.1:4599, not {text!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def workers(text: str) -> int:
    """Read a number of workers."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= _MOST_WORKERS:
        raise ValueError(f"expected 1 to {_MOST_WORKERS} workers, not {text!r}")
    return int(text)


def duration(text: str) -> int:
    """Read a duration such as 90s, 15m, 12h or 30d, in seconds."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a duration such as 15m, 12h or 30d, not {text!r}")
    return int(match[1]) * _UNITS[match[2]]


def log_level(text: str) -> str:
    """Read the name of a log level."""
    if text.upper() not in logging.getLevelNamesMapping():
        raise ValueError(f"expected a level such as INFO or WARNING, not {text!r}")
    return text.upper()
