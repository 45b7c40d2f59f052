"""Web identity tokens: OpenID Connect ID tokens that workloads exchange for temporary credentials.

Source: STS API Reference, "AssumeRoleWithWebIdentity"; IAM User Guide, "OIDC federation" and "Create an OpenID Connect
(OIDC) identity provider in IAM"; OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725. The texts are AWS's where they
are known.
"""

from collections.abc import Mapping
from typing import Annotated, Final

import jwt
import msgspec

from strongroom.authn.jwks import SIGNATURE_ALGORITHMS, JsonWebKeys
from strongroom.authn.web_identity_claims import (
    SessionTags,
    condition_values,
    session_tags_of,
    source_identity_of,
)
from strongroom.model.errors import ExpiredIdentityToken, InvalidIdentityToken

LEEWAY: Final = 300
"""Seconds that the clocks may differ by: IAM takes a token until five minutes after its expiration."""

NOT_A_JWT: Final = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
NOT_SIGNED: Final = "Token must be signed"
UNSUPPORTED_ALGORITHM: Final = "Token must be signed with one of " + ", ".join(sorted(SIGNATURE_ALGORITHMS))
NO_VERIFICATION_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
BAD_SIGNATURE: Final = "Token signature is not valid"
INCORRECT_ISSUER: Final = "Incorrect token issuer"
INCORRECT_AUDIENCE: Final = "Incorrect token audience"

_TOKEN_LENGTHS: Final = range(4, 20_001)
_REQUIRED: Final = ("iss", "aud", "sub", "exp", "iat")
_JWS: Final = jwt.PyJWS(algorithms=sorted(SIGNATURE_ALGORITHMS))

Seconds = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class TrustedIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """An OpenID Connect provider as an account trusts it.

    Attributes:
        url: as IAM keeps it, without `https://`.
        client_ids: the audiences that the account accepts.
        thumbprints: SHA-1 of certificates in hexadecimal, for a provider whose CA is not a public one.
    """

    url: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...] = ()

    @property
    def issuer(self) -> str:
        """The `iss` of its tokens."""
        return f"https://{self.url}"


class UnverifiedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says of itself before anything is verified: enough to find its provider and key, and no more.

    Attributes:
        issuer: the `iss` claim, with its scheme.
        algorithm: the `alg` of the header, one that is accepted.
        key_id: the `kid` of the header, if it has one.
    """

    issuer: str
    algorithm: str
    key_id: str | None


class WebIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified token vouches for.

    Attributes:
        issuer: the provider's URL without `https://`.
        subject: the `sub` claim.
        audience: the client id that the token is for: its `azp` if it has one, else the `aud` that matched.
        azp: the authorized party, if the token names one.
        expires_at: seconds since the epoch.
        claims: condition keys in lower case (`ISSUER:sub`) and their values.
        session_tags: the tags that the provider gives the session.
        source_identity: the source identity that the provider gives the session, if any.
    """

    issuer: str
    subject: str
    audience: str
    azp: str | None
    expires_at: float
    claims: Mapping[str, tuple[str, ...]]
    session_tags: SessionTags
    source_identity: str | None


class _Header(msgspec.Struct):
    alg: str = "none"
    kid: str | None = None


class _Issuer(msgspec.Struct):
    iss: str


class _RegisteredClaims(msgspec.Struct, kw_only=True):
    """With the types that AWS asks for: a time is "an integer or a long integer"."""

    iss: str
    aud: str | tuple[str, ...]
    sub: str
    exp: Seconds
    iat: Seconds
    nbf: Seconds = 0
    azp: str | None = None

    @property
    def audiences(self) -> tuple[str, ...]:
        return (self.aud,) if isinstance(self.aud, str) else self.aud


def read_web_identity_token(token: str) -> UnverifiedToken:
    """Tell which provider and key a token has to be verified with.

    Raises:
        InvalidIdentityToken: it is not a token, or is signed in a way that is not accepted.
    """
    header, payload = _unverified(token)
    try:
        issuer = msgspec.json.decode(payload, type=_Issuer).iss
    except (ValueError, RecursionError):
        raise InvalidIdentityToken(NOT_A_JWT) from None
    return UnverifiedToken(issuer=issuer, algorithm=header.alg, key_id=header.kid)


