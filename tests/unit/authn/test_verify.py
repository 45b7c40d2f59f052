"""Who made a request: every check with its exact text, at a fixed time."""

import pytest

from strongroom.authn import sigv4
from strongroom.authn.credentials import Credential
from strongroom.authn.sessions import Session, SessionTokens, TemporaryCredentials
from strongroom.authn.timestamps import format_basic
from strongroom.authn.verify import Authenticated, Authenticator
from strongroom.model.errors import (
    ExpiredToken,
    IncompleteSignature,
    InvalidSignature,
    MissingAuthenticationToken,
    ServiceError,
    UnrecognizedClient,
)
from strongroom.model.principal import root_principal
from strongroom.model.request import Request
from tests.unit.authn.support import (
    ACCESS_KEY_ID,
    CREDENTIAL,
    EXAMPLE_KEY,
    PRINCIPAL,
    AesGcm,
    Directory,
    authenticator,
    replaced,
    tokens,
    wall,
    with_header,
)

T = "20130609T100000Z"
NOW = wall(T)
SCOPE = ("20130609", "us-east-1", "kms", "aws4_request")
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
INVALID = "The security token included in the request is invalid"
NOT_SIGNED = "'{}' must be a 'SignedHeader' in the AWS Authorization."
HEADERS = (
    ("host", "kms.example"),
    ("content-type", "application/x-amz-json-1.1"),
    ("x-amz-target", "TrentService.ListKeys"),
    ("user-agent", "a  b"),
)
UNSIGNED = ("user-agent", "content-length")


def request(headers: tuple[tuple[str, str], ...] = HEADERS, query: str = "", body: bytes = b"{}") -> Request:
    return Request(method="POST", path="/", query=query, headers=headers, body=body, source_ip="127.0.0.1")


def sign(
    unsigned: Request,
    key: tuple[str, str] = (ACCESS_KEY_ID, EXAMPLE_KEY),
    scope: tuple[str, ...] = SCOPE,
    leave_out: tuple[str, ...] = UNSIGNED,
) -> str:
    """Give the Authorization header; the signature is right for the scope as it should be."""
    values = sigv4.header_values(unsigned.headers)
    names = sorted(name for name in values if name not in leave_out)
    signature = signature_of(unsigned, names, values.get("x-amz-date", T), key[1])
    credential = "/".join((key[0], *scope))
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"


def signature_of(unsigned: Request, names: list[str], timestamp: str, secret: str) -> str:
    canonical = sigv4.canonical_request(unsigned, sigv4.header_values(unsigned.headers), names)
    scope = (timestamp[:8], *SCOPE[1:3])
    to_sign = sigv4.string_to_sign(timestamp, sigv4.credential_scope(*scope), canonical)
    return sigv4.SigningKey(sigv4.signing_key(secret, *scope)).sign(to_sign)


def signed(
    timestamp: str = T,
    key: tuple[str, str] = (ACCESS_KEY_ID, EXAMPLE_KEY),
    scope: tuple[str, ...] = SCOPE,
    leave_out: tuple[str, ...] = UNSIGNED,
    token: str | None = None,
) -> Request:
    extra = (("x-amz-date", timestamp), *((("x-amz-security-token", token),) if token else ()))
    unsigned = request(HEADERS + extra)
    return with_header(unsigned, "authorization", sign(unsigned, key, scope, leave_out))


def presigned(
    timestamp: str = T,
    *,
    names: tuple[str, ...] = ("host", "x-amz-target"),
    rest: str = "&X-Amz-Expires=60",
    key: tuple[str, str] = (ACCESS_KEY_ID, EXAMPLE_KEY),
) -> Request:
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={'%2F'.join((key[0], *SCOPE))}"
        f"&X-Amz-Date={timestamp}&X-Amz-SignedHeaders={'%3B'.join(names)}{rest}"
    )
    unsigned = request(query=query)
    return replaced(unsigned, query=f"{query}&X-Amz-Signature={signature_of(unsigned, list(names), timestamp, key[1])}")


def temporary(issued: TemporaryCredentials) -> tuple[str, str]:
    return issued.access_key_id, issued.secret_access_key


def fault(kind: type[ServiceError], asked: Request, by: Authenticator | None = None, now: float = NOW) -> str | None:
    with pytest.raises(kind) as caught:
        (by or authenticator()).authenticate(asked, now)
    assert type(caught.value) is kind
    return caught.value.message


