"""Who made a request: the checks of its signature, in the order in which AWS answers them.

Source: AWS KMS API Reference, "Common Errors"; IAM User Guide, "Create a signed AWS API request".
"""

import hmac
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from strongroom.authn import sigv4
from strongroom.authn.access_keys import TEMPORARY_PREFIX
from strongroom.authn.authorization import Authorization, Claim, in_header, parse
from strongroom.authn.credentials import Credential, CredentialSource
from strongroom.authn.recent import Recent
from strongroom.authn.sessions import EXPIRED_TOKEN, INVALID_TOKEN, Session, SessionTokens
from strongroom.authn.timestamps import Timestamp, format_basic
from strongroom.model.errors import ExpiredToken, IncompleteSignature, InvalidSignature, UnrecognizedClient
from strongroom.model.principal import Principal
from strongroom.model.request import Request

SKEW: Final = 300

_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
# What decides the meaning of a request may not be left open to change by who carries it.
_SIGNED_WHEN_PRESENT: Final = ("x-amz-date", "x-amz-security-token", "x-amz-target")
_SIGNED_WHEN_PRESIGNED: Final = ("x-amz-security-token", "x-amz-target")
_SINGLE_HEADERS: Final = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "date",
        "host",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-target",
    }
)
_CACHE_SIZE: Final = 4096


