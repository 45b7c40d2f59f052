"""Who asks, proven by what a request carries instead of a signature."""

from collections.abc import Callable
from typing import Any, Protocol

from strongroom.api.callers import Caller
from strongroom.authn.issuer_keys import UNREACHABLE
from strongroom.authn.jwks import JsonWebKeys
from strongroom.authn.web_identity import TrustedIssuer, UnverifiedToken
from strongroom.model.errors import IDPCommunicationError
from strongroom.storage.store import Reader, Store

IssuerKeys = Callable[[TrustedIssuer, UnverifiedToken], JsonWebKeys]
"""From a provider and a token of it to the provider's keys, as `JwksFetcher.keys`, which may block for seconds."""


class Bearer(Protocol):
    """Proves who asks, in two steps: no transaction waits for what is fetched from others."""

    def fetch(self, store: Store, issuer_keys: IssuerKeys, request: Any, /) -> Any:  # noqa: ANN401 - see `prove`
        """Get what the proof needs from elsewhere, outside of any transaction."""

    def prove(self, reader: Reader, fetched: Any, now: float, request: Any, /) -> Caller:  # noqa: ANN401 - any request type
        """Give who asks, by what `fetch` gave, at a time on the wall in epoch seconds."""


def no_issuer_keys(_provider: TrustedIssuer, _token: UnverifiedToken) -> JsonWebKeys:
    """Give no keys, where none are fetched: providers then need keys given by hand. Raises IDPCommunicationError."""
    raise IDPCommunicationError(UNREACHABLE)
