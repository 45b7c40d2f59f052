"""Reads and checks the answers of an external key store proxy.

Whatever does not hold to the specification is a malformed response: nothing of it is guessed or repaired.
"""

import hmac
import re
from collections.abc import Container
from typing import Final, TypeVar, get_args

import msgspec

from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.model.xks import (
    IV_BYTES,
    MAX_METADATA,
    TAG_BYTES,
    DecryptResponse,
    EncryptResponse,
    ErrorResponse,
    HealthResponse,
    HealthStatus,
    KeyMetadataResponse,
    KeyStatus,
    integrity_value,
)

MAX_KEY_USAGES: Final = 10
_FLEET_SIZES: Final = range(1, 11)
_MAX_ERROR_MESSAGE: Final = 511
_PRINTABLE: Final = re.compile(r"[ -~]*")
# Callers of CreateKey are shown these, so that they are to be words.
_WORD: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HEALTH_STATUSES: Final[Container[str]] = get_args(HealthStatus)
_KEY_STATUSES: Final[Container[str]] = get_args(KeyStatus)

_PROXY_ERRORS: Final = {
    kind.value: kind
    for kind in (
        XksFailureKind.VALIDATION,
        XksFailureKind.INVALID_STATE,
        XksFailureKind.INVALID_CIPHERTEXT,
        XksFailureKind.INVALID_KEY_USAGE,
        XksFailureKind.AUTHENTICATION_FAILED,
        XksFailureKind.ACCESS_DENIED,
        XksFailureKind.KEY_NOT_FOUND,
        XksFailureKind.INVALID_URI_PATH,
        XksFailureKind.UNSUPPORTED_OPERATION,
        XksFailureKind.DEPENDENCY_TIMEOUT,
        XksFailureKind.THROTTLING,
        XksFailureKind.INTERNAL,
    )
}

_Message = TypeVar("_Message", bound=msgspec.Struct)


class ExternalCiphertext(msgspec.Struct, frozen=True, kw_only=True):
    """What an external key makes of a plaintext, in parts.

    Attributes:
        ciphertext: as long as the plaintext.
        initialization_vector: 12 or 16 bytes.
        authentication_tag: 16 bytes.
        ciphertext_metadata: at most 20 bytes that the proxy wants back for decryption, or None.
    """

    ciphertext: bytes
    initialization_vector: bytes
    authentication_tag: bytes
    ciphertext_metadata: bytes | None = None


def decoded(body: bytes, message: type[_Message]) -> _Message:
    """Decode an answer.

    Raises:
        XksFailure: it is no such message.
    """
    try:
        return msgspec.json.decode(body, type=message)
    except (ValueError, RecursionError):
        raise XksFailure(XksFailureKind.MALFORMED_RESPONSE) from None


def refusal(body: bytes) -> XksFailure:
    """Give the failure that the body of an answer tells of, whose status is not that of success."""
    try:
        response = decoded(body, ErrorResponse)
    except XksFailure as malformed:
        return malformed
    text = response.error_message
    loggable = text is not None and len(text) <= _MAX_ERROR_MESSAGE and _PRINTABLE.fullmatch(text)
    kind = _PROXY_ERRORS.get(response.error_name, XksFailureKind.MALFORMED_RESPONSE)
    return XksFailure(kind, text if loggable else None)


def checked_health(response: HealthResponse) -> HealthResponse:
    """Check that a proxy serves some key manager.

    Raises:
        XksFailure: the answer is malformed, or all key managers are unavailable.
    """
    managers = response.ekm_fleet_details
    _require(
        response.xks_proxy_fleet_size > 0
        and len(managers) in _FLEET_SIZES
        and all(manager.health_status in _HEALTH_STATUSES for manager in managers)
    )
    if all(manager.health_status == "UNAVAILABLE" for manager in managers):
        raise XksFailure(XksFailureKind.KEY_MANAGERS_UNAVAILABLE)
    return response


def checked_metadata(response: KeyMetadataResponse) -> KeyMetadataResponse:
    """Check the form of a key's metadata, not whether the key is of use.

    Raises:
        XksFailure: the answer is malformed.
    """
    _require(
        len(response.key_usage) <= MAX_KEY_USAGES
        and all(map(_WORD.fullmatch, (response.key_spec, *response.key_usage)))
        and response.key_status in _KEY_STATUSES
    )
    return response


def checked_ciphertext(response: EncryptResponse, plaintext: bytes, aad: bytes | None) -> ExternalCiphertext:
    """Check the parts of a ciphertext and that they came as they were made.

    Raises:
        XksFailure: a part has a size that it cannot have, or the integrity value is missing or another.
    """
    found = ExternalCiphertext(
        ciphertext=response.ciphertext,
        initialization_vector=response.initialization_vector,
        authentication_tag=response.authentication_tag,
        ciphertext_metadata=response.ciphertext_metadata,
    )
    expected = integrity_value(
        aad,
        found.ciphertext_metadata,
        found.initialization_vector,
        found.ciphertext,
        found.authentication_tag,
    )
    _require(
        len(found.ciphertext) == len(plaintext)
        and len(found.initialization_vector) in IV_BYTES
        and len(found.authentication_tag) == TAG_BYTES
        and len(found.ciphertext_metadata or b"") <= MAX_METADATA
        and hmac.compare_digest(expected, response.ciphertext_data_integrity_value or b"")
    )
    return found


def checked_plaintext(response: DecryptResponse, ciphertext: ExternalCiphertext) -> bytes:
    """Check that a plaintext can be that of a ciphertext.

    Raises:
        XksFailure: it has another size.
    """
    _require(len(response.plaintext) == len(ciphertext.ciphertext))
    return response.plaintext


def _require(holds: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise XksFailure(XksFailureKind.MALFORMED_RESPONSE)
