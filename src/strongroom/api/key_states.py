"""Which key states each kind of operation takes, and the error for the others.

Source: AWS KMS Developer Guide, "Key states of AWS KMS keys".
"""

from collections.abc import Callable, Mapping

from strongroom.model.errors import Disabled, InvalidState, ServiceError
from strongroom.model.key import Key, KeyState

StateRule = Mapping[KeyState, Callable[[str], ServiceError]]
"""The states that are refused, each with the error that the key's ARN gives."""


def _disabled(arn: str) -> ServiceError:
    return Disabled(f"{arn} is disabled.")


def _refuse(what: str) -> Callable[[str], ServiceError]:
    return lambda arn: InvalidState(f"{arn} is {what}.")


_pending_deletion = _refuse("pending deletion")
_pending_replica_deletion = _refuse("pending deletion (or pending replica deletion)")
_not_pending_deletion = _refuse("not pending deletion")
_pending_import = _refuse("pending import")
_unavailable = _refuse("unavailable")
_creating = _refuse("creating")
_updating = _refuse("updating")

ANY_STATE: StateRule = {}
USABLE: StateRule = {
    "Disabled": _disabled,
    "PendingDeletion": _pending_deletion,
    "PendingReplicaDeletion": _pending_replica_deletion,
    "PendingImport": _pending_import,
    "Unavailable": _unavailable,
    "Creating": _creating,
}
"""Cryptographic operations."""

USABLE_IN_NO_STORE: StateRule = {state: refuse for state, refuse in USABLE.items() if state != "Unavailable"}
"""GenerateDataKeyPair, which keys in custom key stores are refused for whatever their state."""

REPLICABLE: StateRule = {**USABLE, "Updating": _updating}
"""ReplicateKey."""

PUBLIC_KEY_READABLE: StateRule = {
    "PendingDeletion": _pending_deletion,
    "PendingReplicaDeletion": _pending_replica_deletion,
    "Creating": _creating,
}
"""GetPublicKey; a public key that was never imported is refused apart."""

ROTATABLE: StateRule = {**PUBLIC_KEY_READABLE, "Disabled": _disabled}
"""EnableKeyRotation and DisableKeyRotation; what origins they take is checked apart."""

ROTATABLE_ON_DEMAND: StateRule = {**ROTATABLE, "PendingImport": _pending_import}
"""RotateKeyOnDemand."""

PARAMETERS_FOR_IMPORT: StateRule = {**PUBLIC_KEY_READABLE, "Updating": _updating}
"""GetParametersForImport."""

IMPORTABLE: StateRule = PUBLIC_KEY_READABLE
"""ImportKeyMaterial."""

MATERIAL_DELETABLE: StateRule = {"Creating": _creating, "Updating": _updating}
"""DeleteImportedKeyMaterial."""

LABELLED: StateRule = {
    "PendingDeletion": _pending_deletion,
    "PendingReplicaDeletion": _pending_replica_deletion,
}
"""Tags, description, and the key that an alias comes to name."""

SWITCHABLE: StateRule = {
    **LABELLED,
    "PendingImport": _pending_import,
    "Creating": _creating,
    "Updating": _updating,
}
"""EnableKey and DisableKey."""

DELETABLE: StateRule = {**LABELLED, "Updating": _updating}
"""ScheduleKeyDeletion."""

TO_BE_DELETED: StateRule = {
    "Enabled": _not_pending_deletion,
    "Disabled": _not_pending_deletion,
    "PendingImport": _not_pending_deletion,
    "Unavailable": _not_pending_deletion,
    "Creating": _not_pending_deletion,
    "Updating": _not_pending_deletion,
}
"""CancelKeyDeletion."""


def check_state(rule: StateRule, key: Key) -> None:
    """Raise the error that AWS gives when the rule refuses the key's state."""
    refuse = rule.get(key.state)
    if refuse is not None:
        raise refuse(key.place.arn)
