"""Answers of external key store proxies are read strictly."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.custody.xks_answers import (
    ExternalCiphertext,
    checked_ciphertext,
    checked_health,
    checked_metadata,
    checked_plaintext,
    decoded,
    refusal,
)
from strongroom.custody.xks_failures import XksFailure, XksFailureKind
from strongroom.model.xks import (
    DecryptResponse,
    EkmFleetDetail,
    EncryptResponse,
    HealthResponse,
    KeyMetadataResponse,
)

PLAINTEXT = b"Hello World!"
AAD = b"project=nile,department=marketing"
# The example of the specification.
EXAMPLE = {
    "authenticationTag": "vBxN2ncH1oEkR8WVXpmyYQ==",
    "ciphertext": "ghxkK1txeDNn3q8Y",
    "ciphertextDataIntegrityValue": "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=",
    "ciphertextMetadata": "a2V5X3ZlcnNpb249MQ==",
    "initializationVector": "HMrlRw85cAJUd5Ax",
}
NAMES = [
    "ValidationException",
    "InvalidStateException",
    "InvalidCiphertextException",
    "InvalidKeyUsageException",
    "AuthenticationFailedException",
    "AccessDeniedException",
    "KeyNotFoundException",
    "InvalidUriPathException",
    "UnsupportedOperationException",
    "DependencyTimeoutException",
    "ThrottlingException",
    "InternalException",
]


def example(**changes: bytes) -> EncryptResponse:
    text = {name: base64.b64encode(value).decode() for name, value in changes.items()}
    return decoded(json.dumps(EXAMPLE | text).encode(), EncryptResponse)


def test_the_example_of_the_specification_is_sound() -> None:
    assert checked_ciphertext(example(), PLAINTEXT, AAD) == ExternalCiphertext(
        ciphertext=bytes.fromhex("821c642b5b71783367deaf18"),
        initialization_vector=bytes.fromhex("1ccae5470f39700254779031"),
        authentication_tag=bytes.fromhex("bc1c4dda7707d6812447c5955e99b261"),
        ciphertext_metadata=b"key_version=1",
    )


@pytest.mark.parametrize("aad", [None, b"", AAD + b"!", AAD[:-1]])
def test_the_integrity_value_covers_what_was_authenticated(aad: bytes | None) -> None:
    with pytest.raises(XksFailure):
        checked_ciphertext(example(), PLAINTEXT, aad)


@given(
    member=st.sampled_from(sorted(EXAMPLE)),
    position=st.integers(0, 11),
    flip=st.integers(1, 255),
)
def test_the_integrity_value_covers_every_part(member: str, position: int, flip: int) -> None:
    changed = bytearray(base64.b64decode(EXAMPLE[member]))
    changed[position] ^= flip
    with pytest.raises(XksFailure) as caught:
        checked_ciphertext(example(**{member: bytes(changed)}), PLAINTEXT, AAD)
    assert caught.value.kind is XksFailureKind.MALFORMED_RESPONSE


def fleet(*statuses: str, size: int = 1) -> HealthResponse:
    return HealthResponse(
        xks_proxy_fleet_size=size,
        xks_proxy_vendor="a",
        xks_proxy_model="b",
        ekm_vendor="c",
        ekm_fleet_details=tuple(EkmFleetDetail(id="d", model="e", health_status=status) for status in statuses),
    )


@pytest.mark.parametrize("statuses", [("ACTIVE",), ("DEGRADED",), ("UNAVAILABLE", "ACTIVE"), ("ACTIVE",) * 10])
def test_a_proxy_that_can_serve(statuses: tuple[str, ...]) -> None:
    assert checked_health(fleet(*statuses)) == fleet(*statuses)


@pytest.mark.parametrize("statuses", [("UNAVAILABLE",), ("UNAVAILABLE",) * 10])
def test_a_proxy_that_cannot_serve(statuses: tuple[str, ...]) -> None:
    with pytest.raises(XksFailure) as caught:
        checked_health(fleet(*statuses))
    assert caught.value.kind is XksFailureKind.KEY_MANAGERS_UNAVAILABLE


@pytest.mark.parametrize(
    "response", [fleet(), fleet(*["ACTIVE"] * 11), fleet("active"), fleet("ACTIVE", ""), fleet("ACTIVE", size=0)]
)
def test_a_fleet_that_cannot_be(response: HealthResponse) -> None:
    with pytest.raises(XksFailure) as caught:
        checked_health(response)
    assert caught.value.kind is XksFailureKind.MALFORMED_RESPONSE


def key(spec: str = "AES_256", status: str = "ENABLED", usage: tuple[str, ...] = ("ENCRYPT",)) -> KeyMetadataResponse:
    return KeyMetadataResponse(key_spec=spec, key_usage=usage, key_status=status)


@pytest.mark.parametrize("response", [key(), key(spec="RSA_2048", status="DISABLED", usage=()), key(usage=("X",) * 10)])
def test_metadata_of_keys_of_no_use_has_its_form(response: KeyMetadataResponse) -> None:
    assert checked_metadata(response) is response


@pytest.mark.parametrize(
    "response",
    [
        key(spec=""),
        key(spec="AES 256"),
        key(spec="A" * 65),
        key(spec="<b>"),
        key(usage=("ENCRYPT", "\n")),
        key(usage=("X",) * 11),
        key(status="enabled"),
    ],
)
def test_metadata_of_no_form(response: KeyMetadataResponse) -> None:
    with pytest.raises(XksFailure) as caught:
        checked_metadata(response)
    assert caught.value.kind is XksFailureKind.MALFORMED_RESPONSE


def test_a_plaintext_is_as_long_as_its_ciphertext() -> None:
    ciphertext = checked_ciphertext(example(), PLAINTEXT, AAD)
    assert checked_plaintext(DecryptResponse(plaintext=PLAINTEXT), ciphertext) == PLAINTEXT
    with pytest.raises(XksFailure):
        checked_plaintext(DecryptResponse(plaintext=PLAINTEXT + b"!"), ciphertext)


@pytest.mark.parametrize("name", NAMES)
def test_errors_of_the_proxy_go_by_their_names(name: str) -> None:
    failure = refusal(json.dumps({"errorName": name, "errorMessage": "for the operator"}).encode())
    assert (failure.kind.value, failure.proxy_message) == (name, "for the operator")


@pytest.mark.parametrize("name", ["", "SomeException", "validationexception", "timed out", "store not connected"])
def test_a_name_that_no_error_has(name: str) -> None:
    assert refusal(json.dumps({"errorName": name}).encode()).kind is XksFailureKind.MALFORMED_RESPONSE


@pytest.mark.parametrize(
    ("text", "kept"), [("", ""), ("~" * 511, "~" * 511), ("~" * 512, None), ("a\nb", None), ("ä", None), (None, None)]
)
def test_only_a_short_printable_message_is_kept(text: str | None, kept: str | None) -> None:
    body = json.dumps({"errorName": "InternalException", "errorMessage": text}).encode()
    assert refusal(body).proxy_message == kept


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"errorName":1}', b'{"x":"\xff"}', b'{"x":' + b"[" * 9_999]
)
def test_a_body_of_another_form(body: bytes) -> None:
    assert refusal(body).kind is XksFailureKind.MALFORMED_RESPONSE


@given(
    st.binary(max_size=200)
    | st.recursive(st.text() | st.none(), st.lists).map(lambda value: json.dumps(value).encode())
)
def test_whatever_comes_is_a_failure_and_no_error(body: bytes) -> None:
    with pytest.raises(XksFailure):
        decoded(body, EncryptResponse)
