"""Encrypting and decrypting with symmetric keys."""

from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.kms.key_algorithms import UNREADABLE
from strongroom.api.kms.types import EncryptionContext
from strongroom.crypto.ciphertext import decode_header, seal, unseal
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.errors import IncorrectKey, InternalError, InvalidCiphertext, InvalidKeyUsage

USAGE = "ENCRYPT_DECRYPT"
DEFAULT_ALGORITHM = "SYMMETRIC_DEFAULT"


def checked_algorithm(key: KeySnapshot, requested: str | None) -> str:
    """Give the algorithm of a request. Raises InvalidKeyUsage for one that the key does not have."""
    algorithm = requested or DEFAULT_ALGORITHM
    if algorithm not in KEY_SPECS[key.key.key_spec].algorithms(USAGE):
        raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {key.key.key_spec}.")
    return algorithm


def check_symmetric(key: KeySnapshot) -> None:
    """Raise InvalidKeyUsage for a key that encrypts otherwise."""
    checked_algorithm(key, None)


def current_material_id(key: KeySnapshot) -> str:
    """Give the id of the material that encrypts; keys that have none yet cannot be used."""
    return key.key.current_material_id or ""


def encrypt_with(key: KeySnapshot, plaintext: bytes, context: EncryptionContext | None) -> bytes:
    """Encrypt with the current material of a symmetric key. Raises InternalError when the material does not open."""
    material = key.materials.get(current_material_id(key))
    if material is None:
        raise InternalError(UNREADABLE)
    return seal(material, key.blob_header, plaintext, context)


def decrypt_with(key: KeySnapshot, blob: bytes, context: EncryptionContext | None) -> tuple[bytes, str]:
    """Give the plaintext and the id of the material.

    Raises IncorrectKey, InvalidCiphertext, and InternalError when the key's material does not open.
    """
    material_id = _material_id(key, blob)
    material = key.materials.get(material_id)
    if material is None:
        if material_id == current_material_id(key):
            raise InternalError(UNREADABLE)
        raise InvalidCiphertext
    try:
        return unseal(material, blob, context), material_id
    except ValueError:
        raise InvalidCiphertext from None


def _material_id(key: KeySnapshot, blob: bytes) -> str:
    """Give the id of the material that a blob names. Raises IncorrectKey and InvalidCiphertext."""
    # Nearly always it is the current one, which is cheaper to see than to read.
    if blob.startswith(key.blob_header):
        return current_material_id(key)
    try:
        header = decode_header(blob)
    except ValueError:
        raise InvalidCiphertext from None
    if (header.account_id, header.key_id) != (key.key.place.account_id, key.key.place.key_id):
        raise IncorrectKey("The key ID in the request does not identify a CMK that can perform this operation.")
    return header.material_id
