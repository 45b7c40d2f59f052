"""EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Rotate AWS KMS keys".
"""

from typing import Annotated, Final

from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import ROTATABLE, ROTATABLE_ON_DEMAND
from strongroom.api.kms.rotation_rules import (
    material_to_rotate_to,
    require_material_here,
    require_not_replica,
    require_rotatable,
    wrong_origin,
)
from strongroom.api.kms.types import KeyId
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter
from strongroom.model.errors import Conflict, InvalidState, LimitExceeded
from strongroom.model.key import Key
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp

_DEFAULT_PERIOD: Final = 365
_DAY: Final = 86_400
_ON_DEMAND_LIMIT: Final = 25
# An automatic rotation that is due so soon must not meet another.
_CONFLICT_SECONDS: Final = 20 * 60
_TO_BE_DELETED: Final = frozenset({"PendingDeletion", "PendingReplicaDeletion"})

RotationPeriodInDays = Annotated[int, Meta(ge=90, le=2560)]


class EnableKeyRotationRequest(AwsStruct, frozen=True, kw_only=True):
    """EnableKeyRotation."""

    key_id: KeyId
    rotation_period_in_days: RotationPeriodInDays | None = None


class DisableKeyRotationRequest(AwsStruct, frozen=True, kw_only=True):
    """DisableKeyRotation."""

    key_id: KeyId


class GetKeyRotationStatusRequest(AwsStruct, frozen=True, kw_only=True):
    """GetKeyRotationStatus."""

    key_id: KeyId


class GetKeyRotationStatusResponse(AwsStruct, frozen=True, kw_only=True):
    """GetKeyRotationStatus."""

    key_rotation_enabled: bool
    key_id: str
    rotation_period_in_days: int | None = None
    next_rotation_date: Timestamp | None = None
    on_demand_rotation_start_date: Timestamp | None = None


class RotateKeyOnDemandRequest(AwsStruct, frozen=True, kw_only=True):
    """RotateKeyOnDemand."""

    key_id: KeyId


class RotateKeyOnDemandResponse(AwsStruct, frozen=True, kw_only=True):
    """RotateKeyOnDemand."""

    key_id: str


def _require_automatic(key: Key) -> None:
    """Raise UnsupportedOperation for a key that is not rotated by itself."""
    require_rotatable(key)
    if key.origin != "AWS_KMS":
        raise wrong_origin(key)
    require_not_replica(key)


@operation(
    Needs(
        "kms:EnableKeyRotation",
        key=KeyMember("key_id"),
        states=ROTATABLE,
        supplies={"kms:rotationperiodindays": Parameter("rotation_period_in_days", str(_DEFAULT_PERIOD))},
    ),
    logs=("key_id", "rotation_period_in_days"),
    defaults={"rotation_period_in_days": _DEFAULT_PERIOD},
    elements=key_id_element,
)
def enable_key_rotation(context: ChangeContext, request: EnableKeyRotationRequest) -> None:
    """Rotate a key by itself each period, counted from now; again with the same period it changes nothing."""
    key = context.key.key
    _require_automatic(key)
    days = request.rotation_period_in_days or _DEFAULT_PERIOD
    if days != key.rotation_period_in_days:
        next_date = context.now + days * _DAY
        context.change.keys.update(key.place, rotation_period_in_days=days, next_rotation_date=next_date)


@operation(
    Needs("kms:DisableKeyRotation", key=KeyMember("key_id"), states=ROTATABLE),
    logs=("key_id",),
    elements=key_id_element,
)
def disable_key_rotation(context: ChangeContext, _request: DisableKeyRotationRequest) -> None:
    """Rotate a key by itself no more."""
    key = context.key.key
    _require_automatic(key)
    context.change.keys.update(key.place, rotation_period_in_days=None, next_rotation_date=None)


@operation(
    Needs("kms:GetKeyRotationStatus", key=KeyMember("key_id"), cross_account=True),
    logs=("key_id",),
)
def get_key_rotation_status(
    context: ReadContext, _request: GetKeyRotationStatusRequest
) -> GetKeyRotationStatusResponse:
    """Tell whether a key is rotated by itself, and when next; of a replica what its primary's rotation is."""
    key = context.key.key
    require_material_here(key)
    if key.state == "PendingImport" and key.origin == "EXTERNAL":
        raise wrong_origin(key)
    rotated = _rotated(context)
    enabled = rotated.rotation_period_in_days is not None and key.state not in _TO_BE_DELETED
    started = rotated.on_demand_rotation_start_date
    next_date = rotated.next_rotation_date if enabled else None
    return GetKeyRotationStatusResponse(
        key_rotation_enabled=enabled,
        key_id=key.place.arn,
        rotation_period_in_days=rotated.rotation_period_in_days if enabled else None,
        next_rotation_date=None if next_date is None else timestamp(next_date),
        on_demand_rotation_start_date=None if started is None else timestamp(started),
    )


def _rotated(context: ReadContext) -> Key:
    """Give the key whose rotation counts: a multi-Region key's primary."""
    place = context.key.key.place
    primary = next((each.region for each in context.key.related if each.key_type == "PRIMARY"), place.region)
    found = None if primary == place.region else context.reader.keys.find(place._replace(region=primary))
    return found or context.key.key


@operation(
    Needs("kms:RotateKeyOnDemand", key=KeyMember("key_id"), states=ROTATABLE_ON_DEMAND),
    logs=("key_id",),
    elements=key_id_element,
)
def rotate_key_on_demand(context: ChangeContext, _request: RotateKeyOnDemandRequest) -> RotateKeyOnDemandResponse:
    """Have a key rotated at once, beside its schedule; while that has not been done, once more changes nothing."""
    key = context.key.key
    require_rotatable(key)
    require_not_replica(key)
    if key.on_demand_rotation_start_date is None:
        _check_on_demand(context, key)
        context.change.keys.update(key.place, on_demand_rotation_start_date=context.now)
    return RotateKeyOnDemandResponse(key_id=key.place.arn)


def _check_on_demand(context: ChangeContext, key: Key) -> None:
    materials = context.change.keys.materials(key.place)
    if sum(each.rotation_type == "ON_DEMAND" for each in materials) >= _ON_DEMAND_LIMIT:
        raise LimitExceeded(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
            f"performed for this key: {key.place.arn}"
        )
    if key.next_rotation_date is not None and key.next_rotation_date - context.now <= _CONFLICT_SECONDS:
        raise Conflict(f"An automatic rotation of {key.place.arn} is in progress, or due within 20 minutes.")
    if key.origin == "EXTERNAL" and material_to_rotate_to(context.change.keys, key) is None:
        raise InvalidState(f"No available key material pending rotation for the key: {key.place.arn}.")


OPERATIONS = (enable_key_rotation, disable_key_rotation, get_key_rotation_status, rotate_key_on_demand)
