"""The AWS KMS API, by subject."""

from strongroom.api.declare import Operation, collect
from strongroom.api.kms import (
    aliases,
    data_keys,
    encryption,
    grant_lists,
    grant_retirement,
    grants,
    key_policies,
    key_state,
    keys,
    randomness,
    tags,
)

TARGET_PREFIX = "TrentService"

OPERATIONS: dict[str, Operation] = collect(
    "kms",
    (
        operation
        for module in (
            aliases,
            data_keys,
            encryption,
            grant_lists,
            grant_retirement,
            grants,
            key_policies,
            key_state,
            keys,
            randomness,
            tags,
        )
        for operation in module.OPERATIONS
    ),
)
