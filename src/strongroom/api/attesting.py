"""Whom an attested answer is for.

Source: AWS KMS Developer Guide, "Cryptographic attestation support in AWS KMS".
"""

from collections.abc import Sequence
from typing import Any

from cryptography.x509 import Certificate

from strongroom.crypto.attestation import Attestation, AttestationError, verify_attestation
from strongroom.model.errors import UnsupportedOperation, ValidationError


class Attesting:
    """Verifies attestation documents against the root certificates that the operator trusts."""

    def __init__(self, roots: Sequence[Certificate] = ()) -> None:
        """Take the roots; without any, attested answers are refused."""
        self._roots = roots

    def verify(self, recipient: Any, wall: float) -> Attestation:  # noqa: ANN401 - the member of any request
        """Verify the document of a request's Recipient, at a time on the wall in epoch seconds.

        Raises UnsupportedOperation where no root is trusted, for the plaintext must never be given in the answer's
        stead, and ValidationError for a document that does not prove whom it is of.
        """
        if not self._roots:
            raise UnsupportedOperation("The Recipient parameter is not supported: no root certificate is configured.")
        if recipient.attestation_document is None or recipient.key_encryption_algorithm is None:
            raise ValidationError("Recipient must have an AttestationDocument and a KeyEncryptionAlgorithm.")
        try:
            return verify_attestation(recipient.attestation_document, self._roots, wall)
        except AttestationError as error:
            raise ValidationError(str(error)) from None
