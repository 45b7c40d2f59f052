"""The one table of key specs: what a key of each spec may be used for, and with which algorithms.

Source: AWS KMS Developer Guide, "Key spec reference". Limits, allowed usages and errors follow from the rows.
SM2 has no row: it is offered in China only, and `cryptography` does not have it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from strongroom.crypto.algorithms import (
    ED25519,
    ED25519_PH,
    ENCAPSULATION_ALGORITHMS,
    KEY_AGREEMENT_ALGORITHMS,
    ML_DSA,
    RSA_ENCRYPTION_ALGORITHMS,
    RSA_SIGNING_ALGORITHMS,
    SYMMETRIC_DEFAULT,
)

CustomerMasterKeySpecName = Literal[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SYMMETRIC_DEFAULT",
    "HMAC_224",
    "HMAC_256",
    "HMAC_384",
    "HMAC_512",
    "SM2",
]
"""The names that the deprecated parameter CustomerMasterKeySpec takes."""

KeySpecName = Literal[
    CustomerMasterKeySpecName,
    "ML_DSA_44",
    "ML_DSA_65",
    "ML_DSA_87",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
]
DataKeyPairSpecName = Literal[
    "RSA_2048",
    "RSA_3072",
    "RSA_4096",
    "ECC_NIST_P256",
    "ECC_NIST_P384",
    "ECC_NIST_P521",
    "ECC_SECG_P256K1",
    "SM2",
    "ECC_NIST_EDWARDS25519",
    "ML_KEM_512",
    "ML_KEM_768",
    "ML_KEM_1024",
]
"""The names that KeyPairSpec of GenerateDataKeyPair takes."""

KeyUsageName = Literal[
    "SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"
]
KeyFamily = Literal["SYMMETRIC", "RSA", "ECC", "ED25519", "HMAC", "ML_DSA", "ML_KEM"]

_NO_LIMITS: Final[Mapping[str, int]] = MappingProxyType({})
_SYMMETRIC_FAMILIES: Final = frozenset({"SYMMETRIC", "HMAC"})


class KeySpec(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table.

    Attributes:
        name: AWS's name.
        family: what the specs of one kind share; the class of the secret key follows from it.
        usages: the algorithms by usage, in AWS's order.
        default_usage: the usage of a key made without one; AWS has one for SYMMETRIC_DEFAULT only.
        size: bits of the RSA modulus; bytes of a raw secret; None where the name says it all.
        importable: whether key material can be imported (Origin EXTERNAL).
        data_key_pair: whether GenerateDataKeyPair makes pairs of this spec.
        plaintext_limits: the most bytes that Encrypt takes, by algorithm.
    """

    name: str
    family: KeyFamily
    usages: Mapping[str, tuple[str, ...]]
    default_usage: str | None = None
    size: int | None = None
    importable: bool = True
    data_key_pair: bool = False
    plaintext_limits: Mapping[str, int] = _NO_LIMITS

    @property
    def is_asymmetric(self) -> bool:
        """Whether keys of this spec have a public key."""
        return self.family not in _SYMMETRIC_FAMILIES

    def algorithms(self, usage: str) -> tuple[str, ...]:
        """Give the algorithms of a usage, in AWS's order; none for a usage that the spec does not have."""
        return self.usages.get(usage, ())


_RSA_USAGES: Final = {"ENCRYPT_DECRYPT": RSA_ENCRYPTION_ALGORITHMS, "SIGN_VERIFY": RSA_SIGNING_ALGORITHMS}
_OAEP_OVERHEAD: Final = {"RSAES_OAEP_SHA_1": 2 * 20 + 2, "RSAES_OAEP_SHA_256": 2 * 32 + 2}


def _symmetric() -> KeySpec:
    return KeySpec(
        name=SYMMETRIC_DEFAULT,
        family="SYMMETRIC",
        usages={"ENCRYPT_DECRYPT": (SYMMETRIC_DEFAULT,)},
        default_usage="ENCRYPT_DECRYPT",
        size=32,
    )


def _rsa(bits: int) -> KeySpec:
    # RFC 8017, section 7.1.1: the modulus less two hashes and two bytes.
    limits = {algorithm: bits // 8 - overhead for algorithm, overhead in _OAEP_OVERHEAD.items()}
    return KeySpec(
        name=f"RSA_{bits}", family="RSA", usages=_RSA_USAGES, size=bits, data_key_pair=True, plaintext_limits=limits
    )


def _ecc(name: str, hash_bits: int, *, agrees: bool) -> KeySpec:
    signing = {"SIGN_VERIFY": (f"ECDSA_SHA_{hash_bits}",)}
    usages = {**signing, "KEY_AGREEMENT": KEY_AGREEMENT_ALGORITHMS} if agrees else signing
    return KeySpec(name=name, family="ECC", usages=usages, data_key_pair=True)


def _hmac(bits: int) -> KeySpec:
    usages = {"GENERATE_VERIFY_MAC": (f"HMAC_SHA_{bits}",)}
    return KeySpec(name=f"HMAC_{bits}", family="HMAC", usages=usages, size=bits // 8)


def _ml_dsa(level: int) -> KeySpec:
    return KeySpec(name=f"ML_DSA_{level}", family="ML_DSA", usages={"SIGN_VERIFY": (ML_DSA,)}, importable=False)


def _ml_kem(level: int) -> KeySpec:
    usages = {"ENCAPSULATE_DECAPSULATE": ENCAPSULATION_ALGORITHMS}
    return KeySpec(name=f"ML_KEM_{level}", family="ML_KEM", usages=usages, importable=False, data_key_pair=True)


KEY_SPECS: Final[dict[str, KeySpec]] = {
    spec.name: spec
    for spec in (
        _symmetric(),
        _rsa(2048),
        _rsa(3072),
        _rsa(4096),
        _ecc("ECC_NIST_P256", 256, agrees=True),
        _ecc("ECC_NIST_P384", 384, agrees=True),
        _ecc("ECC_NIST_P521", 512, agrees=True),
        _ecc("ECC_SECG_P256K1", 256, agrees=False),
        KeySpec(
            name="ECC_NIST_EDWARDS25519",
            family="ED25519",
            usages={"SIGN_VERIFY": (ED25519, ED25519_PH)},
            data_key_pair=True,
        ),
        _hmac(224),
        _hmac(256),
        _hmac(384),
        _hmac(512),
        _ml_dsa(44),
        _ml_dsa(65),
        _ml_dsa(87),
        # There is no ML_KEM_512: OpenSSL has it, but `cryptography` offers the two larger sets only.
        _ml_kem(768),
        _ml_kem(1024),
    )
}
"""The rows, by name."""
