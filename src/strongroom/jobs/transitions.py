"""States that keys are in for a moment only, and primary keys that wait for their replicas to be deleted.

Source: AWS KMS Developer Guide, "Key states of AWS KMS keys", "Deleting multi-Region keys".
"""

import logging
from collections.abc import Callable
from typing import Final

from strongroom.audit.record import encode_service_event
from strongroom.model.failures import describe
from strongroom.model.key import Key
from strongroom.storage.store import Change, Store, StoreError

logger = logging.getLogger(__name__)

_BATCH: Final = 100
_DAY: Final = 86_400


def finish_transitions(store: Store, now: float) -> int:
    """Bring keys out of Creating, Updating and PendingReplicaDeletion; gives how many.

    Each is one transaction, in which the key is looked at again. What fails is logged, does not hinder the others, and
    is tried again in the next turn.
    """
    with store.read() as reader:
        passing = reader.keys.in_states(tuple(_ENDS), _BATCH)
    return sum(_attempt(store, key, now) for key in passing)


def _attempt(store: Store, key: Key, now: float) -> bool:
    try:
        with store.change() as change:
            current = change.keys.find(key.place)
            return current is not None and current.state in _ENDS and _ENDS[current.state](change, current, now)
    except StoreError as error:
        logger.warning("Key %s stays %s: %s", key.place.arn, key.state, describe(error))
        return False


def _finish_creating(change: Change, key: Key, _now: float) -> bool:
    missing = any(material.wrapped is None for material in change.keys.materials(key.place))
    imports = key.origin == "EXTERNAL" and (missing or key.current_material_id is None)
    change.keys.update(key.place, state="PendingImport" if imports else "Enabled")
    return True


def _finish_updating(change: Change, key: Key, now: float) -> bool:
    change.keys.update(key.place, state="Enabled")
    change.outbox.append(
        encode_service_event(
            "SynchronizeMultiRegionKey",
            now,
            account_id=key.place.account_id,
            region=key.place.region,
            key_arn=key.place.arn,
            elements={"keyId": key.place.arn},
        )
    )
    return True


def _begin_deletion(change: Change, key: Key, now: float) -> bool:
    """Begin the waiting period of a primary key whose last replica is deleted."""
    if len(change.keys.related(key.place)) > 1:
        return False
    window = (key.pending_window_in_days or 0) * _DAY
    change.keys.update(key.place, state="PendingDeletion", deletion_date=now + window, pending_window_in_days=None)
    return True


_ENDS: Final[dict[str, Callable[[Change, Key, float], bool]]] = {
    "Creating": _finish_creating,
    "Updating": _finish_updating,
    "PendingReplicaDeletion": _begin_deletion,
}
