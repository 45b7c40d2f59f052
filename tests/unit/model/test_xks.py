"""The messages of the XKS proxy API."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest

from strongroom.model.xks import (
    ACCESS_KEY_ID,
    URI_PATH,
    EncryptRequest,
    EncryptResponse,
    ErrorResponse,
    RequestMetadata,
    integrity_value,
)

# The example of the specification, in "Encrypt" and appendix C.
_REQUEST = {
    "requestMetadata": {
        "awsPrincipalArn": "arn:aws:iam::123456789012:user/Alice",
        "kmsKeyArn": "arn:aws:kms:us-east-2:123456789012:/key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "kmsOperation": "Encrypt",
        "kmsRequestId": "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
        "kmsViaService": "ebs",
    },
    "additionalAuthenticatedData": "cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n",
    "plaintext": "SGVsbG8gV29ybGQh",
    "encryptionAlgorithm": "AES_GCM",
    "ciphertextDataIntegrityValueAlgorithm": "SHA_256",
}
_RESPONSE = {
    "authenticationTag": "vBxN2ncH1oEkR8WVXpmyYQ==",
    "ciphertext": "ghxkK1txeDNn3q8Y",
    "ciphertextDataIntegrityValue": "qHA/ImC9h5HsLRXqCyPmWgYx7tzyoTplzILbP0fPXsc=",
    "ciphertextMetadata": "a2V5X3ZlcnNpb249MQ==",
    "initializationVector": "HMrlRw85cAJUd5Ax",
}


def test_messages_have_the_names_of_the_specification() -> None:
    request = msgspec.json.decode(json.dumps(_REQUEST), type=EncryptRequest)
    assert request.additional_authenticated_data == b"project=nile,department=marketing"
    assert request.plaintext == b"Hello World!"
    assert msgspec.json.decode(msgspec.json.encode(request)) == _REQUEST
    response = msgspec.json.decode(json.dumps(_RESPONSE), type=EncryptResponse)
    assert msgspec.json.decode(msgspec.json.encode(response)) == _RESPONSE


def test_members_that_are_none_are_left_out() -> None:
    assert msgspec.json.encode(ErrorResponse(error_name="InternalException")) == b'{"errorName":"InternalException"}'


def test_a_request_says_on_whose_account_it_is_made() -> None:
    with pytest.raises(msgspec.ValidationError, match="awsPrincipalArn"):
        msgspec.json.decode(b'{"kmsOperation":"Encrypt","kmsRequestId":"1"}', type=RequestMetadata)


def test_the_integrity_value_is_that_of_the_specification() -> None:
    request = msgspec.json.decode(json.dumps(_REQUEST), type=EncryptRequest)
    response = msgspec.json.decode(json.dumps(_RESPONSE), type=EncryptResponse)
    value = integrity_value(
        request.additional_authenticated_data,
        response.ciphertext_metadata,
        response.initialization_vector,
        response.ciphertext,
        response.authentication_tag,
    )
    assert base64.b64encode(value).decode() == _RESPONSE["ciphertextDataIntegrityValue"]


def test_what_is_not_there_counts_for_nothing_in_the_integrity_value() -> None:
    assert integrity_value(None, None, b"iv", b"text", b"tag") == integrity_value(b"", b"", b"iv", b"text", b"tag")


@pytest.mark.parametrize(
    ("path", "valid"),
    [("/kms/xks/v1", True), ("/a/b-c_1/kms/xks/v1", True), ("/kms/xks/v2", False), ("a/kms/xks/v1", False)],
)
def test_uri_paths_end_as_the_api_has_them(path: str, valid: bool) -> None:  # noqa: FBT001 - an expected value
    assert (URI_PATH.fullmatch(path) is not None) is valid


@pytest.mark.parametrize(
    ("text", "valid"), [("A" * 19, False), ("A2" * 10, True), ("A1" * 10, False), ("A" * 31, False)]
)
def test_access_key_ids_are_base_32(text: str, valid: bool) -> None:  # noqa: FBT001 - an expected value
    assert (ACCESS_KEY_ID.fullmatch(text) is not None) is valid
