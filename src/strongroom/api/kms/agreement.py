"""DeriveSharedSecret.

Source: AWS KMS API Reference, DeriveSharedSecret.
"""

from typing import Annotated, Literal

from msgspec import Meta

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import USABLE
from strongroom.api.kms.attested import give
from strongroom.api.kms.key_algorithms import check_algorithm, secret_key_of
from strongroom.api.kms.types import GrantTokens, KeyId, RecipientInfo
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter
from strongroom.crypto.ecc import EccKey
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct


class DeriveSharedSecretRequest(AwsStruct, frozen=True, kw_only=True):
    """DeriveSharedSecret."""

    key_id: KeyId
    key_agreement_algorithm: Literal["ECDH"]
    public_key: Annotated[bytes, Meta(min_length=1, max_length=8192)]
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None
    recipient: RecipientInfo | None = None


class DeriveSharedSecretResponse(AwsStruct, frozen=True, kw_only=True):
    """DeriveSharedSecret."""

    key_id: str
    shared_secret: bytes | None = None
    ciphertext_for_recipient: bytes | None = None
    key_agreement_algorithm: str
    key_origin: str


@operation(
    Needs(
        "kms:DeriveSharedSecret",
        key=KeyMember("key_id", by_alias=True),
        usage="KEY_AGREEMENT",
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies={"kms:keyagreementalgorithm": Parameter("key_agreement_algorithm")},
    ),
    uses_keys=True,
    logs=("key_id", "key_agreement_algorithm"),
)
def derive_shared_secret(context: Context, request: DeriveSharedSecretRequest) -> DeriveSharedSecretResponse:
    """Agree on a secret with the holder of a public key; gives the raw X coordinate."""
    check_algorithm(context.key, request.key_agreement_algorithm)
    key = secret_key_of(context.key, EccKey)
    try:
        shared_secret = key.derive(request.public_key)
    except ValueError:
        raise ValidationError("") from None
    given = give(context, shared_secret)
    return DeriveSharedSecretResponse(
        key_id=context.key.arn,
        shared_secret=given.plaintext,
        ciphertext_for_recipient=given.for_recipient,
        key_agreement_algorithm=request.key_agreement_algorithm,
        key_origin=context.key.key.origin,
    )


OPERATIONS = (derive_shared_secret,)
