"""TLS connections to identity providers, verified by a trusted CA or, for others, by a thumbprint that IAM keeps.

Source: IAM API Reference, "CreateOpenIDConnectProvider": AWS verifies the certificate by its library of trusted root
CAs, and "only then", where none of them signed it, by the thumbprints of the provider. A thumbprint is the SHA-1 of
the certificate that is last in the chain which the server presents.
"""

import hashlib
import ssl
from collections.abc import Collection
from typing import Any, Final

from strongroom.model.https_connections import DeadlineSocket, Dialer

_DER: Final = 2


class ThumbprintMismatchError(ValueError):
    """No trusted CA signed the certificate, and no thumbprint of the provider is that of its chain."""


def trusted_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Make a context that trusts the system's CAs and those of a PEM file.

    Raises:
        OSError: the file cannot be read, or has no certificates.
    """
    context = _context(ssl.create_default_context())
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def connect_verified(dialer: Dialer, trusted: ssl.SSLContext, thumbprints: Collection[str]) -> DeadlineSocket:
    """Connect to a host whose certificate is for its name and verifies up to a trusted CA or a listed certificate.

    Raises:
        ThumbprintMismatchError: it does not, and there are thumbprints.
        OSError: the host cannot be reached; or it does not, and there are none.
    """
    try:
        return dialer.connect(trusted)
    except ssl.SSLCertVerificationError:
        if not thumbprints:
            raise
    top = _top_certificate(dialer)
    if hashlib.sha1(top, usedforsecurity=False).hexdigest() not in {text.lower() for text in thumbprints}:
        raise ThumbprintMismatchError
    # A certificate can be copied by anyone, so its place in the chain proves nothing: the chain has to verify against
    # it as the only root.
    try:
        return dialer.connect(_context(_anchored(top)))
    except ssl.SSLCertVerificationError:
        raise ThumbprintMismatchError from None


def _context(context: ssl.SSLContext) -> ssl.SSLContext:
    context.sslsocket_class = DeadlineSocket
    return context


def _anchored(certificate: bytes) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=certificate)
    # The top of a chain as presented is often an intermediate CA.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _top_certificate(dialer: Dialer) -> bytes:
    """Look at the chain of a host, trusting nothing and sending nothing; DER."""
    context = _context(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with dialer.connect(context) as connection:
        # The chain is public API from Python 3.13 on; the object behind it has had it since 3.10.
        behind: Any = connection._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
        top: bytes = behind.get_unverified_chain()[-1].public_bytes(_DER)
    return top
