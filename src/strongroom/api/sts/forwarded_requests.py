"""Proof that somebody asked a service to act: a presigned GetCallerIdentity that names the service.

It is a request that STS would answer, and nothing else is done with it than to find out who signed it. The signature
covers the query, so what was signed for one service is of no use to another.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from strongroom.api.callers import Caller, load_caller, load_credential
from strongroom.api.context import ReadContext
from strongroom.authn import authorization
from strongroom.authn.credentials import Credential
from strongroom.authn.verify import Authenticated, Authenticator
from strongroom.model.errors import AccessDenied, InvalidSignature, ServiceError, ValidationError
from strongroom.model.regions import REGIONS
from strongroom.model.request import Request
from strongroom.model.sts_errors import InvalidParameterValueError
from strongroom.protocol import query

LONGEST_SECONDS: Final = 900

_STS: Final = "sts"
_ACTION: Final = "GetCallerIdentity"
_FOR_SERVICE: Final = "X-Strongroom-Service"
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


class Signer(NamedTuple):
    """Who signed a request, as of now, and by what."""

    caller: Caller
    credentials: Authenticated


def signer_of(context: ReadContext, url: str, service: str) -> Signer:
    """Give who presigned a request that asks a service to act in its name.

    Raises:
        InvalidParameterValueError: it is no presigned GetCallerIdentity for this service; or is not valid now, or for
            too long; or its signer is not there any more.
        AccessDenied: it was signed by a service, or for a principal by one.
    """
    request = _request(url)
    try:
        _check_asked(query.parameters(request), service)
        signer = _authenticated(context, request)
    except ServiceError as error:
        # Under their own codes these would read as if it were the service that had signed wrongly.
        reason = error.code if error.told_to_caller_only else error.message
        raise _invalid(reason or error.code) from None
    if signer.caller.service is not None:
        # Or a service could prolong what it was lent, or lend it to another.
        raise AccessDenied("SignedRequest is signed with the credentials of a service")
    return signer


def _authenticated(context: ReadContext, request: Request) -> Signer:
    authenticator = Authenticator(
        _Credentials(context), context.session_tokens(), services=frozenset({_STS}), regions=REGIONS
    )
    credentials = authenticator.authenticate(request, context.wall, _STS)
    expires = authorization.parse(request.query, dict(request.headers)).expires
    # What does not say how long it is good for is for five minutes.
    if expires is not None and expires > LONGEST_SECONDS:
        raise InvalidSignature(f"X-Amz-Expires must be at most {LONGEST_SECONDS} seconds")
    return Signer(load_caller(context.reader, credentials), credentials)


class _Credentials:
    """Finds credentials in the transaction of the request."""

    def __init__(self, context: ReadContext) -> None:
        self._context = context

    def find(self, access_key_id: str) -> Credential | None:
        """Give the credential of that id, active or not, or None when there is none."""
        return load_credential(self._context.reader, self._context.store_keys, access_key_id)


def _request(url: str) -> Request:
    parts = _split(url)
    if parts.scheme not in _DEFAULT_PORTS or parts.path not in {"", "/"} or parts.fragment:
        raise _invalid("It must be the URL of a presigned request")
    # SDKs leave the default port out of the header that they sign.
    host = parts.netloc.removesuffix(_DEFAULT_PORTS[parts.scheme])
    return Request(method="GET", path="/", query=parts.query, headers=(("host", host),), body=b"", source_ip="")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise _invalid("It must be a URL") from None


def _check_asked(parameters: Mapping[str, str], service: str) -> None:
    """Refuse what asks for anything else, or asks another service."""
    if parameters.get(_FOR_SERVICE) != service:
        raise ValidationError(f"It must name {service} as {_FOR_SERVICE}")
    if parameters != {"Action": _ACTION, "Version": query.STS_VERSION, _FOR_SERVICE: service}:
        raise ValidationError(f"It must be a presigned {_ACTION}")


def _invalid(reason: str) -> InvalidParameterValueError:
    return InvalidParameterValueError(f"SignedRequest is not valid: {reason}")
