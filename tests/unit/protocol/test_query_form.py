from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.errors import ServiceError
from strongroom.model.request import Request
from strongroom.protocol.query_errors import MalformedHttpRequestError, MalformedQueryStringError
from strongroom.protocol.query_form import MOST_PARAMETERS, parameters

FORM = "application/x-www-form-urlencoded"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def post(body: bytes, content_type: str | None = FORM) -> Request:
    headers = () if content_type is None else (("content-type", content_type),)
    return Request(method="POST", path="/", query="", headers=headers, body=body, source_ip="192.0.2.1")


def get(query: str) -> Request:
    return Request(method="GET", path="/", query=query, headers=(), body=b"", source_ip="192.0.2.1")


def refusal(request: Request) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        parameters(request)
    return raised.value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", {}),
        (b"&&", {}),
        (b"Action=GetUser&Version=2010-05-08", {"Action": "GetUser", "Version": "2010-05-08"}),
        (b"Tags=", {"Tags": ""}),
        (b"Tags", {"Tags": ""}),
        (b"Path=%2Fa%2fb%2F&UserName=J+D%2b1", {"Path": "/a/b/", "UserName": "J D+1"}),
        (b"A%2e1=x=y", {"A.1": "x=y"}),
        (b"Description=caf%C3%A9 \xe2\x82\xac", {"Description": "café €"}),
        (b"Description=%00%0d%0A", {"Description": "\x00\r\n"}),
        (b"X-Amz-Signature=1", {"X-Amz-Signature": "1"}),
    ],
)
def test_parameters_of_a_form(body: bytes, expected: Mapping[str, str]) -> None:
    assert parameters(post(body)) == expected


@pytest.mark.parametrize(
    "content_type", [f"{FORM}; charset=utf-8", f"{FORM};charset=ISO-8859-1", "Application/X-WWW-Form-URLEncoded ; a=b"]
)
def test_parameters_of_the_media_type_do_not_matter(content_type: str) -> None:
    assert parameters(post(b"A=%C3%A9", content_type)) == {"A": "é"}


@pytest.mark.parametrize("content_type", [None, "", "application/x-amz-json-1.1", "text/plain", f"{FORM}x"])
def test_a_body_that_is_no_form(content_type: str | None) -> None:
    assert isinstance(refusal(post(b"A=1", content_type)), MalformedHttpRequestError)


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE", "OPTIONS"])
def test_other_methods(method: str) -> None:
    request = Request(method=method, path="/", query="A=1", headers=(), body=b"", source_ip="192.0.2.1")
    assert isinstance(refusal(request), MalformedHttpRequestError)


def test_parameters_of_a_presigned_request() -> None:
    query = (
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F"
        "20261124&X-Amz-Date=20261124T134802Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
    )
    assert parameters(get(query)) == {"Action": "GetCallerIdentity", "Version": "2011-06-15"}


def test_a_plus_sign_in_a_query_string_stands_for_itself() -> None:
    assert parameters(get("A=1+2%2B3&B=%20")) == {"A": "1+2+3", "B": " "}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"A=1&B=2&A=1", "The parameter A must not repeat"),
        (b"A=1&%41=2", "The parameter A must not repeat"),
        (b"A=%", "Incomplete trailing escape % sequence"),
        (b"A=%4", "Incomplete trailing escape % sequence"),
        (b"A%4=", "Incomplete trailing escape % sequence"),
        (b"A=%zz1", "Illegal hex character in escape % pattern: %zz"),
        (b"A=%4%31", "Illegal hex character in escape % pattern: %4%"),
        ("A=%٣٣".encode(), "Illegal hex character in escape % pattern: %٣٣"),
        (b"A=%C3%28", "The parameters must be UTF-8"),
        (b"A=%ED%A0%80", "The parameters must be UTF-8"),
        (b"A=\xff", "The parameters must be UTF-8"),
    ],
)
def test_malformed_forms(body: bytes, message: str) -> None:
    error = refusal(post(body))
    assert isinstance(error, MalformedQueryStringError)
    assert error.message == message


@pytest.mark.parametrize("query", ["A=1&A=2", "A=%", "A=%FF"])
def test_malformed_query_strings(query: str) -> None:
    assert isinstance(refusal(get(query)), MalformedQueryStringError)


def test_a_refusal_carries_nothing_of_the_body() -> None:
    error = refusal(post(b"Password=not-a-secret%FF"))
    assert error.__context__ is None


def test_the_number_of_parameters_is_bounded() -> None:
    most = "&".join(f"A{number}=" for number in range(MOST_PARAMETERS))
    assert len(parameters(post(most.encode()))) == MOST_PARAMETERS
    assert refusal(post(f"{most}&B=".encode())).message == "There may be at most 4096 parameters"


@given(st.dictionaries(TEXT, TEXT))
def test_forms_come_back(given_parameters: dict[str, str]) -> None:
    assert parameters(post(urlencode(given_parameters).encode())) == given_parameters


@given(st.dictionaries(TEXT.filter(lambda name: not name.startswith("X-Amz-")), TEXT))
def test_query_strings_come_back(given_parameters: dict[str, str]) -> None:
    assert parameters(get(urlencode(given_parameters, quote_via=quote))) == given_parameters


@given(st.binary())
def test_any_body_is_read_as_by_the_standard_library_or_refused(body: bytes) -> None:
    try:
        found = parameters(post(body))
    except MalformedQueryStringError:
        return
    assert list(found.items()) == parse_qsl(body.decode(), keep_blank_values=True)


@given(
    st.lists(
        st.sampled_from(["%41", "%0a", "%0D", "%3D", "%20", "%25", "%c3%a9", "\n", "\r", "\t", " ", "_", "é", "a"])
    )
)
def test_escapes_are_read_as_the_library_reads_them(parts: list[str]) -> None:
    text = "".join(parts)
    assert parameters(get(f"a={text}%41")) == {"a": unquote(f"{text}%41", errors="strict")}


def test_what_has_no_encoding_is_refused() -> None:
    assert isinstance(refusal(get("a=%41\ud800")), MalformedQueryStringError)
