"""A key as it was at one moment, and where keys are looked up."""

import logging
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from strongroom.api.callers import Caller, load_caller
from strongroom.authn.verify import Authenticated
from strongroom.crypto.ciphertext import EXTERNAL_VERSION, VERSION, BlobHeader, MessageCipher, encode_header
from strongroom.crypto.secret_keys import SecretKey, load_secret_key
from strongroom.crypto.specs import KEY_SPECS
from strongroom.crypto.xaes import XaesKey
from strongroom.custody.secrets import unwrap_material
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.grant import Grant
from strongroom.model.key import Key, KeyMaterial, KeyPlace, RelatedKey
from strongroom.model.key_store import CustomKeyStore, KeyStorePlace
from strongroom.policy.decision import Decision
from strongroom.policy.document import Document, parse_stored_key_policy
from strongroom.storage.store import Change, Reader

logger = logging.getLogger(__name__)

_REMEMBERED = 1024
_SYMMETRIC = "SYMMETRIC_DEFAULT"
# What the custom key store has no say in: a key that is to be deleted stays so.
_AVAILABLE = frozenset({"Enabled", "Disabled"})


class Decisions:
    """Decisions on one key that hold as long as neither it, nor its grants, nor the caller changes."""

    __slots__ = ("_by_caller",)

    def __init__(self) -> None:
        """Remember nothing."""
        self._by_caller: dict[tuple[Caller, str], Decision] = {}

    def get(self, caller: Caller, action: str) -> Decision | None:
        """Give what is remembered, or None."""
        return self._by_caller.get((caller, action))

    def remember(self, caller: Caller, action: str, decision: Decision) -> None:
        """Remember a decision that no condition of the single request touched."""
        if len(self._by_caller) >= _REMEMBERED:
            self._by_caller.clear()
        self._by_caller[caller, action] = decision

    def forget(self) -> None:
        """Forget all."""
        self._by_caller.clear()


