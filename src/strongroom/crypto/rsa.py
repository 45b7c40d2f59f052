"""RSA keys: RSAES-OAEP, RSASSA-PSS and RSASSA-PKCS1-v1_5.

Source: RFC 8017; MGF1 uses the hash of the algorithm, labels are empty, and salts are as long as the hash.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from strongroom.crypto.algorithms import hash_of
from strongroom.crypto.encoded_keys import private_der, public_der, read_private

_EXPONENT: Final = 65_537
_PSS: Final = "RSASSA_PSS_"


class RsaKey:
    """An RSA key, of one usage or the other."""

    def __init__(self, secret: bytes) -> None:
        """Take a private key as PKCS#8 DER that was checked when it came here. Raises ValueError for another kind."""
        self._private = read_private(secret, RSAPrivateKey, trusted=True)
        self._public = self._private.public_key()
        self.public_key_der = public_der(self._public)

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        """Encrypt. Raises ValueError for a plaintext that is too long."""
        return self._public.encrypt(plaintext, _oaep(algorithm))

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Decrypt. Raises ValueError, whatever is wrong with the ciphertext."""
        return self._private.decrypt(ciphertext, _oaep(algorithm))

    def sign(self, algorithm: str, message: bytes, message_type: str) -> bytes:
        """Sign a message or its digest."""
        hashing = hash_of(algorithm)
        return self._private.sign(message, _padding(algorithm, hashing), _hashed(hashing, message_type))

    def verify(self, algorithm: str, message: bytes, message_type: str, signature: bytes) -> bool:
        """Tell whether a signature is of a message or its digest."""
        hashing = hash_of(algorithm)
        try:
            self._public.verify(signature, message, _padding(algorithm, hashing), _hashed(hashing, message_type))
        except InvalidSignature:
            return False
        return True


def _oaep(algorithm: str) -> padding.OAEP:
    hashing = hash_of(algorithm)
    return padding.OAEP(padding.MGF1(hashing), hashing, None)


def _padding(algorithm: str, hashing: HashAlgorithm) -> padding.PSS | padding.PKCS1v15:
    if algorithm.startswith(_PSS):
        return padding.PSS(padding.MGF1(hashing), padding.PSS.DIGEST_LENGTH)
    return padding.PKCS1v15()


def _hashed(hashing: HashAlgorithm, message_type: str) -> HashAlgorithm | Prehashed:
    return Prehashed(hashing) if message_type == "DIGEST" else hashing


def generate_rsa(bits: int) -> bytes:
    """Make a private key as PKCS#8 DER; 4096 bits take up to seconds."""
    return private_der(generate_private_key(_EXPONENT, bits))


def normalised_rsa(secret: bytes, bits: int) -> bytes:
    """Check a private key that somebody else made, and write it as we do. Raises ValueError."""
    key = read_private(secret, RSAPrivateKey)
    if key.key_size != bits or key.public_key().public_numbers().e < _EXPONENT:
        raise ValueError("an RSA key of another size, or with a small exponent")
    return private_der(key)
