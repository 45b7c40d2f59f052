"""The custom key stores of an installation, as one process is connected to them."""

import ssl
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from strongroom.custody.external_key_store import ExternalKeyStore
from strongroom.custody.hsm_key_store import HsmCluster, HsmKeyStore
from strongroom.custody.secrets import unwrap_key_store_secret
from strongroom.custody.store_keys import StoreKeys
from strongroom.custody.xks_client import TIMEOUT, XksEndpoint, XksProxy
from strongroom.custody.xks_connections import proxy_tls
from strongroom.custody.xks_failures import XksFailure, store_change_error
from strongroom.custody.xks_signature import XksSigner
from strongroom.model.clock import Clock
from strongroom.model.errors import CloudHsmClusterNotFound, InternalError, ServiceError
from strongroom.model.key_store import ConnectionFailedError, CustomKeyStore, KeyStorePlace, XksProxyConfiguration

_NO_CLUSTERS: Final[Mapping[str, HsmCluster]] = MappingProxyType({})
_UNREADABLE: Final = "The secret of the custom key store cannot be read."


class KeyStoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says of custom key stores.

    Attributes:
        clusters: by their ids.
        allow_private_proxies: whether proxies may be at loopback and private addresses.
        proxy_tls: with which proxies are connected to; None for the system's certificate authorities.
        proxy_timeout: seconds that a proxy is given for one request, all in all.
    """

    clusters: Mapping[str, HsmCluster] = _NO_CLUSTERS
    allow_private_proxies: bool = False
    proxy_tls: ssl.SSLContext | None = None
    proxy_timeout: float = TIMEOUT

    def cluster(self, cluster_id: str, account_id: str, region: str) -> HsmCluster:
        """Give an account's cluster in a Region. Raises CloudHsmClusterNotFound."""
        found = self.clusters.get(cluster_id)
        if found is None or (found.account_id, found.region) != (account_id, region):
            raise CloudHsmClusterNotFound(f"AWS KMS cannot find the AWS CloudHSM cluster {cluster_id}.")
        return found


class _Connected(msgspec.Struct, frozen=True):
    """A connection and what it was made of."""

    of: CustomKeyStore
    connection: ExternalKeyStore | HsmKeyStore


class KeyStores:
    """Connections to custom key stores, kept as long as the stores are as they were. Make it after a fork."""

    def __init__(self, settings: KeyStoreSettings, store_keys: StoreKeys, clock: Clock) -> None:
        """Connect to nothing yet."""
        self.settings = settings
        self._store_keys = store_keys
        self._clock = clock
        self._tls = settings.proxy_tls
        self._connected: dict[KeyStorePlace, _Connected] = {}
        self._stale: list[ExternalKeyStore | HsmKeyStore] = []
        self._lock = threading.Lock()

    def external(self, store: CustomKeyStore) -> ExternalKeyStore:
        """Give the connection of an external key store."""
        found = self._connection(store)
        if not isinstance(found, ExternalKeyStore):
            raise InternalError("The custom key store is not an external one.")
        return found

    def hsm(self, store: CustomKeyStore) -> HsmKeyStore:
        """Give the connection of a CloudHSM key store. Raises CloudHsmClusterNotFound."""
        found = self._connection(store)
        if not isinstance(found, HsmKeyStore):
            raise InternalError("The custom key store is not one of a cluster.")
        return found

    def connect(self, store: CustomKeyStore, request_id: str) -> None:
        """Try whether a store's keys can be used. Raises ConnectionFailedError."""
        try:
            connection = self._connection(store)
        except CloudHsmClusterNotFound as error:
            raise ConnectionFailedError("CLUSTER_NOT_FOUND", str(error)) from None
        except ServiceError as error:
            raise ConnectionFailedError("INTERNAL_ERROR", str(error)) from None
        if isinstance(connection, ExternalKeyStore):
            connection.connect(request_id)
        else:
            connection.connect()

    def secret_of(self, store: CustomKeyStore) -> str:
        """Give the secret of a store. Raises InternalError when it does not open."""
        try:
            return unwrap_key_store_secret(self._store_keys, store)
        except ValueError:
            raise InternalError(_UNREADABLE) from None

    def proxy(self, configuration: XksProxyConfiguration, region: str, secret: str) -> ExternalKeyStore:
        """Make a connection to a proxy of which there is no store yet; the caller closes it.

        Raises the errors of CreateCustomKeyStore for a URI that cannot be a proxy's.
        """
        endpoint = XksEndpoint(
            uri_endpoint=configuration.uri_endpoint,
            uri_path=configuration.uri_path,
            allow_private=self.settings.allow_private_proxies,
        )
        signer = XksSigner(configuration.access_key_id, secret, region)
        try:
            proxy = XksProxy(
                endpoint,
                signer,
                tls=self._proxy_tls(),
                clock=self._clock,
                timeout=self.settings.proxy_timeout,
            )
        except XksFailure as failure:
            raise store_change_error(failure) from None
        return ExternalKeyStore(proxy)

    def _proxy_tls(self) -> ssl.SSLContext:
        # Only now: to read the system's certificate authorities takes longer than most commands.
        if self._tls is None:
            self._tls = proxy_tls()
        return self._tls

    def forget(self, place: KeyStorePlace) -> None:
        """Use the connection of a store that has changed no more. Waits for nobody, so that an event loop may call it.

        It is closed by `close_stale`; who still uses it finishes.
        """
        with self._lock:
            self._drop(place)

    def close_stale(self) -> None:
        """Close the connections that are of no use any more, which may take as long as what they are used for."""
        with self._lock:
            stale, self._stale = self._stale, []
        for connection in stale:
            connection.close()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for place in tuple(self._connected):
                self._drop(place)
        self.close_stale()

    def _drop(self, place: KeyStorePlace) -> None:
        known = self._connected.pop(place, None)
        if known is not None:
            self._stale.append(known.connection)

    def _connection(self, store: CustomKeyStore) -> ExternalKeyStore | HsmKeyStore:
        # How far it has come to be connected does not matter to the connection.
        key = msgspec.structs.replace(store, connection_state="CONNECTED", connection_error_code=None)
        with self._lock:
            known = self._connected.get(store.place)
            if known is not None and known.of == key:
                return known.connection
            self._drop(store.place)
            made = self._make(store)
            self._connected[store.place] = _Connected(key, made)
            return made

    def _make(self, store: CustomKeyStore) -> ExternalKeyStore | HsmKeyStore:
        secret = self.secret_of(store)
        if store.xks_proxy is not None:
            return self.proxy(store.xks_proxy, store.place.region, secret)
        if store.cloud_hsm is None:
            raise InternalError("The custom key store has no configuration.")
        account_id, region, _ = store.place
        return HsmKeyStore(self.settings.cluster(store.cloud_hsm.cluster_id, account_id, region), secret)
