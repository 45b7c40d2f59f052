"""The XKS proxy API, version 1, from the proxy's side: which call a path is, its message, and the errors.

Source: AWS KMS External Key Store Proxy API Specification (aws/aws-kms-xksproxy-api-spec), "API Operations" and
"Error Codes".
"""

import re
from types import MappingProxyType
from typing import Final, Literal

import msgspec

from strongroom.model.xks import (
    API_PATH,
    IV_BYTES,
    MAX_METADATA,
    MAX_PLAINTEXT,
    MAX_URI,
    TAG_BYTES,
    DecryptRequest,
    EncryptRequest,
    ErrorResponse,
    HealthRequest,
    KeyMetadataRequest,
)

Operation = Literal["GetKeyMetadata", "Encrypt", "Decrypt", "GetHealthStatus"]
ErrorName = Literal[
    "ValidationException",
    "InvalidStateException",
    "InvalidCiphertextException",
    "InvalidKeyUsageException",
    "AuthenticationFailedException",
    "AccessDeniedException",
    "KeyNotFoundException",
    "InvalidUriPathException",
    "ThrottlingException",
    "InternalException",
    "UnsupportedOperationException",
    "DependencyTimeoutException",
]
Message = KeyMetadataRequest | EncryptRequest | DecryptRequest | HealthRequest

MAX_AAD: Final = 8192
METHOD_NOT_ALLOWED: Final = 405

STATUSES: Final = MappingProxyType[ErrorName, int](
    {
        "ValidationException": 400,
        "InvalidStateException": 400,
        "InvalidCiphertextException": 400,
        "InvalidKeyUsageException": 400,
        "AuthenticationFailedException": 401,
        "AccessDeniedException": 403,
        "KeyNotFoundException": 404,
        "InvalidUriPathException": 404,
        "ThrottlingException": 429,
        "InternalException": 500,
        "UnsupportedOperationException": 501,
        "DependencyTimeoutException": 503,
    }
)
# The texts are fixed: nothing of what went on inside leaves by them.
_TEXTS: Final = MappingProxyType[ErrorName, str](
    {
        "ValidationException": "A parameter of the request is not valid.",
        "InvalidStateException": "The external key is not enabled.",
        "InvalidCiphertextException": "The ciphertext, its metadata, its initialization vector, its authentication tag "
        "or the additional authenticated data is not what encryption gave.",
        "InvalidKeyUsageException": "The external key does not support the operation.",
        "AuthenticationFailedException": "The request is not signed with a credential of this proxy.",
        "AccessDeniedException": "The policies of the external key manager do not allow the operation.",
        "KeyNotFoundException": "There is no such external key.",
        "InvalidUriPathException": "The URI path is none of this credential's.",
        "ThrottlingException": "The request rate is too high.",
        "InternalException": "The request failed because of an internal error.",
        "UnsupportedOperationException": "The operation is not supported.",
        "DependencyTimeoutException": "The external key manager did not answer in time.",
    }
)
_BY_KMS_CODE: Final = MappingProxyType[str, ErrorName](
    {
        "AccessDeniedException": "AccessDeniedException",
        "DependencyTimeoutException": "DependencyTimeoutException",
        "DisabledException": "InvalidStateException",
        "IncorrectKeyException": "InvalidCiphertextException",
        "InvalidArnException": "KeyNotFoundException",
        "InvalidCiphertextException": "InvalidCiphertextException",
        "InvalidKeyUsageException": "InvalidKeyUsageException",
        "KMSInvalidStateException": "InvalidStateException",
        "LimitExceededException": "ThrottlingException",
        "NotFoundException": "KeyNotFoundException",
        "ThrottlingException": "ThrottlingException",
        # The principal in whose name the proxy asks is gone, or its access key is not active.
        "UnrecognizedClientException": "AccessDeniedException",
        "UnsupportedOperationException": "UnsupportedOperationException",
        "ValidationException": "ValidationException",
    }
)
_KEY_OPERATIONS: Final = MappingProxyType[str, Operation](
    {"metadata": "GetKeyMetadata", "encrypt": "Encrypt", "decrypt": "Decrypt"}
)
_PATH: Final = re.compile(
    r"((?:/[A-Za-z0-9_-]+)*" + API_PATH + r")/(?:health|keys/([A-Za-z0-9._-]{1,128})/(metadata|encrypt|decrypt))"
)
_DECODERS: Final = MappingProxyType[Operation, msgspec.json.Decoder[Message]](
    {
        "GetKeyMetadata": msgspec.json.Decoder(KeyMetadataRequest),
        "Encrypt": msgspec.json.Decoder(EncryptRequest),
        "Decrypt": msgspec.json.Decoder(DecryptRequest),
        "GetHealthStatus": msgspec.json.Decoder(HealthRequest),
    }
)


