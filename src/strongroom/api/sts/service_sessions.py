"""GetServiceSession, an operation of Strongroom's own: by it a registered AWS service acts for users, or as itself.

On AWS services do this among themselves, as "forward access sessions" (IAM User Guide). Here a service has to prove
that the user asked it: see docs/services.md.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from strongroom.api.context import ReadContext
from strongroom.api.declare import operation
from strongroom.api.sts.forwarded_requests import Signer, signer_of
from strongroom.api.sts.types import Arn, Credentials, recorded_credentials, shown
from strongroom.authn.sessions import NO_TERMS, ServiceCall
from strongroom.model.errors import AccessDenied, ValidationError
from strongroom.protocol.structures import AwsStruct, whole

_DEFAULT_SECONDS: Final = 3600

AccountId = Annotated[str, Meta(min_length=12, max_length=12, pattern=whole(r"[0-9]*"))]
SignedRequest = Annotated[str, Meta(min_length=1, max_length=16_384, extra={"sensitive": True})]
ServiceDuration = Annotated[int, Meta(ge=900, le=3600)]


class GetServiceSessionRequest(AwsStruct, frozen=True, kw_only=True):
    """GetServiceSession.

    Attributes:
        source_arn: the resource for which the service will call as itself; supplies aws:SourceArn.
        source_account: id of the account that owns it; supplies aws:SourceAccount.
        signed_request: instead, the URL of a presigned GetCallerIdentity of whom the service will call for.
        duration_seconds: 900 to 3600, the default.
    """

    source_arn: Arn | None = None
    source_account: AccountId | None = None
    signed_request: SignedRequest | None = None
    duration_seconds: ServiceDuration | None = None


class GetServiceSessionResponse(AwsStruct, frozen=True, kw_only=True):
    """GetServiceSession.

    Attributes:
        arn: who acts in the session: whoever signed the request, or the service itself.
    """

    credentials: Credentials
    arn: str


def _check(request: GetServiceSessionRequest) -> None:
    as_itself = request.source_arn is not None or request.source_account is not None
    if as_itself == (request.signed_request is not None):
        raise ValidationError("You must specify either SignedRequest, or SourceArn and SourceAccount or one of them.")


def _elements(_context: ReadContext, response: GetServiceSessionResponse) -> dict[str, object]:
    return {"credentials": recorded_credentials(response.credentials), "arn": response.arn}


@operation(anybody=True, check=_check, logs=("source_arn", "source_account", "duration_seconds"), elements=_elements)
def get_service_session(context: ReadContext, request: GetServiceSessionRequest) -> GetServiceSessionResponse:
    """Open a session of a user for a service, or of the service for a resource. Policies have no say in who may."""
    principal = context.principal
    if principal.type != "AWSService":
        raise AccessDenied(f"User: {principal.arn} is not authorized to perform: sts:GetServiceSession")
    signer = None
    if request.signed_request is not None:
        signer = signer_of(context, request.signed_request, principal.arn)
        principal = signer.caller.principal
    terms = NO_TERMS if signer is None else signer.caller.terms
    issued = context.session_tokens().issue(
        principal,
        context.wall,
        _duration(context, request, signer),
        msgspec.structs.replace(terms, service_call=_service_call(context, request, signer)),
    )
    return GetServiceSessionResponse(credentials=shown(issued), arn=principal.arn)


def _service_call(context: ReadContext, request: GetServiceSessionRequest, signer: Signer | None) -> ServiceCall:
    vouching = [context.credentials, None if signer is None else signer.credentials]
    own = None if signer is None else signer.credentials.session
    return ServiceCall(
        service=context.principal.arn,
        source_arn=request.source_arn,
        source_account=request.source_account,
        # Temporary credentials are not known by their ids; the session is bound by their end instead.
        access_key_ids=tuple(each.access_key_id for each in vouching if each is not None and each.session is None),
        token_issued_at=None if own is None else own.issued_at,
    )


def _duration(context: ReadContext, request: GetServiceSessionRequest, signer: Signer | None) -> float:
    """Give how long the session lasts: not longer than that of whoever signed."""
    seconds = float(request.duration_seconds or _DEFAULT_SECONDS)
    session = None if signer is None else signer.credentials.session
    return seconds if session is None else min(seconds, session.expires_at - context.wall)


OPERATIONS = (get_service_session,)
