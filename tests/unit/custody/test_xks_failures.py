"""What clients are told when an external key store proxy fails."""

import pytest

from strongroom.custody.xks_failures import (
    XksFailure,
    XksFailureKind,
    connection_error_code,
    key_creation_error,
    key_use_error,
    require_usable_key,
    store_change_error,
)
from strongroom.model.errors import ServiceError, XksKeyInvalidConfiguration
from strongroom.model.xks import KeyMetadataResponse

INVALID_RESPONSE = "XksProxyInvalidResponseException"
UNREACHABLE = "XksProxyUriUnreachableException"
STORE_STATE = "CustomKeyStoreInvalidStateException"
KEY_CONFIGURATION = "XksKeyInvalidConfigurationException"
USAGE_NEEDED = "The key usage of the external key must include ENCRYPT and DECRYPT."

# Kind: CreateCustomKeyStore and UpdateCustomKeyStore; CreateKey; ConnectionErrorCode; a piece of the text.
TABLE = {
    "VALIDATION": (INVALID_RESPONSE, STORE_STATE, "INVALID_RESPONSE", "cannot interpret the response"),
    "INVALID_STATE": (INVALID_RESPONSE, KEY_CONFIGURATION, "INVALID_RESPONSE", "is not enabled in"),
    "INVALID_CIPHERTEXT": (INVALID_RESPONSE, STORE_STATE, "INVALID_RESPONSE", "ciphertext or encryption context is"),
    "INVALID_KEY_USAGE": (INVALID_RESPONSE, KEY_CONFIGURATION, "INVALID_RESPONSE", "Enable the operation on the key"),
    "AUTHENTICATION_FAILED": (
        "XksProxyIncorrectAuthenticationCredentialException",
        STORE_STATE,
        "INVALID_CREDENTIALS",
        "could not authenticate AWS KMS",
    ),
    "ACCESS_DENIED": (INVALID_RESPONSE, STORE_STATE, "ACCESS_DENIED", "denied access to the operation"),
    "KEY_NOT_FOUND": (INVALID_RESPONSE, "XksKeyNotFoundException", "INVALID_RESPONSE", "was not found in its external"),
    "INVALID_URI_PATH": (
        "XksProxyInvalidConfigurationException",
        STORE_STATE,
        "INVALID_CONFIGURATION",
        "because of an invalid URI path",
    ),
    "UNSUPPORTED_OPERATION": (INVALID_RESPONSE, INVALID_RESPONSE, "INVALID_RESPONSE", "does not support the requested"),
    "DEPENDENCY_TIMEOUT": (UNREACHABLE, STORE_STATE, "TIMED_OUT", "did not respond to the request in the time"),
    "THROTTLING": (UNREACHABLE, STORE_STATE, "NOT_REACHABLE", "a very high request rate"),
    "INTERNAL": (INVALID_RESPONSE, STORE_STATE, "INVALID_RESPONSE", "cannot communicate with the external key manager"),
    "MALFORMED_RESPONSE": (INVALID_RESPONSE, STORE_STATE, "INVALID_RESPONSE", "cannot interpret the response"),
    "UNUSABLE_PLAINTEXT": (INVALID_RESPONSE, STORE_STATE, "INVALID_RESPONSE", "proxy submitted for decryption"),
    "NO_TCP_CONNECTION": (UNREACHABLE, STORE_STATE, "NOT_REACHABLE", "might be a transient network issue"),
    "NO_TLS_CONNECTION": (UNREACHABLE, STORE_STATE, "INVALID_TLS_CONFIGURATION", "cannot establish a TLS connection"),
    "TIMED_OUT": (UNREACHABLE, STORE_STATE, "TIMED_OUT", "did not respond in time"),
    "KEY_MANAGERS_UNAVAILABLE": (UNREACHABLE, STORE_STATE, "NOT_REACHABLE", "external key manager is available"),
    "STORE_NOT_CONNECTED": (
        INVALID_RESPONSE,
        STORE_STATE,
        "INVALID_RESPONSE",
        "store that is not connected to",
    ),
}


def test_all_kinds_are_in_the_table() -> None:
    assert TABLE.keys() == set(XksFailureKind.__members__)


@pytest.mark.parametrize("name", TABLE)
def test_a_failure_is_told_by_the_operation(name: str) -> None:
    store_change, key_creation, connection_code, text = TABLE[name]
    failure = XksFailure(XksFailureKind[name], "words of the proxy")
    told: list[ServiceError] = [store_change_error(failure), key_creation_error(failure), key_use_error(failure)]
    assert [error.code for error in told] == [store_change, key_creation, "KMSInvalidStateException"]
    assert {error.status for error in told} == {400}
    (message,) = {error.message for error in told}
    assert message is not None
    assert text in message
    assert message.endswith(".")
    assert "words of the proxy" not in message
    assert connection_error_code(failure).removeprefix("XKS_PROXY_") == connection_code


def metadata(
    spec: str = "AES_256", status: str = "ENABLED", usage: tuple[str, ...] = ("DECRYPT", "ENCRYPT")
) -> KeyMetadataResponse:
    return KeyMetadataResponse(key_spec=spec, key_usage=usage, key_status=status)


@pytest.mark.parametrize("usage", [("ENCRYPT", "DECRYPT"), ("WRAP", "DECRYPT", "ENCRYPT")])
def test_a_key_of_use(usage: tuple[str, ...]) -> None:
    require_usable_key(metadata(usage=usage))


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (
            metadata(spec="AES_128", status="DISABLED", usage=()),
            "The key spec of the external key must be AES_256. The key spec of specified external key is AES_128.",
        ),
        (
            metadata(status="DISABLED", usage=()),
            "The status of the external key must be ENABLED. The status of specified external key is DISABLED.",
        ),
        (
            metadata(usage=("ENCRYPT", "SIGN")),
            f"{USAGE_NEEDED} The key use of specified external key is ENCRYPT, SIGN.",
        ),
        (
            metadata(usage=("DECRYPT",)),
            f"{USAGE_NEEDED} The key use of specified external key is DECRYPT.",
        ),
    ],
)
def test_a_key_of_no_use(described: KeyMetadataResponse, message: str) -> None:
    with pytest.raises(XksKeyInvalidConfiguration) as caught:
        require_usable_key(described)
    assert caught.value.message == message
