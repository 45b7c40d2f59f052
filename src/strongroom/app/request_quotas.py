"""Request quotas that hold over all workers of a machine, and the setting that says which."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from strongroom.api.call import Call
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.request_quotas import (
    REQUEST_QUOTAS,
    Charge,
    CountedRequest,
    Quotas,
    Unlimited,
    counted_request,
    quotas_of,
)
from strongroom.app.data_folder import InstallationError
from strongroom.app.rate_counters import RateCounters, WorkerCounters
from strongroom.model.errors import Throttling

OFF: Final = "off"
AWS: Final = "aws"

TOO_FAST: Final = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
"""What AWS says to who is over a request quota."""

_HIGHEST_RATE: Final = 1_000_000
_TAG_BYTES: Final = 8
_REMEMBERED: Final = 4096

Rates = Mapping[str, int]
"""Rates by name of their quota, in requests a second, that take the place of AWS's."""


def load_request_quotas(setting: str) -> Rates | None:
    """Read the setting `request_quotas`: `off`, for which None is given, `aws`, or a TOML file of other rates.

    Raises InstallationError when the file cannot be read or has something else in it.
    """
    if setting == OFF:
        return None
    if setting == AWS:
        return MappingProxyType({})
    try:
        return parse_request_quotas(Path(setting).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InstallationError(f"{setting} cannot be used for request quotas: {error}") from None


def parse_request_quotas(text: str) -> Rates:
    """Read rates by name from TOML, such as `CreateKey = 50`. Raises ValueError."""
    rates = tomllib.loads(text)
    if unknown := sorted(set(rates) - REQUEST_QUOTAS.keys()):
        raise ValueError(f"there is no quota {', '.join(unknown)}")
    for quota, rate in rates.items():
        if type(rate) is not int or not 0 <= rate <= _HIGHEST_RATE:
            raise ValueError(f"{quota} must be a whole number from 0 to {_HIGHEST_RATE}")
    return MappingProxyType(rates)


class SharedQuotas:
    """The quotas of all workers; to be made before they are forked."""

    def __init__(self, rates: Rates, workers: int) -> None:
        """Take the rates that are not AWS's."""
        self._rates = rates
        self._counters = RateCounters(workers)

    def worker(self, index: int) -> Quotas:
        """Give the quotas as the worker of this number counts for them."""
        return WorkerQuotas(self._rates, self._counters.worker(index))


class Unshared:
    """No quotas."""

    def worker(self, _index: int) -> Quotas:
        """Give what lets every request through."""
        return Unlimited()


def share_request_quotas(rates: Rates | None, workers: int) -> SharedQuotas | Unshared:
    """Make what a number of workers count with, from what `load_request_quotas` gave."""
    return Unshared() if rates is None else SharedQuotas(rates, workers)


class _Take(NamedTuple):
    tag: int
    rate: int
    cost: int


class WorkerQuotas:
    """The quotas as one worker counts for them."""

    def __init__(self, rates: Rates, counters: WorkerCounters) -> None:
        """Take the rates that are not AWS's, and the counters."""
        self._counters = counters
        self._takes_of = lru_cache(_REMEMBERED)(partial(_takes_of, rates))

    def check(self, call: Call, admitted: Sequence[KeySnapshot]) -> None:
        """Count a request of KMS with the keys that it was admitted to, none where it was refused.

        One that is over a quota is not counted for it, nor for those that come after. Raises Throttling.
        """
        if call.operation is None or call.operation.service != "kms":
            return
        for tag, rate, cost in self._takes_of(counted_request(call, admitted)):
            if not self._counters.take(tag, rate, cost):
                raise Throttling(TOO_FAST)


def _takes_of(rates: Rates, request: CountedRequest) -> tuple[_Take, ...]:
    return tuple(_Take(_tag(each), each.rate, each.cost) for each in quotas_of(request, rates))


def _tag(charge: Charge) -> int:
    """Give 64 bits that stand for a quota of somebody."""
    name = f"{charge.quota} {charge.scope}".encode()
    return int.from_bytes(blake2b(name, digest_size=_TAG_BYTES).digest(), "big")
