"""The certificates behind a signature: a path in a given order to a root that the operator trusts.

Sources: RFC 5280, section 6; AWS Nitro Enclaves, "Verifying the root of trust". Nothing is looked up anywhere, and
revocation is not checked.
"""

import warnings
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import verification

# AWS's paths have five. The verifier counts the authorities between root and end.
_MAX_CERTIFICATES = 8


def load_path(certificates: Sequence[bytes]) -> list[x509.Certificate]:
    """Read certificates in DER. Raises ValueError for what is no certificate, and for too many of them."""
    if len(certificates) > _MAX_CERTIFICATES:
        raise ValueError("too many certificates")
    with warnings.catch_warnings():
        # The library warns of some faults, such as a serial number below one, until it refuses them.
        warnings.simplefilter("error")
        try:
            return [x509.load_der_x509_certificate(der) for der in certificates]
        except (ValueError, x509.InvalidVersion, Warning):
            raise ValueError("not a certificate in DER") from None


def check_path(path: Sequence[x509.Certificate], roots: Sequence[x509.Certificate], moment: datetime) -> None:
    """Check a path of at least two certificates, from the root to the one that signs messages.

    Raises ValueError unless the first is one of the roots, each issued the next, all are valid at the moment, all but
    the last may issue certificates, as many as follow, and the last may sign but not issue.
    """
    root, *authorities, end = path
    if root not in roots:
        raise ValueError("the root certificate is not trusted")
    _check_order(path)
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store([root]))
        .time(moment)
        .max_chain_depth(_MAX_CERTIFICATES)
        .extension_policies(ca_policy=_authority_policy(), ee_policy=_end_policy())
        .build_client_verifier()
    )
    try:
        verifier.verify(end, authorities)
    except (verification.VerificationError, UnsupportedAlgorithm, x509.DuplicateExtension):
        raise ValueError("the certificates are not valid") from None


def _check_order(path: Sequence[x509.Certificate]) -> None:
    try:
        subjects = [certificate.subject for certificate in path]
        issuers = [certificate.issuer for certificate in path]
    except ValueError:
        raise ValueError("a certificate has a malformed name") from None
    # With every name once, the verifier finds one path only, the given one, and has none to try in vain.
    if len(set(subjects)) != len(path):
        raise ValueError("two certificates have the same subject")
    if issuers[1:] != subjects[:-1]:
        raise ValueError("the certificates are not in the order of their issuers")


def _authority_policy() -> verification.ExtensionPolicy:
    return (
        verification.ExtensionPolicy.permit_all()
        .require_present(x509.BasicConstraints, verification.Criticality.CRITICAL, None)
        .require_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _may_issue)
    )


def _end_policy() -> verification.ExtensionPolicy:
    return (
        verification.ExtensionPolicy.permit_all()
        .may_be_present(x509.BasicConstraints, verification.Criticality.AGNOSTIC, _is_no_authority)
        .require_present(x509.KeyUsage, verification.Criticality.AGNOSTIC, _may_sign)
    )


def _may_issue(_policy: verification.Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("not for signing certificates")


def _may_sign(_policy: verification.Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature or usage.key_cert_sign:
        raise ValueError("not for signing messages")


def _is_no_authority(
    _policy: verification.Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints | None
) -> None:
    if constraints is not None and constraints.ca:
        raise ValueError("an authority's certificate")
