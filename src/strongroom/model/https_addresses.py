"""Where an HTTPS server may be reached: its URL taken apart, and its host resolved to addresses that are allowed.

The URL of an identity provider or of an external key store proxy comes from the administrator of one account, and many
accounts may share an installation, so a request must not reach what only this machine can reach. A host is resolved
once and connected to by address: a name cannot answer differently the second time.
"""

import ipaddress
import re
import socket
from typing import Final

import msgspec

MAX_ADDRESSES: Final = 4

_URL: Final = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<target>/[!-\"$-~]*)?"
)
_PORTS: Final = range(1, 65_536)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class HttpsUrl(msgspec.Struct, frozen=True, kw_only=True):
    """An `https` URL without user, and without fragment.

    Attributes:
        host: a name, or an IP address without brackets.
        port: 1 to 65,535.
        target: path and query.
    """

    host: str
    port: int
    target: str


def parse_https_url(text: str) -> HttpsUrl:
    """Take a URL apart.

    Raises:
        ValueError: it is not an `https` URL of printable ASCII, or has a user or a fragment.
    """
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError("not an https URL")
    port = int(match["port"] or 443)
    if port not in _PORTS:
        raise ValueError("not a port")
    return HttpsUrl(host=match["host"].strip("[]"), port=port, target=match["target"] or "/")


def resolve(host: str, port: int, *, allow_private: bool) -> tuple[str, ...]:
    """Give the addresses of a host that may be connected to, at most four.

    Raises:
        OSError: the name does not resolve.
        ValueError: it resolves to addresses that may not be connected to.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    allowed = tuple(text for text in addresses if may_connect(ipaddress.ip_address(text), allow_private=allow_private))
    if not allowed:
        raise ValueError("the host has no address that may be connected to")
    return allowed[:MAX_ADDRESSES]


def may_connect(address: Address, *, allow_private: bool) -> bool:
    """Whether an address is public; or, where private ones are allowed, at least of a host that is not link-local."""
    address = _destination(address)
    # Link-local is where clouds serve the credentials of the machine itself.
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return allow_private or address.is_global


def _destination(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