class XksError(Exception):
    """A refusal.

    Attributes:
        name: what the client is told.
        message: likewise; printable ASCII of fewer than 512 characters.
        status: HTTP status.
    """

    def __init__(self, name: ErrorName, message: str | None = None, status: int | None = None) -> None:
        """Refuse by a name; message and status are by default those of the name."""
        self.name: ErrorName = name
        self.message = message or _TEXTS[name]
        self.status = status or STATUSES[name]
        super().__init__(self.message)


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a path asks for.

    Attributes:
        uri_path: the part that ends in `/kms/xks/v1`.
        operation: the call.
        external_key_id: empty for GetHealthStatus.
    """

    uri_path: str
    operation: Operation
    external_key_id: str = ""


def route(path: str, query: str) -> Route:
    """Read a path. Raises XksError for one that is none of the API's."""
    found = _PATH.fullmatch(path)
    if found is None or query or len(path) > MAX_URI:
        raise XksError("InvalidUriPathException")
    uri_path, external_key_id, operation = found.groups()
    if operation is None:
        return Route(uri_path=uri_path, operation="GetHealthStatus")
    return Route(uri_path=uri_path, operation=_KEY_OPERATIONS[operation], external_key_id=external_key_id)


def decode(operation: Operation, body: bytes) -> Message:
    """Read the message of a call; members that are not known are passed over. Raises XksError."""
    try:
        message = _DECODERS[operation].decode(body)
    except (ValueError, RecursionError):
        raise XksError("ValidationException", "The body is not the message of the operation.") from None
    if isinstance(message, EncryptRequest):
        _require(1 <= len(message.plaintext) <= MAX_PLAINTEXT, f"The plaintext is not of 1 to {MAX_PLAINTEXT} bytes.")
        _check_aad(message)
    elif isinstance(message, DecryptRequest):
        _check_parts(message)
        _check_aad(message)
    return message


def error_body(error: XksError) -> bytes:
    """Write an error."""
    return msgspec.json.encode(ErrorResponse(error_name=error.name, error_message=error.message))


def error_of(kms_code: str) -> XksError:
    """Give the error for one of KMS, by its code."""
    return XksError(_BY_KMS_CODE.get(kms_code, "InternalException"))


def _check_aad(message: EncryptRequest | DecryptRequest) -> None:
    aad = message.additional_authenticated_data or b""
    _require(len(aad) <= MAX_AAD, f"The additional authenticated data is longer than {MAX_AAD} bytes.")


def _check_parts(message: DecryptRequest) -> None:
    _require(1 <= len(message.ciphertext) <= MAX_PLAINTEXT, f"The ciphertext is not of 1 to {MAX_PLAINTEXT} bytes.")
    _require(len(message.initialization_vector) in IV_BYTES, "The initialization vector is not of 12 or 16 bytes.")
    _require(len(message.authentication_tag) == TAG_BYTES, f"The authentication tag is not of {TAG_BYTES} bytes.")
    metadata = message.ciphertext_metadata or b""
    _require(len(metadata) <= MAX_METADATA, f"The ciphertext metadata is longer than {MAX_METADATA} bytes.")


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise XksError("ValidationException", otherwise)