class KeySnapshot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A key as it was at one moment: its policy compiled, and for use its material unwrapped.

    Attributes:
        materials: of a symmetric encryption key, by material id, those that open; empty where the key is only looked at
            or changed, and of a key in a custom key store where that is not to be asked.
        secret_key: the one material of a key of any other kind, if it opens.
        blob_header: header of the ciphertexts that the current material makes; empty where it makes none.
        imported: the current material of a key whose material is imported.
        custom_key_store: the custom key store that it is in, or None.
        last_use: when the key was last used as far as it is written down, in epoch seconds.
        related: a multi-Region key and its related keys, by Region.
        aliases: names of all its aliases, sorted.
        tags: its tags.
        decisions: what was decided on it.
    """

    key: Key
    arn: str
    policy: Document
    materials: Mapping[str, MessageCipher]
    secret_key: SecretKey | None = None
    blob_header: bytes = b""
    imported: KeyMaterial | None = None
    custom_key_store: CustomKeyStore | None = None
    last_use: float | None = None
    related: tuple[RelatedKey, ...] = ()
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str]
    decisions: Decisions


class StoreCiphers(Protocol):
    """Makes use of keys in custom key stores, which takes as long as these do."""

    def ciphers(self, key: Key, store: CustomKeyStore, materials: Mapping[str, bytes]) -> Mapping[str, MessageCipher]:
        """Give what encrypts and decrypts with a key of a connected store, by material id."""


class Directory(Protocol):
    """Where what requests need is looked up: a worker's memory, or one transaction."""

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        """Give a key, or None."""

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        """Give the id of the key that an alias names, or None."""

    def predefines(self, alias_name: str) -> bool:
        """Tell whether an alias is that of the AWS managed keys of a service, in every account and Region."""

    def grants(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        """Give the grants of a key that a grantee has."""

    def caller(self, authenticated: Authenticated) -> Caller:
        """Give who asks. Raises UnrecognizedClient for one that is not there any more."""


def unwrap_materials(store_keys: StoreKeys, key: Key, materials: Iterable[KeyMaterial]) -> dict[str, bytes]:
    """Unwrap a key's materials. What does not open is left out, so that the key can be disabled and deleted still."""
    opened = {}
    for material in materials:
        if material.wrapped is None:
            continue
        try:
            opened[material.material_id] = unwrap_material(store_keys, key, material)
        except ValueError:
            logger.warning("Material %s of %s does not open: it is not that key's", material.material_id, key.place.arn)
    return opened


def load_key(
    reader: Reader | Change,
    place: KeyPlace,
    store_keys: StoreKeys | None = None,
    store_ciphers: StoreCiphers | None = None,
) -> KeySnapshot | None:
    """Give a key from the database, or None.

    It has its material if there are store keys to unwrap it; that of a key in a custom key store only if there is
    something to ask the store with, too.
    """
    key = reader.keys.find(place)
    if key is None:
        return None
    store = _custom_key_store(reader, key)
    key = _as_available(key, store)
    materials = [] if store_keys is None and key.origin != "EXTERNAL" else reader.keys.materials(place)
    secrets = {} if store_keys is None else unwrap_materials(store_keys, key, materials)
    last_use = reader.key_uses.find(place)
    symmetric = key.key_spec == _SYMMETRIC
    return KeySnapshot(
        key=key,
        arn=key.place.arn,
        policy=parse_stored_key_policy(key.policy),
        materials=_ciphers(key, store, secrets, store_ciphers) if symmetric else {},
        secret_key=None if symmetric else _secret_key(key, secrets),
        blob_header=_blob_header(key) if symmetric else b"",
        imported=_imported(key, materials),
        custom_key_store=store,
        last_use=None if last_use is None else last_use.date,
        related=tuple(reader.keys.related(place)),
        aliases=tuple(reader.aliases.names_of(place)),
        tags=reader.tags.all(place),
        decisions=Decisions(),
    )


def _custom_key_store(reader: Reader | Change, key: Key) -> CustomKeyStore | None:
    if key.custom_key_store_id is None:
        return None
    return reader.key_stores.find(KeyStorePlace(key.place.account_id, key.place.region, key.custom_key_store_id))


def _as_available(key: Key, store: CustomKeyStore | None) -> Key:
    """Give a key in the state in which it is seen: unavailable as long as its custom key store is not connected."""
    if store is None or store.connected or key.state not in _AVAILABLE:
        return key
    return msgspec.structs.replace(key, state="Unavailable")


def _ciphers(
    key: Key, store: CustomKeyStore | None, secrets: Mapping[str, bytes], store_ciphers: StoreCiphers | None
) -> Mapping[str, MessageCipher]:
    if store is None:
        return {material_id: XaesKey(secret) for material_id, secret in secrets.items()}
    if store_ciphers is None or not store.connected:
        return {}
    return store_ciphers.ciphers(key, store, secrets)


def _secret_key(key: Key, secrets: Mapping[str, bytes]) -> SecretKey | None:
    secret = secrets.get(key.current_material_id or "")
    return None if secret is None else load_secret_key(KEY_SPECS[key.key_spec], secret)


def _imported(key: Key, materials: Iterable[KeyMaterial]) -> KeyMaterial | None:
    if key.origin != "EXTERNAL":
        return None
    return next((each for each in materials if each.material_id == key.current_material_id), None)


def _blob_header(key: Key) -> bytes:
    if key.current_material_id is None:
        return b""
    version = EXTERNAL_VERSION if key.origin == "EXTERNAL_KEY_STORE" else VERSION
    return encode_header(BlobHeader(key.place.account_id, key.place.key_id, key.current_material_id, version))


def predefined_aliases(reader: Reader | Change) -> frozenset[str]:
    """Give the full names of the aliases that every account has in every Region: those of the services' keys."""
    return frozenset(name for each in reader.identities.services() if (name := each.alias_name) is not None)


class TransactionDirectory:
    """Looks up in one transaction: for changes, which must see the latest state."""

    def __init__(
        self,
        reader: Reader | Change,
        store_keys: StoreKeys | None = None,
        store_ciphers: StoreCiphers | None = None,
    ) -> None:
        """Look up through a transaction; keys have their material as `load_key` says."""
        self.reader = reader
        self._store_keys = store_keys
        self._store_ciphers = store_ciphers

    def key(self, place: KeyPlace) -> KeySnapshot | None:
        """Give a key, or None."""
        return load_key(self.reader, place, self._store_keys, self._store_ciphers)

    def alias_target(self, account_id: str, region: str, name: str) -> str | None:
        """Give the id of the key that an alias names, or None."""
        alias = self.reader.aliases.find(account_id, region, name)
        return None if alias is None else alias.target_key_id

    def predefines(self, alias_name: str) -> bool:
        """Tell whether an alias is that of the AWS managed keys of a service, in every account and Region."""
        return alias_name in predefined_aliases(self.reader)

    def grants(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        """Give the grants of a key that a grantee has."""
        return self.reader.grants.of_grantee(place, grantee)

    def caller(self, authenticated: Authenticated) -> Caller:
        """Give who asks. Raises UnrecognizedClient for one that is not there any more."""
        return load_caller(self.reader, authenticated)
