"""Paths, messages and errors of the XKS proxy API, from the proxy's side."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model import errors
from strongroom.model.xks import DecryptRequest, EncryptRequest, HealthRequest
from strongroom.protocol.xks import STATUSES, ErrorName, Operation, Route, XksError, decode, error_body, error_of, route
from tests.support.xks_proxy_client import HEALTH, encrypt_message, metadata_message, request_metadata


def refused(path: str, query: str = "") -> str:
    with pytest.raises(XksError) as raised:
        route(path, query)
    return raised.value.name


def decrypt_message(**sizes: int) -> dict[str, Any]:
    parts = {"ciphertext": 5, "initializationVector": 12, "authenticationTag": 16, **sizes}
    return {
        "requestMetadata": request_metadata("Decrypt"),
        "encryptionAlgorithm": "AES_GCM",
        **{name: base64.b64encode(bytes(size)).decode() for name, size in parts.items()},
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/kms/xks/v1/health", Route(uri_path="/kms/xks/v1", operation="GetHealthStatus")),
        ("/a/b/kms/xks/v1/health", Route(uri_path="/a/b/kms/xks/v1", operation="GetHealthStatus")),
        (
            "/a/kms/xks/v1/keys/k.1_-A/metadata",
            Route(uri_path="/a/kms/xks/v1", operation="GetKeyMetadata", external_key_id="k.1_-A"),
        ),
        (
            "/kms/xks/v1/keys/k/encrypt",
            Route(uri_path="/kms/xks/v1", operation="Encrypt", external_key_id="k"),
        ),
        (
            "/kms/xks/v1/keys/k/decrypt",
            Route(uri_path="/kms/xks/v1", operation="Decrypt", external_key_id="k"),
        ),
    ],
)
def test_paths_name_a_call(path: str, expected: Route) -> None:
    assert route(path, "") == expected


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/kms/xks/v1",
        "/kms/xks/v2/health",
        "/kms/xks/v1/health/",
        "/kms/xks/v1/Health",
        "/kms/xks/v1/keys/k/destroy",
        "/kms/xks/v1/keys//encrypt",
        "/kms/xks/v1/keys/%6b/encrypt",
        f"/kms/xks/v1/keys/{'k' * 129}/encrypt",
        "//kms/xks/v1/health",
        "/a/../kms/xks/v1/health",
        f"/{'a' * 250}/kms/xks/v1/health",
    ],
)
def test_other_paths_are_none_of_the_api(path: str) -> None:
    assert refused(path) == "InvalidUriPathException"


def test_the_api_has_no_queries() -> None:
    assert refused("/kms/xks/v1/health", "a=b") == "InvalidUriPathException"


@given(st.text())
def test_any_path_is_one_or_is_refused(path: str) -> None:
    with contextlib.suppress(XksError):
        assert path.startswith(route(path, "").uri_path)


def test_messages_are_read() -> None:
    assert isinstance(decode("GetHealthStatus", json.dumps(HEALTH).encode()), HealthRequest)
    message = decode("GetKeyMetadata", json.dumps(metadata_message()).encode())
    assert message.request_metadata.kms_operation == "DescribeKey"
    encrypt = decode("Encrypt", json.dumps(encrypt_message(bytes(4300), bytes(8192))).encode())
    assert isinstance(encrypt, EncryptRequest)
    assert (len(encrypt.plaintext), len(encrypt.additional_authenticated_data or b"")) == (4300, 8192)
    decrypt = decode("Decrypt", json.dumps(decrypt_message(ciphertextMetadata=20, initializationVector=16)).encode())
    assert isinstance(decrypt, DecryptRequest)


def test_members_of_later_versions_are_passed_over() -> None:
    message = metadata_message()
    message["requestMetadata"]["kmsRecipientAttestationPCR0"] = "00"
    message["requestMetadata"]["kmsOperation"] = "BulkEncrypt"
    assert decode("GetKeyMetadata", json.dumps(message).encode())


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("GetHealthStatus", b"", "The body is not the message of the operation."),
        ("GetHealthStatus", b"[" * 100_000, "The body is not the message of the operation."),
        ("GetKeyMetadata", b"{}", "The body is not the message of the operation."),
        (
            "GetKeyMetadata",
            b'{"requestMetadata":{"kmsOperation":"\xff"}}',
            "The body is not the message of the operation.",
        ),
        (
            "Encrypt",
            json.dumps({**encrypt_message(b"text"), "encryptionAlgorithm": "AES_CBC"}).encode(),
            "The body is not the message of the operation.",
        ),
        ("Encrypt", json.dumps(encrypt_message(b"")).encode(), "The plaintext is not of 1 to 4300 bytes."),
        ("Encrypt", json.dumps(encrypt_message(bytes(4301))).encode(), "The plaintext is not of 1 to 4300 bytes."),
        (
            "Encrypt",
            json.dumps(encrypt_message(b"text", bytes(8193))).encode(),
            "The additional authenticated data is longer than 8192 bytes.",
        ),
        (
            "Decrypt",
            json.dumps(decrypt_message(additionalAuthenticatedData=8193)).encode(),
            "The additional authenticated data is longer than 8192 bytes.",
        ),
        ("Decrypt", json.dumps(decrypt_message(ciphertext=0)).encode(), "The ciphertext is not of 1 to 4300 bytes."),
        (
            "Decrypt",
            json.dumps(decrypt_message(initializationVector=13)).encode(),
            "The initialization vector is not of 12 or 16 bytes.",
        ),
        (
            "Decrypt",
            json.dumps(decrypt_message(authenticationTag=15)).encode(),
            "The authentication tag is not of 16 bytes.",
        ),
        (
            "Decrypt",
            json.dumps(decrypt_message(ciphertextMetadata=21)).encode(),
            "The ciphertext metadata is longer than 20 bytes.",
        ),
    ],
)
def test_other_messages_are_not_valid(operation: Operation, body: bytes, message: str) -> None:
    with pytest.raises(XksError) as raised:
        decode(operation, body)
    assert (raised.value.name, raised.value.status, raised.value.message) == ("ValidationException", 400, message)


@pytest.mark.parametrize("name", get_args(ErrorName))
def test_errors_are_written_as_the_specification_has_them(name: ErrorName) -> None:
    written = json.loads(error_body(XksError(name)))
    assert written["errorName"] == name
    assert re.fullmatch("[ -~]{1,511}", written["errorMessage"])
    assert STATUSES[name] == XksError(name).status


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (errors.AccessDenied, ("AccessDeniedException", 403)),
        (errors.UnrecognizedClient, ("AccessDeniedException", 403)),
        (errors.Disabled, ("InvalidStateException", 400)),
        (errors.InvalidState, ("InvalidStateException", 400)),
        (errors.NotFound, ("KeyNotFoundException", 404)),
        (errors.InvalidArn, ("KeyNotFoundException", 404)),
        (errors.InvalidCiphertext, ("InvalidCiphertextException", 400)),
        (errors.IncorrectKey, ("InvalidCiphertextException", 400)),
        (errors.InvalidKeyUsage, ("InvalidKeyUsageException", 400)),
        (errors.Throttling, ("ThrottlingException", 429)),
        (errors.LimitExceeded, ("ThrottlingException", 429)),
        (errors.DependencyTimeout, ("DependencyTimeoutException", 503)),
        (errors.UnsupportedOperation, ("UnsupportedOperationException", 501)),
        (errors.ValidationError, ("ValidationException", 400)),
        (errors.InternalError, ("InternalException", 500)),
        (errors.InvalidSignature, ("InternalException", 500)),
    ],
)
def test_errors_of_kms_have_their_name_there(error: type[errors.ServiceError], expected: tuple[str, int]) -> None:
    found = error_of(error.code)
    assert (found.name, found.status) == expected
