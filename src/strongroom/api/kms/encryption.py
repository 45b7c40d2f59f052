"""Encrypt, Decrypt, ReEncrypt.

Source: AWS KMS API Reference, the operations' own pages.
"""

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import USABLE
from strongroom.api.kms.attested import give
from strongroom.api.kms.ciphers import check_cipher, decrypt_by, encrypt_by, shown_material_id
from strongroom.api.kms.recorded_keys import answered_material, both_materials, current_material
from strongroom.api.kms.symmetric import DEFAULT_ALGORITHM, USAGE
from strongroom.api.kms.types import (
    Ciphertext,
    DryRunModifiers,
    EncryptionAlgorithm,
    EncryptionContext,
    GrantTokens,
    KeyId,
    Plaintext,
    RecipientInfo,
    check_context,
)
from strongroom.api.resolve import CiphertextKey, KeyMember
from strongroom.api.supplies import ContextParameter, Parameter, Supply
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct
from strongroom.protocol.validation import broken_constraint

_DEFAULTS = {"encryption_algorithm": DEFAULT_ALGORITHM}


class EncryptRequest(AwsStruct, frozen=True, kw_only=True):
    """Encrypt."""

    key_id: KeyId
    plaintext: Plaintext
    encryption_context: EncryptionContext | None = None
    grant_tokens: GrantTokens | None = None
    encryption_algorithm: EncryptionAlgorithm | None = None
    dry_run: bool | None = None


class EncryptResponse(AwsStruct, frozen=True, kw_only=True):
    """Encrypt."""

    ciphertext_blob: bytes
    key_id: str
    encryption_algorithm: str


class DecryptRequest(AwsStruct, frozen=True, kw_only=True):
    """Decrypt."""

    ciphertext_blob: Ciphertext | None = None
    encryption_context: EncryptionContext | None = None
    grant_tokens: GrantTokens | None = None
    key_id: KeyId | None = None
    encryption_algorithm: EncryptionAlgorithm | None = None
    recipient: RecipientInfo | None = None
    dry_run: bool | None = None
    dry_run_modifiers: DryRunModifiers | None = None


class DecryptResponse(AwsStruct, frozen=True, kw_only=True):
    """Decrypt."""

    key_id: str
    plaintext: bytes | None = None
    encryption_algorithm: str
    ciphertext_for_recipient: bytes | None = None
    key_material_id: str | None = None


class ReEncryptRequest(AwsStruct, frozen=True, kw_only=True):
    """ReEncrypt."""

    ciphertext_blob: Ciphertext | None = None
    source_encryption_context: EncryptionContext | None = None
    source_key_id: KeyId | None = None
    destination_key_id: KeyId
    destination_encryption_context: EncryptionContext | None = None
    source_encryption_algorithm: EncryptionAlgorithm | None = None
    destination_encryption_algorithm: EncryptionAlgorithm | None = None
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None
    dry_run_modifiers: DryRunModifiers | None = None


class ReEncryptResponse(AwsStruct, frozen=True, kw_only=True):
    """ReEncrypt."""

    ciphertext_blob: bytes
    source_key_id: str
    key_id: str
    source_encryption_algorithm: str
    destination_encryption_algorithm: str
    source_key_material_id: str | None = None
    destination_key_material_id: str | None = None


def _supplies(algorithm: str) -> dict[str, Supply]:
    """Give what an operation supplies to conditions, by the member that holds the algorithm."""
    return {"kms:encryptionalgorithm": Parameter(algorithm, DEFAULT_ALGORITHM)}


def _check_blob(request: DecryptRequest | ReEncryptRequest, named_key: str | None) -> None:
    ignored = _ignores_ciphertext(request)
    if ignored and not request.dry_run:
        raise ValidationError("DryRunModifiers can only be specified when DryRun is true.")
    if ignored and named_key is None:
        raise ValidationError("A key ID must be specified when the ciphertext is ignored.")
    if request.ciphertext_blob is None and not ignored:
        raise broken_constraint(None, "ciphertextBlob", "Member must not be null")


def _ignores_ciphertext(request: DecryptRequest | ReEncryptRequest) -> bool:
    return bool(request.dry_run_modifiers)


def _check_encrypt(request: EncryptRequest) -> None:
    check_context(request.encryption_context)


