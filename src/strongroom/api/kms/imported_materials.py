"""What importing and deleting key material does to a key and to its related keys.

Source: AWS KMS Developer Guide, "Importing key material", "Rotating imported key material" and "Importing key material
into multi-Region keys".
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from strongroom.api.context import ChangeContext
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.crypto.material import material_id as id_of_material
from strongroom.crypto.secret_keys import public_key_of
from strongroom.crypto.specs import KEY_SPECS
from strongroom.custody.secrets import wrap_material
from strongroom.model.errors import IncorrectKeyMaterial, InvalidState, UnsupportedOperation, ValidationError
from strongroom.model.key import ExpirationModel, Key, KeyMaterial, KeyPlace
from strongroom.storage.store import Change

PENDING_STATES: Final = frozenset({"PENDING_ROTATION", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"})
_EVERYWHERE_FIRST: Final = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"
_GONE: Final = {"store_key": None, "wrapped": None, "expiration_model": None, "valid_to": None}


class Importing(msgspec.Struct, frozen=True, kw_only=True):
    """Material that is being imported, in the form in which it is kept."""

    secret: bytes
    import_type: str | None
    expiration_model: ExpirationModel
    valid_to: float | None
    description: str | None
    material_id: str | None


def import_material(context: ChangeContext, snapshot: KeySnapshot, importing: Importing) -> str:
    """Give a key material; gives the material's id.

    Raises IncorrectKeyMaterial for other bytes than those that must be imported, InvalidState while other material
    waits for its rotation, UnsupportedOperation for new material on a replica.
    """
    key = snapshot.key
    materials = context.change.keys.materials(key.place)
    found = id_of_material(key.place.key_id, importing.secret)
    existing = next((each for each in materials if each.material_id == found), None)
    import_type = importing.import_type or ("EXISTING_KEY_MATERIAL" if materials else "NEW_KEY_MATERIAL")
    if import_type == "EXISTING_KEY_MATERIAL":
        _check_existing(importing, existing, found)
    else:
        _check_new(snapshot, importing, materials, existing, found)
    material = _material(context, snapshot, importing, existing, found, first=not materials)
    if existing is None:
        context.change.keys.add_material(material)
        _associate_replicas(context, snapshot, material)
    else:
        _replace(context.change, material)
    _follow(context, snapshot, importing, found, first=not materials)
    return found


def _check_existing(importing: Importing, existing: KeyMaterial | None, found: str) -> None:
    if existing is None or importing.material_id not in {None, found}:
        raise IncorrectKeyMaterial("The key material is not the material that was imported into this key before.")


def _check_new(
    snapshot: KeySnapshot,
    importing: Importing,
    materials: Iterable[KeyMaterial],
    existing: KeyMaterial | None,
    found: str,
) -> None:
    if importing.material_id is not None:
        raise ValidationError("KeyMaterialId can only be specified when the ImportType is EXISTING_KEY_MATERIAL.")
    if snapshot.key.multi_region_key_type == "REPLICA":
        raise UnsupportedOperation(f"{snapshot.arn} is not a multi-region primary key.")
    if existing is not None:
        raise IncorrectKeyMaterial("The key material was imported into this key before.")
    pending = next((each for each in materials if each.state in PENDING_STATES), None)
    if pending is not None:
        raise InvalidState(
            f"New key material (id: {found}) cannot be imported into KMS key {snapshot.arn}, because another key "
            f"material (id: {pending.material_id}) is pending rotation."
        )


def _material(  # noqa: PLR0913 - what a material is made of
    context: ChangeContext,
    snapshot: KeySnapshot,
    importing: Importing,
    existing: KeyMaterial | None,
    found: str,
    *,
    first: bool,
) -> KeyMaterial:
    wrapped = wrap_material(
        context.store_keys,
        snapshot.key,
        found,
        importing.secret,
        context.now,
    )
    terms = {"expiration_model": importing.expiration_model, "valid_to": importing.valid_to}
    if existing is not None:
        description = importing.description or existing.description
        return msgspec.structs.replace(
            existing, store_key=wrapped.store_key, wrapped=wrapped.wrapped, description=description, **terms
        )
    waits = _EVERYWHERE_FIRST if len(snapshot.related) > 1 else "PENDING_ROTATION"
    state = "CURRENT" if first else waits
    return msgspec.structs.replace(wrapped, state=state, description=importing.description, **terms)


def _replace(change: Change, material: KeyMaterial) -> None:
    change.keys.update_material(
        material.place,
        material.material_id,
        store_key=material.store_key,
        wrapped=material.wrapped,
        expiration_model=material.expiration_model,
        valid_to=material.valid_to,
        description=material.description,
    )


def _others(snapshot: KeySnapshot) -> list[KeyPlace]:
    place = snapshot.key.place
    return [place._replace(region=region) for region, _ in snapshot.related if region != place.region]


def _associate_replicas(context: ChangeContext, snapshot: KeySnapshot, material: KeyMaterial) -> None:
    """Tell the related keys which material they must get too; its bytes are imported into each."""
    for place in _others(snapshot):
        context.change.keys.add_material(msgspec.structs.replace(material, place=place, **_GONE))


def _follow(
    context: ChangeContext, snapshot: KeySnapshot, importing: Importing, material_id: str, *, first: bool
) -> None:
    """Bring the key's state, and what it knows of its material, after the import."""
    keys, key = context.change.keys, snapshot.key
    if first:
        public_key = public_key_of(KEY_SPECS[key.key_spec], importing.secret)
        for place in (key.place, *_others(snapshot)):
            keys.update(place, current_material_id=material_id, public_key=public_key)
    _end_import_everywhere(context, snapshot, material_id)
    if key.state == "PendingImport" and not lacks_material(keys.materials(key.place)):
        keys.update(key.place, state="Enabled")


