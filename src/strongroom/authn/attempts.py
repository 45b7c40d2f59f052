"""How often somebody may guess."""

import ipaddress
import threading
from typing import Final

import msgspec

from strongroom.authn.recent import Recent

_NAMES: Final = 4096
# Who has one address of IPv6 has all that share its first half.
_IPV6_NETWORK: Final = 64


class _Tries(msgspec.Struct, frozen=True):
    since: float
    count: int


class Attempts:
    """Counts tries by name, each count for a while after its first; safe for several threads.

    The names counted last are kept, some thousands of them.
    """

    def __init__(self, most: int, within: float) -> None:
        """Allow up to `most` tries within so many seconds."""
        self._most = most
        self._within = within
        self._lock = threading.Lock()
        self._tries: Recent[_Tries] = Recent(_NAMES)

    def take(self, name: str, now: float) -> bool:
        """Count a try at a time in seconds; False when there were too many already, and then it does not count."""
        with self._lock:
            tries = self._tries.get(name)
            if tries is None or now - tries.since >= self._within:
                tries = _Tries(now, 0)
            if tries.count >= self._most:
                return False
            self._tries.put(name, _Tries(tries.since, tries.count + 1))
            return True

    def give_back(self, name: str) -> None:
        """Take back that a try was counted."""
        with self._lock:
            tries = self._tries.get(name)
            if tries is not None and tries.count > 0:
                self._tries.put(name, _Tries(tries.since, tries.count - 1))


def network_of(address: str) -> str:
    """Give the network that is counted for an address: the first 64 bits of IPv6's; of IPv4, itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:  # noqa: PLR2004 - IPv4
        return address
    return str(ipaddress.ip_network((parsed, _IPV6_NETWORK), strict=False))
