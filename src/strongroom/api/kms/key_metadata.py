"""What DescribeKey and CreateKey tell of a key.

Source: AWS KMS API Reference, KeyMetadata.
"""

from collections.abc import Sequence
from typing import Final, get_args

from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.kms.types import KeyMetadata, MultiRegionConfiguration, MultiRegionKey, XksKeyConfiguration
from strongroom.crypto.specs import KEY_SPECS, CustomerMasterKeySpecName
from strongroom.model.key import Key, KeyMaterial, KeyPlace, RelatedKey
from strongroom.model.key_store import CustomKeyStore
from strongroom.protocol.structures import timestamp

_CLASSIC_SPECS: Final = frozenset(get_args(CustomerMasterKeySpecName))
_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
ALGORITHMS_OF_USAGE: Final = {
    "ENCRYPT_DECRYPT": "encryption_algorithms",
    "SIGN_VERIFY": "signing_algorithms",
    "KEY_AGREEMENT": "key_agreement_algorithms",
    "GENERATE_VERIFY_MAC": "mac_algorithms",
    "ENCAPSULATE_DECAPSULATE": "encapsulation_algorithms",
}
"""The member that lists a key's algorithms, by the key's usage."""


def algorithms_of(key: Key) -> dict[str, list[str]]:
    """Give the algorithms of a key under the name of the member that lists them."""
    return {ALGORITHMS_OF_USAGE[key.key_usage]: list(KEY_SPECS[key.key_spec].algorithms(key.key_usage))}


def _shown_material_id(key: Key) -> str | None:
    """Give the id of the material that encrypts.

    AWS shows none of asymmetric keys, of those in custom key stores, and of a replica that is being made.
    """
    shown = key.key_spec == _SYMMETRIC and key.custom_key_store_id is None and key.state != "Creating"
    return key.current_material_id if shown else None


def customer_master_key_spec(key: Key) -> str | None:
    """Give the key spec under its former name, which newer specs do not have."""
    return key.key_spec if key.key_spec in _CLASSIC_SPECS else None


def metadata_of_snapshot(snapshot: KeySnapshot) -> KeyMetadata:
    """Describe a key as it was at one moment."""
    return metadata_of(snapshot.key, snapshot.related, snapshot.imported, snapshot.custom_key_store)


def metadata_of(
    key: Key,
    related: Sequence[RelatedKey] = (),
    imported: KeyMaterial | None = None,
    store: CustomKeyStore | None = None,
) -> KeyMetadata:
    """Describe a key.

    `related` are a multi-Region key and its related keys, by Region, `imported` is its current material where that was
    imported, and `store` the custom key store that it is in.
    """
    cluster = None if store is None else store.cloud_hsm
    valid_to = None if imported is None else imported.valid_to
    return KeyMetadata(
        aws_account_id=key.place.account_id,
        key_id=key.place.key_id,
        arn=key.place.arn,
        creation_date=timestamp(key.creation_date),
        enabled=key.state == "Enabled",
        description=key.description,
        key_usage=key.key_usage,
        key_state=key.state,
        deletion_date=None if key.deletion_date is None else timestamp(key.deletion_date),
        valid_to=None if valid_to is None else timestamp(valid_to),
        origin=key.origin,
        custom_key_store_id=key.custom_key_store_id,
        cloud_hsm_cluster_id=None if cluster is None else cluster.cluster_id,
        expiration_model=None if imported is None else imported.expiration_model,
        key_manager=key.manager,
        customer_master_key_spec=customer_master_key_spec(key),
        key_spec=key.key_spec,
        pending_deletion_window_in_days=key.pending_window_in_days,
        multi_region=key.place.multi_region,
        multi_region_configuration=_multi_region(key.place, related) if related else None,
        xks_key_configuration=_xks_key(key),
        current_key_material_id=_shown_material_id(key),
        **algorithms_of(key),
    )


def _xks_key(key: Key) -> XksKeyConfiguration | None:
    if key.origin != "EXTERNAL_KEY_STORE" or key.backing_key_id is None:
        return None
    return XksKeyConfiguration(id=key.backing_key_id)


def _multi_region(place: KeyPlace, related: Sequence[RelatedKey]) -> MultiRegionConfiguration:
    keys = {
        each.region: MultiRegionKey(arn=place._replace(region=each.region).arn, region=each.region) for each in related
    }
    types = {each.region: each.key_type for each in related}
    return MultiRegionConfiguration(
        multi_region_key_type=types[place.region],
        primary_key=next(key for region, key in keys.items() if types[region] == "PRIMARY"),
        replica_keys=[key for region, key in keys.items() if types[region] == "REPLICA"],
    )
