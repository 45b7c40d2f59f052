"""CreateCustomKeyStore, UpdateCustomKeyStore.

What a store is to be connected to is asked before the change, and may refuse it.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Create an external key store".
"""

import os
from typing import Final, cast

import msgspec

from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.custom_key_stores import store_of
from strongroom.api.kms.key_store_configurations import (
    cloud_hsm_of,
    new_proxy,
    require_healthy,
    require_unique,
    require_updatable,
    updated,
)
from strongroom.api.kms.key_store_requests import (
    CreateCustomKeyStoreRequest,
    UpdateCustomKeyStoreRequest,
    check_create,
    check_update,
)
from strongroom.api.kms.quotas import check_key_store_quota
from strongroom.api.kms.types import CustomKeyStoreId
from strongroom.api.store_requests import StoreRequests
from strongroom.custody.secrets import wrap_key_store_secret
from strongroom.model.errors import CustomKeyStoreInvalidState
from strongroom.model.key_store import CloudHsmConfiguration, CustomKeyStore, KeyStorePlace, XksProxyConfiguration
from strongroom.protocol.structures import AwsStruct

_ID_DIGITS: Final = 17


class CreateCustomKeyStoreResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateCustomKeyStore."""

    custom_key_store_id: CustomKeyStoreId


class UpdateCustomKeyStoreResponse(AwsStruct, frozen=True, kw_only=True):
    """UpdateCustomKeyStore."""


class CheckedConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """To what a store is to be connected, and that it can be.

    Attributes:
        before: the store that is to change, as it was when this was checked.
        secret: a new password or secret access key.
    """

    before: CustomKeyStore | None = None
    cloud_hsm: CloudHsmConfiguration | None = None
    xks_proxy: XksProxyConfiguration | None = None
    secret: str | None = None

    def abandon(self) -> None:
        """Leave it: asking has changed nothing."""


def _check_new(stores: StoreRequests, request: CreateCustomKeyStoreRequest) -> CheckedConfiguration:
    if request.custom_key_store_type != "EXTERNAL_KEY_STORE":
        return CheckedConfiguration(cloud_hsm=cloud_hsm_of(stores, request), secret=request.key_store_password)
    proxy, secret = new_proxy(request)
    require_healthy(stores, proxy, secret, "CreateCustomKeyStore")
    return CheckedConfiguration(xks_proxy=proxy, secret=secret)


@operation(
    Needs("kms:CreateCustomKeyStore"),
    check=check_create,
    prepare=_check_new,
    logs=(
        "custom_key_store_name",
        "custom_key_store_type",
        "cloud_hsm_cluster_id",
        "xks_proxy_uri_endpoint",
        "xks_proxy_uri_path",
        "xks_proxy_connectivity",
        "xks_proxy_vpc_endpoint_service_name",
        "xks_proxy_vpc_endpoint_service_owner",
    ),
    defaults={"custom_key_store_type": "AWS_CLOUDHSM"},
    elements=lambda _context, response: {"customKeyStoreId": response.custom_key_store_id},
)
def create_custom_key_store(
    context: ChangeContext, request: CreateCustomKeyStoreRequest
) -> CreateCustomKeyStoreResponse:
    """Make a custom key store, which is not connected yet."""
    checked = cast("CheckedConfiguration", context.prepared)
    check_key_store_quota(context.change, *context.scope)
    place = KeyStorePlace(*context.scope, f"cks-{os.urandom(_ID_DIGITS).hex()[:_ID_DIGITS]}")
    wrapped = wrap_key_store_secret(context.store_keys, place, checked.secret or "")
    store = CustomKeyStore(
        place=place,
        name=request.custom_key_store_name,
        type=request.custom_key_store_type or "AWS_CLOUDHSM",
        creation_date=context.now,
        cloud_hsm=checked.cloud_hsm,
        xks_proxy=checked.xks_proxy,
        store_key=wrapped.store_key,
        wrapped_secret=wrapped.sealed,
    )
    require_unique(context.change.key_stores, store)
    context.change.key_stores.create(store)
    return CreateCustomKeyStoreResponse(custom_key_store_id=place.custom_key_store_id)


def _check_updated(stores: StoreRequests, request: UpdateCustomKeyStoreRequest) -> CheckedConfiguration:
    before = stores.found(request.custom_key_store_id)
    require_updatable(before, request)
    after, secret = updated(stores, before, request)
    if after.xks_proxy is not None and (after.xks_proxy != before.xks_proxy or secret is not None):
        known = stores.connections.secret_of(before) if secret is None else secret
        require_healthy(stores, after.xks_proxy, known, "UpdateCustomKeyStore")
    return CheckedConfiguration(before=before, cloud_hsm=after.cloud_hsm, xks_proxy=after.xks_proxy, secret=secret)


@operation(
    Needs("kms:UpdateCustomKeyStore"),
    check=check_update,
    prepare=_check_updated,
    logs=(
        "custom_key_store_id",
        "new_custom_key_store_name",
        "cloud_hsm_cluster_id",
        "xks_proxy_uri_endpoint",
        "xks_proxy_uri_path",
        "xks_proxy_connectivity",
        "xks_proxy_vpc_endpoint_service_name",
        "xks_proxy_vpc_endpoint_service_owner",
    ),
)
def update_custom_key_store(
    context: ChangeContext, request: UpdateCustomKeyStoreRequest
) -> UpdateCustomKeyStoreResponse:
    """Change the name of a store, or to what it is connected and by which secret."""
    checked = cast("CheckedConfiguration", context.prepared)
    store = store_of(context, request.custom_key_store_id)
    if store != checked.before:
        raise CustomKeyStoreInvalidState("Another request has changed the custom key store at the same time.")
    store = msgspec.structs.replace(
        store,
        name=request.new_custom_key_store_name or store.name,
        cloud_hsm=checked.cloud_hsm,
        xks_proxy=checked.xks_proxy,
    )
    if checked.secret is not None:
        wrapped = wrap_key_store_secret(context.store_keys, store.place, checked.secret)
        store = msgspec.structs.replace(store, store_key=wrapped.store_key, wrapped_secret=wrapped.sealed)
    require_unique(context.change.key_stores, store)
    context.change.key_stores.update(store)
    return UpdateCustomKeyStoreResponse()


OPERATIONS = (create_custom_key_store, update_custom_key_store)
