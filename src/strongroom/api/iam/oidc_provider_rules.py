"""What OpenID Connect providers may be, and finding one.

Source: IAM API Reference, CreateOpenIDConnectProvider; answers of IAM as recorded by its users.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from strongroom.api.iam.entities import quota_exceeded
from strongroom.model.errors import ValidationError
from strongroom.model.identity import OidcProvider
from strongroom.model.identity_errors import InvalidInputError, NoSuchEntityError
from strongroom.storage.store import Change, Reader

PROVIDERS_PER_ACCOUNT: Final = 100
CLIENT_IDS_PER_PROVIDER: Final = 100
THUMBPRINTS_PER_PROVIDER: Final = 5

_SCHEME: Final = "https://"
_URL: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?", re.ASCII)


def find_oidc_provider(reader: Reader | Change, account_id: str, arn: str) -> OidcProvider:
    """Give a provider of an account. Raises NoSuchEntityError."""
    provider = known_oidc_provider(reader, account_id, arn)
    if provider is None:
        raise NoSuchEntityError(f"OpenIDConnect Provider not found for arn {arn}")
    return provider


def known_oidc_provider(reader: Reader | Change, account_id: str, arn: str) -> OidcProvider | None:
    """Give a provider of an account, or None."""
    provider = reader.identities.by_arn(OidcProvider, arn)
    return provider if provider is not None and provider.account_id == account_id else None


def kept_url(url: str) -> str:
    """Give the URL of an issuer as it is kept, without its scheme.

    Raises ValidationError for what no issuer identifier of OpenID Connect is: it has no query and no fragment.
    """
    if not _URL.fullmatch(url) or "?" in url or "#" in url or not _has_valid_port(url):
        raise ValidationError("Invalid Open ID Connect Provider URL")
    return url.removeprefix(_SCHEME)


def checked_client_ids(client_ids: Iterable[str]) -> tuple[str, ...]:
    """Give client ids, each once. Raises LimitExceededError for too many."""
    checked = tuple(dict.fromkeys(client_ids))
    if len(checked) > CLIENT_IDS_PER_PROVIDER:
        raise quota_exceeded("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS_PER_PROVIDER)
    return checked


def checked_thumbprints(thumbprints: Iterable[str]) -> tuple[str, ...]:
    """Give thumbprints as they are kept, in small letters. Raises InvalidInputError for too many."""
    checked = tuple(dict.fromkeys(thumbprint.lower() for thumbprint in thumbprints))
    if len(checked) > THUMBPRINTS_PER_PROVIDER:
        raise InvalidInputError(f"Thumbprint list must contain fewer than {THUMBPRINTS_PER_PROVIDER} entries.")
    return checked


def _has_valid_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False
