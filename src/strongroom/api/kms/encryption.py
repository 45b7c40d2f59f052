"""Encrypt, Decrypt, ReEncrypt.

Source: AWS KMS API Reference, the operations' own pages.
"""

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import USABLE
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
    refuse_recipient,
)
from strongroom.api.resolve import CiphertextKey, KeyMember
from strongroom.api.snapshots import KeySnapshot
from strongroom.crypto.ciphertext import decode_header, seal, unseal
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.errors import IncorrectKey, InternalError, InvalidCiphertext, InvalidKeyUsage, ValidationError
from strongroom.protocol.structures import AwsStruct
from strongroom.protocol.validation import broken_constraint

_USAGE = "ENCRYPT_DECRYPT"
_DEFAULT_ALGORITHM = "SYMMETRIC_DEFAULT"
_UNREADABLE = "The key material cannot be read."
_DEFAULTS = {"encryption_algorithm": _DEFAULT_ALGORITHM}


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
    plaintext: bytes
    encryption_algorithm: str
    key_material_id: str


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
    source_key_material_id: str
    destination_key_material_id: str


def encrypt_with(key: KeySnapshot, plaintext: bytes, context: EncryptionContext | None) -> bytes:
    """Encrypt with the current material of a symmetric key. Raises InternalError when the material does not open."""
    material = key.materials.get(key.key.current_material_id)
    if material is None:
        raise InternalError(_UNREADABLE)
    return seal(material, key.blob_header, plaintext, context)


def _decrypt_with(key: KeySnapshot, blob: bytes, context: EncryptionContext | None) -> tuple[bytes, str]:
    """Give the plaintext and the id of the material.

    Raises IncorrectKey, InvalidCiphertext, and InternalError when the key's material does not open.
    """
    material_id = _material_id(key, blob)
    material = key.materials.get(material_id)
    if material is None:
        if material_id == key.key.current_material_id:
            raise InternalError(_UNREADABLE)
        raise InvalidCiphertext
    try:
        return unseal(material, blob, context), material_id
    except ValueError:
        raise InvalidCiphertext from None


def _material_id(key: KeySnapshot, blob: bytes) -> str:
    """Give the id of the material that a blob names. Raises IncorrectKey and InvalidCiphertext."""
    # Nearly always it is the current one, which is cheaper to see than to read.
    if blob.startswith(key.blob_header):
        return key.key.current_material_id
    try:
        header = decode_header(blob)
    except ValueError:
        raise InvalidCiphertext from None
    if (header.account_id, header.key_id) != (key.key.place.account_id, key.key.place.key_id):
        raise IncorrectKey("The key ID in the request does not identify a CMK that can perform this operation.")
    return header.material_id


def _algorithm(key: KeySnapshot, requested: str | None) -> str:
    algorithm = requested or _DEFAULT_ALGORITHM
    if algorithm not in KEY_SPECS[key.key.key_spec].usages[_USAGE]:
        raise InvalidKeyUsage(f"Algorithm {algorithm} is incompatible with key spec {key.key.key_spec}.")
    return algorithm


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
    Needs("kms:Encrypt", key=KeyMember("key_id", by_alias=True), usage=_USAGE, states=USABLE, cross_account=True),
    check=_check_encrypt,
    logs=("key_id", "encryption_algorithm", "encryption_context"),
    defaults=_DEFAULTS,
)
def encrypt(context: Context, request: EncryptRequest) -> EncryptResponse:
    """Encrypt up to 4096 bytes."""
    algorithm = _algorithm(context.key, request.encryption_algorithm)
    return EncryptResponse(
        ciphertext_blob=encrypt_with(context.key, request.plaintext, request.encryption_context),
        key_id=context.key.arn,
        encryption_algorithm=algorithm,
    )


def _check_decrypt(request: DecryptRequest) -> None:
    refuse_recipient(request.recipient)
    check_context(request.encryption_context)
    _check_blob(request, request.key_id)


@operation(
    Needs(
        "kms:Decrypt", key=CiphertextKey("ciphertext_blob", "key_id"), usage=_USAGE, states=USABLE, cross_account=True
    ),
    check=_check_decrypt,
    logs=("key_id", "encryption_algorithm", "encryption_context"),
    defaults=_DEFAULTS,
)
def decrypt(context: Context, request: DecryptRequest) -> DecryptResponse:
    """Decrypt a ciphertext with the key and the material that made it."""
    algorithm = _algorithm(context.key, request.encryption_algorithm)
    if request.ciphertext_blob is None or _ignores_ciphertext(request):
        return DecryptResponse(
            key_id=context.key.arn, plaintext=b"", encryption_algorithm=algorithm, key_material_id=""
        )
    plaintext, material_id = _decrypt_with(context.key, request.ciphertext_blob, request.encryption_context)
    return DecryptResponse(
        key_id=context.key.arn, plaintext=plaintext, encryption_algorithm=algorithm, key_material_id=material_id
    )


def _check_re_encrypt(request: ReEncryptRequest) -> None:
    check_context(request.source_encryption_context)
    check_context(request.destination_encryption_context)
    _check_blob(request, request.source_key_id)


@operation(
    Needs(
        "kms:ReEncryptFrom",
        key=CiphertextKey("ciphertext_blob", "source_key_id"),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
    ),
    Needs(
        "kms:ReEncryptTo",
        key=KeyMember("destination_key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
    ),
    check=_check_re_encrypt,
    logs=(
        "source_key_id",
        "source_encryption_algorithm",
        "source_encryption_context",
        "destination_key_id",
        "destination_encryption_algorithm",
        "destination_encryption_context",
    ),
    defaults={
        "source_encryption_algorithm": _DEFAULT_ALGORITHM,
        "destination_encryption_algorithm": _DEFAULT_ALGORITHM,
    },
)
def re_encrypt(context: Context, request: ReEncryptRequest) -> ReEncryptResponse:
    """Decrypt with one key and encrypt with another, without giving the plaintext away."""
    source, destination = context.keys
    source_algorithm = _algorithm(source, request.source_encryption_algorithm)
    destination_algorithm = _algorithm(destination, request.destination_encryption_algorithm)
    blob, material_id = b"", ""
    if request.ciphertext_blob is not None and not _ignores_ciphertext(request):
        plaintext, material_id = _decrypt_with(source, request.ciphertext_blob, request.source_encryption_context)
        blob = encrypt_with(destination, plaintext, request.destination_encryption_context)
    return ReEncryptResponse(
        ciphertext_blob=blob,
        source_key_id=source.arn,
        key_id=destination.arn,
        source_encryption_algorithm=source_algorithm,
        destination_encryption_algorithm=destination_algorithm,
        source_key_material_id=material_id,
        destination_key_material_id=destination.key.current_material_id,
    )


OPERATIONS = (encrypt, decrypt, re_encrypt)
