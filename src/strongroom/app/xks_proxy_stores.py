"""The stores of an XKS proxy as it serves them: always those that the settings file holds now."""

import os
from pathlib import Path

from strongroom.app.data_folder import InstallationError
from strongroom.app.xks_proxy_authentication import Client
from strongroom.app.xks_proxy_settings import ProxySettings, XksStore, load, secret_of
from strongroom.custody.store_keys import StoreKeys

_State = tuple[int, int, int] | None


class Stores:
    """The stores, with the secrets of their credentials open.

    Attributes:
        clients: the credentials, by access key id.
    """

    def __init__(self, path: Path, store_keys: StoreKeys) -> None:
        """Read the settings file. Raises InstallationError."""
        self.clients: dict[str, Client] = {}
        self._path = path
        self._store_keys = store_keys
        self._settings = ProxySettings()
        self._seen: _State = None
        self.refresh()

    def refresh(self) -> None:
        """Read the file again if it was replaced. Raises InstallationError, and does so until it can be read."""
        state = self._state()
        if state == self._seen:
            return
        settings = load(self._path)
        self.clients = {
            each.access_key_id: Client(
                access_key_id=each.access_key_id,
                secret=secret_of(self._store_keys, store.uri_path, each),
                uri_path=store.uri_path,
            )
            for store in settings.stores
            for each in store.credentials
        }
        self._settings = settings
        self._seen = state

    def store(self, uri_path: str) -> XksStore:
        """Give the store of a URI path."""
        return self._settings.store(uri_path)

    def _state(self) -> _State:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - half the time of Path.stat, at each request
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InstallationError(f"{self._path} cannot be read: {error.strerror}") from None
        return found.st_ino, found.st_mtime_ns, found.st_size
