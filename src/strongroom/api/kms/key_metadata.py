"""What DescribeKey and CreateKey tell of a key.

Source: AWS KMS API Reference, KeyMetadata.
"""

from strongroom.api.kms.types import KeyMetadata
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.key import Key
from strongroom.protocol.structures import timestamp


def metadata_of(key: Key) -> KeyMetadata:
    """Describe a key."""
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
        origin=key.origin,
        key_manager=key.manager,
        customer_master_key_spec=key.key_spec,
        key_spec=key.key_spec,
        encryption_algorithms=list(KEY_SPECS[key.key_spec].usages["ENCRYPT_DECRYPT"]),
        multi_region=False,
        current_key_material_id=key.current_material_id,
    )
