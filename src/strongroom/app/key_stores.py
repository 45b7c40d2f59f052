"""What custom key stores may be connected to, as the operator says."""

import ssl
from pathlib import Path
from typing import Final

import msgspec

from strongroom.app.data_folder import InstallationError
from strongroom.app.hsm_clusters import load_hsm_clusters
from strongroom.custody.key_stores import KeyStoreSettings
from strongroom.custody.xks_client import TIMEOUT
from strongroom.custody.xks_connections import proxy_tls


class KeyStoreFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is written what custom key stores may be connected to.

    Attributes:
        hsm_clusters: TOML file of the clusters of CloudHSM key stores; or None for none.
        xks_ca_file: PEM file of CAs of external key store proxies, trusted beside the system's; or None.
        xks_client_certificate: PEM file of a certificate and its key, for proxies that ask for one; or None.
        allow_private_xks_proxies: whether proxies may be at loopback and private addresses.
        xks_timeout: seconds that a proxy is given for one request.
    """

    hsm_clusters: Path | None = None
    xks_ca_file: Path | None = None
    xks_client_certificate: Path | None = None
    allow_private_xks_proxies: bool = False
    xks_timeout: float = TIMEOUT

    def load(self) -> KeyStoreSettings:
        """Read the files. Raises InstallationError when one of them cannot be used."""
        return KeyStoreSettings(
            clusters=load_hsm_clusters(self.hsm_clusters),
            allow_private_proxies=self.allow_private_xks_proxies,
            proxy_tls=self._proxy_tls(),
            proxy_timeout=self.xks_timeout,
        )

    def _proxy_tls(self) -> ssl.SSLContext:
        try:
            tls = proxy_tls(None if self.xks_ca_file is None else str(self.xks_ca_file))
        except OSError as error:
            raise InstallationError(
                f"{self.xks_ca_file} cannot be used as the CAs of external key store proxies: {error}"
            ) from None
        if self.xks_client_certificate is not None:
            try:
                tls.load_cert_chain(self.xks_client_certificate, password=_no_password)
            except (OSError, ValueError) as error:
                raise InstallationError(
                    f"{self.xks_client_certificate} cannot be used as a client certificate and its key: {error}"
                ) from None
        return tls


def _no_password() -> str:
    # Without it OpenSSL would ask at the terminal.
    raise ValueError("the key is encrypted")


NO_KEY_STORES: Final = KeyStoreFiles()
