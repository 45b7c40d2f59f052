"""What CreateCustomKeyStore and UpdateCustomKeyStore are asked for, and what of it belongs together.

Source: AWS KMS API Reference, the operations' own pages.
"""

from typing import Final

from strongroom.api.kms.key_store_types import (
    AccountId,
    CloudHsmClusterId,
    CustomKeyStoreName,
    CustomKeyStoreTypeName,
    KeyStorePassword,
    TrustAnchorCertificate,
    XksProxyAuthenticationCredential,
    XksProxyConnectivity,
    XksProxyUriEndpoint,
    XksProxyUriPath,
    XksProxyVpcEndpointServiceName,
)
from strongroom.api.kms.types import CustomKeyStoreId
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct

_CLOUD_HSM_MEMBERS: Final = ("cloud_hsm_cluster_id", "trust_anchor_certificate", "key_store_password")
_XKS_MEMBERS: Final = (
    "xks_proxy_uri_endpoint",
    "xks_proxy_uri_path",
    "xks_proxy_authentication_credential",
    "xks_proxy_connectivity",
)
_VPC_MEMBERS: Final = ("xks_proxy_vpc_endpoint_service_name", "xks_proxy_vpc_endpoint_service_owner")


class CreateCustomKeyStoreRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateCustomKeyStore."""

    custom_key_store_name: CustomKeyStoreName
    cloud_hsm_cluster_id: CloudHsmClusterId | None = None
    trust_anchor_certificate: TrustAnchorCertificate | None = None
    key_store_password: KeyStorePassword | None = None
    custom_key_store_type: CustomKeyStoreTypeName | None = None
    xks_proxy_uri_endpoint: XksProxyUriEndpoint | None = None
    xks_proxy_uri_path: XksProxyUriPath | None = None
    xks_proxy_vpc_endpoint_service_name: XksProxyVpcEndpointServiceName | None = None
    xks_proxy_vpc_endpoint_service_owner: AccountId | None = None
    xks_proxy_authentication_credential: XksProxyAuthenticationCredential | None = None
    xks_proxy_connectivity: XksProxyConnectivity | None = None


class UpdateCustomKeyStoreRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateCustomKeyStore."""

    custom_key_store_id: CustomKeyStoreId
    new_custom_key_store_name: CustomKeyStoreName | None = None
    key_store_password: KeyStorePassword | None = None
    cloud_hsm_cluster_id: CloudHsmClusterId | None = None
    xks_proxy_uri_endpoint: XksProxyUriEndpoint | None = None
    xks_proxy_uri_path: XksProxyUriPath | None = None
    xks_proxy_vpc_endpoint_service_name: XksProxyVpcEndpointServiceName | None = None
    xks_proxy_vpc_endpoint_service_owner: AccountId | None = None
    xks_proxy_authentication_credential: XksProxyAuthenticationCredential | None = None
    xks_proxy_connectivity: XksProxyConnectivity | None = None


def check_create(request: CreateCustomKeyStoreRequest) -> None:
    """Raise ValidationError unless the request has all that a store of its type needs, and nothing of the other."""
    if request.custom_key_store_type == "EXTERNAL_KEY_STORE":
        _require(request, _XKS_MEMBERS)
        _refuse(request, _CLOUD_HSM_MEMBERS)
        _check_vpc(request)
    else:
        _require(request, _CLOUD_HSM_MEMBERS)
        _refuse(request, _XKS_MEMBERS + _VPC_MEMBERS)


def _check_vpc(request: CreateCustomKeyStoreRequest) -> None:
    if request.xks_proxy_connectivity == "VPC_ENDPOINT_SERVICE":
        _require(request, _VPC_MEMBERS[:1])
    else:
        _refuse(request, _VPC_MEMBERS)


def changed_members(request: UpdateCustomKeyStoreRequest) -> frozenset[str]:
    """Name the members that say what is to change."""
    members = set(request.__struct_fields__) - {"custom_key_store_id"}
    return frozenset(member for member in members if getattr(request, member) is not None)


def check_update(request: UpdateCustomKeyStoreRequest) -> None:
    """Raise ValidationError for a request that changes nothing, or something of either type."""
    changed = changed_members(request)
    if not changed:
        raise ValidationError("Specify at least one parameter to update.")
    if changed.intersection(_CLOUD_HSM_MEMBERS) and changed.intersection(_XKS_MEMBERS + _VPC_MEMBERS):
        raise ValidationError("Parameters of CloudHSM key stores and of external key stores exclude each other.")


def refuse_other_type(request: UpdateCustomKeyStoreRequest, store_type: str) -> None:
    """Raise ValidationError for a change that stores of a type do not know."""
    _refuse(request, _CLOUD_HSM_MEMBERS if store_type == "EXTERNAL_KEY_STORE" else _XKS_MEMBERS + _VPC_MEMBERS)


def _require(request: AwsStruct, members: tuple[str, ...]) -> None:
    missing = [member for member in members if getattr(request, member) is None]
    if missing:
        raise ValidationError(f"{_names(missing)} must be specified for a custom key store of this type.")


def _refuse(request: AwsStruct, members: tuple[str, ...]) -> None:
    excess = [member for member in members if getattr(request, member, None) is not None]
    if excess:
        raise ValidationError(f"{_names(excess)} cannot be specified for a custom key store of this type.")


def _names(members: list[str]) -> str:
    return ", ".join("".join(word.capitalize() for word in member.split("_")) for member in members)
