"""Immutable snapshots of what requests need, kept in a worker's memory and dropped when the change feed names them.

A worker's loop asks `refresh` before it handles a batch of requests, each of which it has read wholly by then: so no
request is decided on a state older than the last commit before the request was complete.
"""

import logging
from collections.abc import Callable, Hashable, Iterable
from typing import Generic, Protocol, TypeVar

import msgspec

from strongroom.authn.credentials import Credential
from strongroom.crypto.ciphertext import BlobHeader, encode_header
from strongroom.crypto.xaes import XaesKey
from strongroom.custody.secrets import unwrap_material, unwrap_secret_access_key
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import Installation
from strongroom.model.clock import MovableClock
from strongroom.model.key import Key, KeyMaterial, KeyPlace
from strongroom.model.principal import root_principal
from strongroom.policy.document import Document, parse_key_policy
from strongroom.storage.feed import FeedEntry
from strongroom.storage.store import Reader, Store

logger = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_CACHE_SIZE = 20_000


class KeySnapshot(msgspec.Struct, frozen=True, gc=False):
    """A key as it was at one moment: its policy compiled, and for use its material unwrapped.

    Attributes:
        materials: by material id, those that open; empty where the key is only looked at or changed.
        blob_header: header of the ciphertexts that the current material makes.
    """

    key: Key
    arn: str
    policy: Document
    materials: dict[str, XaesKey]
    blob_header: bytes


class Directory(Protocol):
    """Where keys and aliases are looked up: a worker's memory, or one transaction."""

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        """Give a key, or None."""

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        """Give the id of the key that an alias names, or None."""


def unwrap_materials(store_keys: StoreKeys, key: Key, materials: Iterable[KeyMaterial]) -> dict[str, XaesKey]:
    """Unwrap a key's materials. What does not open is left out, so that the key can be disabled and deleted still."""
    opened = {}
    for material in materials:
        try:
            opened[material.material_id] = XaesKey(unwrap_material(store_keys, key, material))
        except ValueError:
            logger.warning("Material %s of %s does not open: it is not that key's", material.material_id, key.place.arn)
    return opened


def snapshot(key: Key, materials: dict[str, XaesKey]) -> KeySnapshot:
    """Compile a key."""
    header = encode_header(BlobHeader(key.place.account_id, key.place.key_id, key.current_material_id))
    return KeySnapshot(key, key.place.arn, parse_key_policy(key.policy), materials, header)


class TransactionDirectory:
    """Looks keys up in one transaction, without their material: for changes, which must see the latest state."""

    def __init__(self, reader: "KeysAndAliases") -> None:
        """Look up through a transaction."""
        self._reader = reader

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        """Give a key, or None."""
        key = self._reader.keys.find(place)
        return None if key is None else snapshot(key, {})

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        """Give the id of the key that an alias names, or None."""
        alias = self._reader.aliases.find(account_id, region, name)
        return None if alias is None else alias.target_key_id


class _KeyFinder(Protocol):
    def find(self, place: KeyPlace) -> Key | None: ...


class _FoundAlias(Protocol):
    @property
    def target_key_id(self) -> str: ...


class _AliasFinder(Protocol):
    def find(self, account_id: str, region: str, name: str) -> _FoundAlias | None: ...


class KeysAndAliases(Protocol):
    """A transaction, whether it reads or changes."""

    @property
    def keys(self) -> _KeyFinder:
        """Its keys."""

    @property
    def aliases(self) -> _AliasFinder:
        """Its aliases."""


class _Cache(Generic[K, V]):
    """A bounded cache that forgets what was loaded first; what does not exist is looked up each time."""

    def __init__(self, load: Callable[[K], V | None]) -> None:
        self._entries: dict[K, V] = {}
        self._load = load

    def get(self, name: K) -> V | None:
        entry = self._entries.get(name)
        if entry is not None:
            return entry
        value = self._load(name)
        if value is None:
            return None
        if len(self._entries) >= _CACHE_SIZE:
            del self._entries[next(iter(self._entries))]
        self._entries[name] = value
        return value

    def drop(self, name: K) -> None:
        self._entries.pop(name, None)

    def clear(self) -> None:
        self._entries.clear()


class Snapshots:
    """A worker's memory of keys, aliases, credentials and the clock. For the loop's thread only."""

    def __init__(self, store: Store, store_keys: StoreKeys, clock: MovableClock) -> None:
        """Read from a store; the clock is moved when the installation's offset changes, which only dev mode allows."""
        self._store = store
        self._store_keys = store_keys
        self._clock = clock
        self._keys: _Cache[KeyPlace, KeySnapshot] = _Cache(self._load_key)
        self._aliases: _Cache[tuple[str, str, str], str] = _Cache(self._load_alias)
        self._credentials: _Cache[str, Credential] = _Cache(self._load_credential)
        self._generation = store.generation()
        self._seen_generation = self._generation.current()
        with store.read() as reader:
            self._sequence = reader.last_change()
            self._follow_clock(reader.accounts.installation())

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        """Give a key with its material, or None."""
        return self._keys.get(place)

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        """Give the id of the key that an alias names, or None."""
        return self._aliases.get((account_id, region, name))

    def find(self, access_key_id: str) -> Credential | None:
        """Give a long-term credential, or None."""
        return self._credentials.get(access_key_id)

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
        for cache in (self._keys, self._aliases, self._credentials):
            cache.clear()
        self._follow_clock(reader.accounts.installation())

    def _apply(self, entry: FeedEntry, reader: Reader) -> None:
        if entry.kind == "key":
            self._keys.drop(KeyPlace(*entry.subject))
        elif entry.kind == "alias":
            account_id, region, name = entry.subject
            self._aliases.drop((account_id, region, name))
        elif entry.kind == "access_key":
            self._credentials.drop(entry.subject[0])
        else:
            self._follow_clock(reader.accounts.installation())

    def _follow_clock(self, installation: Installation) -> None:
        self._clock.offset = installation.clock_offset if installation.mode == "dev" else 0.0

    def _load_key(self, place: KeyPlace) -> KeySnapshot | None:
        with self._store.read() as reader:
            key = reader.keys.find(place)
            if key is None:
                return None
            materials = reader.keys.materials(place)
        return snapshot(key, unwrap_materials(self._store_keys, key, materials))

    def _load_alias(self, name: tuple[str, str, str]) -> str | None:
        with self._store.read() as reader:
            alias = reader.aliases.find(*name)
        return None if alias is None else alias.target_key_id

    def _load_credential(self, access_key_id: str) -> Credential | None:
        with self._store.read() as reader:
            found = reader.accounts.find_access_key(access_key_id)
        if found is None:
            return None
        return Credential(
            access_key_id=found.access_key_id,
            secret=unwrap_secret_access_key(self._store_keys, found),
            principal=root_principal(found.account_id),
            active=found.status == "Active",
        )
