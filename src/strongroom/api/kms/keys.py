"""CreateKey, DescribeKey, ListKeys, UpdateKeyDescription.

Source: AWS KMS API Reference, the operations' own pages.
"""

from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import LABELLED
from strongroom.api.kms.key_metadata import metadata_of, metadata_of_snapshot
from strongroom.api.kms.new_keys import (
    DEFAULT_ORIGIN,
    DEFAULT_USAGE,
    NEW_KEY_SUPPLIES,
    CreateKeyRequest,
    check_create,
    new_key_id,
    spec_name,
)
from strongroom.api.kms.new_materials import NewMaterial, new_material, require_unused, usable_store
from strongroom.api.kms.policy_rules import checked_policy
from strongroom.api.kms.quotas import check_key_quota
from strongroom.api.kms.tag_rules import checked_tags
from strongroom.api.kms.types import (
    Description,
    GrantTokens,
    KeyId,
    KeyMetadata,
    Limit,
    Marker,
    NextMarker,
)
from strongroom.api.paging import cut, decode_marker, encode_marker
from strongroom.api.resolve import KeyMember
from strongroom.api.store_requests import find_store
from strongroom.api.supplies import Parameter, TagsParameter
from strongroom.crypto.specs import KEY_SPECS
from strongroom.custody.secrets import wrap_material
from strongroom.model.arn import key_arn
from strongroom.model.key import Key, KeyPlace
from strongroom.model.key_store import CustomKeyStore, KeyStorePlace
from strongroom.policy.defaults import default_key_policy
from strongroom.protocol.structures import AwsStruct

_LIST_DEFAULT = 100

ResourceOwners = Annotated[list[Literal["SELF", "OTHER_ACCOUNTS_VIA_RAM"]], Meta(min_length=1, max_length=2)]


class CreateKeyResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateKey."""

    key_metadata: KeyMetadata


class DescribeKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """DescribeKey."""

    key_id: KeyId
    grant_tokens: GrantTokens | None = None


class DescribeKeyResponse(AwsStruct, frozen=True, kw_only=True):
    """DescribeKey."""

    key_metadata: KeyMetadata


class ListKeysRequest(AwsStruct, frozen=True, kw_only=True):
    """ListKeys."""

    limit: Limit | None = None
    marker: Marker | None = None
    resource_owners: ResourceOwners | None = None


class KeyListEntry(AwsStruct, frozen=True, kw_only=True):
    """A key in a list."""

    key_id: KeyId
    key_arn: str


class ListKeysResponse(AwsStruct, frozen=True, kw_only=True):
    """ListKeys."""

    keys: list[KeyListEntry]
    next_marker: NextMarker | None = None
    truncated: bool


class UpdateKeyDescriptionRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateKeyDescription."""

    key_id: KeyId
    description: Description


def _backing_key(context: ChangeContext, response: CreateKeyResponse) -> dict[str, object]:
    if response.key_metadata.origin != "AWS_CLOUDHSM":
        return {}
    backing = {"backingKeyId": cast("NewMaterial", context.prepared).backing_key_id}
    return {"backingKey": msgspec.json.encode(backing).decode()}