def test_a_signed_request_is_its_signers() -> None:
    assert authenticator().authenticate(signed(), NOW) == Authenticated(
        principal=PRINCIPAL, access_key_id=ACCESS_KEY_ID, region="us-east-1", service="kms"
    )


def test_a_presigned_request_is_its_signers() -> None:
    assert authenticator().authenticate(presigned(), NOW) == Authenticated(
        principal=PRINCIPAL, access_key_id=ACCESS_KEY_ID, region="us-east-1", service="kms", presigned=True
    )


@pytest.mark.parametrize("date", [T, "Sun, 09 Jun 2013 10:00:00 GMT", "Sun, 09 Jun 2013 10:00:00 -0000"])
def test_a_date_header_does_as_well(date: str) -> None:
    unsigned = request((*HEADERS, ("date", date)))
    asked = with_header(unsigned, "authorization", sign(unsigned))
    assert authenticator().authenticate(asked, NOW).principal == PRINCIPAL


def test_a_query_that_is_no_signature_is_signed_with_the_rest() -> None:
    unsigned = request((*HEADERS, ("x-amz-date", T)), query="b=2&a=1")
    asked = with_header(unsigned, "authorization", sign(unsigned))
    by = authenticator()
    assert by.authenticate(asked, NOW) == by.authenticate(asked, NOW)
    assert fault(InvalidSignature, replaced(asked, query="b=2&a=2"), by) == MISMATCH
    assert fault(InvalidSignature, replaced(asked, query=""), by) == MISMATCH


def test_a_repeated_header_of_no_weight_is_signed_as_a_list() -> None:
    unsigned = request((*HEADERS, ("x-amz-date", T), ("accept", "b"), ("accept", "a")))
    asked = with_header(unsigned, "authorization", sign(unsigned))
    assert authenticator().authenticate(asked, NOW).principal == PRINCIPAL


def test_both_signatures() -> None:
    asked = with_header(presigned(), "authorization", "AWS4-HMAC-SHA256 x")
    text = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    assert fault(InvalidSignature, asked) == text
    by = authenticator()
    by.authenticate(signed(), NOW)
    assert fault(InvalidSignature, replaced(signed(), query=presigned().query), by) == text


def test_no_signature() -> None:
    assert fault(MissingAuthenticationToken, request()) == "Missing Authentication Token"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("authorization", "Authorization"),
        ("content-length", "Content-Length"),
        ("content-type", "Content-Type"),
        ("date", "Date"),
        ("host", "Host"),
        ("x-amz-date", "X-Amz-Date"),
        ("x-amz-security-token", "X-Amz-Security-Token"),
        ("x-amz-target", "X-Amz-Target"),
    ],
)
def test_a_header_that_decides_comes_once(name: str, shown: str) -> None:
    once = with_header(signed(), name, "x")
    twice = replaced(once, headers=(*once.headers, (name, "x")))
    assert fault(IncompleteSignature, twice) == f"The request has more than one '{shown}' header."


@pytest.mark.parametrize(
    ("left_out", "shown"),
    [
        (("host",), ["Host"]),
        (("x-amz-date",), ["X-Amz-Date"]),
        (("x-amz-target",), ["X-Amz-Target"]),
        (("x-amz-security-token",), ["X-Amz-Security-Token"]),
        (("x-amz-target", "host"), ["Host", "X-Amz-Target"]),
    ],
)
def test_headers_that_must_be_signed(left_out: tuple[str, ...], shown: list[str]) -> None:
    asked = signed(leave_out=UNSIGNED + left_out, token="opaque")  # noqa: S106 - no secret
    assert fault(InvalidSignature, asked) == " ".join(NOT_SIGNED.format(name) for name in shown)


def test_a_target_cannot_be_added_to_what_was_signed() -> None:
    by = authenticator()
    unsigned = request((("host", "kms.example"), ("x-amz-date", T)))
    asked = with_header(unsigned, "authorization", sign(unsigned))
    assert by.authenticate(asked, NOW).principal == PRINCIPAL
    added = with_header(asked, "x-amz-target", "TrentService.ScheduleKeyDeletion")
    assert fault(InvalidSignature, added, by) == NOT_SIGNED.format("X-Amz-Target")


def test_a_presigned_request_signs_its_target_and_host_too() -> None:
    assert fault(InvalidSignature, presigned(names=("host",))) == NOT_SIGNED.format("X-Amz-Target")
    assert fault(InvalidSignature, presigned(names=("x-amz-target",))) == NOT_SIGNED.format("Host")
    with_token = with_header(presigned(), "x-amz-security-token", "x")
    assert fault(InvalidSignature, with_token) == NOT_SIGNED.format("X-Amz-Security-Token")
    assert authenticator().authenticate(with_header(presigned(), "x-amz-date", "x"), NOW).presigned


