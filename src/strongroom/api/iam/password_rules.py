"""What passwords may be: what the account's password policy asks, or else AWS's default.

Source: IAM User Guide, "Set an account password policy for IAM users".
"""

import string
from typing import Final

from strongroom.authn.passwords import hash_password, verify_password
from strongroom.model.account import AccountSettings, PasswordPolicy
from strongroom.model.identity import LoginProfile
from strongroom.model.identity_errors import PasswordPolicyViolationError
from strongroom.storage.store import Change, Reader

SYMBOLS: Final = frozenset("!@#$%^&*()_+-=[]{}|'")

_DEFAULT_LENGTH: Final = 8
_DEFAULT_KINDS: Final = 3
_UPPERCASE: Final = "Password should have at least one uppercase letter"
_LOWERCASE: Final = "Password should have at least one lowercase letter"
_NUMBER: Final = "Password should have at least one number"
_SYMBOL: Final = "Password should have at least one symbol"
_KINDS: Final = {
    _UPPERCASE: frozenset(string.ascii_uppercase),
    _LOWERCASE: frozenset(string.ascii_lowercase),
    _NUMBER: frozenset(string.digits),
    _SYMBOL: SYMBOLS,
}


def password_policy(reader: Reader | Change, account_id: str) -> PasswordPolicy | None:
    """Give the password policy of an account, or None where it has none of its own."""
    settings = reader.identities.find(AccountSettings, account_id, "")
    return None if settings is None else settings.password_policy


def check_password(policy: PasswordPolicy | None, password: str) -> None:
    """Raise PasswordPolicyViolationError for a password that the policy, None for the default, does not allow."""
    missing = [text for text, characters in _KINDS.items() if characters.isdisjoint(password)]
    if policy is None:
        _check_length(password, _DEFAULT_LENGTH)
        lacking = _DEFAULT_KINDS - (len(_KINDS) - len(missing))
        if lacking > 0:
            texts = ", ".join(missing)
            raise PasswordPolicyViolationError(
                f"Password should meet {lacking} more of the following requirements: {texts}"
            )
        return
    _check_length(password, policy.minimum_password_length)
    required = {
        _UPPERCASE: policy.require_uppercase_characters,
        _LOWERCASE: policy.require_lowercase_characters,
        _NUMBER: policy.require_numbers,
        _SYMBOL: policy.require_symbols,
    }
    violated = [text for text in missing if required[text]]
    if violated:
        raise PasswordPolicyViolationError(", ".join(violated))


def first_login(policy: PasswordPolicy | None, password: str, now: float, *, reset_required: bool) -> LoginProfile:
    """Give a user's first password. Raises PasswordPolicyViolationError."""
    check_password(policy, password)
    return LoginProfile(
        password_hash=hash_password(password),
        reset_required=reset_required,
        creation_date=now,
        password_date=now,
    )


def next_login(
    policy: PasswordPolicy | None, login: LoginProfile, password: str, now: float, *, reset_required: bool
) -> LoginProfile:
    """Give a user a new password in place of the one that it has.

    Raises:
        PasswordPolicyViolationError: the policy does not allow it, or it was the user's password too short ago.
    """
    check_password(policy, password)
    remembered = (policy and policy.password_reuse_prevention) or 0
    former = (login.password_hash, *login.previous_hashes)[:remembered]
    if any(verify_password(each, password) for each in former):
        raise PasswordPolicyViolationError(f"Password should not be one of the last {remembered} passwords")
    return LoginProfile(
        password_hash=hash_password(password),
        reset_required=reset_required,
        creation_date=login.creation_date,
        password_date=now,
        previous_hashes=former,
    )


def _check_length(password: str, least: int) -> None:
    if len(password) < least:
        raise PasswordPolicyViolationError(f"Password should have a minimum length of {least}")
