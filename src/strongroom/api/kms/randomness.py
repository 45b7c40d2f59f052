"""GenerateRandom.

Source: AWS KMS API Reference, GenerateRandom.
"""

import os

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.attested import give
from strongroom.api.kms.types import CustomKeyStoreId, NumberOfBytes, RecipientInfo
from strongroom.model.errors import CustomKeyStoreNotFound, ValidationError
from strongroom.protocol.structures import AwsStruct


class GenerateRandomRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateRandom."""

    number_of_bytes: NumberOfBytes | None = None
    custom_key_store_id: CustomKeyStoreId | None = None
    recipient: RecipientInfo | None = None


class GenerateRandomResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateRandom."""

    plaintext: bytes | None = None
    ciphertext_for_recipient: bytes | None = None


def _check(request: GenerateRandomRequest) -> None:
    if request.number_of_bytes is None:
        raise ValidationError("NumberOfBytes is required.")
    if request.custom_key_store_id is not None:
        raise CustomKeyStoreNotFound("There is no custom key store on this server.")


@operation(Needs("kms:GenerateRandom"), check=_check, logs=("number_of_bytes", "custom_key_store_id"))
def generate_random(context: Context, request: GenerateRandomRequest) -> GenerateRandomResponse:
    """Give random bytes from the operating system's generator."""
    given = give(context, os.urandom(request.number_of_bytes or 0))
    return GenerateRandomResponse(plaintext=given.plaintext, ciphertext_for_recipient=given.for_recipient)


OPERATIONS = (generate_random,)
