"""ML-DSA keys (FIPS 204), with an empty context string; EXTERNAL_MU takes the message representative."""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA65PrivateKey, MLDSA87PrivateKey

from strongroom.crypto.encoded_keys import private_der, public_der, read_private

_KINDS: Final[dict[str, type[MLDSA44PrivateKey] | type[MLDSA65PrivateKey] | type[MLDSA87PrivateKey]]] = {
    "ML_DSA_44": MLDSA44PrivateKey,
    "ML_DSA_65": MLDSA65PrivateKey,
    "ML_DSA_87": MLDSA87PrivateKey,
}
_MU: Final = "EXTERNAL_MU"


class MlDsaKey:
    """An ML-DSA key."""

    def __init__(self, secret: bytes, spec: str) -> None:
        """Take a private key as PKCS#8 DER in seed form. Raises ValueError for another kind."""
        self._private = read_private(secret, _KINDS[spec])
        self._public = self._private.public_key()
        self.public_key_der = public_der(self._public)

    def sign(self, _algorithm: str, message: bytes, message_type: str) -> bytes:
        """Sign a message or its representative."""
        return self._private.sign_mu(message) if message_type == _MU else self._private.sign(message)

    def verify(self, _algorithm: str, message: bytes, message_type: str, signature: bytes) -> bool:
        """Tell whether a signature is of a message or its representative."""
        check = self._public.verify_mu if message_type == _MU else self._public.verify
        try:
            check(signature, message)
        except InvalidSignature:
            return False
        return True


def generate_ml_dsa(spec: str) -> bytes:
    """Make a private key as PKCS#8 DER in seed form."""
    return private_der(_KINDS[spec].generate())
