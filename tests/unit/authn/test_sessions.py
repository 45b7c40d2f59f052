"""Session tokens."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.sessions import INVALID_TOKEN, SessionTokens
from strongroom.model.errors import UnrecognizedClient
from tests.unit.authn.support import PRINCIPAL, AesGcm, tokens

SEALER = AesGcm()
TOKENS = SessionTokens({7: SEALER}, current=7)
ISSUED = TOKENS.issue(PRINCIPAL, 1_000.5, 3_600)


def refused(sessions: SessionTokens, token: str) -> bool:
    with pytest.raises(UnrecognizedClient) as caught:
        sessions.open(token)
    return caught.value.message == INVALID_TOKEN and caught.value.__suppress_context__


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_opens_to_the_session_that_was_issued() -> None:
    session = TOKENS.open(ISSUED.session_token)
    assert session.principal == PRINCIPAL
    assert session.access_key_id == ISSUED.access_key_id
    assert session.secret == ISSUED.secret_access_key
    assert (session.issued_at, session.expires_at) == (1_000.5, 4_600.5)
    assert ISSUED.expiration == 4_600.5


def test_credentials_have_the_shapes_of_aws() -> None:
    assert ISSUED.access_key_id.startswith("ASIA")
    assert (len(ISSUED.access_key_id), len(ISSUED.secret_access_key)) == (20, 40)


def test_nothing_secret_is_shown() -> None:
    session = TOKENS.open(ISSUED.session_token)
    shown = f"{ISSUED!r} {ISSUED} {session!r} {session}"
    assert ISSUED.secret_access_key not in shown
    assert ISSUED.session_token not in shown
    assert ISSUED.access_key_id in shown
    assert ISSUED.secret_access_key.encode() not in raw(ISSUED.session_token)


def test_old_keys_open_and_only_the_current_one_seals() -> None:
    newer = AesGcm()
    rotated = SessionTokens({7: SEALER, 8: newer}, current=8)
    assert rotated.open(ISSUED.session_token) == TOKENS.open(ISSUED.session_token)
    fresh = rotated.issue(PRINCIPAL, 0, 900)
    assert SessionTokens({8: newer}, current=8).open(fresh.session_token).access_key_id == fresh.access_key_id
    assert refused(TOKENS, fresh.session_token)


def test_the_current_key_must_be_held() -> None:
    with pytest.raises(ValueError, match="no session key of version 2"):
        SessionTokens({1: SEALER}, current=2)


def test_a_token_of_another_installation_is_refused() -> None:
    other = SessionTokens({7: AesGcm()}, current=7)
    assert refused(other, ISSUED.session_token)


def test_a_token_of_another_key_version_is_refused() -> None:
    """The key version is authenticated: moving a token to another version does not open, even under the same key."""
    both = SessionTokens({7: SEALER, 8: SEALER}, current=7)
    data = raw(ISSUED.session_token)
    assert refused(both, encoded(data[:1] + (8).to_bytes(4, "big") + data[5:]))


def test_a_token_of_another_format_version_is_refused() -> None:
    data = raw(ISSUED.session_token)
    assert refused(TOKENS, encoded(b"\x02" + data[1:]))
    header = b"\x02" + data[1:5]
    session = SEALER.open(data[5:], data[:5])
    assert refused(TOKENS, encoded(header + SEALER.seal(session, header)))


def test_what_opens_but_holds_no_session_is_refused() -> None:
    header = b"\x01" + (7).to_bytes(4, "big")
    assert refused(TOKENS, encoded(header + SEALER.seal(b"{}", header)))
    assert refused(TOKENS, encoded(header + SEALER.seal(b"\xff", header)))


@pytest.mark.parametrize(
    "token", ["", "A", "AQ", "AQAAAAc", "FwoGZXIvYXdzEXAMPLE", "é", "\ud800", "AQAA AAcA", "*" * 40]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(TOKENS, token)


def test_a_token_has_one_spelling() -> None:
    token = ISSUED.session_token
    assert refused(TOKENS, token + "=")
    assert refused(TOKENS, token + "\n")
    # Without padding the last character has bits that decoding ignores.
    issued = (tokens_of_length(remainder) for remainder in (2, 3))
    for sessions, other in issued:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        last = alphabet[alphabet.index(other[-1]) ^ 1]
        assert refused(sessions, other[:-1] + last)


def tokens_of_length(remainder: int) -> tuple[SessionTokens, str]:
    """Issue until the token's length leaves that remainder by 4."""
    sessions = tokens()
    for duration in (900, 9_000, 90_000, 900_000):
        token = sessions.issue(PRINCIPAL, 0, duration).session_token
        if len(token) % 4 == remainder:
            return sessions, token
    raise AssertionError(remainder)


@given(st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    changed = bytearray(raw(ISSUED.session_token))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    assert refused(TOKENS, encoded(bytes(changed)))
