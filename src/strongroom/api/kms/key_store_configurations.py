"""To what a custom key store may be connected.

Source: AWS KMS API Reference, CreateCustomKeyStore and UpdateCustomKeyStore; AWS KMS Developer Guide, "Custom key
stores".
"""

from typing import Final

import msgspec

from strongroom.api.kms.key_store_requests import (
    CreateCustomKeyStoreRequest,
    UpdateCustomKeyStoreRequest,
    changed_members,
    refuse_other_type,
)
from strongroom.api.kms.quotas import CUSTOM_KEY_STORES
from strongroom.api.store_requests import StoreRequests
from strongroom.custody.hsm_key_store import HsmCluster
from strongroom.model.errors import (
    CloudHsmClusterInUse,
    CloudHsmClusterNotRelated,
    CustomKeyStoreInvalidState,
    CustomKeyStoreNameInUse,
    IncorrectTrustAnchor,
    InternalError,
    XksProxyUriInUse,
    XksProxyVpcEndpointServiceNotFound,
)
from strongroom.model.key_store import CloudHsmConfiguration, CustomKeyStore, XksProxyConfiguration
from strongroom.model.xks import HealthOperation
from strongroom.storage.key_stores import KeyStoreReader

_ALWAYS: Final = frozenset({"new_custom_key_store_name"})
_CONNECTED_EXTERNAL: Final = _ALWAYS | {"xks_proxy_authentication_credential", "xks_proxy_uri_path"}


def cloud_hsm_of(stores: StoreRequests, request: CreateCustomKeyStoreRequest) -> CloudHsmConfiguration:
    """Give the cluster of a new store. Raises CloudHsmClusterNotFound and IncorrectTrustAnchor."""
    cluster = _cluster(stores, request.cloud_hsm_cluster_id or "")
    certificate = request.trust_anchor_certificate or ""
    if certificate.split() != cluster.trust_anchor.split():
        raise IncorrectTrustAnchor("The trust anchor certificate is not that of the AWS CloudHSM cluster.")
    return CloudHsmConfiguration(cluster_id=cluster.cluster_id, trust_anchor_certificate=certificate)


def _cluster(stores: StoreRequests, cluster_id: str) -> HsmCluster:
    errand = stores.errand
    return stores.connections.settings.cluster(cluster_id, errand.caller.principal.account_id, errand.region)


def new_proxy(request: CreateCustomKeyStoreRequest) -> tuple[XksProxyConfiguration, str]:
    """Give the proxy of a new store and the secret access key. Raises XksProxyVpcEndpointServiceNotFound."""
    _refuse_vpc(request.xks_proxy_connectivity)
    credential = request.xks_proxy_authentication_credential
    if credential is None:
        raise InternalError("The request was not checked.")
    proxy = XksProxyConfiguration(
        connectivity=request.xks_proxy_connectivity or "PUBLIC_ENDPOINT",
        uri_endpoint=request.xks_proxy_uri_endpoint or "",
        uri_path=request.xks_proxy_uri_path or "",
        access_key_id=credential.access_key_id,
    )
    return proxy, credential.raw_secret_access_key


def _refuse_vpc(connectivity: str | None) -> None:
    if connectivity == "VPC_ENDPOINT_SERVICE":
        raise XksProxyVpcEndpointServiceNotFound(
            "There are no VPC endpoint services here. Use the connectivity PUBLIC_ENDPOINT."
        )


def require_healthy(
    stores: StoreRequests, proxy: XksProxyConfiguration, secret: str, operation: HealthOperation
) -> None:
    """Raise what AWS raises when a proxy cannot serve, or does not take the credential."""
    connection = stores.connections.proxy(proxy, stores.errand.region, secret)
    try:
        connection.require_healthy(operation, stores.errand.request_id)
    finally:
        connection.close()


