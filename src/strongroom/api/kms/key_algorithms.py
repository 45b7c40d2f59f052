"""Whether a request's algorithm is one of its key's, and the key's material ready for it."""

from typing import Final, TypeVar

from strongroom.api.key_snapshots import KeySnapshot
from strongroom.crypto.secret_keys import SigningKey
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.errors import InternalError, InvalidKeyUsage

K = TypeVar("K")

UNREADABLE: Final = "The key material cannot be read."


def check_algorithm(key: KeySnapshot, algorithm: str) -> None:
    """Raise InvalidKeyUsage for an algorithm that the key does not have."""
    if algorithm not in KEY_SPECS[key.key.key_spec].algorithms(key.key.key_usage):
        raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {key.key.key_spec}.")


def secret_key_of(key: KeySnapshot, kind: type[K]) -> K:
    """Give the key's material as a key of its kind. Raises InternalError when it does not open."""
    if not isinstance(key.secret_key, kind):
        raise InternalError(UNREADABLE)
    return key.secret_key


def signing_key_of(key: KeySnapshot) -> SigningKey:
    """Give the material of a key that signs. Raises InternalError when it does not open."""
    if not isinstance(key.secret_key, SigningKey):
        raise InternalError(UNREADABLE)
    return key.secret_key
