"""Deletion of keys whose waiting period is over.

Source: AWS KMS Developer Guide, "Delete an AWS KMS key".
"""

import logging

import msgspec

from strongroom.audit.record import encode_service_event
from strongroom.custody.key_stores import KeyStores
from strongroom.custody.pkcs11_errors import TokenError
from strongroom.model.errors import ServiceError
from strongroom.model.failures import describe
from strongroom.model.key import Key
from strongroom.model.key_store import KeyStorePlace
from strongroom.storage.store import Change, Store, StoreError

logger = logging.getLogger(__name__)

_BATCH = 100


def delete_due_keys(store: Store, key_stores: KeyStores, now: float) -> int:
    """Delete keys whose deletion date has passed, with their material; gives how many.

    A key in an HSM is taken from it as far as that can be reached: AWS KMS, too, makes no more than an effort.

    Each deletion and its record are one transaction, in which the key is looked at again, as its deletion may have been
    cancelled. A deletion that fails is logged, does not hinder the others, and is tried again in the next turn.
    """
    with store.read() as reader:
        due = reader.keys.due_for_deletion(now, _BATCH)
    return sum(_attempt(store, key_stores, key, now) for key in due)


def _attempt(store: Store, key_stores: KeyStores, key: Key, now: float) -> bool:
    try:
        deleted = _delete(store, key, now)
        if deleted and key.origin == "AWS_CLOUDHSM":
            _delete_in_hsm(store, key_stores, key)
    except StoreError as error:
        logger.warning("Key %s could not be deleted: %s", key.place.arn, describe(error))
        return False
    return deleted


def _delete_in_hsm(store: Store, key_stores: KeyStores, key: Key) -> None:
    store_id, backing_key_id = key.custom_key_store_id or "", key.backing_key_id or ""
    with store.read() as reader:
        found = reader.key_stores.find(KeyStorePlace(key.place.account_id, key.place.region, store_id))
    why: object = "the custom key store is not connected"
    if found is not None and found.connected:
        try:
            key_stores.hsm(found).destroy_key(store_id, backing_key_id)
        except (TokenError, ServiceError) as error:
            why = error
        else:
            return
    logger.warning("Key %s is deleted, but %s %s stays in its HSM: %s", key.place.arn, store_id, backing_key_id, why)


def _delete(store: Store, key: Key, now: float) -> bool:
    with store.change() as change:
        current = change.keys.find(key.place)
        if current is None or not _is_due(current, now):
            return False
        change.keys.delete(key.place)
        _record(change, key, now)
    return True


def _is_due(key: Key, now: float) -> bool:
    return key.state == "PendingDeletion" and key.deletion_date is not None and key.deletion_date <= now


def _record(change: Change, key: Key, now: float) -> None:
    place = key.place
    change.outbox.append(
        encode_service_event(
            "DeleteKey",
            now,
            account_id=place.account_id,
            region=place.region,
            key_arn=place.arn,
            elements={"keyId": place.arn},
            additional=_backing_keys(key),
        )
    )


def _backing_keys(key: Key) -> dict[str, object] | None:
    if key.origin != "AWS_CLOUDHSM":
        return None
    backing_keys = msgspec.json.encode([{"backingKeyId": key.backing_key_id}]).decode()
    return {"customKeyStoreId": key.custom_key_store_id, "backingKeys": backing_keys}
