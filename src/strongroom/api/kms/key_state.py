"""EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Delete an AWS KMS key".
"""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import DELETABLE, SWITCHABLE, TO_BE_DELETED
from strongroom.api.kms.types import KeyId
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter, Supply
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.protocol.validation import broken_constraint

_SHORTEST_WINDOW = 7
# When a key was used last is not kept: no number can be told, so that an Allow on it does not match and a Deny denies.
_LAST_USE: Mapping[str, Supply] = {"kms:trailingdayswithoutkeyusage": lambda _request: ("not kept",)}
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
    deletion_date: Timestamp
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
    Needs("kms:DisableKey", key=KeyMember("key_id"), states=SWITCHABLE, supplies=_LAST_USE),
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
    return {"keyId": context.key.arn, "keyState": response.key_state, "deletionDate": response.deletion_date}


@operation(
    Needs(
        "kms:ScheduleKeyDeletion",
        key=KeyMember("key_id"),
        states=DELETABLE,
        supplies={
            **_LAST_USE,
            "kms:schedulekeydeletionpendingwindowindays": Parameter("pending_window_in_days", str(_LONGEST_WINDOW)),
        },
    ),
    check=_check_window,
    logs=("key_id", "pending_window_in_days"),
    elements=_deletion_elements,
)
def schedule_key_deletion(context: ChangeContext, request: ScheduleKeyDeletionRequest) -> ScheduleKeyDeletionResponse:
    """Refuse a key's use from now on, and delete it when 7 to 30 days have passed."""
    days = request.pending_window_in_days or _LONGEST_WINDOW
    deletion_date = context.now + days * _DAY
    context.change.keys.update(context.key.key.place, state="PendingDeletion", deletion_date=deletion_date)
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
    """Keep a key that was to be deleted; it comes back disabled."""
    context.change.keys.update(context.key.key.place, state="Disabled", deletion_date=None)
    return CancelKeyDeletionResponse(key_id=context.key.arn)


OPERATIONS = (enable_key, disable_key, schedule_key_deletion, cancel_key_deletion)
