"""When credentials and keys were used last, gathered in memory and written down now and then.

Source: IAM API Reference, GetAccessKeyLastUsed and RoleLastUsed: AWS too reports them with a delay.
"""

from collections.abc import Iterable
from threading import Lock

from strongroom.authn.verify import Authenticated
from strongroom.model.account import AccessKeyUse
from strongroom.model.identity import RoleUse
from strongroom.model.key import KeyPlace, KeyUse
from strongroom.storage.store import Store


class Uses:
    """The last use of each access key, also of temporary ones, and of each key, that is not written down yet."""

    def __init__(self) -> None:
        """Know of none."""
        self._last: dict[str, tuple[Authenticated, float]] = {}
        self._last_of_keys: dict[KeyPlace, KeyUse] = {}
        self._lock = Lock()

    def note(self, authenticated: Authenticated, date: float) -> None:
        """Note by what a request was signed, at a service time in epoch seconds."""
        with self._lock:
            self._last[authenticated.access_key_id] = (authenticated, date)

    def note_keys(self, uses: Iterable[KeyUse]) -> None:
        """Note cryptographic operations that succeeded."""
        with self._lock:
            for use in uses:
                self._last_of_keys[use.place] = use

    def write(self, store: Store) -> None:
        """Write down what was noted since the last time; what the store does not take is lost. Raises StoreError."""
        with self._lock:
            noted, self._last = sorted(self._last.values(), key=_date), {}
            keys, self._last_of_keys = tuple(self._last_of_keys.values()), {}
        access_keys = [
            AccessKeyUse(by.access_key_id, date, by.region, by.service) for by, date in noted if by.session is None
        ]
        # One row each, the latest: a role may have any number of sessions, and all changes wait for this one.
        roles = {
            by.principal.entity_id: RoleUse(by.principal.entity_id, date, by.region)
            for by, date in noted
            if by.principal.role_arn is not None
        }
        if access_keys or roles or keys:
            with store.change() as change:
                change.accounts.record_use(access_keys)
                change.identities.record_use(roles.values())
                change.key_uses.record(keys)


def _date(use: tuple[Authenticated, float]) -> float:
    return use[1]
