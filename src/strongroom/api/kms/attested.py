"""Giving secrets to an attested recipient instead of the caller.

Source: AWS KMS API Reference, RecipientInfo: with a Recipient the plaintext member of the answer is empty.
"""

from typing import NamedTuple

from strongroom.api.context import Context
from strongroom.crypto.cms import envelop


class Given(NamedTuple):
    """A secret as it is given: in the clear to the caller, or encrypted to the recipient; never both."""

    plaintext: bytes | None
    for_recipient: bytes | None


def give(context: Context, secret: bytes) -> Given:
    """Give a secret to the caller, or where the request has a recipient to that alone."""
    if context.attestation is None:
        return Given(secret, None)
    return Given(None, envelop(context.attestation.public_key, secret))
