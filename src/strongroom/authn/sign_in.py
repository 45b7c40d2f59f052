"""What a sign-in to the console says, and the checks of it that need nothing but memory."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from strongroom.authn.passwords import verify_password
from strongroom.model.account import PasswordPolicy
from strongroom.model.identity import LoginProfile
from strongroom.model.sign_in_errors import (
    InvalidSignInError,
    InvalidSignInRequestError,
    PasswordChangeRequiredError,
    PasswordExpiredError,
)

USER_SECONDS: Final = 43_200
ROOT_SECONDS: Final = 3600

_SECONDS_A_DAY: Final = 86_400
_LONGEST_BODY: Final = 4096


class SignInRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who wants to sign in; `repr` shows no secret.

    Attributes:
        account: id or alias of the account.
        user: name of the user; None for the root user.
        password: as typed.
        mfa_code: of a device of the user, or None.
        new_password: to take the place of one that must be changed, or None.
    """

    account: Annotated[str, Meta(min_length=1, max_length=63)]
    user: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    password: str
    mfa_code: Annotated[str, Meta(max_length=16)] | None = None
    new_password: str | None = None

    def __repr__(self) -> str:
        """Show nothing: a password may have been typed into any of the fields."""
        return "SignInRequest()"


_decoder = msgspec.json.Decoder(SignInRequest)


def read_sign_in(body: bytes) -> SignInRequest:
    """Read the body of a sign-in. Raises InvalidSignInRequestError."""
    if len(body) > _LONGEST_BODY:
        raise InvalidSignInRequestError
    try:
        return _decoder.decode(body)
    except ValueError:
        # What was wrong would tell what was sent.
        raise InvalidSignInRequestError from None


def check_password(login: LoginProfile | None, password: str) -> LoginProfile:
    """Give the login that a password is of; None is nobody's, and takes as long. Raises InvalidSignInError."""
    right = verify_password(None if login is None else login.password_hash, password)
    if login is None or not right:
        raise InvalidSignInError
    return login


def must_change_password(
    login: LoginProfile, policy: PasswordPolicy | None, now: float, new_password: str | None
) -> bool:
    """Tell whether a right password must be changed, as somebody else set it or it is too old, and a new one is there.

    Raises:
        PasswordExpiredError: it is too old, and its user may not change it.
        PasswordChangeRequiredError: no new password is there.
        InvalidSignInRequestError: there is one, but no need for it.
    """
    expired = _is_expired(login, policy, now)
    if expired and policy is not None and policy.hard_expiry:
        raise PasswordExpiredError
    if expired or login.reset_required:
        if new_password is None:
            raise PasswordChangeRequiredError
        return True
    if new_password is not None:
        raise InvalidSignInRequestError("The password does not have to be changed: sign in without a new one.")
    return False


def _is_expired(login: LoginProfile, policy: PasswordPolicy | None, now: float) -> bool:
    if policy is None or policy.max_password_age is None:
        return False
    return now >= login.password_date + policy.max_password_age * _SECONDS_A_DAY
