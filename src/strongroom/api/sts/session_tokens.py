"""GetSessionToken.

Source: STS API Reference, GetSessionToken.
"""

from typing import Final

from strongroom.api.context import ChangeContext
from strongroom.api.declare import operation
from strongroom.api.second_factors import SecondFactor
from strongroom.api.sts.types import (
    Credentials,
    MinimumSessionTokenSize,
    SerialNumber,
    SessionDuration,
    TokenCode,
    recorded_credentials,
    refuse_token_size,
    shown,
)
from strongroom.authn.sessions import Terms
from strongroom.model.errors import AccessDenied
from strongroom.protocol.structures import AwsStruct

_DEFAULT_SECONDS: Final = 43_200
_ROOT_SECONDS: Final = 3600


class GetSessionTokenRequest(AwsStruct, frozen=True, kw_only=True):
    """GetSessionToken."""

    duration_seconds: SessionDuration | None = None
    serial_number: SerialNumber | None = None
    token_code: TokenCode | None = None
    minimum_session_token_size: MinimumSessionTokenSize | None = None


class GetSessionTokenResponse(AwsStruct, frozen=True, kw_only=True):
    """GetSessionToken."""

    credentials: Credentials


def _check(request: GetSessionTokenRequest) -> None:
    refuse_token_size(request.minimum_session_token_size)


def _elements(_context: ChangeContext, response: GetSessionTokenResponse) -> dict[str, object]:
    return {"credentials": recorded_credentials(response.credentials)}


@operation(
    anybody=True,
    check=_check,
    logs=("duration_seconds", "serial_number"),
    elements=_elements,
    second_factor=SecondFactor("serial_number", "token_code"),
    read_only=True,
)
def get_session_token(context: ChangeContext, request: GetSessionTokenRequest) -> GetSessionTokenResponse:
    """Open a session of a user, with all that it may do. No policy can forbid it."""
    principal = context.principal
    if context.asking.session is not None:
        raise AccessDenied("Cannot call GetSessionToken with session credentials")
    if principal.type == "AWSService":
        raise AccessDenied("Cannot call GetSessionToken with the credentials of a service")
    seconds = request.duration_seconds or _DEFAULT_SECONDS
    if principal.type == "Root":
        seconds = min(seconds, _ROOT_SECONDS)
    terms = Terms(mfa_at=context.mfa_at, by_get_session_token=True)
    issued = context.session_tokens().issue(principal, context.wall, seconds, terms)
    return GetSessionTokenResponse(credentials=shown(issued))


OPERATIONS = (get_session_token,)
