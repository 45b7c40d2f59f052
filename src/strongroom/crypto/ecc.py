"""Elliptic curve keys: ECDSA (FIPS 186-5, signatures as DER) and ECDH (SP 800-56A, the X coordinate)."""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from strongroom.crypto.algorithms import hash_of
from strongroom.crypto.encoded_keys import private_der, public_der, read_private, read_public

CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}


class EccKey:
    """A key on an elliptic curve, of one usage or the other."""

    def __init__(self, secret: bytes) -> None:
        """Take a private key as PKCS#8 DER that was checked when it came here. Raises ValueError for another kind."""
        self._private = read_private(secret, ec.EllipticCurvePrivateKey)
        self._public = self._private.public_key()
        self.public_key_der = public_der(self._public)

    def sign(self, algorithm: str, message: bytes, message_type: str) -> bytes:
        """Sign a message or its digest."""
        return self._private.sign(message, _ecdsa(algorithm, message_type))

    def verify(self, algorithm: str, message: bytes, message_type: str, signature: bytes) -> bool:
        """Tell whether a signature is of a message or its digest."""
        try:
            self._public.verify(signature, message, _ecdsa(algorithm, message_type))
        except InvalidSignature:
            return False
        return True

    def derive(self, public_key: bytes) -> bytes:
        """Agree on a secret with the holder of a public key. Raises ValueError for one that is not on this curve."""
        peer = read_public(public_key, ec.EllipticCurvePublicKey)
        if peer.curve.name != self._private.curve.name:
            raise ValueError("a public key on another curve")
        return self._private.exchange(ec.ECDH(), peer)


def _ecdsa(algorithm: str, message_type: str) -> ec.ECDSA:
    hashing = hash_of(algorithm)
    return ec.ECDSA(Prehashed(hashing) if message_type == "DIGEST" else hashing)


def generate_ecc(spec: str) -> bytes:
    """Make a private key as PKCS#8 DER."""
    return private_der(ec.generate_private_key(CURVES[spec]))


def normalised_ecc(secret: bytes, spec: str) -> bytes:
    """Check a private key that somebody else made, and write it as we do. Raises ValueError."""
    key = read_private(secret, ec.EllipticCurvePrivateKey)
    if key.curve.name != CURVES[spec].name:
        raise ValueError("a key on another curve")
    # Made anew from its scalar: a PKCS#8 file may carry a public key that is not its own.
    return private_der(ec.derive_private_key(key.private_numbers().private_value, CURVES[spec]))