class Authenticated(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a request and what its credential scope says.

    Attributes:
        principal: who.
        access_key_id: by which access key.
        region: of the credential scope, one of the installation's.
        service: of the credential scope, one of those served.
        session: the session of temporary credentials; else None.
        presigned: whether the signature came in the query.
    """

    principal: Principal
    access_key_id: str
    region: str
    service: str
    session: Session | None = None
    presigned: bool = False


class _Proven(msgspec.Struct, frozen=True):
    """What a signature that matched leaves for the next request with the same claim by the same signer."""

    claim: Claim
    signer: Credential | Session
    key: sigv4.SigningKey
    answer: Authenticated


class Authenticator:
    """Authenticates requests; for one thread.

    What it remembers is what matched: a stranger can neither fill nor poison its memory. A credential is asked for
    at each request, and what is remembered counts only while the credential is the same in every part.
    """

    def __init__(
        self,
        credentials: CredentialSource,
        sessions: SessionTokens,
        services: frozenset[str],
        regions: frozenset[str],
    ) -> None:
        """Take the sources of credentials, and the services and regions that a credential may be scoped to."""
        self._credentials = credentials
        self._tokens = sessions
        self._services = services
        self._regions = regions
        # By the Authorization header up to the signature, which is the same all day long for one client.
        self._proven: Recent[_Proven] = Recent(_CACHE_SIZE)
        # By session token.
        self._sessions: Recent[Session] = Recent(_CACHE_SIZE)

    def authenticate(self, request: Request, wall: float, service: str | None = None) -> Authenticated:
        """Give who made a request.

        Args:
            request: the request as it came.
            wall: the time on the wall, which clients sign with, in seconds since the epoch.
            service: the service that is asked, to which the credential must be scoped; None for any that is served.

        Raises:
            MissingAuthenticationToken: it is not signed.
            IncompleteSignature: the signature is not of AWS's form; or a header that decides what the request means
                comes more than once, so that it has no one reading (not InvalidSignature, for which SDKs would
                correct their clock and try again).
            InvalidSignature: it has two signatures, leaves out a header that must be signed, is scoped elsewhere, is
                not valid now, or does not match.
            UnrecognizedClient: the access key or session token is unknown or not active, or the two do not belong
                together.
            ExpiredToken: the session has ended.
        """
        headers = _single_values(request.headers)
        prefix, _, signature = headers.get("authorization", "").rpartition("Signature=")
        proven = None if request.query else self._proven.get(prefix)
        authorization = in_header(proven.claim, signature, headers) if proven else parse(request.query, headers)
        _check_signed_headers(authorization, headers)
        self._check_scope(authorization.claim, authorization.timestamp, service)
        _check_time(authorization, wall)
        signer = self._signer(authorization, wall)
        # A credential that changed in any way is proven anew.
        if proven and proven.signer == signer:
            _check_signature(request, headers, authorization, proven.key)
            return proven.answer
        proven = _unproven(authorization, signer)
        _check_signature(request, headers, authorization, proven.key)
        if authorization.signature == signature:
            self._proven.put(prefix, proven)
        if isinstance(signer, Session) and authorization.session_token:
            self._sessions.put(authorization.session_token, signer)
        return proven.answer

    def _check_scope(self, claim: Claim, timestamp: Timestamp, asked: str | None) -> None:
        _, date, region, service, terminator, _ = claim
        faults = ""
        if region not in self._regions:
            faults += f"Credential should be scoped to a valid region, not '{region}'. "
        if service not in self._services if asked is None else service != asked:
            correct = asked or "' or '".join(sorted(self._services))
            faults += f"Credential should be scoped to correct service: '{correct}'. "
        if terminator != sigv4.TERMINATOR:
            faults += f"Credential should be scoped with a valid terminator: '{sigv4.TERMINATOR}', not '{terminator}'. "
        if date != timestamp.text[:8]:
            faults += (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{date}' != '{timestamp.text[:8]}', from '{timestamp.text}'."
            )
        if faults:
            raise InvalidSignature(faults)

    def _signer(self, authorization: Authorization, wall: float) -> Credential | Session:
        """Find whose secret must have made the signature."""
        access_key_id, token = authorization.claim.access_key_id, authorization.session_token
        if token is None:
            credential = None if access_key_id.startswith(TEMPORARY_PREFIX) else self._credentials.find(access_key_id)
            if credential is None or not credential.active:
                raise UnrecognizedClient(f"{INVALID_TOKEN}.")
            return credential
        session = self._sessions.get(token) or self._tokens.open(token)
        if session.access_key_id != access_key_id:
            raise UnrecognizedClient(INVALID_TOKEN)
        if wall >= session.expires_at:
            raise ExpiredToken(EXPIRED_TOKEN)
        return session


def _unproven(authorization: Authorization, signer: Credential | Session) -> _Proven:
    claim = authorization.claim
    answer = Authenticated(
        principal=signer.principal,
        access_key_id=claim.access_key_id,
        region=claim.region,
        service=claim.service,
        session=signer if isinstance(signer, Session) else None,
        presigned=authorization.presigned,
    )
    key = sigv4.signing_key(signer.secret, claim.date, claim.region, claim.service)
    return _Proven(claim, signer, sigv4.SigningKey(key), answer)


def _single_values(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    values = sigv4.header_values(headers)
    if len(values) != len(headers):
        names = [name for name, _ in headers]
        for name in sorted(_SINGLE_HEADERS):
            if names.count(name) > 1:
                raise IncompleteSignature(f"The request has more than one '{name.title()}' header.")
    return values


def _check_signed_headers(authorization: Authorization, headers: Mapping[str, str]) -> None:
    signed = authorization.claim.signed_headers
    guarded = _SIGNED_WHEN_PRESIGNED if authorization.presigned else _SIGNED_WHEN_PRESENT
    unsigned = [name for name in guarded if name in headers and name not in signed]
    if "host" not in signed:
        unsigned.insert(0, "host")
    if unsigned:
        faults = [f"'{name.title()}' must be a 'SignedHeader' in the AWS Authorization." for name in unsigned]
        raise InvalidSignature(" ".join(faults))


def _check_time(authorization: Authorization, wall: float) -> None:
    """Hold the time of signing against the wall's, in whole seconds as it is written."""
    now, signed = int(wall), authorization.timestamp.epoch
    if signed > now + SKEW:
        raise InvalidSignature(
            f"Signature not yet current: {authorization.timestamp.text} is still later than "
            f"{format_basic(now + SKEW)} ({format_basic(now)} + {_span(SKEW)})"
        )
    window = SKEW if authorization.expires is None else authorization.expires
    if signed < now - window:
        raise InvalidSignature(
            f"Signature expired: {authorization.timestamp.text} is now earlier than "
            f"{format_basic(now - window)} ({format_basic(now)} - {_span(window)})"
        )


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{seconds} sec." if rest else f"{minutes} min."


def _check_signature(
    request: Request, headers: Mapping[str, str], authorization: Authorization, key: sigv4.SigningKey
) -> None:
    claim = authorization.claim
    try:
        canonical = sigv4.canonical_request(request, headers, claim.signed_headers)
        scope = sigv4.credential_scope(claim.date, claim.region, claim.service)
        expected = key.sign(sigv4.string_to_sign(authorization.timestamp.text, scope, canonical))
        given = authorization.signature.encode("ascii")
    # A signed header is missing, or something is not of the characters that HTTP has.
    except (KeyError, UnicodeEncodeError):
        raise InvalidSignature(_MISMATCH) from None
    if not hmac.compare_digest(expected.encode("ascii"), given):
        raise InvalidSignature(_MISMATCH)
