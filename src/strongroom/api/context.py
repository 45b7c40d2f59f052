"""What an operation is given besides its request.

The type that a function asks for says what it may touch: a `Context` is memory only and runs on the event loop,
a `ReadContext` reads the database, and a `ChangeContext` changes it in one transaction; both run off the loop.
"""

import msgspec

from strongroom.api.resolve import Scope
from strongroom.api.snapshots import KeySnapshot
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.principal import Principal
from strongroom.storage.store import Change, Reader


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What every operation is given.

    Attributes:
        caller: who asks, already authorised.
        scope: the caller's account and the Region of the request.
        now: service time in epoch seconds.
        keys: the keys that the operation's needs resolved to, in their order.
    """

    caller: Principal
    scope: Scope
    now: float
    keys: tuple[KeySnapshot, ...]

    @property
    def key(self) -> KeySnapshot:
        """The first key."""
        return self.keys[0]


class ReadContext(Context, frozen=True, kw_only=True):
    """What an operation that reads the database is given."""

    reader: Reader


class ChangeContext(Context, frozen=True, kw_only=True):
    """What an operation that changes the database is given: it and its audit record commit together."""

    change: Change
    store_keys: StoreKeys
