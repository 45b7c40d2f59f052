"""Sign, Verify.

Source: AWS KMS API Reference, the operations' own pages.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.key_states import USABLE
from strongroom.api.kms.key_algorithms import check_algorithm, signing_key_of
from strongroom.api.kms.types import GrantTokens, KeyId, Message
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter, Supply
from strongroom.crypto.algorithms import SIGNING_ALGORITHMS, MessageType
from strongroom.crypto.secret_keys import SigningKey
from strongroom.model.errors import InvalidSignatureOfMessage, ValidationError
from strongroom.protocol.structures import AwsStruct

_USAGE: Final = "SIGN_VERIFY"
_RAW: Final = "RAW"
_DEFAULTS: Final = {"message_type": _RAW}
_SUPPLIES: Final[Mapping[str, Supply]] = {
    "kms:messagetype": Parameter("message_type", _RAW),
    "kms:signingalgorithm": Parameter("signing_algorithm"),
}

SigningAlgorithmName = Literal[
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "ECDSA_SHA_256",
    "ECDSA_SHA_384",
    "ECDSA_SHA_512",
    "SM2DSA",
    "ML_DSA_SHAKE_256",
    "ED25519_SHA_512",
    "ED25519_PH_SHA_512",
]
Signature = Annotated[bytes, Meta(min_length=1, max_length=6144)]


class SignRequest(AwsStruct, frozen=True, kw_only=True):
    """Sign."""

    key_id: KeyId
    message: Message
    message_type: MessageType | None = None
    grant_tokens: GrantTokens | None = None
    signing_algorithm: SigningAlgorithmName
    dry_run: bool | None = None


class SignResponse(AwsStruct, frozen=True, kw_only=True):
    """Sign."""

    key_id: str
    signature: bytes
    signing_algorithm: str


class VerifyRequest(AwsStruct, frozen=True, kw_only=True):
    """Verify."""

    key_id: KeyId
    message: Message
    message_type: MessageType | None = None
    signature: Signature
    signing_algorithm: SigningAlgorithmName
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class VerifyResponse(AwsStruct, frozen=True, kw_only=True):
    """Verify."""

    key_id: str
    signature_valid: bool
    signing_algorithm: str


def _signing_key(key: KeySnapshot, request: SignRequest | VerifyRequest) -> tuple[SigningKey, str]:
    """Give the key's material and the message type.

    Raises InvalidKeyUsage for an algorithm of other keys, ValidationError for a message that it does not take.
    """
    algorithm, message_type = request.signing_algorithm, request.message_type or _RAW
    check_algorithm(key, algorithm)
    sizes = SIGNING_ALGORITHMS[algorithm].sizes
    if message_type not in sizes:
        raise ValidationError(f"MessageType {message_type} is not compatible with algorithm {algorithm}.")
    size = sizes[message_type]
    if size is not None and len(request.message) != size:
        kind = "Digest" if message_type == "DIGEST" else "Message"
        raise ValidationError(f"{kind} is invalid length for algorithm {algorithm}.")
    return signing_key_of(key), message_type


@operation(
    Needs(
        "kms:Sign",
        key=KeyMember("key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
    ),
    uses_keys=True,
    logs=("key_id", "message_type", "signing_algorithm"),
    defaults=_DEFAULTS,
)
def sign(context: Context, request: SignRequest) -> SignResponse:
    """Sign a message, its digest, or for ML-DSA its representative."""
    key, message_type = _signing_key(context.key, request)
    return SignResponse(
        key_id=context.key.arn,
        signature=key.sign(request.signing_algorithm, request.message, message_type),
        signing_algorithm=request.signing_algorithm,
    )


@operation(
    Needs(
        "kms:Verify",
        key=KeyMember("key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
    ),
    uses_keys=True,
    logs=("key_id", "message_type", "signing_algorithm"),
    defaults=_DEFAULTS,
)
def verify(context: Context, request: VerifyRequest) -> VerifyResponse:
    """Tell that a signature is right; a wrong one is an error, never an answer."""
    key, message_type = _signing_key(context.key, request)
    if not key.verify(request.signing_algorithm, request.message, message_type, request.signature):
        raise InvalidSignatureOfMessage
    return VerifyResponse(key_id=context.key.arn, signature_valid=True, signing_algorithm=request.signing_algorithm)


OPERATIONS = (sign, verify)
