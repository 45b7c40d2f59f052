"""Sessions of one process share its login, and none of them takes another's for a lasting one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pkcs11
import pytest
from pkcs11 import TokenFlag

from strongroom.custody import pkcs11_keys, pkcs11_session
from strongroom.custody.pkcs11_errors import PinLockedError, PinRefusedError, TokenMissingError, token_error
from strongroom.custody.pkcs11_module import use_module
from strongroom.custody.pkcs11_session import TokenSession
from strongroom.custody.pkcs11_token import Pkcs11Token
from tests.support.root_keys import BOX, PIN
from tests.support.tokens import FlaggedLibrary, in_child

if TYPE_CHECKING:
    from tests.support.root_keys import SoftHsm

MESSAGE = b"message"


@pytest.fixture
def token(softhsm: SoftHsm) -> Pkcs11Token:
    return Pkcs11Token(softhsm.module, BOX, PIN)


@pytest.fixture
def other(softhsm: SoftHsm) -> Pkcs11Token:
    return Pkcs11Token(softhsm.module, BOX, PIN)


def test_a_key_is_found_by_a_session_whose_login_another_has_ended(token: Pkcs11Token, other: Pkcs11Token) -> None:
    first, second = token.generate_cmac_key("first"), token.generate_cmac_key("second")
    codes = other.cmac(first, MESSAGE)
    token.close()
    assert other.cmac(second, MESSAGE)
    assert other.cmac(first, MESSAGE) == codes == token.cmac(first, MESSAGE)
    other.close()
    assert token.cmac(second, MESSAGE)


def test_logging_in_anew_ends_the_login_of_others_who_recover(token: Pkcs11Token, other: Pkcs11Token) -> None:
    name = token.generate_cmac_key("payments")
    codes = token.cmac(name, MESSAGE)
    other.log_in_anew()
    assert other.cmac(name, MESSAGE) == token.cmac(name, MESSAGE) == codes
    token.close()
    other.log_in_anew()
    token.log_in_anew()
    assert other.cmac(name, MESSAGE) == token.cmac(name, MESSAGE) == codes


def test_logging_in_anew_has_the_pin_checked_though_the_process_is_logged_in(
    token: Pkcs11Token, softhsm: SoftHsm
) -> None:
    name = token.generate_cmac_key("payments")
    wrong = Pkcs11Token(softhsm.module, BOX, "wrong-pin")
    with pytest.raises(PinRefusedError, match="does not take the PIN"):
        wrong.log_in_anew()
    with pytest.raises(PinRefusedError, match="is not tried again"):
        wrong.random(1)
    with pytest.raises(PinRefusedError, match="does not take the PIN"):
        wrong.log_in_anew()
    assert token.cmac(name, MESSAGE)


def test_a_login_that_nobody_knows_of_is_used(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    name = token.generate_cmac_key("payments")
    token.close()
    with use_module(softhsm.module).library.get_token(token_label=BOX).open(user_pin=PIN):
        codes = token.cmac(name, MESSAGE)
        assert token.cmac(name, MESSAGE) == codes
        token.log_in_anew()
        token.close()
        assert token.cmac(name, MESSAGE) == codes
    assert token.cmac(name, MESSAGE) == codes


def test_a_forked_process_logs_in_anew_and_leaves_the_session_of_its_parent(token: Pkcs11Token) -> None:
    name = token.generate_cmac_key("payments")
    codes = token.cmac(name, MESSAGE)

    def logs_in() -> None:
        token.log_in_anew()
        assert token.cmac(name, MESSAGE) == codes

    in_child(logs_in)
    assert token.cmac(name, MESSAGE) == codes


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY, "'box' has one try left before it locks"),
        (TokenFlag.USER_PIN_LOCKED, "token 'box' has locked its PIN; have it set anew"),
    ],
)
def test_a_token_that_is_locked_or_nearly_so_is_not_tried(
    token: Pkcs11Token, softhsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, flags: TokenFlag, message: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(use_module(softhsm.module), "library", FlaggedLibrary(flags))
        with pytest.raises(PinLockedError, match=message):
            token.log_in_anew()
    token.log_in_anew()


def test_errors_tell_a_locked_pin_and_a_missing_token_from_others(softhsm: SoftHsm) -> None:
    assert isinstance(token_error(pkcs11.PinLocked(), BOX, softhsm.module), PinLockedError)
    assert not isinstance(token_error(pkcs11.PinIncorrect(), BOX, softhsm.module), PinLockedError)
    with pytest.raises(TokenMissingError, match="has no token 'other'"):
        Pkcs11Token(softhsm.module, "other", PIN).log_in_anew()


def test_a_login_that_ended_unnoticed_is_not_taken_for_missing_keys(token: Pkcs11Token, softhsm: SoftHsm) -> None:
    first, second = token.generate_cmac_key("first"), token.generate_cmac_key("second")
    use_module(softhsm.module).logins[BOX].close()
    assert token.cmac(first, MESSAGE)
    use_module(softhsm.module).logins[BOX].close()
    token.destroy_key(first)
    use_module(softhsm.module).logins[BOX].close()
    assert token.find_aes_keys("first") == []
    assert token.find_aes_keys("second") == [second]


def test_tokens_that_make_no_passing_keys_are_searched_all_the_same(
    token: Pkcs11Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = token.generate_cmac_key("payments")
    monkeypatch.setattr(pkcs11_keys, "AES_256_SIZE", 5)
    assert token.find_aes_keys("payments") == [name]


class FakeSession:
    """A session that counts how often it is closed, which in a module that gives handles anew may be another's."""

    def __init__(self, token: FakeToken, *, is_login: bool) -> None:
        self.times_closed = 0
        self.is_lost = False
        self._token = token
        self._is_login = is_login

    def close(self) -> None:
        self.times_closed += 1
        if self._is_login:
            self._token.is_logged_in = False

    def work(self) -> FakeSession:
        if self.is_lost or self.times_closed:
            raise pkcs11.SessionHandleInvalid
        return self


