"""The algorithms of keys, by AWS's names, and what each takes.

Source: AWS KMS Developer Guide, "Key spec reference"; AWS KMS API Reference, Sign.
"""

from collections.abc import Mapping
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.hashes import SHA1, SHA224, SHA256, SHA384, SHA512, HashAlgorithm

MessageType = Literal["RAW", "DIGEST", "EXTERNAL_MU"]

SYMMETRIC_DEFAULT: Final = "SYMMETRIC_DEFAULT"
RSA_ENCRYPTION_ALGORITHMS: Final = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
RSA_SIGNING_ALGORITHMS: Final = (
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
)
ED25519: Final = "ED25519_SHA_512"
ED25519_PH: Final = "ED25519_PH_SHA_512"
ML_DSA: Final = "ML_DSA_SHAKE_256"
KEY_AGREEMENT_ALGORITHMS: Final = ("ECDH",)
ENCAPSULATION_ALGORITHMS: Final = ("ML_KEM",)

HASHES: Final[Mapping[str, HashAlgorithm]] = {
    "SHA_1": SHA1(),  # noqa: S303 - in OAEP, where collisions do not matter
    "SHA_224": SHA224(),
    "SHA_256": SHA256(),
    "SHA_384": SHA384(),
    "SHA_512": SHA512(),
}


def hash_of(algorithm: str) -> HashAlgorithm:
    """Give the hash function that an algorithm's name ends with. Raises KeyError for a name that has none."""
    return HASHES[algorithm[algorithm.rindex("SHA_") :]]


class SigningAlgorithm(msgspec.Struct, frozen=True):
    """What a signing algorithm takes.

    Attributes:
        sizes: by the message types that it takes, how many bytes the message has; None where it may have any number.
    """

    sizes: Mapping[str, int | None]


def _hashed(name: str) -> SigningAlgorithm:
    return SigningAlgorithm({"RAW": None, "DIGEST": hash_of(name).digest_size})


SIGNING_ALGORITHMS: Final[Mapping[str, SigningAlgorithm]] = {
    **{name: _hashed(name) for name in (*RSA_SIGNING_ALGORITHMS, "ECDSA_SHA_256", "ECDSA_SHA_384", "ECDSA_SHA_512")},
    ED25519: SigningAlgorithm({"RAW": None}),
    ED25519_PH: SigningAlgorithm({"DIGEST": 64}),
    ML_DSA: SigningAlgorithm({"RAW": None, "EXTERNAL_MU": 64}),
}