REGION_FAULT = "Credential should be scoped to a valid region, not 'c'. "
SERVICE_FAULT = "Credential should be scoped to correct service: 'kms'. "
TERMINATOR_FAULT = "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
DATE_FAULT = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
    "'b' != '20130609', from '20130609T100000Z'."
)


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        (("20130609", "c", "kms", "aws4_request"), REGION_FAULT),
        (("20130609", "us-east-1", "s3", "aws4_request"), SERVICE_FAULT),
        (("20130609", "us-east-1", "kms", "e"), TERMINATOR_FAULT),
        (("b", "us-east-1", "kms", "aws4_request"), DATE_FAULT),
        (("b", "c", "d", "e"), REGION_FAULT + SERVICE_FAULT + TERMINATOR_FAULT + DATE_FAULT),
    ],
)
def test_the_scope(scope: tuple[str, ...], text: str) -> None:
    assert fault(InvalidSignature, signed(scope=scope)) == text


def test_every_service_that_is_served_is_named() -> None:
    by = authenticator(services=("sts", "kms"))
    text = "Credential should be scoped to correct service: 'kms' or 'sts'. "
    assert fault(InvalidSignature, signed(scope=("20130609", "us-east-1", "s3", "aws4_request")), by) == text


def test_a_scope_of_another_served_region_or_service_does_not_match() -> None:
    by = authenticator(services=("sts", "kms"))
    assert fault(InvalidSignature, signed(scope=("20130609", "eu-west-1", "kms", "aws4_request")), by) == MISMATCH
    assert fault(InvalidSignature, signed(scope=("20130609", "us-east-1", "sts", "aws4_request")), by) == MISMATCH


def test_a_remembered_scope_is_held_against_the_date_of_each_request() -> None:
    by = authenticator()
    asked = signed()
    by.authenticate(asked, NOW)
    text = DATE_FAULT.replace("'b' != '20130609'", "'20130609' != '20130610'").replace("20130609T", "20130610T")
    assert fault(InvalidSignature, with_header(asked, "x-amz-date", "20130610T100000Z"), by, NOW + 86_400) == text


def test_an_old_signature() -> None:
    asked = signed("20130609T095204Z")
    assert fault(InvalidSignature, asked, now=NOW + 300.9) == (
        "Signature expired: 20130609T095204Z is now earlier than 20130609T100000Z (20130609T100500Z - 5 min.)"
    )


def test_a_signature_of_the_future() -> None:
    asked = signed("20130609T100501Z")
    assert fault(InvalidSignature, asked) == (
        "Signature not yet current: 20130609T100501Z is still later than 20130609T100500Z (20130609T100000Z + 5 min.)"
    )


@pytest.mark.parametrize("skew", [-300, 0, 300])
def test_a_clock_may_be_five_minutes_off(skew: int) -> None:
    assert authenticator().authenticate(signed(format_basic(NOW + skew)), NOW).principal == PRINCIPAL


@pytest.mark.parametrize(
    ("rest", "last", "text"),
    [
        ("&X-Amz-Expires=60", 60, "earlier than 20130609T100001Z (20130609T100101Z - 1 min.)"),
        ("&X-Amz-Expires=90", 90, "earlier than 20130609T100001Z (20130609T100131Z - 90 sec.)"),
        ("&X-Amz-Expires=604800", 604_800, "earlier than 20130609T100001Z (20130616T100001Z - 10080 min.)"),
        ("", 300, "earlier than 20130609T100001Z (20130609T100501Z - 5 min.)"),
    ],
)
def test_the_window_of_a_presigned_request(rest: str, last: int, text: str) -> None:
    asked = presigned(rest=rest)
    assert authenticator().authenticate(asked, NOW + last).presigned
    assert authenticator().authenticate(asked, NOW - 300).presigned
    expired = fault(InvalidSignature, asked, now=NOW + last + 1)
    assert expired == f"Signature expired: {T} is now {text}"
    early = fault(InvalidSignature, asked, now=NOW - 301)
    assert early == f"Signature not yet current: {T} is still later than 20130609T095959Z (20130609T095459Z + 5 min.)"


def test_an_unknown_key() -> None:
    assert fault(UnrecognizedClient, signed(key=("AKIDOTHER", EXAMPLE_KEY))) == f"{INVALID}."
    assert fault(UnrecognizedClient, presigned(key=("AKIDOTHER", EXAMPLE_KEY))) == f"{INVALID}."


