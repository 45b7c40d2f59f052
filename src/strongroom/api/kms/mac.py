"""GenerateMac, VerifyMac.

Source: AWS KMS API Reference, the operations' own pages.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.key_states import USABLE
from strongroom.api.kms.key_algorithms import check_algorithm, secret_key_of
from strongroom.api.kms.types import GrantTokens, KeyId, Message
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter, Supply
from strongroom.crypto.mac import MacKey
from strongroom.model.errors import InvalidMac
from strongroom.protocol.structures import AwsStruct

_USAGE: Final = "GENERATE_VERIFY_MAC"
_SUPPLIES: Final[Mapping[str, Supply]] = {"kms:macalgorithm": Parameter("mac_algorithm")}

# In the order in which AWS lists them in its errors.
MacAlgorithm = Literal["HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512"]


class GenerateMacRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateMac."""

    message: Message
    key_id: KeyId
    mac_algorithm: MacAlgorithm
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class GenerateMacResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateMac."""

    mac: bytes
    mac_algorithm: str
    key_id: str


class VerifyMacRequest(AwsStruct, frozen=True, kw_only=True):
    """VerifyMac."""

    message: Message
    key_id: KeyId
    mac_algorithm: MacAlgorithm
    mac: Annotated[bytes, Meta(min_length=1, max_length=6144)]
    grant_tokens: GrantTokens | None = None
    dry_run: bool | None = None


class VerifyMacResponse(AwsStruct, frozen=True, kw_only=True):
    """VerifyMac."""

    key_id: str
    mac_valid: bool
    mac_algorithm: str


def _mac_key(key: KeySnapshot, algorithm: str) -> MacKey:
    check_algorithm(key, algorithm)
    return secret_key_of(key, MacKey)


@operation(
    Needs(
        "kms:GenerateMac",
        key=KeyMember("key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
    ),
    uses_keys=True,
    logs=("key_id", "mac_algorithm"),
)
def generate_mac(context: Context, request: GenerateMacRequest) -> GenerateMacResponse:
    """Authenticate a message."""
    key = _mac_key(context.key, request.mac_algorithm)
    return GenerateMacResponse(
        mac=key.mac(request.mac_algorithm, request.message),
        mac_algorithm=request.mac_algorithm,
        key_id=context.key.arn,
    )


@operation(
    Needs(
        "kms:VerifyMac",
        key=KeyMember("key_id", by_alias=True),
        usage=_USAGE,
        states=USABLE,
        cross_account=True,
        grantable=True,
        supplies=_SUPPLIES,
    ),
    uses_keys=True,
    logs=("key_id", "mac_algorithm"),
)
def verify_mac(context: Context, request: VerifyMacRequest) -> VerifyMacResponse:
    """Tell that a MAC is right; a wrong one is an error, never an answer."""
    key = _mac_key(context.key, request.mac_algorithm)
    if not key.verify_mac(request.mac_algorithm, request.message, request.mac):
        raise InvalidMac
    return VerifyMacResponse(key_id=context.key.arn, mac_valid=True, mac_algorithm=request.mac_algorithm)


OPERATIONS = (generate_mac, verify_mac)
