"""Encrypting and decrypting with whatever kind of key a request names."""

from typing import NamedTuple

from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.kms.key_algorithms import check_algorithm, secret_key_of
from strongroom.api.kms.symmetric import DEFAULT_ALGORITHM, current_material_id, decrypt_with, encrypt_with
from strongroom.api.kms.types import EncryptionContext
from strongroom.crypto.rsa import RsaKey
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.errors import InvalidCiphertext, ValidationError


class Decrypted(NamedTuple):
    """A plaintext, and the id of the material of a symmetric key that opened it."""

    plaintext: bytes
    material_id: str | None


def check_cipher(key: KeySnapshot, algorithm: str, context: EncryptionContext | None) -> None:
    """Refuse what a key cannot do, whatever the text.

    Raises InvalidKeyUsage for an algorithm of other keys, and ValidationError for an encryption context, which
    asymmetric keys cannot authenticate.
    """
    check_algorithm(key, algorithm)
    if context and algorithm != DEFAULT_ALGORITHM:
        raise ValidationError("EncryptionContext can only be specified with symmetric encryption keys.")


def encrypt_by(key: KeySnapshot, algorithm: str, plaintext: bytes, context: EncryptionContext | None) -> bytes:
    """Encrypt with what `check_cipher` let pass. Raises ValidationError for a plaintext that is too long for it."""
    if algorithm == DEFAULT_ALGORITHM:
        return encrypt_with(key, plaintext, context)
    limit = KEY_SPECS[key.key.key_spec].plaintext_limits[algorithm]
    if len(plaintext) > limit:
        raise ValidationError(
            f"Algorithm {algorithm} and key spec {key.key.key_spec} cannot encrypt data larger than {limit} bytes."
        )
    return secret_key_of(key, RsaKey).encrypt(algorithm, plaintext)


def decrypt_by(key: KeySnapshot, algorithm: str, blob: bytes, context: EncryptionContext | None) -> Decrypted:
    """Decrypt with what `check_cipher` let pass.

    Raises IncorrectKey for the ciphertext of another symmetric key, and InvalidCiphertext.
    """
    if algorithm == DEFAULT_ALGORITHM:
        return Decrypted(*decrypt_with(key, blob, context))
    private_key = secret_key_of(key, RsaKey)
    try:
        return Decrypted(private_key.decrypt(algorithm, blob), None)
    except ValueError:
        raise InvalidCiphertext from None


def shown_material_id(key: KeySnapshot) -> str | None:
    """Give the id of the material that encrypts; None for an asymmetric key, of which AWS shows none."""
    return current_material_id(key) if key.key.key_spec == DEFAULT_ALGORITHM else None
