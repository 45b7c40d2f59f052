"""GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Importing key material".
"""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

from strongroom.api.context import ChangeContext, Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.key_states import IMPORTABLE, MATERIAL_DELETABLE, PARAMETERS_FOR_IMPORT
from strongroom.api.kms.import_tokens import VALID_SECONDS, issue_import_token, open_import_token
from strongroom.api.kms.imported_materials import Importing, delete_material, import_material
from strongroom.api.kms.types import KeyId, KeyMaterialId
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter
from strongroom.crypto.import_wrapping import WrappingKey
from strongroom.crypto.material import normalised_material
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.errors import (
    IncorrectKeyMaterial,
    InvalidCiphertext,
    UnsupportedOperation,
    ValidationError,
)
from strongroom.model.key import ExpirationModel
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp, whole

_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
_EXPIRES: Final = "KEY_MATERIAL_EXPIRES"
_LONGEST_VALIDITY: Final = 365 * 86_400
_RSA_FAMILY: Final = "RSA"
_OAEP_PREFIX: Final = "RSAES_OAEP_"

WrappingAlgorithm = Literal[
    "RSAES_PKCS1_V1_5",
    "RSAES_OAEP_SHA_1",
    "RSAES_OAEP_SHA_256",
    "RSA_AES_KEY_WRAP_SHA_1",
    "RSA_AES_KEY_WRAP_SHA_256",
    "SM2PKE",
]
KeyMaterialDescription = Annotated[str, Meta(min_length=0, max_length=256, pattern=whole("^[a-zA-Z0-9:/_\\s.-]+$"))]
_Blob = Annotated[bytes, Meta(min_length=1, max_length=6144)]


class GetParametersForImportRequest(AwsStruct, frozen=True, kw_only=True):
    """GetParametersForImport."""

    key_id: KeyId
    wrapping_algorithm: WrappingAlgorithm
    wrapping_key_spec: Literal["RSA_2048", "RSA_3072", "RSA_4096", "SM2"]


class GetParametersForImportResponse(AwsStruct, frozen=True, kw_only=True):
    """GetParametersForImport."""

    key_id: str
    import_token: bytes
    public_key: bytes
    parameters_valid_to: Timestamp


class ImportKeyMaterialRequest(AwsStruct, frozen=True, kw_only=True):
    """ImportKeyMaterial."""

    key_id: KeyId
    import_token: _Blob
    encrypted_key_material: _Blob
    valid_to: Timestamp | None = None
    expiration_model: ExpirationModel | None = None
    import_type: Literal["NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"] | None = None
    key_material_description: KeyMaterialDescription | None = None
    key_material_id: KeyMaterialId | None = None


class ImportKeyMaterialResponse(AwsStruct, frozen=True, kw_only=True):
    """ImportKeyMaterial."""

    key_id: str
    key_material_id: str


class DeleteImportedKeyMaterialRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteImportedKeyMaterial."""

    key_id: KeyId
    key_material_id: KeyMaterialId | None = None


class DeleteImportedKeyMaterialResponse(AwsStruct, frozen=True, kw_only=True):
    """DeleteImportedKeyMaterial."""

    key_id: str
    key_material_id: str | None = None


def _require_external(key: KeySnapshot) -> None:
    if key.key.origin != "EXTERNAL":
        raise UnsupportedOperation(f"{key.arn} origin is {key.key.origin} which is not valid for this operation.")


def _check_wrapping(request: GetParametersForImportRequest) -> None:
    if request.wrapping_algorithm == "RSAES_PKCS1_V1_5":
        raise UnsupportedOperation("AWS KMS does not support the RSAES_PKCS1_V1_5 wrapping algorithm any more.")
    if "SM2" in request.wrapping_algorithm or request.wrapping_key_spec == "SM2":
        raise UnsupportedOperation("SM2 is not supported.")


@operation(
    Needs(
        "kms:GetParametersForImport",
        key=KeyMember("key_id"),
        states=PARAMETERS_FOR_IMPORT,
        supplies={
            "kms:wrappingalgorithm": Parameter("wrapping_algorithm"),
            "kms:wrappingkeyspec": Parameter("wrapping_key_spec"),
        },
    ),
    check=_check_wrapping,
    off_loop=lambda _request: True,
    logs=("key_id", "wrapping_algorithm", "wrapping_key_spec"),
)
def get_parameters_for_import(
    context: Context, request: GetParametersForImportRequest
) -> GetParametersForImportResponse:
    """Make a wrapping key for key material, and a token that says which."""
    key, algorithm, wrapping_spec = context.key, request.wrapping_algorithm, request.wrapping_key_spec
    _require_external(key)
    _check_fits(key, algorithm, wrapping_spec)
    assert wrapping_spec != "SM2"  # noqa: S101 - refused above, for the type checker
    wrapping_key = WrappingKey.generate(wrapping_spec)
    return GetParametersForImportResponse(
        key_id=key.arn,
        import_token=issue_import_token(context.store_keys, key.key.place, algorithm, wrapping_key, context.now),
        public_key=wrapping_key.public_bytes(),
        parameters_valid_to=timestamp(context.now + VALID_SECONDS),
    )


def _check_fits(key: KeySnapshot, algorithm: str, wrapping_spec: str) -> None:
    """Refuse what cannot wrap the material of the key's spec, as it is too long."""
    spec = key.key.key_spec
    direct = algorithm.startswith(_OAEP_PREFIX)
    if direct and (KEY_SPECS[spec].family == _RSA_FAMILY or (spec, wrapping_spec) == ("ECC_NIST_P521", "RSA_2048")):
        raise ValidationError(
            f"Wrapping algorithm {algorithm} with wrapping key spec {wrapping_spec} "
            f"is not compatible with key spec {spec}."
        )


