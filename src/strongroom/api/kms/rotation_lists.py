"""ListKeyRotations.

Source: AWS KMS API Reference, ListKeyRotations, RotationsListEntry.
"""

from typing import Final, Literal

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.imported_materials import PENDING_STATES
from strongroom.api.kms.rotation_rules import require_rotatable
from strongroom.api.kms.types import KeyId, Limit, Marker, NextMarker
from strongroom.api.paging import cut, decode_marker, encode_marker
from strongroom.api.resolve import KeyMember
from strongroom.model.key import Key, KeyMaterial
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp

_LIST_DEFAULT: Final = 100
_ROTATIONS: Final = "ROTATIONS_ONLY"


class ListKeyRotationsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListKeyRotations."""

    key_id: KeyId
    include_key_material: Literal["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"] | None = None
    limit: Limit | None = None
    marker: Marker | None = None


class RotationsListEntry(AwsStruct, frozen=True, kw_only=True):
    """A rotation, and the material that it made the current one."""

    key_id: str
    key_material_id: str
    key_material_description: str | None = None
    import_state: str | None = None
    key_material_state: str
    expiration_model: str | None = None
    valid_to: Timestamp | None = None
    rotation_date: Timestamp | None = None
    rotation_type: str | None = None


class ListKeyRotationsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListKeyRotations."""

    rotations: list[RotationsListEntry]
    next_marker: NextMarker | None = None
    truncated: bool


@operation(
    Needs("kms:ListKeyRotations", key=KeyMember("key_id")),
    logs=("key_id", "include_key_material", "limit", "marker"),
)
def list_key_rotations(context: ReadContext, request: ListKeyRotationsRequest) -> ListKeyRotationsResponse:
    """List the rotations of a symmetric key, or all its materials, the oldest first."""
    key = context.key.key
    require_rotatable(key)
    include = request.include_key_material or _ROTATIONS
    listing = f"ListKeyRotations {key.place.arn} {include}"
    materials = sorted(context.reader.keys.materials(key.place), key=_place_in_list)
    shown = [each for each in materials if include != _ROTATIONS or each.rotation_date is not None]
    after = decode_marker(listing, request.marker)
    start = next((index + 1 for index, each in enumerate(shown) if each.material_id == after), 0)
    limit = request.limit or _LIST_DEFAULT
    page, more = cut(shown[start : start + limit + 1], limit)
    return ListKeyRotationsResponse(
        rotations=[_entry(key, each) for each in page],
        next_marker=encode_marker(listing, page[-1].material_id) if more else None,
        truncated=more,
    )


def _place_in_list(material: KeyMaterial) -> tuple[bool, float, str]:
    """Sort the first material before the rotations, and what waits for its rotation after them.

    When a material came to a replica says nothing of its age.
    """
    return material.state in PENDING_STATES, material.rotation_date or 0.0, material.material_id


def _entry(key: Key, material: KeyMaterial) -> RotationsListEntry:
    imported = None
    if key.origin == "EXTERNAL":
        imported = "PENDING_IMPORT" if material.wrapped is None else "IMPORTED"
    return RotationsListEntry(
        key_id=key.place.arn,
        key_material_id=material.material_id,
        key_material_description=material.description,
        import_state=imported,
        key_material_state=material.state,
        expiration_model=material.expiration_model,
        valid_to=None if material.valid_to is None else timestamp(material.valid_to),
        rotation_date=None if material.rotation_date is None else timestamp(material.rotation_date),
        rotation_type=material.rotation_type,
    )


OPERATIONS = (list_key_rotations,)
