"""Replacing the root key of an installation, which may be served meanwhile.

A server keeps the store keys that it has unwrapped; what it starts later finds the new root key in the data folder.
"""

from pathlib import Path

import msgspec

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key
from strongroom.app.operator_records import record_operator
from strongroom.app.root_keys import root_key_in_use, settle, stored_store_keys
from strongroom.custody.root_key import RootKey, RootKeyError
from strongroom.custody.root_key_file import replace_line
from strongroom.custody.root_key_providers import (
    NewRootKey,
    Pkcs11Choice,
    Provider,
    RootKeyDescription,
    create_root_key,
    describe_root_key,
    provider_of,
    resealed_line,
)
from strongroom.custody.store_keys import WrappedStoreKey, rewrap_store_key
from strongroom.storage.accounts import StoredStoreKey
from strongroom.storage.store import Change


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """What a rotation did.

    Attributes:
        provider: who keeps the new root key.
        root_key_id: its id.
        old_root_key_id: id of the one before, under which older backups of the database are.
        store_key_versions: the store keys that were wrapped anew.
    """

    provider: Provider
    root_key_id: str
    old_root_key_id: str
    store_key_versions: tuple[int, ...]


class RootKeyStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How the root key of an installation stands.

    Attributes:
        path: its file.
        root_key: what the file tells.
        store_keys: by the version of each store key, the id of the root key that it is under.
    """

    path: Path
    root_key: RootKeyDescription
    store_keys: dict[int, str]


def rotate_root_key(folder: DataFolder, new: NewRootKey | None = None) -> Rotated:
    """Make a new root key, by default with the provider of the old one, and wrap all store keys under it.

    At each step one root key file opens what is in the database, and a killed rotation is ended by the next one.
    Raises InstallationError, RootKeyError, StoreError, and OSError.
    """
    folder.require()
    with folder.changing_root_key():
        # 1. What an earlier rotation left is ended, and the root key in use proves that it opens the store keys.
        settle(folder)
        wanted = new or _like(describe_root_key(folder.root_key))
        old = load_root_key(folder)
        with Opened(folder, old) as opened:
            try:
                # 2. The new root key lies beside the old one, durably, before anything depends on it.
                made = create_root_key(folder.next_root_key, wanted, folder.secrets)
                _refuse_same(old, made)
                # 3. All store keys change together, with the record of it.
                with opened.store.change() as change:
                    versions = _rewrap(change, opened.installation.id, old, made)
                    _record(change, old.id, made.id, provider_of(wanted))
            finally:
                # 4. The new file takes the old one's place, or goes: as the database says, whatever has failed.
                settle(folder)
    return Rotated(
        provider=provider_of(wanted), root_key_id=made.id, old_root_key_id=old.id, store_key_versions=versions
    )


def change_passphrase(folder: DataFolder) -> str:
    """Put the root key under another passphrase; gives its id.

    Raises InstallationError, RootKeyError, and StoreError.
    """
    folder.require()
    with folder.changing_root_key():
        settle(folder)
        root_key = load_root_key(folder)
        line = resealed_line(folder.root_key, folder.secrets)
        with Opened(folder, root_key) as opened, opened.store.change() as change:
            elements: dict[str, object] = {"rootKeyId": root_key.id}
            record_operator(change, "ChangeRootKeyPassphrase", change.accounts.account_ids()[0], elements, source="kms")
            replace_line(folder.root_key, line)
    return root_key.id


def root_key_status(folder: DataFolder) -> RootKeyStatus:
    """Tell how the root key stands, without opening it. Raises InstallationError or RootKeyError."""
    folder.require()
    store_keys = {each.version: each.root_key_id for each in stored_store_keys(folder)}
    path = root_key_in_use(folder)
    return RootKeyStatus(path=path, root_key=describe_root_key(path), store_keys=store_keys)


def _like(current: RootKeyDescription) -> NewRootKey:
    if current.address is not None:
        return Pkcs11Choice(module=current.address.module, token=current.address.token)
    return "passphrase" if current.provider == "passphrase" else "file"


def _refuse_same(old: RootKey, new: RootKey) -> None:
    if new.id == old.id:
        raise RootKeyError(f"this is the root key in use, {old.id}; give another label")


def _rewrap(change: Change, installation: str, old: RootKey, new: RootKey) -> tuple[int, ...]:
    stored = change.accounts.store_keys()
    rewrapped = [
        rewrap_store_key(old, new, installation, WrappedStoreKey(each.version, each.root_key_id, each.sealed))
        for each in stored
    ]
    change.accounts.rewrap_store_keys(StoredStoreKey(each.version, each.root_key_id, each.sealed) for each in rewrapped)
    return tuple(each.version for each in rewrapped)


def _record(change: Change, old: str, new: str, provider: Provider) -> None:
    elements: dict[str, object] = {"oldRootKeyId": old, "rootKeyId": new, "provider": provider}
    record_operator(change, "RotateRootKey", change.accounts.account_ids()[0], elements, source="kms")