def changed(secret: str = EXAMPLE_KEY, *, active: bool = True, account: str = "111122223333") -> Credential:
    return Credential(access_key_id=ACCESS_KEY_ID, secret=secret, principal=root_principal(account), active=active)


def test_an_inactive_key() -> None:
    assert fault(UnrecognizedClient, signed(), authenticator(Directory(changed(active=False)))) == f"{INVALID}."


def test_a_key_that_is_deactivated_or_deleted_is_refused_at_once() -> None:
    directory = Directory(CREDENTIAL)
    by = authenticator(directory)
    by.authenticate(signed(), NOW)
    directory.credentials[ACCESS_KEY_ID] = changed(active=False)
    assert fault(UnrecognizedClient, signed(), by) == f"{INVALID}."
    directory.credentials.clear()
    assert fault(UnrecognizedClient, signed(), by) == f"{INVALID}."


def test_a_secret_that_changed_is_the_only_one_from_then_on() -> None:
    directory = Directory(CREDENTIAL)
    by = authenticator(directory)
    by.authenticate(signed(), NOW)
    directory.credentials[ACCESS_KEY_ID] = changed("another")
    assert fault(InvalidSignature, signed(), by) == MISMATCH
    assert by.authenticate(signed(key=(ACCESS_KEY_ID, "another")), NOW).principal == PRINCIPAL
    assert fault(InvalidSignature, signed(), by) == MISMATCH


def test_a_principal_that_changed_is_seen_at_once() -> None:
    directory = Directory(CREDENTIAL)
    by = authenticator(directory)
    by.authenticate(signed(), NOW)
    directory.credentials[ACCESS_KEY_ID] = changed(account="444455556666")
    assert by.authenticate(signed(), NOW).principal.account_id == "444455556666"


def test_a_wrong_secret() -> None:
    assert fault(InvalidSignature, signed(key=(ACCESS_KEY_ID, "wrong"))) == MISMATCH
    assert fault(InvalidSignature, presigned(key=(ACCESS_KEY_ID, "wrong"))) == MISMATCH


@pytest.mark.parametrize("asked", [signed(), presigned()], ids=["header", "query"])
@pytest.mark.parametrize("remembered", [False, True])
def test_what_was_signed_cannot_be_changed(asked: Request, *, remembered: bool) -> None:
    by = authenticator()
    if remembered:
        by.authenticate(asked, NOW)
    for other in (
        replaced(asked, body=b"{ }"),
        replaced(asked, body=b""),
        replaced(asked, method="PUT"),
        replaced(asked, path="/x"),
        with_header(asked, "host", "kms.other"),
        with_header(asked, "x-amz-target", "TrentService.Decrypt"),
        with_header(asked, "x-amz-target", None),
        with_header(asked, "host", "kms.example\u1234"),
    ):
        assert fault(InvalidSignature, other, by) == MISMATCH
    unsigned_change = with_header(asked, "user-agent", "other")
    assert by.authenticate(unsigned_change, NOW).principal == PRINCIPAL


@pytest.mark.parametrize("remembered", [False, True])
@pytest.mark.parametrize("signature", ["", "0", "0" * 64, "é" * 64, "\ud800", "0" * 65])
def test_another_signature(signature: str, *, remembered: bool) -> None:
    by = authenticator()
    asked = signed()
    if remembered:
        by.authenticate(asked, NOW)
    value = (asked.header("authorization") or "")[:-64] + signature
    assert fault(InvalidSignature, with_header(asked, "authorization", value), by) == MISMATCH


def test_a_hash_that_the_client_states_is_not_trusted() -> None:
    for stated in ("UNSIGNED-PAYLOAD", "0" * 64):
        unsigned = request((*HEADERS, ("x-amz-date", T), ("x-amz-content-sha256", stated)))
        asked = with_header(unsigned, "authorization", sign(unsigned))
        assert authenticator().authenticate(asked, NOW).principal == PRINCIPAL
        assert fault(InvalidSignature, replaced(asked, body=b"[]")) == MISMATCH


def test_a_signature_that_is_not_last_is_not_mistaken_for_another_clients() -> None:
    other = Credential(access_key_id="AKIDOTHER", secret="other", principal=PRINCIPAL, active=True)  # noqa: S106 - no secret
    by = authenticator(Directory(CREDENTIAL, other))
    for key in ((ACCESS_KEY_ID, EXAMPLE_KEY), ("AKIDOTHER", "other")) * 2:
        asked = signed(key=key)
        algorithm, credential, names, signature = (asked.header("authorization") or "").replace(",", "").split(" ")
        value = f"{algorithm} {signature}, {names}, {credential}"
        assert by.authenticate(with_header(asked, "authorization", value), NOW).access_key_id == key[0]


