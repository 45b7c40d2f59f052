"""The signature against AWS's published vectors."""

from datetime import date
from pathlib import Path

import pytest
from botocore.utils import normalize_url_path
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn import sigv4
from strongroom.authn.authorization import parse
from strongroom.model.request import Request
from tests.unit.authn.support import EXAMPLE_KEY

VECTORS = Path(__file__).parents[2] / "vectors" / "sigv4"
FILES = sorted(VECTORS.glob("*/*.txt"))


def read(path: Path) -> Request:
    """Read a request in the form of the vectors."""
    head, _, body = path.read_text("utf-8").partition("\n\n")
    first, *lines = head.split("\n")
    target = first.split(" ", 1)[1].removesuffix(" HTTP/1.1")
    headers: list[tuple[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        headers.append((name.lower(), value))
    url_path, _, query = target.partition("?")
    return Request(
        method=first.split(" ", 1)[0],
        path=url_path,
        query=query,
        headers=tuple(headers),
        body=body.encode(),
        source_ip="127.0.0.1",
    )


def test_there_are_vectors_of_both_forms() -> None:
    assert len([path for path in FILES if path.name.startswith("header-")]) >= 30
    assert len([path for path in FILES if path.name.startswith("query-")]) >= 15


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}-{path.name.partition('-')[0]}" for path in FILES])
def test_a_published_request_gives_its_published_signature(path: Path) -> None:
    request = read(path)
    values = sigv4.header_values(request.headers)
    authorization = parse(request.query, values)
    claim = authorization.claim
    normalize = not path.parent.name.endswith("-unnormalized")
    canonical = sigv4.canonical_request(request, values, claim.signed_headers, normalize_path=normalize)
    scope = sigv4.credential_scope(claim.date, claim.region, claim.service)
    to_sign = sigv4.string_to_sign(authorization.timestamp.text, scope, canonical)
    key = sigv4.signing_key(EXAMPLE_KEY, claim.date, claim.region, claim.service)
    assert sigv4.SigningKey(key).sign(to_sign) == authorization.signature


def test_the_documented_signing_key() -> None:
    """IAM User Guide, "Create a signed AWS API request": example of a derived signing key."""
    key = sigv4.signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20120215", "us-east-1", "iam")
    assert key.hex() == "f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d"


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("/..", "/"),
        ("/a/../b", "/b"),
        ("/a/..", "/"),
        ("/a//b/./c/", "/a/b/c/"),
        ("/a%20b", "/a%2520b"),
        ("/key:value", "/key%3Avalue"),
    ],
)
def test_paths_are_normalised_and_encoded_a_second_time(path: str, canonical: str) -> None:
    assert sigv4.canonical_path(path) == canonical


def test_an_empty_path_that_is_not_normalised_is_the_root() -> None:
    assert sigv4.canonical_path("", normalize=False) == "/"


@given(st.lists(st.sampled_from(["a", "bc", ".", "..", ""]), max_size=8))
def test_paths_are_normalised_as_botocore_does(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    assert sigv4.canonical_path(path) == normalize_url_path(path)


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("b=2&a=1&a=0", "a=0&a=1&b=2"),
        ("a", "a="),
        ("&a=1&&", "a=1"),
        ("a=b=c", "a=b%3Dc"),
        ("a=%7e%2B+", "a=~%2B%2B"),
        ("a=%ff", "a=%FF"),
        ("X-Amz-Signature=00&X-Amz-Date=x", "X-Amz-Date=x"),
    ],
)
def test_queries_are_sorted_and_encoded_one_way(query: str, canonical: str) -> None:
    assert sigv4.canonical_query(query) == canonical


@pytest.mark.parametrize(
    ("value", "trimmed"),
    [("a", "a"), ("  a ", "a"), ("a  b\t c", "a b c"), ('"a   b"', '"a b"'), ("\ta", "a"), ("a\n  b", "a b"), ("", "")],
)
def test_blanks_are_trimmed(value: str, trimmed: str) -> None:
    assert sigv4.trim(value) == trimmed


def test_blanks_beyond_ascii_are_part_of_the_value() -> None:
    assert sigv4.trim("\xa0a\x85") == "\xa0a\x85"


def test_repeated_headers_are_joined_in_their_order() -> None:
    headers = (("a", " 2 "), ("b", "x"), ("a", "1"))
    assert sigv4.header_values(headers) == {"a": "2,1", "b": "x"}


def test_a_signed_header_that_is_missing_is_an_error() -> None:
    request = Request(method="GET", path="/", query="", headers=(), body=b"", source_ip="127.0.0.1")
    with pytest.raises(KeyError):
        sigv4.canonical_request(request, {}, ("host",))


@given(st.binary(max_size=40), st.dates())
def test_a_signing_key_signs_the_same_again(to_sign: bytes, day: date) -> None:
    key = sigv4.SigningKey(sigv4.signing_key(EXAMPLE_KEY, day.strftime("%Y%m%d"), "us-east-1", "kms"))
    assert key.sign(to_sign) == key.sign(to_sign)
    assert key.sign(to_sign) != key.sign(to_sign + b"x")
