"""Custom key stores as they are kept. Times are epoch seconds."""

from typing import Literal, NamedTuple

import msgspec

CustomKeyStoreType = Literal["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]
ConnectionState = Literal["CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING"]
XksProxyConnectivity = Literal["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"]


class ConnectionFailedError(Exception):
    """A custom key store could not be connected to what keeps its keys; the message is for the operator.

    Attributes:
        code: AWS's ConnectionErrorCode.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class KeyStorePlace(NamedTuple):
    """Where a custom key store is; what names it within the installation."""

    account_id: str
    region: str
    custom_key_store_id: str


class XksProxyConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Where the proxy of an external key store is, and by what name it is asked.

    Attributes:
        uri_endpoint: `https://`, the host, and the port where it is not 443.
        uri_path: ends in `/kms/xks/v1`.
        access_key_id: names the credential; the secret is the store's.
    """

    connectivity: XksProxyConnectivity
    uri_endpoint: str
    uri_path: str
    access_key_id: str


class CloudHsmConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """Which cluster keeps the keys of a CloudHSM key store.

    Attributes:
        cluster_id: under which the operator has configured it.
        trust_anchor_certificate: the cluster's, as PEM.
    """

    cluster_id: str
    trust_anchor_certificate: str


class CustomKeyStore(msgspec.Struct, frozen=True, kw_only=True):
    """A custom key store.

    Attributes:
        connection_error_code: why it could not be connected, in state FAILED.
        cloud_hsm: of type AWS_CLOUDHSM, else None.
        xks_proxy: of type EXTERNAL_KEY_STORE, else None.
        store_key: version of the store key that wraps the secret.
        wrapped_secret: the password of the cluster's user, or the secret access key for the proxy.
    """

    place: KeyStorePlace
    name: str
    type: CustomKeyStoreType
    creation_date: float
    connection_state: ConnectionState = "DISCONNECTED"
    connection_error_code: str | None = None
    cloud_hsm: CloudHsmConfiguration | None = None
    xks_proxy: XksProxyConfiguration | None = None
    store_key: int
    wrapped_secret: bytes

    @property
    def connected(self) -> bool:
        """Whether its keys can be used."""
        return self.connection_state == "CONNECTED"
