"""GetPublicKey.

Source: AWS KMS API Reference, GetPublicKey.
"""

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import PUBLIC_KEY_READABLE, USABLE, check_state
from strongroom.api.kms.key_metadata import algorithms_of, customer_master_key_spec
from strongroom.api.kms.types import GrantTokens, KeyId
from strongroom.api.resolve import KeyMember
from strongroom.crypto.specs import KEY_SPECS
from strongroom.model.errors import InternalError, UnsupportedOperation
from strongroom.protocol.structures import AwsStruct


class GetPublicKeyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetPublicKey."""

    key_id: KeyId
    grant_tokens: GrantTokens | None = None


class GetPublicKeyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetPublicKey."""

    key_id: str
    public_key: bytes
    customer_master_key_spec: str | None = None
    key_spec: str
    key_usage: str
    encryption_algorithms: list[str] | None = None
    signing_algorithms: list[str] | None = None
    key_agreement_algorithms: list[str] | None = None
    encapsulation_algorithms: list[str] | None = None


@operation(
    Needs(
        "kms:GetPublicKey",
        key=KeyMember("key_id", by_alias=True),
        states=PUBLIC_KEY_READABLE,
        cross_account=True,
        grantable=True,
    ),
    logs=("key_id",),
)
def get_public_key(context: Context, _request: GetPublicKeyRequest) -> GetPublicKeyResponse:
    """Give the public key of an asymmetric key, also while imported material is missing."""
    key = context.key.key
    if not KEY_SPECS[key.key_spec].is_asymmetric:
        raise UnsupportedOperation(f"{context.key.arn} is not an asymmetric key.")
    if key.public_key is None:
        check_state(USABLE, key)
        raise InternalError("The public key is not here.")
    return GetPublicKeyResponse(
        key_id=context.key.arn,
        public_key=key.public_key,
        customer_master_key_spec=customer_master_key_spec(key),
        key_spec=key.key_spec,
        key_usage=key.key_usage,
        **algorithms_of(key),
    )


OPERATIONS = (get_public_key,)
