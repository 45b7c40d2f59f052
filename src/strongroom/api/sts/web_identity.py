"""Who asks with a token of an OpenID Connect provider that an account trusts.

Source: IAM User Guide, "OIDC federation" and "Pass session tags in AWS STS"; STS API Reference,
AssumeRoleWithWebIdentity.
"""

import re
from typing import Any, Final

import msgspec

from strongroom.api.bearers import IssuerKeys
from strongroom.api.callers import Caller
from strongroom.api.sts.session_tags import MOST_TAGS
from strongroom.api.sts.trust import account_of_role
from strongroom.authn.issuer_keys import UNREACHABLE
from strongroom.authn.jwks import InvalidJsonWebKeysError, JsonWebKeys, parse_json_web_keys
from strongroom.authn.sessions import Terms
from strongroom.authn.web_identity import (
    NO_VERIFICATION_KEY,
    TrustedIssuer,
    UnverifiedToken,
    WebIdentity,
    no_provider,
    read_web_identity_token,
    verify_web_identity,
)
from strongroom.model.errors import IDPCommunicationError, IDPRejectedClaim, InvalidIdentityToken
from strongroom.model.identity import OidcProvider
from strongroom.model.principal import web_identity_principal
from strongroom.policy.callers import NO_POLICIES
from strongroom.storage.store import Change, Reader, Store

_SCHEME: Final = "https://"
_SUBJECT_CHARACTERS: Final = 255
_TAG_CHARACTERS: Final = 128
_VALUE_CHARACTERS: Final = 256
_SOURCE_IDENTITY: Final = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


class Fetched(msgspec.Struct, frozen=True):
    """The keys of a provider, and the provider as it was when they were asked for."""

    provider: OidcProvider
    keys: JsonWebKeys


class WebIdentityBearer:
    """Proves who asks by the web identity token of the request."""

    def fetch(self, store: Store, issuer_keys: IssuerKeys, request: Any, /) -> Fetched:  # noqa: ANN401 - see Bearer
        """Get the keys of the provider that the token names.

        Raises:
            InvalidIdentityToken: it is not a token of a provider of the role's account, or there are no keys.
            IDPCommunicationError: the provider cannot be reached.
        """
        token = read_web_identity_token(request.web_identity_token)
        with store.read() as reader:
            provider = _provider(reader, account_of_role(request.role_arn), token.issuer)
        return Fetched(provider, _keys(provider, token, issuer_keys))

    def prove(self, reader: Reader, fetched: Fetched, now: float, request: Any, /) -> Caller:  # noqa: ANN401
        """Give who asks.

        Raises:
            InvalidIdentityToken: the token is not one of the provider for one of its client ids, or what it passes to
                the session is not valid.
            ExpiredIdentityToken: it has expired.
            IDPRejectedClaim: it is for a subject that no answer could name.
            IDPCommunicationError: what the provider's keys depend on has just been changed; to be tried again.
        """
        asked = fetched.provider
        provider = _provider(reader, asked.account_id, f"{_SCHEME}{asked.url}")
        if (provider.jwks, provider.thumbprints) != (asked.jwks, asked.thumbprints):
            raise IDPCommunicationError(UNREACHABLE)
        identity = verify_web_identity(request.web_identity_token, _trusted(provider), fetched.keys, now)
        if len(identity.subject) > _SUBJECT_CHARACTERS:
            raise IDPRejectedClaim(f"The subject of the token is longer than {_SUBJECT_CHARACTERS} characters")
        return Caller(
            principal=web_identity_principal(provider.account_id, provider.arn, identity.audience, identity.subject),
            policies=NO_POLICIES,
            tags={},
            vouched=_vouched(identity, provider),
        )


def _provider(reader: Reader | Change, account_id: str, issuer: str) -> OidcProvider:
    url = issuer.removeprefix(_SCHEME)
    provider = reader.identities.find(OidcProvider, account_id, url) if issuer.startswith(_SCHEME) else None
    # Names are found without regard to case, but issuers are exact.
    if provider is None or provider.url != url:
        raise no_provider(issuer)
    return provider


def _keys(provider: OidcProvider, token: UnverifiedToken, issuer_keys: IssuerKeys) -> JsonWebKeys:
    """Give the keys that were given by hand, or else those that the provider publishes."""
    if provider.jwks is None:
        return issuer_keys(_trusted(provider), token)
    try:
        return parse_json_web_keys(provider.jwks.encode())
    except InvalidJsonWebKeysError:
        raise InvalidIdentityToken(NO_VERIFICATION_KEY) from None


def _trusted(provider: OidcProvider) -> TrustedIssuer:
    return TrustedIssuer(url=provider.url, client_ids=provider.client_ids, thumbprints=provider.thumbprints)


def _vouched(identity: WebIdentity, provider: OidcProvider) -> Terms:
    """Give what a token vouches for, with the condition keys that a trust policy can hold it against."""
    tags = _checked_tags(identity)
    source_identity = identity.source_identity
    if source_identity is not None and not _SOURCE_IDENTITY.fullmatch(source_identity):
        raise InvalidIdentityToken("The source identity in the token is not valid")
    claims = dict(identity.claims)
    if identity.session_tags.transitive:
        claims["sts:transitivetagkeys"] = identity.session_tags.transitive
    if source_identity is not None:
        claims["sts:sourceidentity"] = (source_identity,)
    return Terms(
        tags=tags,
        transitive_tag_keys=identity.session_tags.transitive,
        source_identity=source_identity,
        federated_provider=provider.arn,
        claims=claims,
    )


def _checked_tags(identity: WebIdentity) -> dict[str, str]:
    tags = dict(identity.session_tags.values)
    keys = {key.lower() for key in tags}
    valid = len(tags) == len(keys) <= MOST_TAGS and all(_is_tag(*tag) for tag in tags.items())
    if not valid or not {key.lower() for key in identity.session_tags.transitive} <= keys:
        raise InvalidIdentityToken("The session tags in the token are not valid")
    return tags


def _is_tag(key: str, value: str) -> bool:
    return 1 <= len(key) <= _TAG_CHARACTERS and len(value) <= _VALUE_CHARACTERS and not key.lower().startswith("aws:")
