"""EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Delete an AWS KMS key".
"""

from typing import Annotated

from msgspec import Meta

from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import DELETABLE, SWITCHABLE, TO_BE_DELETED
from strongroom.api.kms.types import KeyId
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.protocol.validation import broken_constraint

_SHORTEST_WINDOW = 7
_LONGEST_WINDOW = 30
_DAY = 86_400


class EnableKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """EnableKey."""

    key_id: KeyId


class DisableKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """DisableKey."""

    key_id: KeyId


class ScheduleKeyDeletionRequest(AwsStruct, frozen=True, kw_only=True):
    """ScheduleKeyDeletion."""

    key_id: KeyId
    pending_window_in_days: Annotated[int, Meta(ge=1, le=365)] | None = None


class ScheduleKeyDeletionResponse(AwsStruct, frozen=True, kw_only=True):
    """ScheduleKeyDeletion."""

    key_id: KeyId
    deletion_date: Timestamp | None = None
    key_state: str
    pending_window_in_days: int


class CancelKeyDeletionRequest(AwsStruct, frozen=True, kw_only=True):
    """CancelKeyDeletion."""

    key_id: KeyId


class CancelKeyDeletionResponse(AwsStruct, frozen=True, kw_only=True):
    """CancelKeyDeletion."""

    key_id: KeyId


@operation(
    Needs("kms:EnableKey", key=KeyMember("key_id"), states=SWITCHABLE), logs=("key_id",), elements=key_id_element
)
def enable_key(context: ChangeContext, _request: EnableKeyRequest) -> None:
    """Let a key be used; an enabled key stays so."""
    context.change.keys.update(context.key.key.place, state="Enabled")


@operation(
    Needs("kms:DisableKey", key=KeyMember("key_id"), states=SWITCHABLE),
    logs=("key_id",),
    elements=key_id_element,
)
def disable_key(context: ChangeContext, _request: DisableKeyRequest) -> None:
    """Keep a key from being used; a disabled key stays so."""
    context.change.keys.update(context.key.key.place, state="Disabled")


def _check_window(request: ScheduleKeyDeletionRequest) -> None:
    days = request.pending_window_in_days
    if days is None or _SHORTEST_WINDOW <= days <= _LONGEST_WINDOW:
        return
    bound = f"greater than or equal to {_SHORTEST_WINDOW}"
    if days > _LONGEST_WINDOW:
        bound = f"less than or equal to {_LONGEST_WINDOW}"
    raise broken_constraint(days, "pendingWindowInDays", f"Member must have value {bound}")


def _deletion_elements(context: ChangeContext, response: ScheduleKeyDeletionResponse) -> dict[str, object]:
    if response.deletion_date is None:
        waits: dict[str, object] = {"pendingWindowInDays": response.pending_window_in_days}
    else:
        waits = {"deletionDate": response.deletion_date}
    return {"keyId": context.key.arn, "keyState": response.key_state, **waits}


@operation(
    Needs(
        "kms:ScheduleKeyDeletion",
        key=KeyMember("key_id"),
        states=DELETABLE,
        supplies={
            "kms:schedulekeydeletionpendingwindowindays": Parameter("pending_window_in_days", str(_LONGEST_WINDOW)),
        },
    ),
    check=_check_window,
    logs=("key_id", "pending_window_in_days"),
    elements=_deletion_elements,
)
def schedule_key_deletion(context: ChangeContext, request: ScheduleKeyDeletionRequest) -> ScheduleKeyDeletionResponse:
    """Refuse a key's use from now on, and delete it when 7 to 30 days have passed since its last replica was."""
    days = request.pending_window_in_days or _LONGEST_WINDOW
    key = context.key.key
    if key.multi_region_key_type == "PRIMARY" and len(context.key.related) > 1:
        context.change.keys.update(key.place, state="PendingReplicaDeletion", pending_window_in_days=days)
        return ScheduleKeyDeletionResponse(
            key_id=context.key.arn, key_state="PendingReplicaDeletion", pending_window_in_days=days
        )
    deletion_date = context.now + days * _DAY
    context.change.keys.update(key.place, state="PendingDeletion", deletion_date=deletion_date)
    return ScheduleKeyDeletionResponse(
        key_id=context.key.arn,
        deletion_date=timestamp(deletion_date),
        key_state="PendingDeletion",
        pending_window_in_days=days,
    )


@operation(
    Needs("kms:CancelKeyDeletion", key=KeyMember("key_id"), states=TO_BE_DELETED),
    logs=("key_id",),
    elements=key_id_element,
)
def cancel_key_deletion(context: ChangeContext, _request: CancelKeyDeletionRequest) -> CancelKeyDeletionResponse:
    """Keep a key that was to be deleted; it comes back disabled, or waiting for its material."""
    key, change = context.key.key, context.change
    materials = change.keys.materials(key.place)
    waits = not materials or any(material.wrapped is None for material in materials)
    state = "PendingImport" if key.origin == "EXTERNAL" and waits else "Disabled"
    change.keys.update(key.place, state=state, deletion_date=None, pending_window_in_days=None)
    return CancelKeyDeletionResponse(key_id=context.key.arn)


OPERATIONS = (enable_key, disable_key, schedule_key_deletion, cancel_key_deletion)
