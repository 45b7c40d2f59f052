"""The root key of a data folder, whoever keeps it, also while another takes its place.

A root key that is to replace the one in use is at first beside it, as `root.key.next`. The one that counts is the one
that the store keys in the database name: so each of the two works for as long as it has to, whenever a process dies.
"""

from pathlib import Path

from strongroom.app.data_folder import DataFolder, InstallationError
from strongroom.custody.root_key import RootKey, RootKeyError
from strongroom.custody.root_key_providers import (
    NewRootKey,
    create_root_key,
    describe_root_key,
    open_root_key,
    provider_of,
)
from strongroom.model.clock import MovableClock
from strongroom.model.files import sync_folder
from strongroom.storage.accounts import StoredStoreKey
from strongroom.storage.engine import sqlite_engine
from strongroom.storage.store import Store, StoreError


class FolderRootKey:
    """The root key of a data folder. A process that is forked later finds the one that has taken its place since."""

    def __init__(self, folder: DataFolder) -> None:
        """Open it with the secrets of the folder. Raises InstallationError or RootKeyError."""
        self._folder = folder
        self._held = _open(folder)

    @property
    def id(self) -> str:
        """Name of the root key."""
        return self._held.id

    def wrap(self, secret: bytes, aad: bytes) -> bytes:
        """Encrypt. Raises RootKeyError."""
        return self._held.wrap(secret, aad)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Decrypt. Raises ValueError when it is not authentic, and RootKeyError when the key cannot be had."""
        try:
            return self._held.unwrap(wrapped, aad)
        except (ValueError, RootKeyError):
            # The key in hand may even be gone, if it was on a token.
            if not self._follow():
                raise
            return self._held.unwrap(wrapped, aad)

    def _follow(self) -> bool:
        """Take the root key that has taken this one's place, if one has."""
        before, self._held = self._held, _open(self._folder)
        return self._held.id != before.id


def root_key_for(folder: DataFolder, new: NewRootKey | None = None) -> RootKey:
    """Open the root key that lies at its place already, or make one: in a file, unless `new` says otherwise.

    Raises RootKeyError, also when the one that is there is not of the provider that `new` names.
    """
    if not folder.root_key.exists():
        return create_root_key(folder.root_key, new or "file", folder.secrets)
    there = describe_root_key(folder.root_key).provider
    if new is not None and provider_of(new) != there:
        raise RootKeyError(f"{folder.root_key} holds a root key already, of provider {there}; move it away first")
    return open_root_key(folder.root_key, folder.secrets)


def stored_store_keys(folder: DataFolder) -> list[StoredStoreKey]:
    """Read the wrapped store keys; no root key is needed. Raises InstallationError."""
    store = Store(sqlite_engine(folder.database), MovableClock())
    try:
        with store.read() as reader:
            return reader.accounts.store_keys()
    except StoreError as error:
        raise InstallationError(f"{folder.database} cannot be read: {error}") from None
    finally:
        store.close()


def settle(folder: DataFolder) -> None:
    """End what a rotation began: the next root key takes its place if the store keys are under it, or else goes away.

    Raises InstallationError, and OSError.
    """
    if not folder.next_root_key.exists():
        return
    if _is_next_in_use(folder):
        folder.next_root_key.replace(folder.root_key)
    else:
        folder.next_root_key.unlink()
    sync_folder(folder.root_key.parent)


def root_key_in_use(folder: DataFolder) -> Path:
    """Give the file of the root key that the store keys are under. Raises InstallationError."""
    return folder.next_root_key if _is_next_in_use(folder) else folder.root_key


def _open(folder: DataFolder) -> RootKey:
    path = root_key_in_use(folder)
    try:
        return open_root_key(path, folder.secrets)
    except RootKeyError:
        if path.exists():
            raise
    # The rotation has just ended, and the next root key is no longer beside the other, or there is none at all.
    return open_root_key(folder.root_key, folder.secrets)


def _is_next_in_use(folder: DataFolder) -> bool:
    # Looked for before the key in use: a rotation may be at work, which moves the next one to that one's place.
    if not folder.next_root_key.exists():
        return False
    try:
        next_id = describe_root_key(folder.next_root_key).id
    except RootKeyError:
        return False
    return any(each.root_key_id == next_id for each in stored_store_keys(folder))
