"""Keys as DER: PKCS#8 PrivateKeyInfo (RFC 5958) and SubjectPublicKeyInfo (RFC 5280)."""

from typing import Any, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

K = TypeVar("K")


def private_der(key: PrivateKeyTypes) -> bytes:
    """Write a private key; ML-DSA and ML-KEM as their seed."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def public_der(key: PublicKeyTypes) -> bytes:
    """Write a public key."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def read_private(der: bytes, kind: type[K], *, trusted: bool = False) -> K:
    """Read a private key of a kind; one that we made ourselves is not checked again. Raises ValueError."""
    return _of_kind(_read(load_der_private_key, der, None, unsafe_skip_rsa_key_validation=trusted), kind)


def read_public(der: bytes, kind: type[K]) -> K:
    """Read a public key of a kind. Raises ValueError."""
    return _of_kind(_read(load_der_public_key, der), kind)


def _read(load: Any, *args: object, **options: object) -> object:  # noqa: ANN401 - a loader of `cryptography`
    try:
        key: object = load(*args, **options)
    except (TypeError, UnsupportedAlgorithm) as error:
        # TypeError says that the key is encrypted.
        raise ValueError("not a key that can be read") from error
    return key


def _of_kind(key: object, kind: type[K]) -> K:
    if not isinstance(key, kind):
        raise ValueError("a key of another kind")  # noqa: TRY004 - it is the value that is wrong
    return key
