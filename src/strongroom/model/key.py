"""Keys, their material and their labels as they are kept. Times are epoch seconds."""

from typing import Literal, NamedTuple

import msgspec

from strongroom.model.arn import key_arn

KeyState = Literal[
    "Creating",
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingImport",
    "PendingReplicaDeletion",
    "Unavailable",
    "Updating",
]


MultiRegionKeyType = Literal["PRIMARY", "REPLICA"]
KeyMaterialState = Literal["CURRENT", "NON_CURRENT", "PENDING_ROTATION", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"]
RotationType = Literal["AUTOMATIC", "ON_DEMAND"]
ExpirationModel = Literal["KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"]

MULTI_REGION_PREFIX = "mrk-"


class KeyPlace(NamedTuple):
    """Where a key lives; what names it within the installation."""

    account_id: str
    region: str
    key_id: str

    @property
    def arn(self) -> str:
        """The key's ARN."""
        return key_arn(*self)

    @property
    def multi_region(self) -> bool:
        """Whether it is a multi-Region key, whose related keys have the same id in other Regions."""
        return self.key_id.startswith(MULTI_REGION_PREFIX)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS key without its material.

    Attributes:
        manager: CUSTOMER or AWS, as KeyMetadata's KeyManager.
        policy: text of the key policy named `default`, as it was put.
        deletion_date: when the key is to be deleted, in state PendingDeletion.
        pending_window_in_days: how long it then waits, in state PendingReplicaDeletion.
        current_material_id: the material that encrypts, signs or authenticates; None as long as there never was any.
        public_key: SubjectPublicKeyInfo of an asymmetric key, as DER; it stays when imported material is deleted.
        multi_region_key_type: None for a key of one Region.
        rotation_period_in_days: how often the material is rotated; None where it is not.
        next_rotation_date: when automatic rotation is due.
        on_demand_rotation_start_date: when a rotation was asked for that has not been done yet.
        custom_key_store_id: the custom key store that it is in, or None.
        backing_key_id: what names the key behind it there: an external key's id, or an HSM key's.
    """

    place: KeyPlace
    description: str
    key_spec: str
    key_usage: str
    origin: str
    manager: str
    state: KeyState
    creation_date: float
    deletion_date: float | None = None
    pending_window_in_days: int | None = None
    policy: str
    current_material_id: str | None
    public_key: bytes | None = None
    multi_region_key_type: MultiRegionKeyType | None = None
    rotation_period_in_days: int | None = None
    next_rotation_date: float | None = None
    on_demand_rotation_start_date: float | None = None
    custom_key_store_id: str | None = None
    backing_key_id: str | None = None


class KeyMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """One key material of a key.

    Attributes:
        store_key: version of the store key that wraps it.
        wrapped: None while imported material is deleted or expired, and waits to be imported again.
        creation_date: when it came to this key.
        rotation_date: when it became the current one by a rotation; None for the first.
        expiration_model: of imported material that is there.
        valid_to: when imported material expires.
        description: what its importer calls it.
    """

    place: KeyPlace
    material_id: str
    state: KeyMaterialState = "CURRENT"
    store_key: int | None
    wrapped: bytes | None
    creation_date: float
    rotation_date: float | None = None
    rotation_type: RotationType | None = None
    expiration_model: ExpirationModel | None = None
    valid_to: float | None = None
    description: str | None = None


class KeyUse(msgspec.Struct, frozen=True, kw_only=True):
    """The last cryptographic operation with a key that succeeded.

    Attributes:
        date: when, in epoch seconds.
        event_id: of its audit record.
    """

    place: KeyPlace
    operation: str
    date: float
    event_id: str
    request_id: str


class RelatedKey(NamedTuple):
    """A multi-Region key among its related keys."""

    region: str
    key_type: MultiRegionKeyType


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """An alias; `name` starts with `alias/`."""

    account_id: str
    region: str
    name: str
    target_key_id: str
    creation_date: float
    last_updated_date: float