def require_updatable(store: CustomKeyStore, request: UpdateCustomKeyStoreRequest) -> None:
    """Raise ValidationError and CustomKeyStoreInvalidState for a change that the store does not allow, or not now."""
    refuse_other_type(request, store.type)
    if store.connection_state == "DISCONNECTED":
        return
    external = store.connected and store.type == "EXTERNAL_KEY_STORE"
    if changed_members(request) - (_CONNECTED_EXTERNAL if external else _ALWAYS):
        raise CustomKeyStoreInvalidState(
            f"The custom key store {store.place.custom_key_store_id} is {store.connection_state}; "
            "disconnect it to change this."
        )


def updated(
    stores: StoreRequests, store: CustomKeyStore, request: UpdateCustomKeyStoreRequest
) -> tuple[CustomKeyStore, str | None]:
    """Give a store as it is to be but for its name and secret, and the new secret if there is one.

    Raises CloudHsmClusterNotFound, CloudHsmClusterNotRelated and XksProxyVpcEndpointServiceNotFound.
    """
    if store.xks_proxy is None:
        return _updated_cluster(stores, store, request), request.key_store_password
    _refuse_vpc(request.xks_proxy_connectivity)
    credential = request.xks_proxy_authentication_credential
    proxy = msgspec.structs.replace(
        store.xks_proxy,
        connectivity=request.xks_proxy_connectivity or store.xks_proxy.connectivity,
        uri_endpoint=request.xks_proxy_uri_endpoint or store.xks_proxy.uri_endpoint,
        uri_path=request.xks_proxy_uri_path or store.xks_proxy.uri_path,
        access_key_id=store.xks_proxy.access_key_id if credential is None else credential.access_key_id,
    )
    secret = None if credential is None else credential.raw_secret_access_key
    return msgspec.structs.replace(store, xks_proxy=proxy), secret


def _updated_cluster(
    stores: StoreRequests, store: CustomKeyStore, request: UpdateCustomKeyStoreRequest
) -> CustomKeyStore:
    configuration = store.cloud_hsm
    if request.cloud_hsm_cluster_id is None or configuration is None:
        return store
    cluster = _cluster(stores, request.cloud_hsm_cluster_id)
    # Clusters that share a backup history have the same certificate.
    if cluster.trust_anchor.split() != configuration.trust_anchor_certificate.split():
        raise CloudHsmClusterNotRelated("The AWS CloudHSM cluster is not related to that of the custom key store.")
    return msgspec.structs.replace(
        store, cloud_hsm=msgspec.structs.replace(configuration, cluster_id=cluster.cluster_id)
    )


def require_unique(key_stores: KeyStoreReader, store: CustomKeyStore) -> None:
    """Raise CustomKeyStoreNameInUse, CloudHsmClusterInUse or XksProxyUriInUse where another store has the same."""
    account_id, region, _ = place = store.place
    others = [each for each in key_stores.page(account_id, region, "", CUSTOM_KEY_STORES) if each.place != place]
    if any(each.name == store.name for each in others):
        raise CustomKeyStoreNameInUse(f"Another custom key store has the name {store.name}.")
    if store.cloud_hsm is not None and any(_same_cluster(each, store.cloud_hsm) for each in others):
        raise CloudHsmClusterInUse("Another custom key store is associated with the AWS CloudHSM cluster.")
    if store.xks_proxy is not None:
        found = key_stores.at_xks_address(region, f"{store.xks_proxy.uri_endpoint}{store.xks_proxy.uri_path}")
        if found is not None and found != place:
            raise XksProxyUriInUse("Another external key store of this Region has its proxy at this URI.")


def _same_cluster(other: CustomKeyStore, cloud_hsm: CloudHsmConfiguration) -> bool:
    return other.cloud_hsm is not None and (
        other.cloud_hsm.cluster_id == cloud_hsm.cluster_id
        or other.cloud_hsm.trust_anchor_certificate.split() == cloud_hsm.trust_anchor_certificate.split()
    )