def _check_import(request: ImportKeyMaterialRequest) -> None:
    expires = (request.expiration_model or _EXPIRES) == _EXPIRES
    if expires and request.valid_to is None:
        raise ValidationError("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
    if not expires and request.valid_to is not None:
        raise ValidationError("A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE")


def _valid_to(request: ImportKeyMaterialRequest) -> tuple[str, ...] | None:
    if request.valid_to is None:
        return None
    return (datetime.fromtimestamp(request.valid_to, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),)


@operation(
    Needs(
        "kms:ImportKeyMaterial",
        key=KeyMember("key_id"),
        states=IMPORTABLE,
        supplies={"kms:expirationmodel": Parameter("expiration_model", _EXPIRES), "kms:validto": _valid_to},
    ),
    check=_check_import,
    logs=("key_id", "valid_to", "expiration_model", "import_type", "key_material_description", "key_material_id"),
    defaults={"expiration_model": _EXPIRES},
    elements=lambda context, response: {"keyId": context.key.arn, "keyMaterialId": response.key_material_id},
)
def import_key_material(context: ChangeContext, request: ImportKeyMaterialRequest) -> ImportKeyMaterialResponse:
    """Give a key its material, or give material that was deleted or has expired back to it."""
    key = context.key
    _require_external(key)
    _check_times(context, request)
    _check_symmetric_only(key, request)
    importing = Importing(
        secret=_unwrapped(context, request),
        import_type=request.import_type,
        expiration_model=request.expiration_model or "KEY_MATERIAL_EXPIRES",
        valid_to=request.valid_to,
        description=request.key_material_description,
        material_id=request.key_material_id,
    )
    return ImportKeyMaterialResponse(key_id=key.arn, key_material_id=import_material(context, key, importing))


def _check_times(context: ChangeContext, request: ImportKeyMaterialRequest) -> None:
    valid_to = request.valid_to
    if valid_to is not None and not context.now < valid_to <= context.now + _LONGEST_VALIDITY:
        raise ValidationError("The validTo date must be in the future, and at most 365 days ahead.")


def _check_symmetric_only(key: KeySnapshot, request: ImportKeyMaterialRequest) -> None:
    given = (request.import_type, request.key_material_description, request.key_material_id)
    if key.key.key_spec != _SYMMETRIC and any(each is not None for each in given):
        raise ValidationError(
            "ImportType, KeyMaterialDescription and KeyMaterialId can only be specified for symmetric encryption keys."
        )


def _unwrapped(context: ChangeContext, request: ImportKeyMaterialRequest) -> bytes:
    """Give the material in the form in which it is kept.

    Raises InvalidImportToken, ExpiredImportToken, InvalidCiphertext when it does not unwrap, and IncorrectKeyMaterial
    when it is not material of the key's spec.
    """
    key = context.key.key
    parameters = open_import_token(context.store_keys, key.place, request.import_token, context.now)
    try:
        wrapping_key = WrappingKey.load(parameters.private_key)
        material = wrapping_key.unwrap(parameters.algorithm, request.encrypted_key_material)
    except ValueError:
        raise InvalidCiphertext from None
    try:
        return normalised_material(KEY_SPECS[key.key_spec], material)
    except ValueError:
        raise IncorrectKeyMaterial(f"The key material is not valid for key spec {key.key_spec}.") from None


@operation(
    Needs("kms:DeleteImportedKeyMaterial", key=KeyMember("key_id"), states=MATERIAL_DELETABLE),
    logs=("key_id", "key_material_id"),
    elements=lambda context, response: {
        "keyId": context.key.arn,
        **({} if response.key_material_id is None else {"keyMaterialId": response.key_material_id}),
    },
)
def delete_imported_key_material(
    context: ChangeContext, request: DeleteImportedKeyMaterialRequest
) -> DeleteImportedKeyMaterialResponse:
    """Delete imported material; the key cannot be used until it is imported again."""
    key = context.key
    _require_external(key)
    deleted = delete_material(context, key, request.key_material_id)
    return DeleteImportedKeyMaterialResponse(key_id=key.arn, key_material_id=deleted)


OPERATIONS = (get_parameters_for_import, import_key_material, delete_imported_key_material)
