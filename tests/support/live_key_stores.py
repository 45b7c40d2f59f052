"""Custom key stores of a live server, made and connected through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.key_store_operations import CLUSTER
from tests.support.live import wait_until

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

    from tests.support.xks_proxy_client import Credential


# AWS KMS External Key Store Proxy API Specification, "Error codes", KMS considerations.
_INVALID_STATE: Final = "KMSInvalidStateException"
NOT_ENABLED: Final = (
    _INVALID_STATE,
    (
        "The external key associated with this KMS key in an external key store is not enabled in the external key "
        "manager. Enable the external key in the external key manager and retry the request."
    ),
)
NOT_REACHED: Final = (
    _INVALID_STATE,
    (
        "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you "
        "see this error repeatedly, verify that your external key store proxy is active and is connected to the "
        "network, and that its endpoint URI is correct in your external keystore."
    ),
)
NOT_SECURED: Final = (
    _INVALID_STATE,
    (
        "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, "
        "including its certificate."
    ),
)
TOO_LATE: Final = (
    _INVALID_STATE,
    (
        "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. "
        "If you see this error repeatedly, report it to your external key store proxy administrator."
    ),
)


def create_external(kms: KMSClient, endpoint: str, credential: Credential, name: str = "external") -> str:
    """Make an external key store; gives its id."""
    return kms.create_custom_key_store(
        CustomKeyStoreName=name,
        CustomKeyStoreType="EXTERNAL_KEY_STORE",
        XksProxyConnectivity="PUBLIC_ENDPOINT",
        XksProxyUriEndpoint=endpoint,
        XksProxyUriPath=credential.uri_path,
        XksProxyAuthenticationCredential={
            "AccessKeyId": credential.access_key_id,
            "RawSecretAccessKey": credential.secret,
        },
    )["CustomKeyStoreId"]


def create_external_key(kms: KMSClient, store: str, xks_key_id: str) -> str:
    """Make a key in an external key store; gives its ARN."""
    made = kms.create_key(Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=store, XksKeyId=xks_key_id)["KeyMetadata"]
    assert (made["KeyState"], made["XksKeyConfiguration"]) == ("Enabled", {"Id": xks_key_id})
    return made["Arn"]


def create_in_cluster(kms: KMSClient, trust_anchor: str, password: str) -> str:
    """Make a key store in the cluster; gives its id."""
    return kms.create_custom_key_store(
        CustomKeyStoreName="in a cluster",
        CloudHsmClusterId=CLUSTER,
        KeyStorePassword=password,
        TrustAnchorCertificate=trust_anchor,
    )["CustomKeyStoreId"]


def connection(kms: KMSClient, store: str) -> tuple[str, str | None]:
    """Give the ConnectionState and the ConnectionErrorCode of a store."""
    (found,) = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
    return found["ConnectionState"], found.get("ConnectionErrorCode")


def await_connection(kms: KMSClient, store: str, state: str, error_code: str | None = None) -> None:
    """Wait until a store is in a state."""
    wait_until(lambda: connection(kms, store) == (state, error_code), f"a custom key store that is {state}")


def connect(kms: KMSClient, store: str) -> None:
    """Connect a store, and wait until it is."""
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    await_connection(kms, store, "CONNECTED")


def disconnect(kms: KMSClient, store: str) -> None:
    """Disconnect a store, and wait until it is."""
    kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    await_connection(kms, store, "DISCONNECTED")
