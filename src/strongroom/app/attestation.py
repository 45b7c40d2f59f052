"""The root certificates to which attestation documents must lead."""

from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from strongroom.api.attesting import Attesting
from strongroom.app.data_folder import InstallationError


def load_attesting(roots_file: Path | None) -> Attesting:
    """Trust the certificates of a PEM file, none without one. Raises InstallationError when it cannot be used."""
    if roots_file is None:
        return Attesting()
    try:
        return Attesting(load_pem_x509_certificates(roots_file.read_bytes()))
    except (OSError, ValueError) as error:
        raise InstallationError(f"{roots_file} cannot be used as root certificates of attestations: {error}") from None
