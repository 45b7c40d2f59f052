"""What can go wrong between this service and an external key store proxy, and what a client is told of it.

Classes and texts: AWS KMS External Key Store Proxy API Specification, "Error codes", KMS considerations; codes of a
failed connection: AWS KMS API Reference, "CustomKeyStoresListEntry". Where a case cannot arise in an operation, it is
told as an answer that makes no sense.
"""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from strongroom.model import errors
from strongroom.model.errors import ServiceError
from strongroom.model.xks import KeyMetadataResponse


class XksFailureKind(enum.Enum):
    """Why a request to a proxy has no result; the first are the proxy's own errors, by their names on the wire."""

    VALIDATION = "ValidationException"
    INVALID_STATE = "InvalidStateException"
    INVALID_CIPHERTEXT = "InvalidCiphertextException"
    INVALID_KEY_USAGE = "InvalidKeyUsageException"
    AUTHENTICATION_FAILED = "AuthenticationFailedException"
    ACCESS_DENIED = "AccessDeniedException"
    KEY_NOT_FOUND = "KeyNotFoundException"
    INVALID_URI_PATH = "InvalidUriPathException"
    UNSUPPORTED_OPERATION = "UnsupportedOperationException"
    DEPENDENCY_TIMEOUT = "DependencyTimeoutException"
    THROTTLING = "ThrottlingException"
    INTERNAL = "InternalException"

    MALFORMED_RESPONSE = "malformed response"
    UNUSABLE_PLAINTEXT = "unusable plaintext"
    NO_TCP_CONNECTION = "no TCP connection"
    NO_TLS_CONNECTION = "no TLS connection"
    TIMED_OUT = "timed out"
    KEY_MANAGERS_UNAVAILABLE = "key managers unavailable"
    STORE_NOT_CONNECTED = "store not connected"


class XksFailure(Exception):  # noqa: N818 - a result that the operations give words to, not an error of this program
    """A request to an external key store proxy has no result.

    Attributes:
        kind: why.
        proxy_message: what the proxy says of it, for the operator's log only; printable ASCII, or None.
    """

    def __init__(self, kind: XksFailureKind, proxy_message: str | None = None) -> None:
        super().__init__(kind.value)
        self.kind = kind
        self.proxy_message = proxy_message


class _Outcome(msgspec.Struct, frozen=True):
    """How one kind of failure is told.

    Attributes:
        message: the text, the same in all operations.
        store_change: the error of CreateCustomKeyStore and UpdateCustomKeyStore.
        key_creation: the error of CreateKey.
        connection_code: the ConnectionErrorCode of a store that could not be connected.
    """

    message: str
    store_change: type[ServiceError] = errors.XksProxyInvalidResponse
    key_creation: type[ServiceError] = errors.CustomKeyStoreInvalidState
    connection_code: str = "XKS_PROXY_INVALID_RESPONSE"


_ASK_PROXY_ADMINISTRATOR: Final = (
    "If you see this error repeatedly, report it to your external key store proxy administrator."
)
_UNINTELLIGIBLE: Final = _Outcome(
    f"AWS KMS cannot interpret the response from the external key store proxy. {_ASK_PROXY_ADMINISTRATOR}"
)
_NO_KEY_MANAGER: Final = (
    "The external key store proxy rejected the request because it cannot communicate with the external key manager. "
    "Verify that the external key store proxy configuration is correct and that the external key manager is available."
)

