"""GenerateDataKey, GenerateDataKeyWithoutPlaintext.

Source: AWS KMS API Reference, the operations' own pages.
"""

import os
from collections.abc import Mapping
from typing import Final, Literal

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import USABLE
from strongroom.api.kms.attested import give
from strongroom.api.kms.recorded_keys import current_material
from strongroom.api.kms.symmetric import DEFAULT_ALGORITHM, USAGE, check_symmetric, current_material_id, encrypt_with
from strongroom.api.kms.types import (
    EncryptionContext,
    GrantTokens,
    KeyId,
    NumberOfBytes,
    RecipientInfo,
    check_context,
)
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import ContextParameter, Supply
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct

DataKeySpec = Literal["AES_256", "AES_128"]
_SIZES = {"AES_256": 32, "AES_128": 16}
# Data keys are encrypted with the only algorithm that symmetric keys have.
_SUPPLIES: Final[Mapping[str, Supply]] = {"kms:encryptionalgorithm": lambda _request: (DEFAULT_ALGORITHM,)}


class GenerateDataKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKey."""

    key_id: KeyId
    encryption_context: EncryptionContext | None = None
    number_of_bytes: NumberOfBytes | None = None
    key_spec: DataKeySpec | None = None
    grant_tokens: GrantTokens | None = None
    recipient: RecipientInfo | None = None
    dry_run: bool | None = None


class GenerateDataKeyResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKey."""

    ciphertext_blob: bytes
    plaintext: bytes | None = None
    key_id: str
    ciphertext_for_recipient: bytes | None = None
    key_material_id: str | None = None


class GenerateDataKeyWithoutPlaintextRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKeyWithoutPlaintext."""

    key_id: KeyId
    encryption_context: EncryptionContext | None = None
    key_spec: DataKeySpec | None = None
    number_of_bytes: NumberOfBytes | None = None
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class GenerateDataKeyWithoutPlaintextResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKeyWithoutPlaintext."""

    ciphertext_blob: bytes
    key_id: str
    key_material_id: str


def _check_size(request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest) -> None:
    check_context(request.encryption_context)
    if (request.number_of_bytes is None) == (request.key_spec is None):
        raise ValidationError("Please specify either number of bytes or key spec.")


def _generate(
    context: Context, request: GenerateDataKeyRequest | GenerateDataKeyWithoutPlaintextRequest
) -> tuple[bytes, bytes]:
    """Make a data key; gives it in the clear and encrypted."""
    check_symmetric(context.key)
    plaintext = os.urandom(request.number_of_bytes or _SIZES[request.key_spec or "AES_256"])
    return plaintext, encrypt_with(context.key, plaintext, request.encryption_context)


@operation(
    Needs(
        "kms:GenerateDataKey",
        key=KeyMember("key_id", by_alias=True),
        usage=USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
        encryption_context=ContextParameter("encryption_context"),
    ),
    check=_check_size,
    uses_keys=True,
    logs=("key_id", "key_spec", "number_of_bytes", "encryption_context"),
    additional=current_material,
)
def generate_data_key(context: Context, request: GenerateDataKeyRequest) -> GenerateDataKeyResponse:
    """Make a data key and give it in the clear and encrypted."""
    plaintext, blob = _generate(context, request)
    given = give(context, plaintext)
    return GenerateDataKeyResponse(
        ciphertext_blob=blob,
        plaintext=given.plaintext,
        key_id=context.key.arn,
        ciphertext_for_recipient=given.for_recipient,
        key_material_id=None if given.for_recipient else current_material_id(context.key),
    )


@operation(
    Needs(
        "kms:GenerateDataKeyWithoutPlaintext",
        key=KeyMember("key_id", by_alias=True),
        usage=USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
        encryption_context=ContextParameter("encryption_context"),
    ),
    check=_check_size,
    uses_keys=True,
    logs=("key_id", "key_spec", "number_of_bytes", "encryption_context"),
    additional=current_material,
)
def generate_data_key_without_plaintext(
    context: Context, request: GenerateDataKeyWithoutPlaintextRequest
) -> GenerateDataKeyWithoutPlaintextResponse:
    """Make a data key and give it encrypted only."""
    _, blob = _generate(context, request)
    return GenerateDataKeyWithoutPlaintextResponse(
        ciphertext_blob=blob, key_id=context.key.arn, key_material_id=current_material_id(context.key)
    )


OPERATIONS = (generate_data_key, generate_data_key_without_plaintext)
