"""ML-KEM keys (FIPS 203)."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM1024PrivateKey

from strongroom.crypto.encoded_keys import private_der, public_der, read_private

_KINDS: Final[dict[str, type[MLKEM768PrivateKey] | type[MLKEM1024PrivateKey]]] = {
    "ML_KEM_768": MLKEM768PrivateKey,
    "ML_KEM_1024": MLKEM1024PrivateKey,
}


class MlKemKey:
    """An ML-KEM key."""

    def __init__(self, secret: bytes, spec: str) -> None:
        """Take a private key as PKCS#8 DER in seed form. Raises ValueError for another kind."""
        self._private = read_private(secret, _KINDS[spec])
        self._public = self._private.public_key()
        self.public_key_der = public_der(self._public)

    def encapsulate(self) -> tuple[bytes, bytes]:
        """Make a shared secret of 32 bytes, and the ciphertext that gives it to the holder of the private key."""
        return self._public.encapsulate()

    def decapsulate(self, ciphertext: bytes) -> bytes:
        """Give the shared secret of a ciphertext; of a wrong one some other 32 bytes, always the same.

        Raises ValueError when it has the wrong length.
        """
        return self._private.decapsulate(ciphertext)


def generate_ml_kem(spec: str) -> bytes:
    """Make a private key as PKCS#8 DER in seed form."""
    return private_der(_KINDS[spec].generate())
