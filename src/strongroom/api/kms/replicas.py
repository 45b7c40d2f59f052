"""ReplicateKey, UpdatePrimaryRegion.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Multi-Region keys".
"""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import REPLICABLE, USABLE
from strongroom.api.kms.key_metadata import metadata_of
from strongroom.api.kms.policy_rules import checked_policy
from strongroom.api.kms.quotas import check_key_quota
from strongroom.api.kms.tag_rules import checked_tags
from strongroom.api.kms.types import Description, KeyId, KeyMetadata, Policy, Tag
from strongroom.api.resolve import KeyMember, RelatedKeyMember
from strongroom.api.supplies import Parameter, Supply, TagsParameter
from strongroom.audit.record import encode_service_event
from strongroom.custody.secrets import rewrap_material
from strongroom.model.errors import AlreadyExists, UnsupportedOperation, ValidationError
from strongroom.model.key import Key, KeyPlace
from strongroom.model.regions import REGIONS
from strongroom.policy.defaults import default_key_policy
from strongroom.protocol.structures import AwsStruct, whole

Region = Annotated[str, Meta(min_length=1, max_length=32, pattern=whole("^([a-z]+-){2,3}\\d+$"))]

# Rotation is the primary's, which rotates for all.
_ROTATION: Final = ("rotation_period_in_days", "next_rotation_date", "on_demand_rotation_start_date")
# The replica is made in its own Region, with the properties of the primary.
_REPLICA_SUPPLIES: Final[Mapping[str, Supply]] = {
    "aws:requestedregion": Parameter("replica_region"),
    "kms:multiregion": lambda _request: ("true",),
    "kms:multiregionkeytype": lambda _request: ("REPLICA",),
}


class ReplicateKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """ReplicateKey."""

    key_id: KeyId
    replica_region: Region
    policy: Policy | None = None
    bypass_policy_lockout_safety_check: bool | None = None
    description: Description | None = None
    tags: list[Tag] | None = None


class ReplicateKeyResponse(AwsStruct, frozen=True, kw_only=True):
    """ReplicateKey."""

    replica_key_metadata: KeyMetadata
    replica_policy: str
    replica_tags: list[Tag]


class UpdatePrimaryRegionRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdatePrimaryRegion."""

    key_id: KeyId
    primary_region: Region


def _check_replicate(request: ReplicateKeyRequest) -> None:
    checked_tags(request.tags or [])
    _check_region(request.replica_region)


def _check_primary(request: UpdatePrimaryRegionRequest) -> None:
    _check_region(request.primary_region)


def _check_region(region: str) -> None:
    if region not in REGIONS:
        raise ValidationError(f"{region} is not a valid Region.")


def _require_primary(key: Key) -> None:
    if key.multi_region_key_type != "PRIMARY":
        raise UnsupportedOperation(f"{key.place.arn} is not a multi-region primary key.")


@operation(
    Needs(
        "kms:ReplicateKey",
        key=KeyMember("key_id"),
        states=REPLICABLE,
        supplies={"kms:replicaregion": Parameter("replica_region")},
    ),
    Needs(
        "kms:CreateKey",
        like_key=True,
        supplies={
            **_REPLICA_SUPPLIES,
            "kms:bypasspolicylockoutsafetycheck": Parameter("bypass_policy_lockout_safety_check"),
        },
        tags=TagsParameter("tags"),
    ),
    Needs("kms:TagResource", like_key=True, supplies=_REPLICA_SUPPLIES, tags=TagsParameter("tags"), when="tags"),
    check=_check_replicate,
    logs=("key_id", "replica_region", "policy", "bypass_policy_lockout_safety_check", "description", "tags"),
    defaults={"bypass_policy_lockout_safety_check": False, "description": ""},
    elements=lambda _context, response: {
        "replicaKeyMetadata": response.replica_key_metadata,
        "replicaPolicy": response.replica_policy,
        "replicaTags": response.replica_tags,
    },
    made=lambda response: response.replica_key_metadata.arn,
)
def replicate_key(context: ChangeContext, request: ReplicateKeyRequest) -> ReplicateKeyResponse:
    """Make a related key in another Region, with the same id and material, and with its own policy and tags."""
    primary, change = context.key.key, context.change
    _require_primary(primary)
    place = primary.place._replace(region=request.replica_region)
    if change.keys.find(place) is not None:
        raise AlreadyExists(f"A related key of {primary.place.arn} exists already in {place.region}.")
    check_key_quota(change, place.account_id, place.region)
    policy = _policy(context, request, place)
    replica = msgspec.structs.replace(
        primary,
        place=place,
        description=request.description or "",
        state="Creating",
        creation_date=context.now,
        policy=policy,
        multi_region_key_type="REPLICA",
        **dict.fromkeys(_ROTATION),
    )
    materials = [
        rewrap_material(context.store_keys, primary, each, replica, context.now)
        for each in change.keys.materials(primary.place)
    ]
    change.keys.create(replica, *materials)
    tags = checked_tags(request.tags or [])
    if tags:
        change.tags.put(place, tags)
    _record_creation(context, replica)
    return ReplicateKeyResponse(
        replica_key_metadata=metadata_of(replica, change.keys.related(place)),
        replica_policy=policy,
        replica_tags=request.tags or [],
    )


def _policy(context: ChangeContext, request: ReplicateKeyRequest, place: KeyPlace) -> str:
    if request.policy is None:
        return default_key_policy(place.account_id)
    bypass = bool(request.bypass_policy_lockout_safety_check)
    return checked_policy(context, request.policy, place.arn, bypass_lockout_check=bypass)


def _record_creation(context: ChangeContext, replica: Key) -> None:
    """Record the new key in its own Region too."""
    context.change.outbox.append(
        encode_service_event(
            "CreateKey",
            context.now,
            account_id=replica.place.account_id,
            region=replica.place.region,
            key_arn=replica.place.arn,
            elements={"keyId": replica.place.arn},
        )
    )


@operation(
    Needs(
        "kms:UpdatePrimaryRegion",
        key=KeyMember("key_id"),
        states=USABLE,
        supplies={"kms:primaryregion": Parameter("primary_region")},
    ),
    Needs(
        "kms:UpdatePrimaryRegion",
        key=RelatedKeyMember("key_id", "primary_region"),
        states=USABLE,
        supplies={"kms:primaryregion": Parameter("primary_region")},
    ),
    check=_check_primary,
    logs=("key_id", "primary_region"),
    elements=key_id_element,
)
def update_primary_region(context: ChangeContext, _request: UpdatePrimaryRegionRequest) -> None:
    """Make a replica the primary, and the primary a replica; both are updating until the next turn of the jobs."""
    primary, replica = (snapshot.key for snapshot in context.keys)
    _require_primary(primary)
    if primary.place == replica.place:
        raise UnsupportedOperation(f"{primary.place.arn} is the primary key already.")
    rotation = {name: getattr(primary, name) for name in _ROTATION}
    no_rotation = dict.fromkeys(_ROTATION)
    keys = context.change.keys
    keys.update(primary.place, state="Updating", multi_region_key_type="REPLICA", **no_rotation)
    keys.update(replica.place, state="Updating", multi_region_key_type="PRIMARY", **rotation)


OPERATIONS = (replicate_key, update_primary_region)
