"""What an operation is given besides its request.

The type that a function asks for says what it may touch: a `Context` is memory only and runs on the event loop,
a `ReadContext` reads the database, and a `ChangeContext` changes it in one transaction; both run off the loop.
"""

from typing import Protocol

import msgspec

from strongroom.api.callers import Caller
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.resolve import Scope
from strongroom.api.store_requests import StoreRequests
from strongroom.authn.sessions import SessionTokens
from strongroom.authn.verify import Authenticated
from strongroom.crypto.attestation import Attestation
from strongroom.custody.store_keys import Purpose, StoreKeys
from strongroom.model.errors import InternalError
from strongroom.model.grant import Grant
from strongroom.model.principal import Principal
from strongroom.policy.query import NO_CONTEXT, ConditionContext
from strongroom.storage.store import Change, Reader


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What every operation is given.

    Attributes:
        caller: who asks, already authorised; None in an operation that is not signed.
        credentials: by what it was signed; None in an operation that is not signed.
        scope: the caller's account and the Region of the request.
        now: service time in epoch seconds.
        wall: time on the wall in epoch seconds, by which sessions are dated.
        keys: the keys that the operation's needs resolved to, in their order.
        by_grants: the grants that allowed what nothing else did.
        conditions: the condition keys that the last permission was decided by.
        attestation: whom the secrets of the answer are for, where it is not the caller.
        mfa_at: when a second factor was shown with this very request, in seconds since the epoch; or None.
        custom_key_stores: asks them; None on the event loop.
    """

    caller: Caller | None
    credentials: Authenticated | None
    scope: Scope
    now: float
    wall: float
    keys: tuple[KeySnapshot, ...]
    by_grants: tuple[Grant, ...]
    store_keys: StoreKeys
    attestation: Attestation | None = None
    mfa_at: float | None = None
    conditions: ConditionContext = NO_CONTEXT
    custom_key_stores: StoreRequests | None = None

    @property
    def key(self) -> KeySnapshot:
        """The first key."""
        return self.keys[0]

    @property
    def asking(self) -> Caller:
        """Who asks. Raises InternalError in an operation that is not signed."""
        if self.caller is None:
            raise InternalError("Nobody was authenticated.")
        return self.caller

    @property
    def principal(self) -> Principal:
        """Who asks. Raises InternalError in an operation that is not signed."""
        return self.asking.principal

    def session_tokens(self) -> SessionTokens:
        """Make what issues session tokens."""
        return SessionTokens(self.store_keys.sealers(Purpose.SESSION_TOKEN), self.store_keys.current)


class Prepared(Protocol):
    """What was done for a change before it took the write lock."""

    def abandon(self) -> None:
        """Undo it, for the change does not happen."""


class ReadContext(Context, frozen=True, kw_only=True):
    """What an operation that reads the database is given."""

    reader: Reader


class ChangeContext(Context, frozen=True, kw_only=True):
    """What an operation that changes the database is given: it and its audit record commit together.

    Attributes:
        prepared: what the operation's declaration prepared.
    """

    change: Change
    prepared: Prepared | None = None
