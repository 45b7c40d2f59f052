"""RSA keys: RSAES-OAEP, RSASSA-PSS and RSASSA-PKCS1-v1_5.

Source: RFC 8017; MGF1 uses the hash of the algorithm, labels are empty, and salts are as long as the hash.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    generate_private_key,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
    rsa_recover_private_exponent,
)
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from strongroom.crypto.algorithms import hash_of
from strongroom.crypto.encoded_keys import private_der, public_der, read_private

_EXPONENT: Final = 65_537
# OpenSSL uses no longer one with a modulus of more than 3072 bits.
_EXPONENT_BITS: Final = 64
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
    return _canonical(generate_private_key(_EXPONENT, bits).private_numbers())


def normalised_rsa(secret: bytes, bits: int) -> bytes:
    """Check a private key that somebody else made, and write it as we do. Raises ValueError.

    Its primes must each have half the bits of the modulus (FIPS 186-5, appendix A.1.1).
    """
    numbers = read_private(secret, RSAPrivateKey).private_numbers()
    if numbers.public_numbers.n.bit_length() != bits or {numbers.p.bit_length(), numbers.q.bit_length()} != {bits // 2}:
        raise ValueError("an RSA key of another size, or with primes of other sizes")
    exponent = numbers.public_numbers.e
    if exponent < _EXPONENT or exponent.bit_length() > _EXPONENT_BITS:
        raise ValueError("an RSA key with a small exponent, or a very large one")
    return _canonical(numbers)


def _canonical(numbers: RSAPrivateNumbers) -> bytes:
    # One key has many spellings: its primes in either order, and any of several equivalent private exponents.
    p, q = max(numbers.p, numbers.q), min(numbers.p, numbers.q)
    exponent = rsa_recover_private_exponent(numbers.public_numbers.e, p, q)
    key = RSAPrivateNumbers(
        p=p,
        q=q,
        d=exponent,
        dmp1=rsa_crt_dmp1(exponent, p),
        dmq1=rsa_crt_dmq1(exponent, q),
        iqmp=rsa_crt_iqmp(p, q),
        public_numbers=numbers.public_numbers,
    )
    return private_der(key.private_key(unsafe_skip_rsa_key_validation=True))
