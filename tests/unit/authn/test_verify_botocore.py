"""Whatever botocore signs is accepted, and nothing else is."""

import time

import pytest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.errors import ServiceError
from strongroom.model.request import Request
from tests.unit.authn.support import (
    ACCESS_KEY_ID,
    PRINCIPAL,
    authenticator,
    botocore_signed,
    replaced,
    tokens,
    with_header,
)

TARGETS = st.from_regex(r"TrentService\.[A-Z][A-Za-z]{1,30}", fullmatch=True)
URLS = st.builds(
    "http://{}{}".format,
    st.sampled_from(["127.0.0.1:4599", "kms.us-east-1.amazonaws.com", "[::1]:4599", "localhost"]),
    st.sampled_from(["/", "/a b", "/a/../b//", "/%20/x", "/?a=1", "/?b=2&a=1&a=0", "/?q=%2F%20"]),
)
SIGNED = botocore_signed(b'{"KeyId":"alias/example"}', target="TrentService.DescribeKey")
PRESIGNED = botocore_signed(presigned=True)
SIGNED_AT = time.time()


@given(body=st.binary(max_size=200), target=TARGETS, url=URLS, presigned=st.booleans())
def test_what_botocore_signs_is_accepted(body: bytes, target: str, url: str, *, presigned: bool) -> None:
    request = botocore_signed(body, target=target, url=url, presigned=presigned)
    by = authenticator()
    first, second = (by.authenticate(request, time.time()) for _ in range(2))
    assert first == second
    assert (first.principal, first.access_key_id, first.presigned) == (PRINCIPAL, ACCESS_KEY_ID, presigned)


@pytest.mark.parametrize("presigned", [False, True])
def test_a_session_that_botocore_signs_with_is_accepted(*, presigned: bool) -> None:
    sessions = tokens()
    issued = sessions.issue(PRINCIPAL, time.time(), 900)
    credentials = Credentials(issued.access_key_id, issued.secret_access_key, issued.session_token)
    request = botocore_signed(credentials=credentials, presigned=presigned)
    authenticated = authenticator(sessions=sessions).authenticate(request, time.time())
    assert authenticated.access_key_id == issued.access_key_id
    assert authenticated.session is not None
    assert authenticated.session.expires_at == issued.expiration


def flipped(text: str, index: int) -> str:
    """Flip the lowest bit of a character."""
    return text[:index] + chr(ord(text[index]) ^ 1) + text[index + 1 :]


def refused(request: Request, original: Request) -> bool:
    """Hold that a request is refused, by one who never saw the original as by one who did."""
    seen = authenticator()
    seen.authenticate(original, SIGNED_AT)
    for by in (authenticator(), seen):
        with pytest.raises(ServiceError) as caught:
            by.authenticate(request, SIGNED_AT)
        assert caught.value.status < 500
    return True


@given(st.data())
def test_a_flipped_bit_of_the_body_is_refused(data: st.DataObject) -> None:
    body = bytearray(SIGNED.body)
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert refused(replaced(SIGNED, body=bytes(body)), SIGNED)


@given(st.binary(min_size=1, max_size=20))
def test_a_body_added_to_a_presigned_request_is_refused(body: bytes) -> None:
    assert refused(replaced(PRESIGNED, body=body), PRESIGNED)


@given(st.data())
def test_a_flipped_character_of_any_signed_header_is_refused(data: st.DataObject) -> None:
    """The date, the host, the target, the content type, and all of Authorization: region, signed headers, signature."""
    name = data.draw(st.sampled_from(["host", "content-type", "x-amz-date", "x-amz-target", "authorization"]))
    value = SIGNED.header(name) or ""
    changed = with_header(SIGNED, name, flipped(value, data.draw(st.integers(0, len(value) - 1))))
    assert refused(changed, SIGNED)


@given(st.data())
def test_a_flipped_character_of_a_presigned_query_is_refused(data: st.DataObject) -> None:
    query = flipped(PRESIGNED.query, data.draw(st.integers(0, len(PRESIGNED.query) - 1)))
    assert refused(replaced(PRESIGNED, query=query), PRESIGNED)


@given(st.sampled_from(["host", "content-type", "x-amz-date", "x-amz-target", "authorization"]))
def test_a_signed_header_that_is_missing_is_refused(name: str) -> None:
    assert refused(with_header(SIGNED, name, None), SIGNED)


@given(TARGETS)
def test_a_signature_is_good_for_its_own_request_only(target: str) -> None:
    other = botocore_signed(b'{"KeyId":"alias/other"}', target=target)
    assert refused(with_header(SIGNED, "authorization", other.header("authorization")), SIGNED)
