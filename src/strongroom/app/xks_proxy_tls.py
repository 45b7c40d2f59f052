"""TLS of an XKS proxy, on both sides if wished.

Source: AWS KMS External Key Store Proxy API Specification, "API Content Type" and "Authentication".
"""

import asyncio
import ssl
from pathlib import Path
from typing import cast

import msgspec

from strongroom.app.data_folder import InstallationError
from strongroom.server.connection import Connection
from strongroom.server.service import Service


class TlsSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What a proxy shows its clients, and what it asks of them.

    Attributes:
        certificate: file with the certificate and what leads from it to its root, as PEM.
        private_key: file with its private key, as PEM, not encrypted.
        client_ca: file with the roots of clients' certificates, as PEM; None where clients need none.
        client_name: the common name that a client's certificate must have; None where clients need none.
    """

    certificate: Path
    private_key: Path
    client_ca: Path | None = None
    client_name: str | None = None


def server_tls(settings: TlsSettings) -> ssl.SSLContext:
    """Set TLS 1.2 or later up. Raises InstallationError when a file cannot be used."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        # A passphrase would be asked for on the terminal.
        context.load_cert_chain(settings.certificate, settings.private_key, password="")
        if settings.client_ca is not None:
            context.load_verify_locations(settings.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ValueError) as error:
        files = [settings.certificate, settings.private_key, settings.client_ca]
        named = ", ".join(str(each) for each in files if each is not None)
        raise InstallationError(f"TLS cannot be set up with {named}: {error}") from None
    return context


class TlsConnection(Connection):
    """The connection of a client whose certificate has the name that is asked for; others are closed unheard."""

    __slots__ = ("_client_name",)

    def __init__(self, service: Service, client_name: str | None) -> None:
        """Serve a client of this common name, or any if it is None."""
        super().__init__(service)
        self._client_name = client_name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or end at once."""
        super().connection_made(transport)
        if self._client_name is not None and _common_names(transport) != [self._client_name]:
            self.abort()


def _common_names(transport: asyncio.BaseTransport) -> list[str]:
    certificate = cast("dict[str, tuple[tuple[tuple[str, str], ...], ...]]", transport.get_extra_info("peercert") or {})
    return [value for part in certificate.get("subject", ()) for name, value in part if name == "commonName"]
