"""What a grant must fulfil to be made.

Source: AWS KMS API Reference, CreateGrant; AWS KMS Developer Guide, "Grants in AWS KMS".
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from strongroom.api.kms.grant_types import GrantConstraints
from strongroom.model import grant as model
from strongroom.model.errors import InvalidGrantId, ValidationError
from strongroom.model.key import Key
from strongroom.protocol.validation import broken_constraint

_GRANT_ID: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
_MOST_PAIRS: Final = 8
_LONGEST_VALUE: Final = 384

_FOR_EVERY_KEY: Final = frozenset({"CreateGrant", "RetireGrant", "DescribeKey"})
_FOR_SYMMETRIC_KEYS: Final = frozenset(
    {
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
    }
)
_BY_USAGE: Final[Mapping[str, frozenset[str]]] = {
    "ENCRYPT_DECRYPT": frozenset({"Decrypt", "Encrypt", "ReEncryptFrom", "ReEncryptTo", "GetPublicKey"}),
    "SIGN_VERIFY": frozenset({"Sign", "Verify", "GetPublicKey"}),
    "GENERATE_VERIFY_MAC": frozenset({"GenerateMac", "VerifyMac"}),
    "KEY_AGREEMENT": frozenset({"DeriveSharedSecret", "GetPublicKey"}),
    "ENCAPSULATE_DECAPSULATE": frozenset({"Encapsulate", "Decapsulate", "GetPublicKey"}),
}
"""The operations on keys that are not symmetric encryption keys."""


def check_grant_id(grant_id: str | None) -> None:
    """Raise InvalidGrantId for what CreateGrant never gives."""
    if grant_id is not None and not _GRANT_ID.fullmatch(grant_id):
        raise InvalidGrantId("Invalid grant id")


def check_operations(operations: Sequence[str]) -> None:
    """Raise ValidationError for operations that no grant may consist of."""
    if not operations:
        raise broken_constraint([], "operations", "Member must have length greater than or equal to 1")
    if set(operations) == {"CreateGrant"}:
        raise ValidationError("Grants must not contain only the CreateGrant operation.")


def check_constraints(constraints: GrantConstraints | None) -> None:
    """Raise ValidationError for two contexts, an empty subset, too many pairs or too long values."""
    if constraints is None:
        return
    if constraints.encryption_context_equals is not None and constraints.encryption_context_subset is not None:
        raise ValidationError(
            "You can specify either EncryptionContextEquals or EncryptionContextSubset in Constraints, but not both."
        )
    if constraints.encryption_context_subset == {}:
        raise ValidationError("EncryptionContextSubset must have at least one encryption context pair.")
    pairs = constraints.encryption_context or {}
    if len(pairs) > _MOST_PAIRS:
        raise ValidationError(f"A grant constraint can have up to {_MOST_PAIRS} encryption context pairs.")
    if any(len(value) > _LONGEST_VALUE for value in pairs.values()):
        raise ValidationError(
            f"An encryption context value in a grant constraint can have up to {_LONGEST_VALUE} characters."
        )


def check_fits_key(key: Key, operations: Iterable[str], constraints: GrantConstraints | None) -> None:
    """Raise ValidationError for operations that the key cannot do, or a context where it takes none."""
    possible = _FOR_SYMMETRIC_KEYS if key.key_spec == _SYMMETRIC else _BY_USAGE[key.key_usage]
    impossible = sorted(set(operations) - possible - _FOR_EVERY_KEY)
    if impossible:
        raise ValidationError(
            f"The operations [{', '.join(impossible)}] are not supported by {key.place.arn}, whose key spec is "
            f"{key.key_spec} and key usage is {key.key_usage}."
        )
    if constraints is not None and constraints.encryption_context is not None and key.key_spec != _SYMMETRIC:
        raise ValidationError(
            f"{key.place.arn} key spec is {key.key_spec}, which does not support encryption context grant constraints."
        )


def constraint_types(constraints: GrantConstraints | model.GrantConstraints | None) -> tuple[str, ...] | None:
    """Give the values of kms:GrantConstraintType, or None where there are no constraints."""
    if constraints is None:
        return None
    named = {
        "EncryptionContextEquals": constraints.encryption_context_equals,
        "EncryptionContextSubset": constraints.encryption_context_subset,
        "SourceArn": constraints.source_arn,
    }
    return tuple(name for name, value in named.items() if value is not None) or None