def verify_web_identity(token: str, provider: TrustedIssuer, keys: JsonWebKeys, now: float) -> WebIdentity:
    """Verify a token of a provider.

    Args:
        token: a JWS in compact form, 4 to 20,000 characters.
        provider: whose token it has to be.
        keys: the keys of that provider.
        now: seconds since the epoch.

    Raises:
        InvalidIdentityToken: the token is not one of this provider for one of its client ids, or not valid yet.
        ExpiredIdentityToken: the token has expired.
    """
    # 1. The form, and an algorithm that is accepted.
    header, _ = _unverified(token)
    # 2. The key: the provider's, fit for the algorithm. What the token says of its key (`jwk`, `x5u` …) counts nothing.
    key = keys.find(header.alg, header.kid)
    if key is None:
        raise InvalidIdentityToken(NO_VERIFICATION_KEY)
    # 3. The signature; from here on the token speaks for the provider that the keys belong to.
    try:
        payload: bytes = _JWS.decode_complete(token, key, algorithms=[header.alg])["payload"]
    except jwt.InvalidTokenError:
        raise InvalidIdentityToken(BAD_SIGNATURE) from None
    claims, registered = _claims(payload)
    # 4. The issuer, without any normalising.
    if registered.iss != provider.issuer:
        raise InvalidIdentityToken(INCORRECT_ISSUER)
    # 5. The audience, and the authorized party where there is one.
    audience = _audience(registered, provider.client_ids)
    # 6. The times.
    _check_times(registered, now)
    # AWS: "the azp when the azp field is set", and `oaud` is then where the `aud` is found.
    named = {"aud": audience, "oaud": registered.audiences, "sub": registered.sub}
    return WebIdentity(
        issuer=provider.url,
        subject=registered.sub,
        audience=audience,
        azp=registered.azp,
        expires_at=float(registered.exp),
        claims=condition_values(provider.url, claims | named),
        session_tags=session_tags_of(claims),
        source_identity=source_identity_of(claims),
    )


def no_provider(issuer: str) -> InvalidIdentityToken:
    """Make the error for a token whose issuer (with its scheme) no provider of the account has the URL of."""
    return InvalidIdentityToken(f"No OpenIDConnect provider found in your account for {issuer}")


def _unverified(token: str) -> tuple[_Header, bytes]:
    """Take a token apart into its header and its payload.

    Raises:
        InvalidIdentityToken: it is not a token, or is signed in a way that is not accepted.
    """
    # A token has one spelling: base64url without the padding that the library lets pass.
    if len(token) not in _TOKEN_LENGTHS or not token.isascii() or "=" in token:
        raise InvalidIdentityToken(NOT_A_JWT)
    try:
        parts = _JWS.decode_complete(token, options={"verify_signature": False})
        header = msgspec.convert(parts["header"], _Header)
    except (jwt.InvalidTokenError, msgspec.ValidationError):
        raise InvalidIdentityToken(NOT_A_JWT) from None
    if header.alg.lower() == "none":
        raise InvalidIdentityToken(NOT_SIGNED)
    if header.alg not in SIGNATURE_ALGORITHMS:
        raise InvalidIdentityToken(UNSUPPORTED_ALGORITHM)
    return header, parts["payload"]


def _claims(payload: bytes) -> tuple[dict[str, object], _RegisteredClaims]:
    try:
        claims = msgspec.json.decode(payload, type=dict[str, object])
    except (ValueError, RecursionError):
        raise InvalidIdentityToken(NOT_A_JWT) from None
    for name in _REQUIRED:
        if claims.get(name) in (None, ""):
            raise InvalidIdentityToken(f"Missing a required claim: {name}")
    try:
        return claims, msgspec.convert(claims, _RegisteredClaims)
    except msgspec.ValidationError:
        raise InvalidIdentityToken(NOT_A_JWT) from None


def _audience(claims: _RegisteredClaims, client_ids: tuple[str, ...]) -> str:
    """Give the client id that the token is for.

    A token that names an authorized party was issued to it, so that has to be a client of ours; and it has to be meant
    for a client of ours too, or anyone to whom it was shown could come here with it.
    """
    audience = next((audience for audience in claims.audiences if audience in client_ids), None)
    if audience is None or (claims.azp is not None and claims.azp not in client_ids):
        raise InvalidIdentityToken(INCORRECT_AUDIENCE)
    return audience if claims.azp is None else claims.azp


def _check_times(claims: _RegisteredClaims, now: float) -> None:
    if now >= claims.exp + LEEWAY:
        raise ExpiredIdentityToken(
            f"Token expired: current date/time {int(now)} must be before the expiration date/time {claims.exp}"
        )
    begins = max(claims.iat, claims.nbf)
    if now < begins - LEEWAY:
        raise InvalidIdentityToken(
            f"Token is not valid yet: current date/time {int(now)} must not be before the date/time {begins}"
        )
