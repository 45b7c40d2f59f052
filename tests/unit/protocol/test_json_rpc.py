from typing import Annotated

import msgspec
import pytest
from msgspec import Meta

from strongroom.model.errors import (
    AccessDenied,
    InvalidCiphertext,
    NotFound,
    SerializationError,
    ServiceError,
    UnknownOperation,
    ValidationError,
)
from strongroom.protocol import json_rpc
from strongroom.protocol.structures import AwsStruct


class ListKeysRequest(AwsStruct, frozen=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=1000)] | None = None
    marker: str | None = None


class EncryptResponse(AwsStruct, frozen=True, kw_only=True):
    ciphertext_blob: bytes
    key_id: str
    encryption_algorithm: str | None = None


LIST_KEYS = json_rpc.decoder_for(ListKeysRequest)


@pytest.mark.parametrize(
    ("target", "prefix", "name"),
    [
        ("TrentService.Encrypt", "TrentService", "Encrypt"),
        (
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents",
            "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
            "LookupEvents",
        ),
    ],
)
def test_operation_name(target: str, prefix: str, name: str) -> None:
    assert json_rpc.operation_name(target, prefix) == name


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        ".",
        "Encrypt",
        ".Encrypt",
        "TrentService",
        "TrentService.",
        "TrentService..Encrypt",
        "TrentService.Encrypt.",
        "trentservice.Encrypt",
        "DynamoDB_20120810.GetItem",
        "TrentService#Encrypt",
    ],
)
def test_unknown_targets(target: str | None) -> None:
    with pytest.raises(UnknownOperation) as raised:
        json_rpc.operation_name(target, "TrentService")
    assert json_rpc.error_body(raised.value) == b'{"__type":"UnknownOperationException"}'


@pytest.mark.parametrize("body", [b"", b"{}", b" {} ", b'{"Limit":null}', b'{"Other":1}'])
def test_decode_of_an_empty_request(body: bytes) -> None:
    assert json_rpc.decode(LIST_KEYS, body) == ListKeysRequest()


def test_decode() -> None:
    assert json_rpc.decode(LIST_KEYS, b'{"Limit":5,"Marker":"m"}') == ListKeysRequest(limit=5, marker="m")


def test_the_later_of_two_members_counts() -> None:
    assert json_rpc.decode(LIST_KEYS, b'{"Limit":5,"Limit":6}') == ListKeysRequest(limit=6)


