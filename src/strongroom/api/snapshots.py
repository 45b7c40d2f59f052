"""Immutable snapshots of what requests need, kept in a worker's memory and dropped when the change feed names them.

A worker's loop asks `refresh` before it handles a batch of requests, each of which it has read wholly by then: so no
request is decided on a state older than the last commit before the request was complete.
"""

from collections.abc import Callable

from strongroom.api.cache import Cache
from strongroom.api.callers import Caller, load_caller, load_credential
from strongroom.api.key_snapshots import KeySnapshot, load_key, predefined_aliases
from strongroom.authn.credentials import Credential
from strongroom.authn.verify import Authenticated
from strongroom.custody.key_stores import KeyStores
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import Installation
from strongroom.model.clock import MovableClock
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.model.key_store import KeyStorePlace
from strongroom.storage.feed import FeedEntry
from strongroom.storage.store import Reader, Store

_Drop = Callable[..., None]


class Snapshots:
    """A worker's memory of keys, aliases, grants, callers, credentials and the clock. For the loop's thread only."""

    def __init__(self, store: Store, store_keys: StoreKeys, clock: MovableClock, key_stores: KeyStores) -> None:
        """Read from a store; the clock is moved when the installation's offset changes, which only dev mode allows.

        Custom key stores are disconnected from when they change.
        """
        self._key_stores = key_stores
        self._store = store
        self._store_keys = store_keys
        self._clock = clock
        self._keys: Cache[KeyPlace, KeySnapshot] = Cache()
        self._aliases: Cache[tuple[str, str, str], str] = Cache()
        self._grants: Cache[tuple[KeyPlace, str], tuple[Grant, ...]] = Cache()
        self._credentials: Cache[str, Credential] = Cache()
        # By access key id, for an id never comes to stand for somebody else.
        self._callers: Cache[str, Caller] = Cache()
        self._predefined: frozenset[str] | None = None
        self._drops: dict[str, _Drop] = {
            "key": self._drop_key,
            "alias": self._drop_alias,
            "grant": self._drop_grants,
            "access_key": self._drop_access_key,
            "identity": self._drop_identities,
            "service": self._drop_services,
            "key_store": self._drop_key_store,
        }
        self._generation = store.generation()
        self._seen_generation = self._generation.current()
        with store.read() as reader:
            self._sequence = reader.last_change()
            self._follow_clock(reader.accounts.installation())

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        """Give a key with its material, or None."""
        found = self._keys.get(place)
        if found is None:
            with self._store.read() as reader:
                found = load_key(reader, place, self._store_keys)
            if found is not None:
                self._keys.put(place, found)
        return found

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        """Give the id of the key that an alias names, or None."""
        target = self._aliases.get((account_id, region, name))
        if target is None:
            with self._store.read() as reader:
                alias = reader.aliases.find(account_id, region, name)
            if alias is None:
                return None
            target = alias.target_key_id
            self._aliases.put((account_id, region, name), target)
        return target

    def predefines(self, alias_name: str) -> bool:
        """Tell whether an alias is that of the AWS managed keys of a service, in every account and Region."""
        if self._predefined is None:
            with self._store.read() as reader:
                self._predefined = predefined_aliases(reader)
        return alias_name in self._predefined

    def grants(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        """Give the grants of a key that a grantee has."""
        found = self._grants.get((place, grantee))
        if found is None:
            with self._store.read() as reader:
                found = reader.grants.of_grantee(place, grantee)
            # Nearly everybody has none, and to ask again each time would be dear.
            self._grants.put((place, grantee), found)
        return found

    def find(self, access_key_id: str) -> Credential | None:
        """Give a long-term credential, or None."""
        found = self._credentials.get(access_key_id)
        if found is None:
            with self._store.read() as reader:
                found = load_credential(reader, self._store_keys, access_key_id)
            if found is not None:
                self._credentials.put(access_key_id, found)
        return found

    def caller(self, authenticated: Authenticated) -> Caller:
        """Give who asks. Raises UnrecognizedClient for one that is not there any more."""
        found = self._callers.get(authenticated.access_key_id)
        if found is None:
            with self._store.read() as reader:
                found = load_caller(reader, authenticated)
            self._callers.put(authenticated.access_key_id, found)
        return found

    def refresh(self) -> None:
        """Drop what others have changed since the last call."""
        generation = self._generation.current()
        if generation == self._seen_generation:
            return
        with self._store.read() as reader:
            entries = reader.changes_since(self._sequence)
            # A feed pruned beyond what was seen leaves a gap: then nothing that is kept can be trusted.
            if entries and entries[0].sequence != self._sequence + 1:
                self._forget_all(reader)
            for entry in entries:
                self._apply(entry, reader)
        # Only now: what fails on the way is looked at again.
        self._sequence = entries[-1].sequence if entries else self._sequence
        self._seen_generation = generation

    def close(self) -> None:
        """Close the watch on the store."""
        self._generation.close()

    def _forget_all(self, reader: Reader) -> None:
        for cache in (self._keys, self._aliases, self._grants, self._credentials, self._callers):
            cache.clear()
        self._predefined = None
        self._follow_clock(reader.accounts.installation())

    def _apply(self, entry: FeedEntry, reader: Reader) -> None:
        drop = self._drops.get(entry.kind)
        if drop is None:
            self._follow_clock(reader.accounts.installation())
        else:
            drop(*entry.subject)

    def _drop_key(self, account_id: str, region: str, key_id: str) -> None:
        self._keys.drop(KeyPlace(account_id, region, key_id))

    def _drop_key_store(self, account_id: str, region: str, custom_key_store_id: str) -> None:
        place = KeyStorePlace(account_id, region, custom_key_store_id)
        self._keys.drop_all_that(lambda key: key.custom_key_store is not None and key.custom_key_store.place == place)
        self._key_stores.forget(place)

    def _drop_alias(self, account_id: str, region: str, name: str) -> None:
        self._aliases.drop((account_id, region, name))

    def _drop_grants(self, account_id: str, region: str, key_id: str, grantee: str) -> None:
        place = KeyPlace(account_id, region, key_id)
        self._grants.drop((place, grantee))
        key = self._keys.get(place)
        if key is not None:
            key.decisions.forget()

    def _drop_access_key(self, access_key_id: str) -> None:
        self._credentials.drop(access_key_id)
        self._callers.drop(access_key_id)
        self._callers.drop_all_that(lambda caller: access_key_id in caller.vouching_keys)

    def _drop_identities(self, account_id: str) -> None:
        # Policies of one account may be attached to many, so all of its identities are looked up anew.
        self._callers.drop_all_that(lambda caller: caller.principal.account_id == account_id)
        self._credentials.drop_all_that(lambda credential: credential.principal.account_id == account_id)

    def _drop_services(self) -> None:
        self._predefined = None
        self._callers.drop_all_that(lambda caller: caller.service is not None)
        self._credentials.drop_all_that(lambda credential: credential.principal.type == "AWSService")

    def _follow_clock(self, installation: Installation) -> None:
        self._clock.offset = installation.clock_offset if installation.mode == "dev" else 0.0
