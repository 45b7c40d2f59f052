"""Reading what a request says of its signature, and the exact texts when it is not of the form."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.authorization import parse
from strongroom.model.errors import (
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    ServiceError,
)

CREDENTIAL = "AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request"
VALUE = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=abcd"
DATE = "20150830T123600Z"
EPOCH = 1_440_938_160
QUERY = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": CREDENTIAL.replace("/", "%2F"),
    "X-Amz-Date": DATE,
    "X-Amz-SignedHeaders": "host%3Bx-amz-target",
    "X-Amz-Signature": "abcd",
}


def query(**changes: str | None) -> str:
    """Give the query of a presigned request; an underscore stands for a dash, and None leaves a parameter out."""
    parameters = {**QUERY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return "&".join(f"{name}={value}" for name, value in parameters.items() if value is not None)


def hashed(value: str) -> str:
    return base64.b64encode(hashlib.sha256(value.encode()).digest()).decode()


def fault(kind: type[ServiceError], headers: dict[str, str], query: str = "") -> str | None:
    with pytest.raises(kind) as caught:
        parse(query, headers)
    return caught.value.message


def of_header(value: str, date: str | None = DATE) -> str | None:
    headers = {"authorization": value}
    return fault(IncompleteSignature, headers if date is None else {**headers, "x-amz-date": date})


def test_the_header_form_is_read() -> None:
    authorization = parse("", {"authorization": VALUE, "x-amz-date": DATE, "x-amz-security-token": "opaque"})
    assert tuple(authorization.claim) == (
        "AKIDEXAMPLE",
        "20150830",
        "us-east-1",
        "kms",
        "aws4_request",
        ("host", "x-amz-date"),
    )
    assert (authorization.signature, authorization.session_token) == ("abcd", "opaque")
    assert tuple(authorization.timestamp) == (DATE, EPOCH)
    assert (authorization.presigned, authorization.expires) == (False, None)


@pytest.mark.parametrize(
    "value",
    [
        f"AWS4-HMAC-SHA256 Signature=abcd,SignedHeaders=x-amz-date;host,Credential={CREDENTIAL}",
        f"AWS4-HMAC-SHA256   SignedHeaders=host;x-amz-date ,  Signature=abcd , Credential={CREDENTIAL}, Extra=1",
    ],
)
def test_parameters_come_in_any_order_and_spacing(value: str) -> None:
    headers = {"x-amz-date": DATE}
    assert parse("", {"authorization": value, **headers}) == parse("", {"authorization": VALUE, **headers})


def test_x_amz_date_goes_before_date() -> None:
    both = {"authorization": VALUE, "x-amz-date": DATE, "date": "Sat, 01 Jan 2000 00:00:00 GMT"}
    assert parse("", both).timestamp.text == DATE


@pytest.mark.parametrize("date", [DATE, "Sun, 30 Aug 2015 12:36:00 GMT"])
def test_a_date_header_does_as_well(date: str) -> None:
    assert tuple(parse("", {"authorization": VALUE, "date": date}).timestamp) == (DATE, EPOCH)


def test_the_presigned_form_is_read() -> None:
    authorization = parse(query(X_Amz_Expires="604800", X_Amz_Security_Token="a%2Bb+c", a="1"), {})  # noqa: S106 - no secret
    assert authorization.claim.access_key_id == "AKIDEXAMPLE"
    assert authorization.claim.signed_headers == ("host", "x-amz-target")
    assert authorization.session_token == "a+b+c"  # noqa: S105 - no secret
    assert (authorization.presigned, authorization.expires) == (True, 604_800)
    assert tuple(authorization.timestamp) == (DATE, EPOCH)
    assert authorization.signature == "abcd"


def test_a_presigned_request_need_not_say_when_it_expires() -> None:
    assert parse(query(), {}).expires is None


@pytest.mark.parametrize("mark", ["X-Amz-Algorithm=x", "X-Amz-Signature=x", "X-Amz-Credential=x", query()])
def test_both_forms(mark: str) -> None:
    text = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    assert fault(InvalidSignature, {"authorization": VALUE, "x-amz-date": DATE}, mark) == text


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": ""}, {"authorization": "Basic x"}, {"authorization": "AWS a:b"}]
)
def test_neither_form(headers: dict[str, str]) -> None:
    assert fault(MissingAuthenticationToken, headers, "a=1&X-Amz-Date=x") == "Missing Authentication Token"


NO_CREDENTIAL = "Authorization header requires 'Credential' parameter. "
NO_SIGNATURE = "Authorization header requires 'Signature' parameter. "
NO_SIGNED_HEADERS = "Authorization header requires 'SignedHeaders' parameter. "
NO_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
HASHED = "(Hashed with SHA-256 and encoded with Base64) Authorization="


@pytest.mark.parametrize(
    ("value", "date", "faults"),
    [
        ("AWS4-HMAC-SHA256", None, NO_CREDENTIAL + NO_SIGNATURE + NO_SIGNED_HEADERS + NO_DATE),
        ("AWS4-HMAC-SHA256 ", DATE, NO_CREDENTIAL + NO_SIGNATURE + NO_SIGNED_HEADERS),
        ("AWS4-HMAC-SHA256 Signature=b", DATE, NO_CREDENTIAL + NO_SIGNED_HEADERS),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=c", None, NO_SIGNATURE + NO_DATE),
        (VALUE, None, NO_DATE),
        (VALUE + ", Signature=b", DATE, "Authorization header has more than one 'Signature' parameter. "),
    ],
)
def test_parts_of_the_header_are_missing(value: str, date: str | None, faults: str) -> None:
    assert of_header(value, date) == faults + HASHED + hashed(value)


@pytest.mark.parametrize("rest", ["Credential", "Signature=b, Credential, SignedHeaders=c", "Signature=b,", ","])
def test_a_part_without_an_equal_sign(rest: str) -> None:
    value = f"AWS4-HMAC-SHA256 {rest}"
    assert of_header(value) == (
        "Invalid key=value pair (missing equal-sign) in Authorization header "
        f"(hashed with SHA-256 and encoded with Base64): '{hashed(value)}'."
    )


ALGORITHM = "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for now). "
SHAPE = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'"
BAD_DATE = "Date must be in ISO-8601 'basic format'. Got '{}'. See http://en.wikipedia.org/wiki/ISO_8601"


def test_another_algorithm() -> None:
    assert of_header(VALUE.replace("SHA256", "SHA25")) == ALGORITHM
    assert fault(IncompleteSignature, {}, query(X_Amz_Algorithm="AWS4-HMAC-SHA25")) == ALGORITHM


@pytest.mark.parametrize("credential", ["", "a/b/c/d", "a/b/c/d/e/f"])
def test_a_credential_of_another_shape(credential: str) -> None:
    assert of_header(VALUE.replace(CREDENTIAL, credential)) == SHAPE.format(credential)
    assert fault(IncompleteSignature, {}, query(X_Amz_Credential=credential)) == SHAPE.format(credential)


def test_algorithm_and_credential_in_one_text() -> None:
    value = VALUE.replace(CREDENTIAL, "a/b/c/d").replace("SHA256", "SHA25")
    assert of_header(value) == ALGORITHM + SHAPE.format("a/b/c/d")


@pytest.mark.parametrize("date", ["", "201", "20150830", "Sun, 30 Aug 2015 12:36:00 GMT"])
def test_a_bad_date(date: str) -> None:
    assert of_header(VALUE, date) == BAD_DATE.format(date)
    assert fault(IncompleteSignature, {}, query(X_Amz_Date=date.replace(" ", "%20"))) == BAD_DATE.format(date)


def test_a_bad_date_header() -> None:
    assert fault(IncompleteSignature, {"authorization": VALUE, "date": "201"}) == BAD_DATE.format("201")


@pytest.mark.parametrize(
    "missing", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"]
)
def test_a_part_of_the_query_is_missing(missing: str) -> None:
    text = f"AWS query-string parameters must include '{missing}'. Re-examine the query-string parameters."
    assert fault(IncompleteSignature, {}, query(**{missing: None})) == text


def test_all_other_parts_of_the_query_are_missing() -> None:
    assert fault(IncompleteSignature, {}, "X-Amz-Algorithm=x") == (
        "AWS query-string parameters must include 'X-Amz-Credential'. "
        "AWS query-string parameters must include 'X-Amz-Signature'. "
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
        "AWS query-string parameters must include 'X-Amz-Date'. "
        "Re-examine the query-string parameters."
    )


@pytest.mark.parametrize("name", [*QUERY, "X-Amz-Security-Token"])
def test_a_part_of_the_query_comes_twice(name: str) -> None:
    text = "AWS query-string parameters must not repeat. Re-examine the query-string parameters."
    assert fault(IncompleteSignature, {}, f"{query(X_Amz_Security_Token=CREDENTIAL)}&{name}=x") == text


@pytest.mark.parametrize("expires", ["", "x", "-1", "+1", "1.0", "\u0663", "10000000000"])
def test_an_expiry_that_is_no_number(expires: str) -> None:
    assert fault(IncompleteSignature, {}, query(X_Amz_Expires=expires)) == "X-Amz-Expires should be a number"


@pytest.mark.parametrize("expires", ["0", "604801"])
def test_an_expiry_out_of_range(expires: str) -> None:
    text = "X-Amz-Expires must be between 1 and 604800 seconds"
    assert fault(IncompleteSignature, {}, query(X_Amz_Expires=expires)) == text


@given(st.text(), st.text(), st.text())
def test_no_text_does_anything_but_parse_or_fail_as_aws_does(value: str, date: str, parameters: str) -> None:
    for authorization in (value, f"AWS4-HMAC-SHA256 {value}", f"{VALUE}{value}"):
        for text in (parameters, f"X-Amz-Algorithm={parameters}", f"{query()}{parameters}"):
            for headers in ({"authorization": authorization, "x-amz-date": date, "date": date}, {"x-amz-date": date}):
                try:
                    parse(text, headers)
                except (IncompleteSignature, InvalidSignature, MissingAuthenticationToken) as error:
                    assert error.message  # noqa: PT017 - any of three, or none
