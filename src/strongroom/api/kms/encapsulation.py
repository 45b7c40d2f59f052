"""Encapsulate, Decapsulate.

Source: AWS KMS API Reference, the operations' own pages.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_states import USABLE
from strongroom.api.kms.key_algorithms import check_algorithm, secret_key_of
from strongroom.api.kms.types import GrantTokens, KeyId
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter, Supply
from strongroom.crypto.mlkem import MlKemKey
from strongroom.model.errors import InvalidCiphertext
from strongroom.protocol.structures import AwsStruct

_USAGE: Final = "ENCAPSULATE_DECAPSULATE"
_SUPPLIES: Final[Mapping[str, Supply]] = {"kms:encapsulationalgorithm": Parameter("encapsulation_algorithm")}

EncapsulationAlgorithm = Literal["ML_KEM"]


class EncapsulateRequest(AwsStruct, frozen=True, kw_only=True):
    """Encapsulate."""

    key_id: KeyId
    encapsulation_algorithm: EncapsulationAlgorithm
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class EncapsulateResponse(AwsStruct, frozen=True, kw_only=True):
    """Encapsulate."""

    key_id: str
    shared_secret: bytes
    shared_secret_ciphertext_blob: bytes
    encapsulation_algorithm: str


class DecapsulateRequest(AwsStruct, frozen=True, kw_only=True):
    """Decapsulate."""

    key_id: KeyId
    shared_secret_ciphertext_blob: Annotated[bytes, Meta(min_length=1, max_length=6144)]
    encapsulation_algorithm: EncapsulationAlgorithm
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class DecapsulateResponse(AwsStruct, frozen=True, kw_only=True):
    """Decapsulate."""

    key_id: str
    shared_secret: bytes
    encapsulation_algorithm: str


@operation(
    Needs(
        "kms:Encapsulate",
        key=KeyMember("key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
    ),
    uses_keys=True,
    logs=("key_id", "encapsulation_algorithm"),
)
def encapsulate(context: Context, request: EncapsulateRequest) -> EncapsulateResponse:
    """Make a shared secret, in the clear and for the holder of the private key."""
    check_algorithm(context.key, request.encapsulation_algorithm)
    shared_secret, blob = secret_key_of(context.key, MlKemKey).encapsulate()
    return EncapsulateResponse(
        key_id=context.key.arn,
        shared_secret=shared_secret,
        shared_secret_ciphertext_blob=blob,
        encapsulation_algorithm=request.encapsulation_algorithm,
    )


@operation(
    Needs(
        "kms:Decapsulate",
        key=KeyMember("key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
    ),
    uses_keys=True,
    logs=("key_id", "encapsulation_algorithm"),
)
def decapsulate(context: Context, request: DecapsulateRequest) -> DecapsulateResponse:
    """Give the shared secret; a wrong blob of the right length gives another secret, never an error (FIPS 203)."""
    check_algorithm(context.key, request.encapsulation_algorithm)
    key = secret_key_of(context.key, MlKemKey)
    try:
        shared_secret = key.decapsulate(request.shared_secret_ciphertext_blob)
    except ValueError:
        raise InvalidCiphertext from None
    return DecapsulateResponse(
        key_id=context.key.arn,
        shared_secret=shared_secret,
        encapsulation_algorithm=request.encapsulation_algorithm,
    )


OPERATIONS = (encapsulate, decapsulate)
