"""Which keys are rotated, and to which material.

Source: AWS KMS Developer Guide, "Rotate AWS KMS keys".
"""

from typing import Final

from strongroom.model.errors import UnsupportedOperation
from strongroom.model.key import Key, KeyMaterial
from strongroom.storage.keys import KeyReader

_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
# The material of the others is in a custom key store.
_ORIGINS: Final = frozenset({"AWS_KMS", "EXTERNAL"})


def wrong_origin(key: Key) -> UnsupportedOperation:
    """Make the error for a key whose origin does not allow the operation."""
    return UnsupportedOperation(f"{key.place.arn} origin is {key.origin} which is not valid for this operation.")


def require_material_here(key: Key) -> None:
    """Raise UnsupportedOperation for a key whose material is in a custom key store."""
    if key.origin not in _ORIGINS:
        raise wrong_origin(key)


def require_rotatable(key: Key) -> None:
    """Raise UnsupportedOperation for a key that cannot have several materials; AWS gives no message."""
    if key.key_spec != _SYMMETRIC:
        raise UnsupportedOperation
    require_material_here(key)


def require_not_replica(key: Key) -> None:
    """Raise UnsupportedOperation for a replica, which is rotated with its primary."""
    if key.multi_region_key_type == "REPLICA":
        raise UnsupportedOperation(f"{key.place.arn} is not a multi-region primary key.")


def material_to_rotate_to(keys: KeyReader, key: Key) -> KeyMaterial | None:
    """Give the imported material that waits for its rotation, if it is there in every Region of its key."""
    waiting = (each for each in keys.materials(key.place) if each.state == "PENDING_ROTATION")
    pending = next(waiting, None)
    if pending is None:
        return None
    regions = [region for region, _ in keys.related(key.place)] or [key.place.region]
    everywhere = all(_is_there(keys, pending, region) for region in regions)
    return pending if everywhere else None


def _is_there(keys: KeyReader, pending: KeyMaterial, region: str) -> bool:
    materials = keys.materials(pending.place._replace(region=region))
    return any(each.material_id == pending.material_id and each.wrapped is not None for each in materials)
