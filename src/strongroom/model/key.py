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


class KeyPlace(NamedTuple):
    """Where a key lives; what names it within the installation."""

    account_id: str
    region: str
    key_id: str

    @property
    def arn(self) -> str:
        """The key's ARN."""
        return key_arn(*self)


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A KMS key without its material.

    Attributes:
        manager: CUSTOMER or AWS, as KeyMetadata's KeyManager.
        policy: text of the key policy named `default`, as it was put.
        deletion_date: when the key is to be deleted, in state PendingDeletion.
        current_material_id: the material that encrypts.
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
    policy: str
    current_material_id: str


class KeyMaterial(msgspec.Struct, frozen=True, kw_only=True):
    """One wrapped key material of a key."""

    place: KeyPlace
    material_id: str
    store_key: int
    wrapped: bytes
    creation_date: float


class Alias(msgspec.Struct, frozen=True, kw_only=True):
    """An alias; `name` starts with `alias/`."""

    account_id: str
    region: str
    name: str
    target_key_id: str
    creation_date: float
    last_updated_date: float
