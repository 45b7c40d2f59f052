"""Imported key material whose time is over.

Source: AWS KMS Developer Guide, "Importing key material": when it expires, AWS KMS deletes it.
"""

import logging
from typing import Final

from strongroom.api.kms.imported_materials import take_away
from strongroom.audit.record import encode_service_event
from strongroom.model.failures import describe
from strongroom.model.key import KeyMaterial
from strongroom.storage.store import Store, StoreError

logger = logging.getLogger(__name__)

_BATCH: Final = 100


def delete_expired_materials(store: Store, now: float) -> int:
    """Delete imported material that has expired; gives how many.

    Each is one transaction with its record, in which the material is looked at again. What fails is logged, does not
    hinder the others, and is tried again in the next turn.
    """
    with store.read() as reader:
        expired = reader.keys.expired_materials(now, _BATCH)
    return sum(_attempt(store, material, now) for material in expired)


def _attempt(store: Store, material: KeyMaterial, now: float) -> bool:
    try:
        return _delete(store, material, now)
    except StoreError as error:
        logger.warning("Material of %s could not be deleted: %s", material.place.arn, describe(error))
        return False


def _delete(store: Store, expired: KeyMaterial, now: float) -> bool:
    place = expired.place
    with store.change() as change:
        key = change.keys.find(place)
        materials = [each for each in change.keys.materials(place) if each.material_id == expired.material_id]
        if key is None or not materials or not _is_over(materials[0], now):
            return False
        take_away(change, key, materials[0])
        change.outbox.append(
            encode_service_event(
                "DeleteExpiredKeyMaterial",
                now,
                account_id=place.account_id,
                region=place.region,
                key_arn=place.arn,
                elements={"keyId": place.arn, "keyMaterialId": expired.material_id},
            )
        )
    return True


def _is_over(material: KeyMaterial, now: float) -> bool:
    return material.wrapped is not None and material.valid_to is not None and material.valid_to <= now