@operation(
    Needs(
        "kms:CreateKey",
        supplies={
            **NEW_KEY_SUPPLIES,
            "kms:bypasspolicylockoutsafetycheck": Parameter("bypass_policy_lockout_safety_check"),
        },
        tags=TagsParameter("tags"),
    ),
    Needs("kms:TagResource", supplies=NEW_KEY_SUPPLIES, tags=TagsParameter("tags"), when="tags"),
    check=check_create,
    prepare=new_material,
    logs=(
        "policy",
        "description",
        "key_usage",
        "customer_master_key_spec",
        "key_spec",
        "origin",
        "custom_key_store_id",
        "bypass_policy_lockout_safety_check",
        "tags",
        "multi_region",
        "xks_key_id",
    ),
    defaults={
        "description": "",
        "key_usage": DEFAULT_USAGE,
        "origin": DEFAULT_ORIGIN,
        "bypass_policy_lockout_safety_check": False,
        "multi_region": False,
    },
    elements=lambda _context, response: {"keyMetadata": response.key_metadata},
    additional=_backing_key,
    made=lambda response: response.key_metadata.arn,
)
def create_key(context: ChangeContext, request: CreateKeyRequest) -> CreateKeyResponse:
    """Make a key with its material; the caller's policy, or one that gives the account full access."""
    place = KeyPlace(*context.scope, new_key_id(multi_region=bool(request.multi_region)))
    policy = request.policy
    if policy is None:
        policy = default_key_policy(context.scope.account_id)
    else:
        bypass = bool(request.bypass_policy_lockout_safety_check)
        policy = checked_policy(context, policy, key_arn(*place), bypass_lockout_check=bypass)
    tags = checked_tags(request.tags or [])
    check_key_quota(context.change, *context.scope)
    spec = KEY_SPECS[spec_name(request)]
    material = cast("NewMaterial", context.prepared)
    store = _store_of(context, request)
    current = material.current_material_id(place.key_id)
    key = Key(
        place=place,
        description=request.description or "",
        key_spec=spec.name,
        key_usage=request.key_usage or DEFAULT_USAGE,
        origin=request.origin or DEFAULT_ORIGIN,
        manager="CUSTOMER",
        state="PendingImport" if current is None else "Enabled",
        creation_date=context.now,
        policy=policy,
        current_material_id=current,
        public_key=material.public_key,
        multi_region_key_type="PRIMARY" if request.multi_region else None,
        custom_key_store_id=request.custom_key_store_id,
        backing_key_id=material.backing_key_id,
    )
    if current is None or material.secret is None:
        context.change.keys.create(key)
    else:
        context.change.keys.create(key, wrap_material(context.store_keys, key, current, material.secret, context.now))
    if tags:
        context.change.tags.put(place, tags)
    return CreateKeyResponse(key_metadata=metadata_of(key, context.change.keys.related(place), store=store))


def _store_of(context: ChangeContext, request: CreateKeyRequest) -> CustomKeyStore | None:
    """Give the custom key store for the key, of which much may have changed since it was asked."""
    if request.custom_key_store_id is None:
        return None
    place = KeyStorePlace(*context.scope, request.custom_key_store_id)
    store = usable_store(find_store(context.change.key_stores, place), request)
    if request.xks_key_id is not None:
        require_unused(request.xks_key_id, in_use=context.change.key_stores.holds(place, request.xks_key_id))
    return store


@operation(
    Needs("kms:DescribeKey", key=KeyMember("key_id", by_alias=True), cross_account=True, grantable=True),
    logs=("key_id",),
)
def describe_key(context: Context, _request: DescribeKeyRequest) -> DescribeKeyResponse:
    """Tell all of a key but its material."""
    return DescribeKeyResponse(key_metadata=metadata_of_snapshot(context.key))


@operation(Needs("kms:ListKeys"), logs=("limit", "marker", "resource_owners"))
def list_keys(context: ReadContext, request: ListKeysRequest) -> ListKeysResponse:
    """List the keys of the caller's account and Region; none are shared with it by other accounts."""
    owners = request.resource_owners or ["SELF"]
    listing = f"ListKeys {' '.join(sorted(owners))}"
    after = decode_marker(listing, request.marker)
    if "SELF" not in owners:
        return ListKeysResponse(keys=[], truncated=False)
    limit = request.limit or _LIST_DEFAULT
    page, more = cut(context.reader.keys.page(*context.scope, after, limit + 1), limit)
    return ListKeysResponse(
        keys=[KeyListEntry(key_id=key_id, key_arn=key_arn(*context.scope, key_id)) for key_id in page],
        next_marker=encode_marker(listing, page[-1]) if more else None,
        truncated=more,
    )


@operation(
    Needs("kms:UpdateKeyDescription", key=KeyMember("key_id"), states=LABELLED),
    logs=("key_id", "description"),
    elements=key_id_element,
)
def update_key_description(context: ChangeContext, request: UpdateKeyDescriptionRequest) -> None:
    """Replace a key's description."""
    context.change.keys.update(context.key.key.place, description=request.description)


OPERATIONS = (create_key, describe_key, list_keys, update_key_description)
