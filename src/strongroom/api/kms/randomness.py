"""GenerateRandom.

Source: AWS KMS API Reference, GenerateRandom.
"""

import os

from strongroom.api.context import Context
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.attested import give
from strongroom.api.kms.types import CustomKeyStoreId, NumberOfBytes, RecipientInfo
from strongroom.api.store_requests import StoreRequests
from strongroom.model.errors import CustomKeyStoreInvalidState, InternalError, UnsupportedOperation, ValidationError
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


@operation(
    Needs("kms:GenerateRandom"),
    check=_check,
    logs=("number_of_bytes", "custom_key_store_id"),
    off_loop=lambda request: request.custom_key_store_id is not None,
)
def generate_random(context: Context, request: GenerateRandomRequest) -> GenerateRandomResponse:
    """Give random bytes from the operating system's generator, or from the HSM of a custom key store."""
    size = request.number_of_bytes or 0
    if request.custom_key_store_id is None:
        random = os.urandom(size)
    else:
        random = _random_of(context.custom_key_stores, request.custom_key_store_id, size)
    given = give(context, random)
    return GenerateRandomResponse(plaintext=given.plaintext, ciphertext_for_recipient=given.for_recipient)


def _random_of(stores: StoreRequests | None, custom_key_store_id: str, size: int) -> bytes:
    if stores is None:
        raise InternalError("Custom key stores cannot be asked here.")
    store = stores.found(custom_key_store_id)
    if store.type != "AWS_CLOUDHSM":
        raise UnsupportedOperation("Random bytes are given only by custom key stores of type AWS_CLOUDHSM.")
    if not store.connected:
        raise CustomKeyStoreInvalidState(
            f"The custom key store {custom_key_store_id} is {store.connection_state}; it must be CONNECTED."
        )
    return stores.hsm(store).random(size)


OPERATIONS = (generate_random,)
