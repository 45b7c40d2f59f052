"""GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext.

Source: AWS KMS API Reference, the operations' own pages.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import USABLE_IN_NO_STORE
from strongroom.api.kms.attested import give
from strongroom.api.kms.symmetric import DEFAULT_ALGORITHM, USAGE, check_symmetric, current_material_id, encrypt_with
from strongroom.api.kms.types import (
    EncryptionContext,
    GrantTokens,
    KeyId,
    RecipientInfo,
    check_context,
)
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import ContextParameter, Parameter, Supply
from strongroom.crypto.material import generate_material
from strongroom.crypto.secret_keys import public_key_of
from strongroom.crypto.specs import KEY_SPECS, DataKeyPairSpecName
from strongroom.model.errors import UnsupportedOperation
from strongroom.protocol.structures import AwsStruct

_SUPPLIES: Final[Mapping[str, Supply]] = {
    "kms:datakeypairspec": Parameter("key_pair_spec"),
    "kms:encryptionalgorithm": lambda _request: (DEFAULT_ALGORITHM,),
}


class GenerateDataKeyPairRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKeyPair."""

    encryption_context: EncryptionContext | None = None
    key_id: KeyId
    key_pair_spec: DataKeyPairSpecName
    grant_tokens: GrantTokens | None = None
    recipient: RecipientInfo | None = None
    dry_run: bool | None = None


class GenerateDataKeyPairResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKeyPair."""

    private_key_ciphertext_blob: bytes
    private_key_plaintext: bytes | None = None
    public_key: bytes
    key_id: str
    key_pair_spec: str
    ciphertext_for_recipient: bytes | None = None
    key_material_id: str | None = None


class GenerateDataKeyPairWithoutPlaintextRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKeyPairWithoutPlaintext."""

    encryption_context: EncryptionContext | None = None
    key_id: KeyId
    key_pair_spec: DataKeyPairSpecName
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class GenerateDataKeyPairWithoutPlaintextResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateDataKeyPairWithoutPlaintext."""

    private_key_ciphertext_blob: bytes
    public_key: bytes
    key_id: str
    key_pair_spec: str
    key_material_id: str


_PairRequest = GenerateDataKeyPairRequest | GenerateDataKeyPairWithoutPlaintextRequest


class _Pair(NamedTuple):
    private_key: bytes
    blob: bytes
    public_key: bytes


def _check_pair(request: _PairRequest) -> None:
    check_context(request.encryption_context)
    if request.key_pair_spec not in KEY_SPECS:
        raise UnsupportedOperation(f"{request.key_pair_spec} is not supported.")


def _takes_long(request: _PairRequest) -> bool:
    return KEY_SPECS[request.key_pair_spec].family == "RSA"


def _generate(context: Context, request: _PairRequest) -> _Pair:
    """Make a key pair, of which nothing is kept."""
    check_symmetric(context.key)
    if context.key.custom_key_store is not None:
        raise UnsupportedOperation(
            f"{context.key.arn} is in a custom key store, which is not valid for this operation."
        )
    spec = KEY_SPECS[request.key_pair_spec]
    private_key = generate_material(spec)
    blob = encrypt_with(context.key, private_key, request.encryption_context)
    return _Pair(private_key, blob, public_key_of(spec, private_key) or b"")


@operation(
    Needs(
        "kms:GenerateDataKeyPair",
        key=KeyMember("key_id", by_alias=True),
        usage=USAGE,
        states=USABLE_IN_NO_STORE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
        encryption_context=ContextParameter("encryption_context"),
    ),
    check=_check_pair,
    off_loop=_takes_long,
    uses_keys=True,
    logs=("key_id", "key_pair_spec", "encryption_context"),
)
def generate_data_key_pair(context: Context, request: GenerateDataKeyPairRequest) -> GenerateDataKeyPairResponse:
    """Make a key pair and give its private key in the clear and encrypted."""
    pair = _generate(context, request)
    given = give(context, pair.private_key)
    return GenerateDataKeyPairResponse(
        private_key_ciphertext_blob=pair.blob,
        private_key_plaintext=given.plaintext,
        public_key=pair.public_key,
        key_id=context.key.arn,
        key_pair_spec=request.key_pair_spec,
        ciphertext_for_recipient=given.for_recipient,
        key_material_id=None if given.for_recipient else current_material_id(context.key),
    )


@operation(
    Needs(
        "kms:GenerateDataKeyPairWithoutPlaintext",
        key=KeyMember("key_id", by_alias=True),
        usage=USAGE,
        states=USABLE_IN_NO_STORE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
        encryption_context=ContextParameter("encryption_context"),
    ),
    check=_check_pair,
    off_loop=_takes_long,
    uses_keys=True,
    logs=("key_id", "key_pair_spec", "encryption_context"),
)
def generate_data_key_pair_without_plaintext(
    context: Context, request: GenerateDataKeyPairWithoutPlaintextRequest
) -> GenerateDataKeyPairWithoutPlaintextResponse:
    """Make a key pair and give its private key encrypted only."""
    pair = _generate(context, request)
    return GenerateDataKeyPairWithoutPlaintextResponse(
        private_key_ciphertext_blob=pair.blob,
        public_key=pair.public_key,
        key_id=context.key.arn,
        key_pair_spec=request.key_pair_spec,
        key_material_id=current_material_id(context.key),
    )


OPERATIONS = (generate_data_key_pair, generate_data_key_pair_without_plaintext)
