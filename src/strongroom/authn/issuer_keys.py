"""The keys of identity providers, fetched from them and remembered.

Source: OpenID Connect Discovery 1.0, section 4.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from strongroom.authn.issuer_tls import ThumbprintMismatchError
from strongroom.authn.jwks import MAX_DOCUMENT_BYTES, JsonWebKeys, parse_json_web_keys
from strongroom.authn.web_identity import NO_VERIFICATION_KEY, TrustedIssuer, UnverifiedToken
from strongroom.model.errors import IDPCommunicationError, InvalidIdentityToken, ServiceError

THUMBPRINT_MISMATCH: Final = "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint"
UNREACHABLE: Final = (
    "The identity provider (IDP) that was asked to verify the incoming identity token could not be reached"
)


logger = logging.getLogger(__name__)


class Lifetimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long the keys of a provider are relied on, in seconds.

    Attributes:
        fresh: until they are fetched anew.
        stale: after that, while the provider cannot be reached. A key that it has withdrawn is trusted for `fresh` and
            `stale` together at the longest.
        retry: between two fetches from one provider, whether they fail or the wanted key is not among what they bring.
    """

    fresh: float = 3_600.0
    stale: float = 3_600.0
    retry: float = 30.0


class DocumentSource(Protocol):
    """Gets documents over HTTPS, as `IssuerClient` does."""

    def get(self, url: str, thumbprints: tuple[str, ...], limit: int) -> bytes:
        """Get a document; see `IssuerClient.get` for the errors."""


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _Fetched(msgspec.Struct, frozen=True):
    keys: JsonWebKeys
    at: float


class _Entry:
    """What is remembered of one provider; written by who holds `lock`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.fetched: _Fetched | None = None
        self.tried_at = -math.inf
        # No exception is kept: it would hold on to all that it was raised in.
        self.failure: tuple[type[ServiceError], str] = (IDPCommunicationError, UNREACHABLE)


class JwksFetcher:
    """Gives the keys of providers; for use from several threads, each provider being asked by one at a time."""

    def __init__(
        self,
        source: DocumentSource,
        *,
        lifetimes: Lifetimes | None = None,
        size: int = 1_024,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take how documents are fetched, how long keys live, and of how many providers (at least 1) they are kept."""
        self._source = source
        self._lifetimes = lifetimes or Lifetimes()
        self._size = size
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._entries: dict[tuple[str, frozenset[str]], _Entry] = {}

    def keys(self, provider: TrustedIssuer, token: UnverifiedToken) -> JsonWebKeys:
        """Give the keys of a provider, fetched anew where they are old or lack the one that a token needs.

        It blocks while it fetches: a few seconds, for which the timeout of the source is the measure.

        Raises:
            IDPCommunicationError: the provider cannot be reached, and no keys are held that may still be used.
            InvalidIdentityToken: it gives no keys or cannot be trusted to be the provider, and none are held either.
        """
        entry = self._entry(provider)
        if not self._suffices(entry.fetched, token) and entry.lock.acquire(blocking=entry.fetched is None):
            try:
                self._refresh(entry, provider)
            finally:
                entry.lock.release()
        return self._held(entry)

    def _entry(self, provider: TrustedIssuer) -> _Entry:
        # Accounts that trust one issuer by different thumbprints do not share what was fetched by them.
        key = (provider.url, frozenset(provider.thumbprints))
        with self._lock:
            entry = self._entries.pop(key, None) or _Entry()
            if len(self._entries) >= self._size:
                del self._entries[next(iter(self._entries))]
            self._entries[key] = entry
        return entry

    def _suffices(self, fetched: _Fetched | None, token: UnverifiedToken) -> bool:
        """Whether keys are fresh and have the one that the token needs."""
        return (
            fetched is not None
            and self._monotonic() - fetched.at < self._lifetimes.fresh
            and fetched.keys.find(token.algorithm, token.key_id) is not None
        )

    def _refresh(self, entry: _Entry, provider: TrustedIssuer) -> None:
        """Fetch the keys, unless that was tried just now, by another thread perhaps."""
        now = self._monotonic()
        if now - entry.tried_at < self._lifetimes.retry:
            return
        try:
            entry.fetched = _Fetched(fetch_keys(self._source, provider), now)
        except ValueError as error:
            entry.failure = (InvalidIdentityToken, _refusal(error))
            logger.warning("the keys of %r cannot be used: %r", provider.url, error)
        except OSError as error:
            entry.failure = (IDPCommunicationError, UNREACHABLE)
            logger.warning("the keys of %r cannot be fetched: %r", provider.url, error)
        finally:
            entry.tried_at = self._monotonic()

    def _held(self, entry: _Entry) -> JsonWebKeys:
        """Give the keys that are held if they may still be used, or raise what the last fetch failed with."""
        fetched = entry.fetched
        if fetched is not None and self._monotonic() - fetched.at < self._lifetimes.fresh + self._lifetimes.stale:
            return fetched.keys
        error, message = entry.failure
        raise error(message)


def fetch_keys(source: DocumentSource, provider: TrustedIssuer) -> JsonWebKeys:
    """Fetch the configuration of a provider, and the keys that it names.

    Raises:
        OSError: the provider cannot be reached.
        ThumbprintMismatchError: its certificate is not the one that the thumbprints are of.
        ValueError: it may not be fetched from, is not that provider, or has no usable keys.
    """
    url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    document = source.get(url, provider.thumbprints, MAX_DOCUMENT_BYTES)
    try:
        discovery = msgspec.json.decode(document, type=_Discovery)
    except RecursionError as error:
        raise ValueError("not a discovery document") from error
    if discovery.issuer != provider.issuer:
        raise ValueError("the discovery document is another issuer's")
    keys = parse_json_web_keys(source.get(discovery.jwks_uri, provider.thumbprints, MAX_DOCUMENT_BYTES))
    if not keys.keys:
        raise ValueError("the provider has no usable keys")
    return keys


def _refusal(error: ValueError) -> str:
    return THUMBPRINT_MISMATCH if isinstance(error, ThumbprintMismatchError) else NO_VERIFICATION_KEY
