"""What a sign-in may say, and when a right password is not enough."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from strongroom.authn.passwords import hash_password
from strongroom.authn.sign_in import SignInRequest, check_password, must_change_password, read_sign_in
from strongroom.model.account import PasswordPolicy
from strongroom.model.identity import LoginProfile
from strongroom.model.sign_in_errors import (
    InvalidSignInError,
    InvalidSignInRequestError,
    PasswordChangeRequiredError,
    PasswordExpiredError,
)

PASSWORD: Final = "first-Passw0rd"  # noqa: S105 - obviously fake
NEW: Final = "second-Passw0rd"
SET: Final = 1_764_000_000.0
DAY: Final = 86_400


def login(*, reset_required: bool = False) -> LoginProfile:
    return LoginProfile(password_hash="", reset_required=reset_required, creation_date=SET, password_date=SET)


def test_it_names_an_account_a_user_and_a_password() -> None:
    body = b'{"account":"111122223333","user":"Stuart","password":"%b","mfaCode":"123456","newPassword":"%b","more":1}'
    assert read_sign_in(body % (PASSWORD.encode(), NEW.encode())) == SignInRequest(
        account="111122223333", user="Stuart", password=PASSWORD, mfa_code="123456", new_password=NEW
    )
    assert read_sign_in(b'{"account":"acme","password":""}') == SignInRequest(account="acme", password="")


def test_it_does_not_show_what_was_typed() -> None:
    asked = SignInRequest(account="acme", user=PASSWORD, password=PASSWORD, mfa_code="123456", new_password=NEW)
    assert repr(asked) == "SignInRequest()"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"account":"acme"}',
        b'{"password":"p"}',
        b'{"account":"","password":"p"}',
        b'{"account":"acme","user":"","password":"p"}',
        b'{"account":"acme","password":1}',
        b'{"account":"acme","password":"\xff"}',
        b'{"account":"acme","password":"\\ud800"}',
        b'{"account":"%b","password":"p"}' % (b"a" * 64),
        b'{"account":"acme","user":"%b","password":"p"}' % (b"a" * 65),
        b'{"account":"acme","password":"p","mfaCode":"%b"}' % (b"1" * 17),
        b'{"account":"acme","password":"%b"}' % (b"p" * 4096),
    ],
)
def test_what_is_no_sign_in_is_refused_without_saying_why(body: bytes) -> None:
    with pytest.raises(InvalidSignInRequestError) as caught:
        read_sign_in(body)
    assert caught.value.message == "The request is not a sign-in."
    assert caught.value.__cause__ is None


def test_the_password_must_be_the_one() -> None:
    kept = msgspec.structs.replace(login(), password_hash=hash_password(PASSWORD))
    assert check_password(kept, PASSWORD) is kept
    with pytest.raises(InvalidSignInError):
        check_password(kept, NEW)
    with pytest.raises(InvalidSignInError):
        check_password(None, PASSWORD)


@pytest.mark.parametrize(
    ("policy", "age"), [(None, 10_000), (PasswordPolicy(), 10_000), (PasswordPolicy(max_password_age=30), 29)]
)
def test_a_password_that_is_not_too_old_is_enough(policy: PasswordPolicy | None, age: int) -> None:
    now = SET + age * DAY
    assert not must_change_password(login(), policy, now, None)
    with pytest.raises(InvalidSignInRequestError, match="does not have to be changed"):
        must_change_password(login(), policy, now, NEW)


@pytest.mark.parametrize(
    ("members", "days", "reset_required"),
    [
        ({}, 0, True),
        ({"max_password_age": 30}, 30, False),
        ({"max_password_age": 30, "hard_expiry": True}, 29, True),
    ],
    ids=["set by somebody else", "too old", "not too old but set by somebody else"],
)
def test_another_password_may_be_needed(members: dict[str, Any], days: int, *, reset_required: bool) -> None:
    kept, policy, now = login(reset_required=reset_required), PasswordPolicy(**members), SET + days * DAY
    with pytest.raises(PasswordChangeRequiredError):
        must_change_password(kept, policy, now, None)
    assert must_change_password(kept, policy, now, NEW)


@pytest.mark.parametrize("new_password", [None, NEW])
def test_a_password_may_be_too_old_to_be_changed(new_password: str | None) -> None:
    policy = PasswordPolicy(max_password_age=30, hard_expiry=True)
    with pytest.raises(PasswordExpiredError):
        must_change_password(login(), policy, SET + 30 * DAY, new_password)
