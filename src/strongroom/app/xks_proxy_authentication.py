"""Which client of an XKS proxy made a request.

Source: AWS KMS External Key Store Proxy API Specification, appendix A.
"""

import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from strongroom.authn import sigv4
from strongroom.authn.authorization import Authorization, parse
from strongroom.model.errors import ServiceError
from strongroom.model.request import Request
from strongroom.model.xks import SIGNING_SERVICE
from strongroom.protocol.xks import XksError

TOLERANCE: Final = 300
"""Seconds that the clocks of proxy and client may differ."""

_MUST_BE_SIGNED: Final = frozenset({"host", "x-amz-date"})


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A credential, opened.

    Attributes:
        access_key_id: its id.
        secret: its secret; it is left out of `repr`.
        uri_path: where it may ask.
    """

    access_key_id: str
    secret: str
    uri_path: str

    def __repr__(self) -> str:
        """Show everything but the secret."""
        return f"Client(access_key_id={self.access_key_id!r}, uri_path={self.uri_path!r})"


def authenticate(request: Request, clients: Mapping[str, Client], wall: float) -> Client:
    """Give who made a request.

    Args:
        request: the request as it came.
        clients: by access key id.
        wall: the time on the wall, in seconds since the epoch.

    Raises:
        XksError: AuthenticationFailedException.
    """
    headers = sigv4.header_values(request.headers)
    authorization = _authorization(headers)
    _check_scope(authorization)
    if abs(int(wall) - authorization.timestamp.epoch) > TOLERANCE:
        raise _failed("The request was signed more than five minutes ago, or ahead: compare the clocks.")
    client = clients.get(authorization.claim.access_key_id)
    if client is None or not _is_signed_by(client, request, headers, authorization):
        raise _failed()
    return client


def _failed(message: str | None = None) -> XksError:
    return XksError("AuthenticationFailedException", message)


def _authorization(headers: Mapping[str, str]) -> Authorization:
    try:
        # Only the header form: a client has no reason to hand a signed request on.
        return parse("", headers)
    except ServiceError:
        raise _failed("The request has no Authorization header of AWS Signature Version 4.") from None


def _check_scope(authorization: Authorization) -> None:
    claim = authorization.claim
    if (claim.service, claim.terminator) != (SIGNING_SERVICE, sigv4.TERMINATOR):
        raise _failed(f"The signature is not scoped to {SIGNING_SERVICE}.")
    if claim.date != authorization.timestamp.text[:8]:
        raise _failed("The date in the credential scope is not that of X-Amz-Date.")
    if not _MUST_BE_SIGNED.issubset(claim.signed_headers):
        raise _failed("The headers host and x-amz-date are not both signed.")
    if authorization.session_token is not None:
        raise _failed("Temporary credentials are not credentials of this proxy.")


def _is_signed_by(client: Client, request: Request, headers: Mapping[str, str], authorization: Authorization) -> bool:
    claim = authorization.claim
    try:
        canonical = sigv4.canonical_request(request, headers, claim.signed_headers)
        scope = sigv4.credential_scope(claim.date, claim.region, claim.service)
        to_sign = sigv4.string_to_sign(authorization.timestamp.text, scope, canonical)
        given = authorization.signature.encode("ascii")
    # A signed header is missing, or something is not of the characters that HTTP has.
    except (KeyError, UnicodeEncodeError):
        return False
    key = sigv4.signing_key(client.secret, claim.date, claim.region, claim.service)
    return hmac.compare_digest(sigv4.SigningKey(key).sign(to_sign).encode("ascii"), given)
