"""The one table of key specs: what a key of each spec may be used for, and with which algorithms.

Source: AWS KMS Developer Guide, "Key spec reference". Limits, allowed usages and errors follow from the rows.
"""

from typing import Literal

import msgspec

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
KeyUsageName = Literal[
    "SIGN_VERIFY", "ENCRYPT_DECRYPT", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"
]


class KeySpec(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the table.

    Attributes:
        name: AWS's name.
        usages: the algorithms by usage, in AWS's order.
        default_usage: the usage of a key made without one; only a spec with one usage has it.
        material_size: bytes of secret key material.
    """

    name: str
    usages: dict[str, tuple[str, ...]]
    default_usage: str
    material_size: int


KEY_SPECS: dict[str, KeySpec] = {
    spec.name: spec
    for spec in (
        KeySpec(
            name="SYMMETRIC_DEFAULT",
            usages={"ENCRYPT_DECRYPT": ("SYMMETRIC_DEFAULT",)},
            default_usage="ENCRYPT_DECRYPT",
            material_size=32,
        ),
    )
}
