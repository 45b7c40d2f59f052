"""Import tokens: the wrapping key that GetParametersForImport made, sealed for this server alone.

Nothing is kept of a token: it holds all that ImportKeyMaterial needs, bound to the key that it is for.
"""

from typing import Final

import msgspec

from strongroom.crypto.import_wrapping import WrappingKey
from strongroom.custody.store_keys import Purpose, StoreKeys, Wrapped
from strongroom.model.errors import ExpiredImportToken, InvalidImportToken
from strongroom.model.key import KeyPlace

VALID_SECONDS: Final = 86_400


class ImportParameters(msgspec.Struct, frozen=True, array_like=True):
    """What a token says.

    Attributes:
        algorithm: how the material is wrapped.
        private_key: of the wrapping key, as PKCS#8 DER.
        valid_to: when the token expires, in epoch seconds.
    """

    algorithm: str
    private_key: bytes
    valid_to: float


class _Token(msgspec.Struct, frozen=True, array_like=True):
    store_key: int
    sealed: bytes


_encode = msgspec.msgpack.Encoder().encode
_token_decoder = msgspec.msgpack.Decoder(_Token)
_parameters_decoder = msgspec.msgpack.Decoder(ImportParameters)


def issue_import_token(
    store_keys: StoreKeys, place: KeyPlace, algorithm: str, wrapping_key: WrappingKey, now: float
) -> bytes:
    """Make a token for a key, good for 24 hours."""
    parameters = ImportParameters(algorithm, wrapping_key.private_bytes(), now + VALID_SECONDS)
    wrapped = store_keys.wrap(Purpose.IMPORT_TOKEN, place, _encode(parameters))
    return _encode(_Token(wrapped.store_key, wrapped.sealed))


def open_import_token(store_keys: StoreKeys, place: KeyPlace, token: bytes, now: float) -> ImportParameters:
    """Read a token. Raises InvalidImportToken when it is not of this key, ExpiredImportToken when it is too old."""
    try:
        sealed = _token_decoder.decode(token)
        opened = store_keys.unwrap(Purpose.IMPORT_TOKEN, place, Wrapped(sealed.store_key, sealed.sealed))
    except (ValueError, msgspec.DecodeError):
        raise InvalidImportToken from None
    parameters = _parameters_decoder.decode(opened)
    if now >= parameters.valid_to:
        raise ExpiredImportToken
    return parameters
