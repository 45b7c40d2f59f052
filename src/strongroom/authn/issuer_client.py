"""Fetches a document from an identity provider over HTTPS, within bounds of time and size.

No redirect is followed: OpenID Connect Discovery asks for an answer of 200, and a redirect could lead anywhere.
"""

import http.client
import time
from collections.abc import Collection
from typing import Final

from strongroom.authn.issuer_tls import connect_verified, trusted_context
from strongroom.model.https_addresses import HttpsUrl, parse_https_url, resolve
from strongroom.model.https_connections import DeadlineSocket, Dialer

TIMEOUT: Final = 5.0
"""Seconds for one document, name resolution apart (its time is the resolver's to bound)."""

_SERVER_ERRORS: Final = range(500, 600)


class IssuerClient:
    """Gets documents of identity providers; for use from several threads."""

    def __init__(
        self, *, ca_file: str | None = None, allow_private_issuers: bool = False, timeout: float = TIMEOUT
    ) -> None:
        """Take what is trusted and allowed.

        Args:
            ca_file: PEM file of CAs that are trusted beside those of the system.
            allow_private_issuers: whether loopback and private addresses may be connected to.
            timeout: seconds for one document.

        Raises:
            OSError: the file cannot be read, or has no certificates.
        """
        self._trusted = trusted_context(ca_file)
        self._allow_private = allow_private_issuers
        self._timeout = timeout

    def get(self, url: str, thumbprints: Collection[str], limit: int) -> bytes:
        """Get a document of at most `limit` bytes.

        Raises:
            OSError: the provider cannot be reached, is too slow, or fails.
            ThumbprintMismatchError: its certificate is not the one that the thumbprints are of.
            ValueError: the URL may not be fetched, or the answer is not a document within the limit.
        """
        target = parse_https_url(url)
        addresses = resolve(target.host, target.port, allow_private=self._allow_private)
        dialer = Dialer(url=target, addresses=addresses, deadline=time.monotonic() + self._timeout)
        with connect_verified(dialer, self._trusted, thumbprints) as connection:
            try:
                return _exchange(connection, target, limit)
            except http.client.HTTPException as error:
                raise ValueError(f"not an HTTP answer: {type(error).__name__}") from None


def _exchange(connection: DeadlineSocket, url: HttpsUrl, limit: int) -> bytes:
    client = http.client.HTTPSConnection(url.host, url.port, context=connection.context)
    # It is given a connection and never makes one, which would be to a host that it resolves itself.
    client.sock = connection
    client.auto_open = 0
    client.request("GET", url.target, headers={"Accept": "application/json", "Connection": "close"})
    with client.getresponse() as response:
        if response.status in _SERVER_ERRORS:
            raise OSError(f"the provider answers {response.status}")
        if response.status != http.client.OK:
            raise ValueError(f"the provider answers {response.status}")
        body = response.read(limit + 1)
    if len(body) > limit:
        raise ValueError(f"the document has more than {limit} bytes")
    return body
