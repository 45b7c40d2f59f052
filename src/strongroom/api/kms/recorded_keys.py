"""What audit records of cryptographic operations show of their keys beside the parameters.

Source: AWS KMS Developer Guide, "Logging AWS KMS API calls with AWS CloudTrail", the examples of each operation.
"""

from typing import Any

from strongroom.api.context import Context
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.kms.ciphers import shown_material_id


def current_material(context: Context, _response: object) -> dict[str, object]:
    """Show the material of a symmetric key that encrypts."""
    material_id = shown_material_id(context.key)
    shown: dict[str, object] = {} if material_id is None else {"keyMaterialId": material_id}
    return shown if context.key.custom_key_store is None else shown | _in_store(context.key)


def answered_material(context: Context, response: Any) -> dict[str, object]:  # noqa: ANN401 - any response type
    """Show the material that the answer names; an attested answer names none."""
    shown: dict[str, object] = {} if response.key_material_id is None else {"keyMaterialId": response.key_material_id}
    return shown if context.key.custom_key_store is None else shown | _in_store(context.key)


def both_materials(_context: Context, response: Any) -> dict[str, object]:  # noqa: ANN401 - any response type
    """Show the materials of the two keys of ReEncrypt that the answer names."""
    named = {
        "sourceKeyMaterialId": response.source_key_material_id,
        "destinationKeyMaterialId": response.destination_key_material_id,
    }
    return {name: material_id for name, material_id in named.items() if material_id is not None}


def _in_store(key: KeySnapshot) -> dict[str, object]:
    external = key.key.origin == "EXTERNAL_KEY_STORE"
    return {
        "customKeyStoreId": key.key.custom_key_store_id,
        "xksKeyId" if external else "backingKeyId": key.key.backing_key_id,
    }
