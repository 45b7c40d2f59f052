"""How identity providers are reached, whose tokens open sessions of roles."""

from pathlib import Path
from typing import Final

import msgspec

from strongroom.app.data_folder import InstallationError
from strongroom.authn.issuer_client import IssuerClient


class IssuerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach identity providers.

    Attributes:
        ca_file: PEM file of CAs that are trusted beside the system's; or None.
        allow_private: whether loopback and private addresses may be connected to.
    """

    ca_file: Path | None = None
    allow_private: bool = False

    def client(self) -> IssuerClient:
        """Make what gets their documents. Raises InstallationError when the file of CAs cannot be used."""
        ca_file = None if self.ca_file is None else str(self.ca_file)
        try:
            return IssuerClient(ca_file=ca_file, allow_private_issuers=self.allow_private)
        except OSError as error:
            raise InstallationError(f"{ca_file} cannot be used as the CAs of identity providers: {error}") from None


DEFAULT_ISSUERS: Final = IssuerSettings()
