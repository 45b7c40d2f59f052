"""ConnectCustomKeyStore, DeleteCustomKeyStore, DescribeCustomKeyStores, DisconnectCustomKeyStore.

Connecting and disconnecting is begun here and done by a job.

Source: AWS KMS API Reference, the operations' own pages.
"""

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.key_store_types import CustomKeyStoreName, CustomKeyStoresListEntry, entry_of
from strongroom.api.kms.types import CustomKeyStoreId, Limit, Marker, NextMarker
from strongroom.api.paging import cut, decode_marker, encode_marker
from strongroom.api.store_requests import find_store
from strongroom.model.errors import (
    CustomKeyStoreHasCMKs,
    CustomKeyStoreInvalidState,
    CustomKeyStoreNotFound,
    ValidationError,
)
from strongroom.model.key_store import CustomKeyStore, KeyStorePlace
from strongroom.protocol.structures import AwsStruct

_LIST_DEFAULT = 1000


class ConnectCustomKeyStoreRequest(AwsStruct, frozen=True, kw_only=True):
    """ConnectCustomKeyStore."""

    custom_key_store_id: CustomKeyStoreId


class ConnectCustomKeyStoreResponse(AwsStruct, frozen=True, kw_only=True):
    """ConnectCustomKeyStore."""


class DisconnectCustomKeyStoreRequest(AwsStruct, frozen=True, kw_only=True):
    """DisconnectCustomKeyStore."""

    custom_key_store_id: CustomKeyStoreId


class DisconnectCustomKeyStoreResponse(AwsStruct, frozen=True, kw_only=True):
    """DisconnectCustomKeyStore."""


class DeleteCustomKeyStoreRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteCustomKeyStore."""

    custom_key_store_id: CustomKeyStoreId


class DeleteCustomKeyStoreResponse(AwsStruct, frozen=True, kw_only=True):
    """DeleteCustomKeyStore."""


class DescribeCustomKeyStoresRequest(AwsStruct, frozen=True, kw_only=True):
    """DescribeCustomKeyStores."""

    custom_key_store_id: CustomKeyStoreId | None = None
    custom_key_store_name: CustomKeyStoreName | None = None
    limit: Limit | None = None
    marker: Marker | None = None


class DescribeCustomKeyStoresResponse(AwsStruct, frozen=True, kw_only=True):
    """DescribeCustomKeyStores."""

    custom_key_stores: list[CustomKeyStoresListEntry]
    next_marker: NextMarker | None = None
    truncated: bool


def store_of(context: ChangeContext, custom_key_store_id: str) -> CustomKeyStore:
    """Give a store of the caller's account and Region. Raises CustomKeyStoreNotFound."""
    return find_store(context.change.key_stores, KeyStorePlace(*context.scope, custom_key_store_id))


def _require_state(store: CustomKeyStore, operation_name: str, *allowed: str) -> None:
    if store.connection_state not in allowed:
        raise CustomKeyStoreInvalidState(
            f"{operation_name} is not valid for the custom key store {store.place.custom_key_store_id}, "
            f"which is {store.connection_state}."
        )


@operation(Needs("kms:ConnectCustomKeyStore"), logs=("custom_key_store_id",))
def connect_custom_key_store(
    context: ChangeContext, request: ConnectCustomKeyStoreRequest
) -> ConnectCustomKeyStoreResponse:
    """Begin to connect a store to what keeps its keys; one that is connected stays so."""
    store = store_of(context, request.custom_key_store_id)
    _require_state(store, "ConnectCustomKeyStore", "DISCONNECTED", "CONNECTING", "CONNECTED")
    if store.connection_state == "DISCONNECTED":
        context.change.key_stores.update(msgspec.structs.replace(store, connection_state="CONNECTING"))
    return ConnectCustomKeyStoreResponse()


@operation(Needs("kms:DisconnectCustomKeyStore"), logs=("custom_key_store_id",))
def disconnect_custom_key_store(
    context: ChangeContext, request: DisconnectCustomKeyStoreRequest
) -> DisconnectCustomKeyStoreResponse:
    """Make the keys of a store unavailable from now on."""
    store = store_of(context, request.custom_key_store_id)
    _require_state(store, "DisconnectCustomKeyStore", "CONNECTED", "CONNECTING", "FAILED")
    context.change.key_stores.update(
        msgspec.structs.replace(store, connection_state="DISCONNECTING", connection_error_code=None)
    )
    return DisconnectCustomKeyStoreResponse()


@operation(Needs("kms:DeleteCustomKeyStore"), logs=("custom_key_store_id",))
def delete_custom_key_store(
    context: ChangeContext, request: DeleteCustomKeyStoreRequest
) -> DeleteCustomKeyStoreResponse:
    """Delete a store without keys; what it was connected to stays as it is."""
    store = store_of(context, request.custom_key_store_id)
    _require_state(store, "DeleteCustomKeyStore", "DISCONNECTED")
    if context.change.key_stores.has_keys(store.place):
        raise CustomKeyStoreHasCMKs(f"KMS keys are in the custom key store {store.place.custom_key_store_id}.")
    context.change.key_stores.delete(store.place)
    return DeleteCustomKeyStoreResponse()


def _check_describe(request: DescribeCustomKeyStoresRequest) -> None:
    if request.custom_key_store_id is not None and request.custom_key_store_name is not None:
        raise ValidationError("You cannot specify CustomKeyStoreId and CustomKeyStoreName in the same request.")


@operation(
    Needs("kms:DescribeCustomKeyStores"),
    check=_check_describe,
    logs=("custom_key_store_id", "custom_key_store_name", "limit", "marker"),
)
def describe_custom_key_stores(
    context: ReadContext, request: DescribeCustomKeyStoresRequest
) -> DescribeCustomKeyStoresResponse:
    """List the custom key stores of the caller's account and Region, or show one."""
    if request.custom_key_store_id is not None or request.custom_key_store_name is not None:
        return DescribeCustomKeyStoresResponse(custom_key_stores=[entry_of(_one(context, request))], truncated=False)
    listing = "DescribeCustomKeyStores"
    after = decode_marker(listing, request.marker)
    limit = request.limit or _LIST_DEFAULT
    page, more = cut(context.reader.key_stores.page(*context.scope, after, limit + 1), limit)
    return DescribeCustomKeyStoresResponse(
        custom_key_stores=[entry_of(store) for store in page],
        next_marker=encode_marker(listing, page[-1].place.custom_key_store_id) if more else None,
        truncated=more,
    )


def _one(context: ReadContext, request: DescribeCustomKeyStoresRequest) -> CustomKeyStore:
    key_stores = context.reader.key_stores
    if request.custom_key_store_id is not None:
        return find_store(key_stores, KeyStorePlace(*context.scope, request.custom_key_store_id))
    found = key_stores.named(*context.scope, request.custom_key_store_name or "")
    if found is None:
        raise CustomKeyStoreNotFound("There is no custom key store of this name.")
    return found


OPERATIONS = (
    connect_custom_key_store,
    delete_custom_key_store,
    describe_custom_key_stores,
    disconnect_custom_key_store,
)
