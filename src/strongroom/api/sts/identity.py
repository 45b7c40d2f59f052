"""GetCallerIdentity, GetAccessKeyInfo, DecodeAuthorizationMessage.

Source: STS API Reference, the operations' own pages.
"""

from typing import Annotated

from msgspec import Meta

from strongroom.api.context import Context, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.sts.types import AccessKeyId
from strongroom.model.errors import ValidationError
from strongroom.model.sts_errors import InvalidAuthorizationMessageError
from strongroom.protocol.structures import AwsStruct


class GetCallerIdentityRequest(AwsStruct, frozen=True, kw_only=True):
    """GetCallerIdentity."""


class GetCallerIdentityResponse(AwsStruct, frozen=True, kw_only=True):
    """GetCallerIdentity. A service belongs to no account."""

    user_id: str
    account: str | None = None
    arn: str


class GetAccessKeyInfoRequest(AwsStruct, frozen=True, kw_only=True):
    """GetAccessKeyInfo."""

    access_key_id: AccessKeyId


class GetAccessKeyInfoResponse(AwsStruct, frozen=True, kw_only=True):
    """GetAccessKeyInfo."""

    account: str


class DecodeAuthorizationMessageRequest(AwsStruct, frozen=True, kw_only=True):
    """DecodeAuthorizationMessage."""

    encoded_message: Annotated[str, Meta(min_length=1, max_length=10_240)]


class DecodeAuthorizationMessageResponse(AwsStruct, frozen=True, kw_only=True):
    """DecodeAuthorizationMessage."""

    decoded_message: str | None = None


@operation(anybody=True)
def get_caller_identity(context: Context, _request: GetCallerIdentityRequest) -> GetCallerIdentityResponse:
    """Tell who asks. No policy can forbid it."""
    principal = context.principal
    return GetCallerIdentityResponse(
        user_id=principal.principal_id, account=principal.account_id or None, arn=principal.arn
    )


@operation(Needs("sts:GetAccessKeyInfo"), logs=("access_key_id",))
def get_access_key_info(context: ReadContext, request: GetAccessKeyInfoRequest) -> GetAccessKeyInfoResponse:
    """Tell whose account an access key is of. Of temporary ones nobody keeps a list, so only the caller's is known."""
    known = context.reader.accounts.find_access_key(request.access_key_id)
    account_id = None if known is None else known.account_id
    if context.credentials is not None and context.credentials.access_key_id == request.access_key_id:
        account_id = context.principal.account_id
    if not account_id:
        raise ValidationError(f"The access key {request.access_key_id} does not exist.")
    return GetAccessKeyInfoResponse(account=account_id)


@operation(Needs("sts:DecodeAuthorizationMessage"))
def decode_authorization_message(
    _context: Context, _request: DecodeAuthorizationMessageRequest
) -> DecodeAuthorizationMessageResponse:
    """Refuse: no operation here encodes why it refused, so no message is one of ours."""
    raise InvalidAuthorizationMessageError("Message is not valid")


OPERATIONS = (get_caller_identity, get_access_key_info, decode_authorization_message)
