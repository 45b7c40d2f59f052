"""The types that condition operators read texts as. What cannot be read is None.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import binascii
import re
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{1,40})?(?:[eE][+-]?[0-9]{1,3})?")
# The profile of ISO 8601 that https://www.w3.org/TR/NOTE-datetime describes, without a year alone: that is a number.
_DATE: Final = re.compile(
    r"(?P<month>[0-9]{4}-[0-9]{2})(?P<day>-[0-9]{2})?(?P<time>T[0-9:]{5,8}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_PREFIX_LENGTH: Final = re.compile(r"/[0-9]{1,3}", re.ASCII)
# IPv4 addresses as a socket for both versions gives them.
_MAPPED: Final = IPv6Network("::ffff:0:0/96")
# IAM keeps seconds in 64 bits.
_SECONDS_END: Final = 2**63
_TRUTHS: Final = {"true": True, "false": False}


def read_number(text: str) -> Decimal | None:
    """Read a decimal number."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_date(text: str) -> Decimal | None:
    """Read a date as epoch seconds: ISO 8601, in UTC unless it says otherwise, or epoch seconds."""
    parts = _DATE.fullmatch(text)
    if parts is None:
        seconds = read_number(text)
        return seconds if seconds is not None and abs(seconds) < _SECONDS_END else None
    try:
        moment = datetime.fromisoformat(f"{parts['month']}{parts['day'] or '-01'}{parts['time'] or ''}")
    except ValueError:
        return None
    return Decimal(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


def read_truth(text: str) -> bool | None:
    """Read `true` or `false`."""
    return _TRUTHS.get(text.lower())


def read_bytes(text: str) -> bytes | None:
    """Read Base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Read an IP address; an IPv4 address that is written as an IPv6 one is read as IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if isinstance(address, IPv4Address) else address.ipv4_mapped or address


def read_network(text: str) -> IPv4Network | IPv6Network | None:
    """Read a range of IP addresses in CIDR notation, or an address; host bits do not count."""
    address, slash, _ = text.partition("/")
    if slash and _PREFIX_LENGTH.fullmatch(text, len(address)) is None:
        # A mask: whether it is one of the network or of the hosts cannot always be told.
        return None
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        return IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - _MAPPED.prefixlen))
    return network