@operation(
    Needs(
        "kms:Encrypt",
        key=KeyMember("key_id", by_alias=True),
        usage=USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_supplies("encryption_algorithm"),
        encryption_context=ContextParameter("encryption_context"),
    ),
    check=_check_encrypt,
    uses_keys=True,
    logs=("key_id", "encryption_algorithm", "encryption_context"),
    additional=current_material,
    defaults=_DEFAULTS,
)
def encrypt(context: Context, request: EncryptRequest) -> EncryptResponse:
    """Encrypt up to 4096 bytes."""
    algorithm = request.encryption_algorithm or DEFAULT_ALGORITHM
    check_cipher(context.key, algorithm, request.encryption_context)
    return EncryptResponse(
        ciphertext_blob=encrypt_by(context.key, algorithm, request.plaintext, request.encryption_context),
        key_id=context.key.arn,
        encryption_algorithm=algorithm,
    )


def _check_decrypt(request: DecryptRequest) -> None:
    check_context(request.encryption_context)
    _check_blob(request, request.key_id)


@operation(
    Needs(
        "kms:Decrypt",
        key=CiphertextKey("ciphertext_blob", "key_id", "encryption_algorithm"),
        usage=USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_supplies("encryption_algorithm"),
        encryption_context=ContextParameter("encryption_context"),
    ),
    check=_check_decrypt,
    uses_keys=True,
    logs=("key_id", "encryption_algorithm", "encryption_context"),
    additional=answered_material,
    defaults=_DEFAULTS,
)
def decrypt(context: Context, request: DecryptRequest) -> DecryptResponse:
    """Decrypt a ciphertext with the key and the material that made it."""
    algorithm = request.encryption_algorithm or DEFAULT_ALGORITHM
    check_cipher(context.key, algorithm, request.encryption_context)
    if request.ciphertext_blob is None or _ignores_ciphertext(request):
        return DecryptResponse(key_id=context.key.arn, encryption_algorithm=algorithm)
    plaintext, material_id = decrypt_by(context.key, algorithm, request.ciphertext_blob, request.encryption_context)
    given = give(context, plaintext)
    return DecryptResponse(
        key_id=context.key.arn,
        plaintext=given.plaintext,
        encryption_algorithm=algorithm,
        ciphertext_for_recipient=given.for_recipient,
        key_material_id=None if given.for_recipient else material_id,
    )


def _check_re_encrypt(request: ReEncryptRequest) -> None:
    check_context(request.source_encryption_context)
    check_context(request.destination_encryption_context)
    _check_blob(request, request.source_key_id)


@operation(
    Needs(
        "kms:ReEncryptFrom",
        key=CiphertextKey("ciphertext_blob", "source_key_id", "source_encryption_algorithm"),
        usage=USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_supplies("source_encryption_algorithm"),
        encryption_context=ContextParameter("source_encryption_context"),
    ),
    Needs(
        "kms:ReEncryptTo",
        key=KeyMember("destination_key_id", by_alias=True),
        usage=USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_supplies("destination_encryption_algorithm"),
        encryption_context=ContextParameter("destination_encryption_context"),
    ),
    check=_check_re_encrypt,
    uses_keys=True,
    logs=(
        "source_key_id",
        "source_encryption_algorithm",
        "source_encryption_context",
        "destination_key_id",
        "destination_encryption_algorithm",
        "destination_encryption_context",
    ),
    additional=both_materials,
    defaults={
        "source_encryption_algorithm": DEFAULT_ALGORITHM,
        "destination_encryption_algorithm": DEFAULT_ALGORITHM,
    },
)
def re_encrypt(context: Context, request: ReEncryptRequest) -> ReEncryptResponse:
    """Decrypt with one key and encrypt with another, without giving the plaintext away."""
    source, destination = context.keys
    source_algorithm = request.source_encryption_algorithm or DEFAULT_ALGORITHM
    destination_algorithm = request.destination_encryption_algorithm or DEFAULT_ALGORITHM
    check_cipher(source, source_algorithm, request.source_encryption_context)
    check_cipher(destination, destination_algorithm, request.destination_encryption_context)
    blob, material_id = b"", None
    if request.ciphertext_blob is not None and not _ignores_ciphertext(request):
        plaintext, material_id = decrypt_by(
            source, source_algorithm, request.ciphertext_blob, request.source_encryption_context
        )
        blob = encrypt_by(destination, destination_algorithm, plaintext, request.destination_encryption_context)
    return ReEncryptResponse(
        ciphertext_blob=blob,
        source_key_id=source.arn,
        key_id=destination.arn,
        source_encryption_algorithm=source_algorithm,
        destination_encryption_algorithm=destination_algorithm,
        source_key_material_id=material_id,
        destination_key_material_id=shown_material_id(destination),
    )


OPERATIONS = (encrypt, decrypt, re_encrypt)
