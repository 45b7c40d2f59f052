"""Key material: making it and naming it."""

import hmac
import os

from strongroom.crypto.specs import KeySpec

_LABEL = b"strongroom key material id v1\x00"


def generate_material(spec: KeySpec) -> bytes:
    """Make fresh secret material of the spec's size from the operating system's generator."""
    return os.urandom(spec.material_size)


def material_id(key_id: str, material: bytes) -> str:
    """Name key material within its key: HMAC-SHA-256 keyed by the material over a label and the key id, in hexadecimal.

    The same bytes imported again under the same key get the same id (AWS KMS API, ImportKeyMaterial), and
    the id tells nothing of the bytes.
    """
    return hmac.digest(material, _LABEL + key_id.encode(), "sha256").hex()
