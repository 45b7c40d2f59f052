"""Ed25519 keys: pure Ed25519 and Ed25519ph (RFC 8032).

ED25519_PH_SHA_512 takes a digest and, as AWS does, signs it as the message of Ed25519ph, which hashes it once more.
`cryptography` has no Ed25519ph, so that is PyCryptodome's.
"""

from Crypto.Hash import SHA512
from Crypto.Signature import eddsa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from strongroom.crypto.algorithms import ED25519_PH
from strongroom.crypto.encoded_keys import private_der, public_der, read_private

_MODE = "rfc8032"


class Ed25519Key:
    """An Ed25519 key."""

    def __init__(self, secret: bytes) -> None:
        """Take a private key as PKCS#8 DER. Raises ValueError for another kind."""
        self._private = read_private(secret, Ed25519PrivateKey)
        self._public = self._private.public_key()
        self.public_key_der = public_der(self._public)

    def sign(self, algorithm: str, message: bytes, _message_type: str) -> bytes:
        """Sign a message, or with ED25519_PH_SHA_512 a digest."""
        if algorithm != ED25519_PH:
            return self._private.sign(message)
        private = eddsa.import_private_key(self._private.private_bytes_raw())
        return eddsa.new(private, _MODE).sign(SHA512.new(message))

    def verify(self, algorithm: str, message: bytes, _message_type: str, signature: bytes) -> bool:
        """Tell whether a signature is of a message, or with ED25519_PH_SHA_512 of a digest."""
        try:
            if algorithm == ED25519_PH:
                public = eddsa.import_public_key(self._public.public_bytes_raw())
                eddsa.new(public, _MODE).verify(SHA512.new(message), signature)
            else:
                self._public.verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


def generate_ed25519() -> bytes:
    """Make a private key as PKCS#8 DER."""
    return private_der(Ed25519PrivateKey.generate())


def normalised_ed25519(secret: bytes) -> bytes:
    """Check a private key that somebody else made, and write it as we do. Raises ValueError."""
    return private_der(read_private(secret, Ed25519PrivateKey))
