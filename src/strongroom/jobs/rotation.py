"""Rotation of keys: by their period, and when it was asked for.

Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
"""

import logging
from typing import Final

import msgspec

from strongroom.api.kms.rotation_rules import material_to_rotate_to
from strongroom.audit.record import encode_service_event
from strongroom.crypto.material import generate_material, material_id
from strongroom.crypto.specs import KEY_SPECS
from strongroom.custody.secrets import wrap_material
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.failures import describe
from strongroom.model.key import Key, KeyPlace, RotationType
from strongroom.storage.store import Change, Store, StoreError

logger = logging.getLogger(__name__)

_BATCH: Final = 100
_DAY: Final = 86_400


def rotate_due_keys(store: Store, store_keys: StoreKeys, now: float) -> int:
    """Rotate keys whose rotation is due; gives how many.

    Each is one transaction with its record, in which the key is looked at again. What fails is logged, does not hinder
    the others, and is tried again in the next turn.
    """
    with store.read() as reader:
        due = reader.keys.due_for_rotation(now, _BATCH)
    return sum(_attempt(store, store_keys, key, now) for key in due)


def _attempt(store: Store, store_keys: StoreKeys, key: Key, now: float) -> bool:
    try:
        with store.change() as change:
            current = change.keys.find(key.place)
            return current is not None and current.state == "Enabled" and _rotate(change, store_keys, current, now)
    except StoreError as error:
        logger.warning("Key %s could not be rotated: %s", key.place.arn, describe(error))
        return False


def _rotate(change: Change, store_keys: StoreKeys, key: Key, now: float) -> bool:
    asked = key.on_demand_rotation_start_date is not None
    if not asked and (key.next_rotation_date is None or key.next_rotation_date > now):
        return False
    kind: RotationType = "ON_DEMAND" if asked else "AUTOMATIC"
    if key.origin == "EXTERNAL":
        new = _use_pending(change, key, now, kind)
    else:
        new = _use_fresh(change, store_keys, key, now, kind)
    if asked:
        change.keys.update(key.place, on_demand_rotation_start_date=None)
    else:
        change.keys.update(key.place, next_rotation_date=now + (key.rotation_period_in_days or 0) * _DAY)
    if new is not None:
        _record(change, key, new, now, kind)
    return new is not None


def _places(change: Change, key: Key) -> list[KeyPlace]:
    """Give where the key is: a multi-Region key is rotated in all its Regions at once."""
    return [key.place._replace(region=region) for region, _ in change.keys.related(key.place)] or [key.place]


def _use_fresh(change: Change, store_keys: StoreKeys, key: Key, now: float, kind: RotationType) -> str:
    secret = generate_material(KEY_SPECS[key.key_spec])
    new = material_id(key.place.key_id, secret)
    for place in _places(change, key):
        related = msgspec.structs.replace(key, place=place)
        material = wrap_material(store_keys, related, new, secret, now)
        change.keys.add_material(msgspec.structs.replace(material, rotation_date=now, rotation_type=kind))
        _make_current(change, key, place, new)
    return new


def _use_pending(change: Change, key: Key, now: float, kind: RotationType) -> str | None:
    """Make the material that was imported for it the current one; None where that was deleted since."""
    pending = material_to_rotate_to(change.keys, key)
    if pending is None:
        return None
    for place in _places(change, key):
        change.keys.update_material(place, pending.material_id, state="CURRENT", rotation_date=now, rotation_type=kind)
        _make_current(change, key, place, pending.material_id)
    return pending.material_id


def _make_current(change: Change, key: Key, place: KeyPlace, new: str) -> None:
    change.keys.update_material(place, key.current_material_id or "", state="NON_CURRENT")
    change.keys.update(place, current_material_id=new)


def _record(change: Change, key: Key, new: str, now: float, kind: RotationType) -> None:
    place = key.place
    change.outbox.append(
        encode_service_event(
            "RotateKey",
            now,
            account_id=place.account_id,
            region=place.region,
            key_arn=place.arn,
            elements={
                "keyId": place.arn,
                "rotationType": kind,
                "keyOrigin": key.origin,
                "previousKeyMaterialId": key.current_material_id,
                "currentKeyMaterialId": new,
            },
        )
    )
