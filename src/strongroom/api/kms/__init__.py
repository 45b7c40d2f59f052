"""The AWS KMS API, by subject."""

from strongroom.api.declare import Operation, collect
from strongroom.api.kms import (
    agreement,
    aliases,
    custom_key_stores,
    data_key_pairs,
    data_keys,
    encapsulation,
    encryption,
    grant_lists,
    grant_retirement,
    grants,
    import_material,
    key_policies,
    key_state,
    key_store_changes,
    keys,
    last_usage,
    mac,
    public_keys,
    randomness,
    replicas,
    rotation,
    rotation_lists,
    signing,
    tags,
)

TARGET_PREFIX = "TrentService"

OPERATIONS: dict[str, Operation] = collect(
    "kms",
    (
        operation
        for module in (
            agreement,
            aliases,
            custom_key_stores,
            data_key_pairs,
            data_keys,
            encapsulation,
            encryption,
            grant_lists,
            grant_retirement,
            grants,
            import_material,
            key_policies,
            key_state,
            key_store_changes,
            keys,
            last_usage,
            mac,
            public_keys,
            randomness,
            replicas,
            rotation,
            rotation_lists,
            signing,
            tags,
        )
        for operation in module.OPERATIONS
    ),
)