def test_decode_explains() -> None:
    with pytest.raises(ValidationError) as raised:
        json_rpc.decode(LIST_KEYS, b'{"Limit":0,"Marker":"obviously-fake-secret"}')
    assert raised.value.message == (
        "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    )
    assert raised.value.__context__ is None


def test_an_empty_body_may_be_invalid() -> None:
    class Request(AwsStruct, frozen=True, kw_only=True):
        key_id: str

    with pytest.raises(ValidationError, match="Value null at 'keyId'"):
        json_rpc.decode(json_rpc.decoder_for(Request), b"")


HOSTILE = {
    "text": b"hello",
    "blank": b" ",
    "byte order mark": b"\xef\xbb\xbf{}",
    "array": b"[]",
    "null": b"null",
    "string": b'"{}"',
    "number": b"1",
    "two objects": b"{}{}",
    "comment": b"/* */{}",
    "single quotes": b"{'Marker':'m'}",
    "trailing comma": b'{"Marker":"m",}',
    "cut off": b'{"Marker":"m',
    "brackets": b"[" * 1_048_576,
    "objects": b'{"Marker":' * 100_000,
    "brackets in an unknown member": b'{"X":' + b"[" * 1_048_576,
    "closed brackets in an unknown member": b'{"X":' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    "NUL": b'{"Marker":"\x00"}',
    "NUL behind": b"{}\x00",
    "control": b'{"Marker":"\x1f"}',
    "invalid UTF-8": b'{"Marker":"\xff"}',
    "overlong UTF-8": b'{"Marker":"\xc0\xaf"}',
    "surrogate in UTF-8": b'{"Marker":"\xed\xa0\x80"}',
    "lone high surrogate": rb'{"Marker":"\ud800 and more"}',
    "lone low surrogate": rb'{"Marker":"\udc00 and more"}',
    "surrogates swapped": rb'{"Marker":"\udc00\ud800"}',
    "NaN": b'{"Limit":NaN}',
    "Infinity": b'{"Limit":-Infinity}',
    "giant exponent": b'{"Limit":1e999999}',
    "giant integer": b'{"Limit":' + b"9" * 4301 + b"}",
    "leading zero": b'{"Limit":01}',
    "hexadecimal": b'{"Limit":0x1}',
    "wrong member, then a good one": b'{"Limit":"1","Limit":1}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_bodies(body: bytes) -> None:
    with pytest.raises(SerializationError) as raised:
        json_rpc.decode(LIST_KEYS, body)
    assert json_rpc.error_body(raised.value) == b'{"__type":"SerializationException"}'


def test_an_escaped_nul_is_a_character() -> None:
    assert json_rpc.decode(LIST_KEYS, rb'{"Marker":"\u0000"}').marker == "\0"


def test_the_longest_integer_is_explained() -> None:
    with pytest.raises(ValidationError, match=r"Member must have value less than or equal to 1000$"):
        json_rpc.decode(LIST_KEYS, b'{"Limit":' + b"9" * 4300 + b"}")


def test_a_type_is_compiled_once_and_checked() -> None:
    class Wrong(AwsStruct, frozen=True, kw_only=True):
        limit: int = 5

    assert json_rpc.decoder_for(ListKeysRequest) is LIST_KEYS
    with pytest.raises(TypeError):
        json_rpc.decoder_for(Wrong)


def test_encode() -> None:
    response = EncryptResponse(ciphertext_blob=b"\x00\xff", key_id="k")
    assert json_rpc.encode(response) == b'{"CiphertextBlob":"AP8=","KeyId":"k"}'
    assert json_rpc.encode(None) == b""


@pytest.mark.parametrize(
    ("error", "body"),
    [
        (NotFound("Invalid keyId 'x'"), {"__type": "NotFoundException", "message": "Invalid keyId 'x'"}),
        (AccessDenied("no"), {"__type": "AccessDeniedException", "Message": "no"}),
        (InvalidCiphertext(), {"__type": "InvalidCiphertextException"}),
        (NotFound(""), {"__type": "NotFoundException", "message": ""}),
    ],
)
def test_error_body(error: ServiceError, body: dict[str, str]) -> None:
    assert msgspec.json.decode(json_rpc.error_body(error)) == body


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-amz-json-1.1",
        "application/x-amz-json-1.1; charset=utf-8",
        "Application/X-Amz-JSON-1.1",
    ],
)
def test_requests_of_this_protocol(content_type: str) -> None:
    assert json_rpc.refusal("POST", "/", content_type) is None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "post"])
def test_other_methods(method: str) -> None:
    refusal = json_rpc.refusal(method, "/", json_rpc.MEDIA_TYPE)
    assert refusal is json_rpc.NOT_POST
    assert refusal.status == 403
    assert refusal.code == "AccessDeniedException"
    assert refusal.body == (
        b"<AccessDeniedException>\n"
        b"  <Message>Unable to determine service/operation name to be authorized</Message>\n"
        b"</AccessDeniedException>\n"
    )


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "application/x-amz-json-1.0", "application/x-amz-json-1.10", "; charset=utf-8"],
)
def test_other_media_types(content_type: str | None) -> None:
    refusal = json_rpc.refusal("POST", "/", content_type)
    assert refusal is json_rpc.WRONG_PLACE
    assert refusal.status == 404
    assert refusal.code == "UnknownOperationException"
    assert refusal.body == b"<UnknownOperationException/>\n"


@pytest.mark.parametrize("path", ["/any", "//", "/index.html", ""])
def test_other_paths(path: str) -> None:
    assert json_rpc.refusal("POST", path, json_rpc.MEDIA_TYPE) is json_rpc.WRONG_PLACE