def test_nothing_is_kept_of_a_request_that_was_refused() -> None:
    by = authenticator()
    for _ in range(2):
        assert fault(InvalidSignature, signed(key=(ACCESS_KEY_ID, "wrong")), by) == MISMATCH
    assert by.authenticate(signed(), NOW).principal == PRINCIPAL


class Counting(SessionTokens):
    """Counts how often a token is opened."""

    opened = 0

    def open(self, token: str) -> Session:
        self.opened += 1
        return super().open(token)


def test_a_session_is_its_principals() -> None:
    sessions = Counting({1: AesGcm()}, current=1)
    issued = sessions.issue(PRINCIPAL, NOW - 10, 900)
    by = authenticator(sessions=sessions)
    expected = Authenticated(
        principal=PRINCIPAL,
        access_key_id=issued.access_key_id,
        region="us-east-1",
        service="kms",
        session=sessions.open(issued.session_token),
    )
    sessions.opened = 0
    asked = signed(key=temporary(issued), token=issued.session_token)
    assert [by.authenticate(asked, NOW) for _ in range(3)] == [expected] * 3
    assert sessions.opened == 1


def test_a_session_in_the_presigned_form() -> None:
    sessions = tokens()
    issued = sessions.issue(PRINCIPAL, NOW, 900)
    rest = f"&X-Amz-Security-Token={issued.session_token}"
    authenticated = authenticator(sessions=sessions).authenticate(presigned(rest=rest, key=temporary(issued)), NOW)
    assert authenticated.session is not None
    assert (authenticated.presigned, authenticated.session.expires_at) == (True, NOW + 900)


@pytest.mark.parametrize("remembered", [False, True])
def test_a_session_that_has_ended(*, remembered: bool) -> None:
    sessions = tokens()
    issued = sessions.issue(PRINCIPAL, NOW - 890, 900)
    by = authenticator(sessions=sessions)
    asked = signed(key=temporary(issued), token=issued.session_token)
    if remembered:
        by.authenticate(asked, NOW + 9.9)
    assert fault(ExpiredToken, asked, by, NOW + 10) == "The security token included in the request is expired"


def test_a_foreign_token() -> None:
    issued = tokens().issue(PRINCIPAL, NOW, 900)
    assert fault(UnrecognizedClient, signed(key=temporary(issued), token=issued.session_token)) == INVALID


def test_a_token_swapped_for_that_of_another_session() -> None:
    sessions = tokens()
    one, two = (sessions.issue(PRINCIPAL, NOW, 900) for _ in range(2))
    by = authenticator(sessions=sessions)
    for issued in (one, two):
        by.authenticate(signed(key=temporary(issued), token=issued.session_token), NOW)
    assert fault(UnrecognizedClient, signed(key=temporary(one), token=two.session_token), by) == INVALID


def test_a_temporary_key_without_its_token() -> None:
    sessions = tokens()
    issued = sessions.issue(PRINCIPAL, NOW, 900)
    stored = Credential(
        access_key_id=issued.access_key_id, secret=issued.secret_access_key, principal=PRINCIPAL, active=True
    )
    by = authenticator(Directory(stored), sessions)
    by.authenticate(signed(key=temporary(issued), token=issued.session_token), NOW)
    assert fault(UnrecognizedClient, signed(key=temporary(issued)), by) == f"{INVALID}."


def test_a_long_term_key_with_a_token() -> None:
    sessions = tokens()
    issued = sessions.issue(PRINCIPAL, NOW, 900)
    assert fault(UnrecognizedClient, signed(token=issued.session_token), authenticator(sessions=sessions)) == INVALID


def test_a_wrong_secret_with_a_good_token() -> None:
    sessions = tokens()
    issued = sessions.issue(PRINCIPAL, NOW, 900)
    asked = signed(key=(issued.access_key_id, EXAMPLE_KEY), token=issued.session_token)
    assert fault(InvalidSignature, asked, authenticator(sessions=sessions)) == MISMATCH


def test_the_time_is_checked_before_the_key() -> None:
    asked = signed("20130609T090000Z", key=("AKIDOTHER", EXAMPLE_KEY))
    assert (fault(InvalidSignature, asked) or "").startswith("Signature expired: ")
