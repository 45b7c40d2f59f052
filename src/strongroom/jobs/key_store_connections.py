"""Connecting custom key stores to what keeps their keys, and disconnecting them.

Source: AWS KMS Developer Guide, "Custom key stores", "ConnectionState".
"""

import logging
from typing import Final

import msgspec

from strongroom.custody.key_stores import KeyStores
from strongroom.model.failures import describe
from strongroom.model.ids import new_uuid
from strongroom.model.key_store import ConnectionFailedError, CustomKeyStore
from strongroom.storage.store import Store, StoreError

logger = logging.getLogger(__name__)

_BATCH: Final = 100


def finish_connections(store: Store, key_stores: KeyStores) -> int:
    """Connect and disconnect the custom key stores that wait for it; gives how many.

    What keeps the keys is asked outside of any transaction, and then the store is looked at again. What fails is told
    as the store's state.
    """
    with store.read() as reader:
        waiting = reader.key_stores.changing(_BATCH)
    return sum(_attempt(store, key_stores, each) for each in waiting)


def _attempt(store: Store, key_stores: KeyStores, waiting: CustomKeyStore) -> bool:
    try:
        after = _connected(key_stores, waiting) if waiting.connection_state == "CONNECTING" else _disconnected(waiting)
        with store.change() as change:
            if change.key_stores.find(waiting.place) != waiting:
                return False
            change.key_stores.update(after)
    except StoreError as error:
        logger.warning("%s stays %s: %s", _name(waiting), waiting.connection_state, describe(error))
        return False
    return True


def _connected(key_stores: KeyStores, waiting: CustomKeyStore) -> CustomKeyStore:
    try:
        key_stores.connect(waiting, new_uuid())
    except ConnectionFailedError as failure:
        logger.warning("%s cannot be connected (%s): %s", _name(waiting), failure.code, failure)
        return msgspec.structs.replace(waiting, connection_state="FAILED", connection_error_code=failure.code)
    return msgspec.structs.replace(waiting, connection_state="CONNECTED")


def _disconnected(waiting: CustomKeyStore) -> CustomKeyStore:
    return msgspec.structs.replace(waiting, connection_state="DISCONNECTED")


def _name(store: CustomKeyStore) -> str:
    return f"Custom key store {store.place.custom_key_store_id} of account {store.place.account_id}"
