"""What an XKS proxy serves: the file `xks-proxy.json` of the data folder, which `strongroom xks-proxy` writes.

Each URI path is a store of its own, with its credentials and its external keys. Secrets are kept wrapped.
"""

import contextlib
import fcntl
import os
import secrets
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from strongroom.app.data_folder import InstallationError
from strongroom.custody.secrets import unwrap_secret_access_key, wrap_secret_access_key
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import AccessKey
from strongroom.model.files import sync_folder

FILE_NAME: Final = "xks-proxy.json"

_ID_ALPHABET: Final = string.ascii_uppercase + "234567"
_ID_PREFIX: Final = "XKS"
_ID_LENGTH: Final = 24
_SECRET_BYTES: Final = 32
_MODE: Final = 0o600


class ProxyCredential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential of the proxy's clients, with its secret wrapped by a store key of that version."""

    access_key_id: str
    store_key: int
    wrapped_secret: bytes


class ExternalKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key under the name that the proxy's clients have for it.

    Attributes:
        external_key_id: that name.
        key_arn: the key of this installation that it stands for.
        access_key_id: the access key in whose name this installation is asked.
    """

    external_key_id: str
    key_arn: str
    access_key_id: str


class XksStore(msgspec.Struct, frozen=True, kw_only=True):
    """What is served at one URI path, which ends in `/kms/xks/v1`."""

    uri_path: str
    credentials: tuple[ProxyCredential, ...] = ()
    keys: tuple[ExternalKey, ...] = ()

    def key(self, external_key_id: str) -> ExternalKey | None:
        """Give an external key, or None."""
        return next((each for each in self.keys if each.external_key_id == external_key_id), None)


class ProxySettings(msgspec.Struct, frozen=True, kw_only=True):
    """All stores of a proxy."""

    stores: tuple[XksStore, ...] = ()

    def store(self, uri_path: str) -> XksStore:
        """Give the store of a URI path, an empty one where there is none."""
        return next((each for each in self.stores if each.uri_path == uri_path), XksStore(uri_path=uri_path))

    def with_store(self, store: XksStore) -> "ProxySettings":
        """Put a store in the place of the one of its URI path; one with nothing in it goes."""
        others = tuple(each for each in self.stores if each.uri_path != store.uri_path)
        return ProxySettings(stores=(*others, store) if store.credentials or store.keys else others)


class NewCredential(NamedTuple):
    """A credential as it is kept, and its secret in the clear, which is shown once."""

    kept: ProxyCredential
    secret_access_key: str


def new_credential(store_keys: StoreKeys, uri_path: str) -> NewCredential:
    """Make a credential for a URI path: a random id, and a secret of 256 random bits."""
    random = "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH - len(_ID_PREFIX)))
    access_key_id, secret = _ID_PREFIX + random, secrets.token_hex(_SECRET_BYTES)
    wrapped = wrap_secret_access_key(store_keys, None, _owner(uri_path), access_key_id, secret)
    kept = ProxyCredential(access_key_id=access_key_id, store_key=wrapped.store_key, wrapped_secret=wrapped.sealed)
    return NewCredential(kept, secret)


def secret_of(store_keys: StoreKeys, uri_path: str, credential: ProxyCredential) -> str:
    """Unwrap the secret of a credential. Raises InstallationError when it is not that of this URI path's."""
    access_key = AccessKey(
        access_key_id=credential.access_key_id,
        owner_id=_owner(uri_path),
        account_id=None,
        status="Active",
        store_key=credential.store_key,
        wrapped_secret=credential.wrapped_secret,
        creation_date=0.0,
    )
    try:
        return unwrap_secret_access_key(store_keys, access_key)
    except ValueError:
        raise InstallationError(
            f"the secret of credential {credential.access_key_id} does not open: {FILE_NAME} was changed, or is of "
            "another installation; remove the credential and add another"
        ) from None


def load(path: Path) -> ProxySettings:
    """Read the file; there are no stores where it does not exist. Raises InstallationError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=ProxySettings)
    except FileNotFoundError:
        return ProxySettings()
    except (OSError, ValueError) as error:
        raise InstallationError(f"{path} cannot be read: {error}") from None


def save(path: Path, settings: ProxySettings) -> None:
    """Replace the file at one blow, and bring it to the disk. Raises InstallationError."""
    new = path.with_name(f"{path.name}.new")
    content = msgspec.json.format(msgspec.json.encode(settings), indent=2) + b"\n"
    try:
        # What a killed command left may have another mode.
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        new.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise InstallationError(f"{path} cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def editing(path: Path) -> Iterator[None]:
    """Keep other commands from changing the file meanwhile; the kernel lets go when this process dies."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _owner(uri_path: str) -> str:
    return f"xks-proxy:{uri_path}"