_OUTCOMES: Final[Mapping[XksFailureKind, _Outcome]] = {
    XksFailureKind.VALIDATION: _UNINTELLIGIBLE,
    XksFailureKind.MALFORMED_RESPONSE: _UNINTELLIGIBLE,
    XksFailureKind.INVALID_STATE: _Outcome(
        "The external key associated with this KMS key in an external key store is not enabled in the external key "
        "manager. Enable the external key in the external key manager and retry the request.",
        key_creation=errors.XksKeyInvalidConfiguration,
    ),
    XksFailureKind.INVALID_CIPHERTEXT: _Outcome(
        "The external key store proxy rejected the request because the specified ciphertext or encryption context is "
        "corrupted, missing, or otherwise invalid."
    ),
    XksFailureKind.UNUSABLE_PLAINTEXT: _Outcome(
        "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is "
        "corrupted, missing, or otherwise invalid."
    ),
    XksFailureKind.INVALID_KEY_USAGE: _Outcome(
        "The external key associated with this KMS key in an external key store does not support the requested "
        "operation. Enable the operation on the key in your external key manager, and try the request again.",
        key_creation=errors.XksKeyInvalidConfiguration,
    ),
    XksFailureKind.AUTHENTICATION_FAILED: _Outcome(
        "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS "
        "proxy authentication credentials for your external key store and update if necessary.",
        store_change=errors.XksProxyIncorrectAuthenticationCredential,
        connection_code="INVALID_CREDENTIALS",
    ),
    # The specification has KMSInvalidStateException for CreateKey, which that operation does not declare.
    XksFailureKind.ACCESS_DENIED: _Outcome(
        "The external key store proxy denied access to the operation. Verify that the user and the external key are "
        "both authorized for this operation, and try the request again.",
        connection_code="XKS_PROXY_ACCESS_DENIED",
    ),
    XksFailureKind.KEY_NOT_FOUND: _Outcome(
        "The external key associated with this KMS key in an external key store was not found in its external key "
        "manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the "
        "correct external key ID.",
        key_creation=errors.XksKeyNotFound,
    ),
    XksFailureKind.INVALID_URI_PATH: _Outcome(
        "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for "
        "your external key store and update if necessary.",
        store_change=errors.XksProxyInvalidConfiguration,
        connection_code="XKS_PROXY_INVALID_CONFIGURATION",
    ),
    XksFailureKind.UNSUPPORTED_OPERATION: _Outcome(
        "The external key store proxy rejected the request because it does not support the requested operation. "
        f"{_ASK_PROXY_ADMINISTRATOR}",
        key_creation=errors.XksProxyInvalidResponse,
    ),
    XksFailureKind.DEPENDENCY_TIMEOUT: _Outcome(
        "The external key store proxy did not respond to the request in the time allotted. Retry the request. "
        f"{_ASK_PROXY_ADMINISTRATOR}",
        store_change=errors.XksProxyUriUnreachable,
        connection_code="XKS_PROXY_TIMED_OUT",
    ),
    XksFailureKind.THROTTLING: _Outcome(
        "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of "
        "your calls using KMS keys in this external key store.",
        store_change=errors.XksProxyUriUnreachable,
        connection_code="XKS_PROXY_NOT_REACHABLE",
    ),
    XksFailureKind.INTERNAL: _Outcome(_NO_KEY_MANAGER),
    XksFailureKind.KEY_MANAGERS_UNAVAILABLE: _Outcome(
        _NO_KEY_MANAGER,
        store_change=errors.XksProxyUriUnreachable,
        connection_code="XKS_PROXY_NOT_REACHABLE",
    ),
    XksFailureKind.NO_TCP_CONNECTION: _Outcome(
        "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you "
        "see this error repeatedly, verify that your external key store proxy is active and is connected to the "
        "network, and that its endpoint URI is correct in your external keystore.",
        store_change=errors.XksProxyUriUnreachable,
        connection_code="XKS_PROXY_NOT_REACHABLE",
    ),
    XksFailureKind.NO_TLS_CONNECTION: _Outcome(
        "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, "
        "including its certificate.",
        store_change=errors.XksProxyUriUnreachable,
        connection_code="XKS_PROXY_INVALID_TLS_CONFIGURATION",
    ),
    XksFailureKind.TIMED_OUT: _Outcome(
        "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. "
        f"{_ASK_PROXY_ADMINISTRATOR}",
        store_change=errors.XksProxyUriUnreachable,
        connection_code="XKS_PROXY_TIMED_OUT",
    ),
    XksFailureKind.STORE_NOT_CONNECTED: _Outcome(
        "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the "
        "external key store and try the request again."
    ),
}


def store_change_error(failure: XksFailure) -> ServiceError:
    """Give the error of CreateCustomKeyStore or UpdateCustomKeyStore."""
    outcome = _OUTCOMES[failure.kind]
    return outcome.store_change(outcome.message)


def key_creation_error(failure: XksFailure) -> ServiceError:
    """Give the error of CreateKey."""
    outcome = _OUTCOMES[failure.kind]
    return outcome.key_creation(outcome.message)


def key_use_error(failure: XksFailure) -> ServiceError:
    """Give the error of an operation with a key in an external key store."""
    return errors.InvalidState(_OUTCOMES[failure.kind].message)


def connection_error_code(failure: XksFailure) -> str:
    """Give the ConnectionErrorCode of a store whose proxy failed while it was being connected."""
    return _OUTCOMES[failure.kind].connection_code


def require_usable_key(metadata: KeyMetadataResponse) -> None:
    """Check the external key that CreateKey names.

    Raises:
        XksKeyInvalidConfiguration: it is not an enabled AES-256 key that encrypts and decrypts.
    """
    if metadata.key_spec != "AES_256":
        raise errors.XksKeyInvalidConfiguration(
            "The key spec of the external key must be AES_256. "
            f"The key spec of specified external key is {metadata.key_spec}."
        )
    if metadata.key_status != "ENABLED":
        raise errors.XksKeyInvalidConfiguration(
            "The status of the external key must be ENABLED. "
            f"The status of specified external key is {metadata.key_status}."
        )
    if not {"ENCRYPT", "DECRYPT"}.issubset(metadata.key_usage):
        raise errors.XksKeyInvalidConfiguration(
            "The key usage of the external key must include ENCRYPT and DECRYPT. "
            f"The key use of specified external key is {', '.join(metadata.key_usage)}."
        )
