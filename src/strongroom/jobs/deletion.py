"""Deletion of keys whose waiting period is over.

Source: AWS KMS Developer Guide, "Delete an AWS KMS key".
"""

import logging

from strongroom.audit.record import encode_service_event
from strongroom.model.failures import describe
from strongroom.model.key import Key
from strongroom.storage.store import Change, Store, StoreError

logger = logging.getLogger(__name__)

_BATCH = 100


def delete_due_keys(store: Store, now: float) -> int:
    """Delete keys whose deletion date has passed, with their material; gives how many.

    Each deletion and its record are one transaction, in which the key is looked at again, as its deletion may have been
    cancelled. A deletion that fails is logged, does not hinder the others, and is tried again in the next turn.
    """
    with store.read() as reader:
        due = reader.keys.due_for_deletion(now, _BATCH)
    return sum(_attempt(store, key, now) for key in due)


def _attempt(store: Store, key: Key, now: float) -> bool:
    try:
        return _delete(store, key, now)
    except StoreError as error:
        logger.warning("Key %s could not be deleted: %s", key.place.arn, describe(error))
        return False


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
        )
    )