class FakeToken:
    """A module with one token, which shows who is logged in, and which sessions are open."""

    flags = TokenFlag(0)

    def __init__(self) -> None:
        self.is_logged_in = False
        self.is_usable = True
        self.lock = threading.RLock()
        self.logins: dict[str, FakeSession] = {}
        self.sessions: list[FakeSession] = []

    @property
    def library(self) -> FakeToken:
        return self

    def get_token(self, **_: str) -> FakeToken:
        return self

    def open(self, user_pin: str | None = None) -> FakeSession:
        if user_pin is not None:
            if self.is_logged_in:
                raise pkcs11.UserAlreadyLoggedIn
            self.is_logged_in = True
        self.sessions.append(FakeSession(self, is_login=user_pin is not None))
        return self.sessions[-1]

    def restart(self) -> None:
        self.is_logged_in = False
        for session in self.sessions:
            session.is_lost = True

    @property
    def open_sessions(self) -> list[FakeSession]:
        return [session for session in self.sessions if not session.times_closed]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeToken:
    return put_in_place(monkeypatch, FakeToken())


def put_in_place(monkeypatch: pytest.MonkeyPatch, fake: FakeToken) -> FakeToken:
    monkeypatch.setattr(pkcs11_session, "use_module", lambda _: fake)
    return fake


def new_session() -> TokenSession:
    return TokenSession(Path("fake.so"), BOX, PIN)


def used(session: TokenSession) -> FakeSession:
    return session.use(lambda each: cast("FakeSession", each).work())


def test_no_session_outlasts_the_login_that_it_was_opened_under(fake: FakeToken) -> None:
    first, second = new_session(), new_session()
    login, under_it = used(first), used(second)
    assert used(second) is under_it
    first.close()
    assert login.times_closed == 1
    assert used(second) is not under_it
    assert under_it.times_closed == 1
    assert fake.open_sessions == [used(second)]


def test_a_session_that_another_has_closed_is_not_closed_again(fake: FakeToken) -> None:
    first, second = new_session(), new_session()
    login = used(first)
    second.log_in_anew()
    assert login.times_closed == 1
    assert used(first) is not login
    assert login.times_closed == 1
    assert fake.open_sessions == [used(second), used(first)]


def test_a_login_takes_the_place_of_one_that_is_lost(fake: FakeToken) -> None:
    first, second = new_session(), new_session()
    lost = used(first)
    fake.restart()
    login = used(second)
    assert fake.logins == {BOX: login}
    assert used(first) is not lost
    second.close()
    assert fake.logins == {}
    assert not fake.is_logged_in


def test_logging_in_anew_leaves_no_session_behind(fake: FakeToken) -> None:
    first, second = new_session(), new_session()
    used(first)
    used(second)
    second.log_in_anew()
    assert fake.open_sessions == [used(second)]
    second.log_in_anew()
    assert fake.open_sessions == [used(second)]


@pytest.mark.parametrize("anew", [True, False])
def test_sessions_of_the_process_before_a_fork_are_left_alone(
    fake: FakeToken, monkeypatch: pytest.MonkeyPatch, *, anew: bool
) -> None:
    login, session = new_session(), new_session()
    of_parent = [used(login), used(session)]
    fake.is_usable = False
    here = put_in_place(monkeypatch, FakeToken())
    if anew:
        session.log_in_anew()
    assert here.sessions == ([used(session)] if anew else [])
    assert used(session) in here.sessions
    session.close()
    assert fake.open_sessions == of_parent
    assert here.open_sessions == []
