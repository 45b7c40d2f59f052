"""Making an installation and opening it."""

import secrets
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self

from strongroom.app.data_folder import DataFolder, InstallationError
from strongroom.app.operator_records import record_operator
from strongroom.app.root_keys import FolderRootKey, root_key_for
from strongroom.app.root_passwords import new_password, set_root_password
from strongroom.authn.access_keys import new_access_key_id, new_secret_access_key
from strongroom.authn.sessions import SessionTokens, TemporaryCredentials
from strongroom.custody.root_key import RootKey
from strongroom.custody.root_key_providers import NewRootKey
from strongroom.custody.secrets import unwrap_secret_access_key, wrap_secret_access_key
from strongroom.custody.store_keys import (
    Purpose,
    StoreKeys,
    WrappedStoreKey,
    create_store_key,
    open_store_keys,
)
from strongroom.model.account import AccessKey, AccessKeyStatus, Installation, Mode
from strongroom.model.clock import MovableClock
from strongroom.model.files import sync_folder
from strongroom.model.principal import root_principal
from strongroom.storage import migrate
from strongroom.storage.accounts import StoredStoreKey
from strongroom.storage.engine import sqlite_engine
from strongroom.storage.store import Change, Store, StoreError


class Credentials(NamedTuple):
    """A new access key with its secret in the clear, which is shown once."""

    access_key_id: str
    secret_access_key: str


class Created(NamedTuple):
    """A new installation, with what the root user of its account signs in to the console with."""

    account_id: str
    region: str
    credentials: Credentials
    console_password: str


def new_account_id() -> str:
    """Make a random account id of 12 digits that does not start with 0."""
    return str(secrets.randbelow(9 * 10**11) + 10**11)


def create_installation(  # noqa: PLR0913 - what an installation starts from
    folder: DataFolder,
    account_id: str,
    region: str,
    mode: Mode,
    fill: Callable[["Opened", Created], object] = lambda _opened, _created: None,
    *,
    new_root_key: NewRootKey | None = None,
) -> Created:
    """Make root key (by default in a file), database and first account; a root key that is there already is used.

    `fill` may put more into the installation before it counts as made. A process killed on the way leaves no
    installation, and the next try is not hindered by what it left. Raises InstallationError or RootKeyError.
    """
    with folder.creating():
        root_key = root_key_for(folder, new_root_key)
        for left in folder.path.glob(f"{folder.new_database.name}*"):
            left.unlink()
        created = _create_database(folder, root_key, account_id, region, mode)
        with Opened(folder, root_key, folder.new_database) as opened:
            fill(opened, created)
        folder.new_database.rename(folder.database)
        sync_folder(folder.path)
    return created


def _create_database(folder: DataFolder, root_key: RootKey, account_id: str, region: str, mode: Mode) -> Created:
    clock = MovableClock()
    folder.new_database.touch(mode=0o600)
    engine = sqlite_engine(folder.new_database)
    store = Store(engine, clock)
    try:
        migrate.upgrade(engine)
        new = Installation(id=str(uuid.uuid4()), mode=mode, default_region=region, creation_date=clock.now())
        store_key = create_store_key(root_key, new.id, 1)
        store_keys = open_store_keys(root_key, new.id, [store_key])
        with store.change() as change:
            change.accounts.create_installation(
                new, StoredStoreKey(store_key.version, store_key.root_key_id, store_key.sealed)
            )
            credentials = create_account(change, store_keys, account_id)
            console_password = new_password()
            set_root_password(change, account_id, console_password)
    finally:
        store.close()
    return Created(account_id, region, credentials, console_password)


def create_account(change: Change, store_keys: StoreKeys, account_id: str) -> Credentials:
    """Add an account, whose id is not taken; gives the first access key of its root user."""
    change.accounts.create_account(account_id)
    return add_access_key(change, store_keys, account_id)


def add_access_key(change: Change, store_keys: StoreKeys, account_id: str) -> Credentials:
    """Give the root user of an account one more access key."""
    # The root user is known by the id of its account.
    return new_access_key(change, store_keys, account_id, account_id)


