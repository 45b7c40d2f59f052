"""GenerateRandom.

Source: AWS KMS API Reference, GenerateRandom.
"""

import os

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.types import CustomKeyStoreId, NumberOfBytes, RecipientInfo, refuse_recipient
from strongroom.model.errors import CustomKeyStoreNotFound, ValidationError
from strongroom.protocol.structures import AwsStruct


class GenerateRandomRequest(AwsStruct, frozen=True, kw_only=True):
    """GenerateRandom."""

    number_of_bytes: NumberOfBytes | None = None
    custom_key_store_id: CustomKeyStoreId | None = None
    recipient: RecipientInfo | None = None


class GenerateRandomResponse(AwsStruct, frozen=True, kw_only=True):
    """GenerateRandom."""

    plaintext: bytes


def _check(request: GenerateRandomRequest) -> None:
    refuse_recipient(request.recipient)
    if request.number_of_bytes is None:
        raise ValidationError("NumberOfBytes is required.")
    if request.custom_key_store_id is not None:
        raise CustomKeyStoreNotFound("There is no custom key store on this server.")


@operation(Needs("kms:GenerateRandom"), check=_check, logs=("number_of_bytes", "custom_key_store_id"))
def generate_random(_context: Context, request: GenerateRandomRequest) -> GenerateRandomResponse:
    """Give random bytes from the operating system's generator."""
    return GenerateRandomResponse(plaintext=os.urandom(request.number_of_bytes or 0))


OPERATIONS = (generate_random,)
