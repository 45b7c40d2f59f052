"""Wrapping keys for key material that is imported, and opening what was wrapped with them.

Source: AWS KMS API Reference, GetParametersForImport; AWS KMS Developer Guide, "Importing key material": RSAES_OAEP_*
is RFC 8017 with MGF1 of the same hash and no label; RSA_AES_KEY_WRAP_* is an AES-256 key wrapped so, followed by the
material wrapped under that key by RFC 5649.
"""

from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

WrappingKeySpec = Literal["RSA_2048", "RSA_3072", "RSA_4096"]
_EXPONENT: Final = 65_537
_KEY_SIZES: Final = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}
_HASHES: Final[dict[str, type[HashAlgorithm]]] = {
    "RSAES_OAEP_SHA_1": SHA1,
    "RSAES_OAEP_SHA_256": SHA256,
    "RSA_AES_KEY_WRAP_SHA_1": SHA1,
    "RSA_AES_KEY_WRAP_SHA_256": SHA256,
}
_HYBRID_PREFIX: Final = "RSA_AES_KEY_WRAP_"
_AES_KEY_SIZE: Final = 32


class WrappingKey:
    """An RSA key pair to whose public key somebody wraps key material."""

    def __init__(self, private_key: rsa.RSAPrivateKey) -> None:
        """Take the private key."""
        self._private_key = private_key

    @classmethod
    def generate(cls, spec: WrappingKeySpec) -> "WrappingKey":
        """Make a key pair; RSA_4096 takes up to seconds."""
        return cls(rsa.generate_private_key(_EXPONENT, _KEY_SIZES[spec]))

    @classmethod
    def load(cls, private_key: bytes) -> "WrappingKey":
        """Take a key pair that `private_bytes` gave. Raises ValueError for anything else."""
        loaded = load_der_private_key(private_key, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise ValueError("not a wrapping key")  # noqa: TRY004 - it is the value that is wrong
        return cls(loaded)

    def private_bytes(self) -> bytes:
        """Give the private key as PKCS#8 DER."""
        return self._private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    def public_bytes(self) -> bytes:
        """Give the public key as SubjectPublicKeyInfo DER."""
        return self._private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def unwrap(self, algorithm: str, wrapped: bytes) -> bytes:
        """Open what was wrapped. Raises ValueError when it was not wrapped so, whatever is wrong with it."""
        size = self._private_key.key_size // 8
        if not algorithm.startswith(_HYBRID_PREFIX):
            return self._decrypt(algorithm, wrapped)
        key = self._decrypt(algorithm, wrapped[:size])
        if len(key) != _AES_KEY_SIZE:
            raise ValueError("not an AES-256 key")
        try:
            return aes_key_unwrap_with_padding(key, wrapped[size:])
        except InvalidUnwrap:
            raise ValueError("the material does not unwrap") from None

    def _decrypt(self, algorithm: str, wrapped: bytes) -> bytes:
        hash_type = _HASHES[algorithm]
        return self._private_key.decrypt(wrapped, padding.OAEP(padding.MGF1(hash_type()), hash_type(), None))
