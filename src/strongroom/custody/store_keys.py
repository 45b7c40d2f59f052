"""Store keys: they wrap what the database keeps secret, and the root key wraps them.

Each purpose has a key of its own, derived from the store key by HKDF-SHA-256 (RFC 5869), and each secret is bound to
the identity of what it belongs to as additional data, so that a wrapped secret moved to another row does not open.
"""

import hmac
import os
from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from strongroom.crypto.context import encode_fields
from strongroom.crypto.xaes import KEY_SIZE, XaesKey
from strongroom.custody.root_key import RootKey, RootKeyError


class Purpose(Enum):
    """What a derived key is for."""

    KEY_MATERIAL = "key material"
    ACCESS_KEY = "access key"
    MFA_SEED = "mfa seed"
    KEY_STORE_SECRET = "key store secret"  # noqa: S105 - a purpose, not a secret
    SESSION_TOKEN = "session token"  # noqa: S105 - a purpose, not a secret
    IMPORT_TOKEN = "import token"  # noqa: S105 - a purpose, not a secret
    GRANT_TOKEN = "grant token"  # noqa: S105 - a purpose, not a secret


class Wrapped(msgspec.Struct, frozen=True):
    """A secret at rest: the version of the store key and the sealed bytes."""

    store_key: int
    sealed: bytes


class WrappedStoreKey(msgspec.Struct, frozen=True):
    """A store key at rest."""

    version: int
    root_key_id: str
    sealed: bytes


def _store_key_identity(installation: str, version: int) -> bytes:
    return encode_fields(("strongroom store key v1", installation, str(version)))


def create_store_key(root: RootKey, installation: str, version: int) -> WrappedStoreKey:
    """Make a new store key, wrapped under the root key and bound to the installation's id and its version."""
    sealed = root.wrap(os.urandom(KEY_SIZE), _store_key_identity(installation, version))
    return WrappedStoreKey(version, root.id, sealed)


def rewrap_store_key(old: RootKey, new: RootKey, installation: str, wrapped: WrappedStoreKey) -> WrappedStoreKey:
    """Wrap a store key under another root key, and make sure that it opens. Raises ValueError when it does not."""
    identity = _store_key_identity(installation, wrapped.version)
    key = old.unwrap(wrapped.sealed, identity)
    sealed = new.wrap(key, identity)
    if not hmac.compare_digest(new.unwrap(sealed, identity), key):
        raise ValueError("the new root key does not give back what it wrapped")
    return WrappedStoreKey(wrapped.version, new.id, sealed)


class StoreKeys:
    """The store keys of an installation, unwrapped. Safe for several threads."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        """Take the 32-byte store keys by version; the highest version wraps what is new."""
        self._derived = {
            (version, purpose): HKDF(
                SHA256(), KEY_SIZE, salt=None, info=b"strongroom " + purpose.value.encode()
            ).derive(key)
            for version, key in keys.items()
            for purpose in Purpose
        }
        self._current = max(keys)

    @property
    def current(self) -> int:
        """The version that wraps what is new."""
        return self._current

    def wrap(self, purpose: Purpose, identity: Iterable[str], secret: bytes) -> Wrapped:
        """Wrap a secret, bound to the identity of its owner."""
        key = XaesKey(self._derived[self._current, purpose])
        return Wrapped(self._current, key.seal(secret, encode_fields(identity)))

    def unwrap(self, purpose: Purpose, identity: Iterable[str], wrapped: Wrapped) -> bytes:
        """Unwrap a secret. Raises ValueError when it was not wrapped for this purpose and identity."""
        derived = self._derived.get((wrapped.store_key, purpose))
        if derived is None:
            raise ValueError("wrapped under a store key that is not here")
        return XaesKey(derived).open(wrapped.sealed, encode_fields(identity))

    def sealers(self, purpose: Purpose) -> dict[int, XaesKey]:
        """Give a fresh AEAD for each version of a purpose's key, for one thread to keep."""
        return {version: XaesKey(key) for (version, owner), key in self._derived.items() if owner is purpose}


def open_store_keys(root: RootKey, installation: str, wrapped: Iterable[WrappedStoreKey]) -> StoreKeys:
    """Unwrap all store keys. Raises RootKeyError when the root key is not the one that wrapped them."""
    keys = {}
    for store_key in wrapped:
        try:
            keys[store_key.version] = root.unwrap(
                store_key.sealed, _store_key_identity(installation, store_key.version)
            )
        except ValueError:
            raise RootKeyError(
                f"root key {root.id} does not open store key {store_key.version}, "
                f"which root key {store_key.root_key_id} wrapped; give the root key of this data folder"
            ) from None
    if not keys:
        raise RootKeyError("the database holds no store key")
    return StoreKeys(keys)