def _end_import_everywhere(context: ChangeContext, snapshot: KeySnapshot, material_id: str) -> None:
    """Let new material of a multi-Region key be rotated to once each related key has it."""
    keys = context.change.keys
    places = (snapshot.key.place, *_others(snapshot))
    found = [each for place in places for each in keys.materials(place) if each.material_id == material_id]
    if all(each.state == _EVERYWHERE_FIRST and each.wrapped is not None for each in found):
        for place in places:
            keys.update_material(place, material_id, state="PENDING_ROTATION")


def lacks_material(materials: Iterable[KeyMaterial]) -> bool:
    """Tell whether material that a key needs for its ciphertexts is not there."""
    needed = [each for each in materials if each.state not in PENDING_STATES]
    return not needed or any(each.wrapped is None for each in needed)


def delete_material(context: ChangeContext, snapshot: KeySnapshot, material_id: str | None) -> str | None:
    """Delete a material, the current one where none is named; gives its id, None where there is nothing to delete.

    Raises IncorrectKeyMaterial for one that the key never had.
    """
    key, keys = snapshot.key, context.change.keys
    wanted = material_id or key.current_material_id
    material = next((each for each in keys.materials(key.place) if each.material_id == wanted), None)
    if material is None:
        if material_id is not None:
            raise IncorrectKeyMaterial(f"Key material {material_id} is not associated with {snapshot.arn}.")
        return None
    take_away(context.change, key, material)
    return material.material_id


def take_away(change: Change, key: Key, material: KeyMaterial) -> None:
    """Forget the bytes of a material; without material that it needs, the key waits for its import."""
    if material.state in PENDING_STATES and not key.place.multi_region:
        change.keys.delete_material(key.place, material.material_id)
        return
    change.keys.update_material(key.place, material.material_id, **_GONE)
    if material.state not in PENDING_STATES and key.state in {"Enabled", "Disabled"}:
        change.keys.update(key.place, state="PendingImport")