def new_access_key(change: Change, store_keys: StoreKeys, account_id: str | None, owner_id: str) -> Credentials:
    """Make an access key: of a root user, or of a service, which has no account and is known by its name."""
    credentials = Credentials(new_access_key_id(), new_secret_access_key())
    wrapped = wrap_secret_access_key(store_keys, account_id, owner_id, *credentials)
    change.accounts.create_access_key(
        AccessKey(
            access_key_id=credentials.access_key_id,
            owner_id=owner_id,
            account_id=account_id,
            status="Active",
            store_key=wrapped.store_key,
            wrapped_secret=wrapped.sealed,
            creation_date=change.now,
        )
    )
    elements: dict[str, object] = {"accessKeyId": credentials.access_key_id, "owner": owner_id}
    record_operator(change, "CreateAccessKey", account_id or "", elements)
    return credentials


def set_access_key_status(change: Change, access_key_id: str, status: AccessKeyStatus) -> bool:
    """Activate or deactivate an access key; False when there is none of that id."""
    access_key = change.accounts.find_access_key(access_key_id)
    if access_key is None:
        return False
    change.accounts.set_access_key_status(access_key_id, status)
    elements: dict[str, object] = {"accessKeyId": access_key_id, "status": status}
    record_operator(change, "UpdateAccessKey", access_key.account_id or "", elements)
    return True


class Opened:
    """An installation, opened: its store, its clock and its store keys. Open it after a fork."""

    def __init__(self, folder: DataFolder, root_key: RootKey, database: Path | None = None) -> None:
        """Open a data folder, or a database that is to become its. Raises InstallationError or RootKeyError."""
        if database is None:
            folder.require()
        self._path = folder.path
        self.clock = MovableClock()
        engine = sqlite_engine(database or folder.database)
        self.store = Store(engine, self.clock)
        try:
            if not migrate.is_current(engine):
                raise InstallationError(f"{folder.database} is of another version of Strongroom; use that version")
            with self.store.read() as reader:
                self.installation = reader.accounts.installation()
                stored = reader.accounts.store_keys()
        except (StoreError, LookupError) as error:
            raise InstallationError(f"{folder.database} cannot be read: {error}") from None
        self.clock.offset = self.installation.clock_offset if self.installation.mode == "dev" else 0.0
        self.store_keys = open_store_keys(
            root_key,
            self.installation.id,
            [WrappedStoreKey(each.version, each.root_key_id, each.sealed) for each in stored],
        )

    def session_tokens(self) -> SessionTokens:
        """Make what issues and opens session tokens, for one thread."""
        return SessionTokens(self.store_keys.sealers(Purpose.SESSION_TOKEN), self.store_keys.current)

    def issue_session(self, account_id: str, seconds: float) -> TemporaryCredentials:
        """Give temporary credentials of an account's root user, good for some seconds on the wall's clock."""
        made = self.session_tokens().issue(root_principal(account_id), self.clock.wall(), seconds)
        elements: dict[str, object] = {"accessKeyId": made.access_key_id, "durationSeconds": seconds}
        with self.store.change() as change:
            record_operator(change, "GetSessionToken", account_id, elements, source="sts")
        return made

    def secret_of(self, access_key: AccessKey) -> str:
        """Unwrap the secret of an access key. Raises InstallationError when it was tampered with."""
        try:
            return unwrap_secret_access_key(self.store_keys, access_key)
        except ValueError:
            raise InstallationError(
                f"the secret of access key {access_key.access_key_id} does not open: it was changed in the database; "
                "run: strongroom credentials create"
            ) from None

    def require(self, mode: Mode) -> None:
        """Raise InstallationError when the installation is of another mode."""
        if self.installation.mode == mode:
            return
        if mode == "dev":
            raise InstallationError(f"{self._path} is not a development installation, which `strongroom dev` makes")
        raise InstallationError(f"{self._path} is a development installation; run: strongroom dev --data {self._path}")

    def __enter__(self) -> Self:
        """Give the installation, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self.store.close()


def load_root_key(folder: DataFolder) -> FolderRootKey:
    """Open the root key of a data folder with its secrets. Raises InstallationError or RootKeyError."""
    folder.require()
    return FolderRootKey(folder)
