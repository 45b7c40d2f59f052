"""What custom key stores look like in requests and answers, with AWS's limits.

Source: AWS KMS API Reference, CreateCustomKeyStore, CustomKeyStoresListEntry.
"""

from typing import Annotated, Literal

from msgspec import Meta

from strongroom.api.kms.types import CustomKeyStoreId
from strongroom.model.key_store import CustomKeyStore
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp, whole

CustomKeyStoreName = Annotated[str, Meta(min_length=1, max_length=256)]
CloudHsmClusterId = Annotated[str, Meta(min_length=19, max_length=24, pattern=whole("cluster-[2-7a-zA-Z]{11,16}"))]
TrustAnchorCertificate = Annotated[str, Meta(min_length=1, max_length=5000)]
KeyStorePassword = Annotated[str, Meta(min_length=7, max_length=32, extra={"sensitive": True})]
# AWS takes no port, for its proxies are all at 443.
XksProxyUriEndpoint = Annotated[
    str, Meta(min_length=10, max_length=128, pattern=whole("^https://[a-zA-Z0-9.-]+(:[0-9]{1,5})?$"))
]
XksProxyUriPath = Annotated[
    str,
    Meta(
        min_length=10,
        max_length=128,
        pattern=whole("^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$"),
    ),
]
XksProxyVpcEndpointServiceName = Annotated[
    str,
    Meta(
        min_length=20,
        max_length=64,
        pattern=whole("^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$"),
    ),
]
AccountId = Annotated[str, Meta(min_length=12, max_length=12, pattern=whole("[0-9]{12}"))]
XksProxyConnectivity = Literal["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"]
CustomKeyStoreTypeName = Literal["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]


class XksProxyAuthenticationCredential(AwsStruct, frozen=True, kw_only=True):
    """With what requests to a proxy are signed."""

    access_key_id: Annotated[
        str, Meta(min_length=20, max_length=30, pattern=whole("^[A-Z2-7]+$"), extra={"sensitive": True})
    ]
    raw_secret_access_key: Annotated[
        str, Meta(min_length=43, max_length=64, pattern=whole("^[a-zA-Z0-9\\/+=]+$"), extra={"sensitive": True})
    ]


class XksProxyConfigurationEntry(AwsStruct, frozen=True, kw_only=True):
    """Where the proxy of an external key store is."""

    connectivity: str
    access_key_id: str
    uri_endpoint: str
    uri_path: str


class CustomKeyStoresListEntry(AwsStruct, frozen=True, kw_only=True):
    """A custom key store in a list."""

    custom_key_store_id: CustomKeyStoreId
    custom_key_store_name: CustomKeyStoreName
    cloud_hsm_cluster_id: str | None = None
    trust_anchor_certificate: str | None = None
    connection_state: str
    connection_error_code: str | None = None
    creation_date: Timestamp
    custom_key_store_type: str
    xks_proxy_configuration: XksProxyConfigurationEntry | None = None


def entry_of(store: CustomKeyStore) -> CustomKeyStoresListEntry:
    """Describe a store, without its secret."""
    proxy, cluster = store.xks_proxy, store.cloud_hsm
    return CustomKeyStoresListEntry(
        custom_key_store_id=store.place.custom_key_store_id,
        custom_key_store_name=store.name,
        cloud_hsm_cluster_id=None if cluster is None else cluster.cluster_id,
        trust_anchor_certificate=None if cluster is None else cluster.trust_anchor_certificate,
        connection_state=store.connection_state,
        connection_error_code=store.connection_error_code,
        creation_date=timestamp(store.creation_date),
        custom_key_store_type=store.type,
        xks_proxy_configuration=None
        if proxy is None
        else XksProxyConfigurationEntry(
            connectivity=proxy.connectivity,
            access_key_id=proxy.access_key_id,
            uri_endpoint=proxy.uri_endpoint,
            uri_path=proxy.uri_path,
        ),
    )
