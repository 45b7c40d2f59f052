"""GetAccountPasswordPolicy, UpdateAccountPasswordPolicy, DeleteAccountPasswordPolicy, and what passwords may be."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.iam.password_rules import SYMBOLS, check_password
from strongroom.model.account import AccountSettings, PasswordPolicy
from strongroom.model.identity_errors import PasswordPolicyViolationError
from tests.support.in_process import ACCOUNT, Refused

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

MISSING: Final = Refused("NoSuchEntity", f"The Password Policy with domain name {ACCOUNT} cannot be found.")
UPPERCASE: Final = "Password should have at least one uppercase letter"
LOWERCASE: Final = "Password should have at least one lowercase letter"
NUMBER: Final = "Password should have at least one number"
SYMBOL: Final = "Password should have at least one symbol"
EVERYTHING: Final = {
    "MinimumPasswordLength": 14,
    "RequireSymbols": True,
    "RequireNumbers": True,
    "RequireUppercaseCharacters": True,
    "RequireLowercaseCharacters": True,
    "AllowUsersToChangePassword": True,
    "MaxPasswordAge": 90,
    "PasswordReusePrevention": 24,
    "HardExpiry": True,
}


def test_a_policy_comes_and_goes(service: InProcess, iam: Caller) -> None:
    assert iam.refused("GetAccountPasswordPolicy") == MISSING
    assert iam.refused("DeleteAccountPasswordPolicy") == MISSING
    iam("UpdateAccountPasswordPolicy", **EVERYTHING)
    assert service.records[-1]["requestParameters"]["maxPasswordAge"] == 90
    assert iam("GetAccountPasswordPolicy")["PasswordPolicy"] == {**EVERYTHING, "ExpirePasswords": True}
    iam("DeleteAccountPasswordPolicy")
    assert iam.refused("GetAccountPasswordPolicy") == MISSING


def test_what_an_update_leaves_out_becomes_the_default(iam: Caller) -> None:
    iam("UpdateAccountPasswordPolicy", **EVERYTHING)
    iam("UpdateAccountPasswordPolicy", RequireNumbers=True)
    assert iam("GetAccountPasswordPolicy")["PasswordPolicy"] == {
        "MinimumPasswordLength": 6,
        "RequireSymbols": False,
        "RequireNumbers": True,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": False,
        "HardExpiry": False,
    }


def test_other_settings_of_the_account_stay(service: InProcess, iam: Caller) -> None:
    with service.store.change() as change:
        change.identities.put(AccountSettings(account_id=ACCOUNT, alias="example"))
    iam("UpdateAccountPasswordPolicy")
    iam("DeleteAccountPasswordPolicy")
    with service.store.read() as reader:
        assert reader.identities.find(AccountSettings, ACCOUNT, "") == AccountSettings(
            account_id=ACCOUNT, alias="example"
        )


@pytest.mark.parametrize(
    ("policy", "password", "text"),
    [
        (None, "aB3-567", "Password should have a minimum length of 8"),
        (
            None,
            "abcdefgh",
            f"Password should meet 2 more of the following requirements: {UPPERCASE}, {NUMBER}, {SYMBOL}",
        ),
        (None, "Abcdefgh", f"Password should meet 1 more of the following requirements: {NUMBER}, {SYMBOL}"),
        (
            None,
            "ÄÖÜäöüßé",
            f"Password should meet 3 more of the following requirements: {UPPERCASE}, {LOWERCASE}, {NUMBER}, {SYMBOL}",
        ),
        (PasswordPolicy(), "12345", "Password should have a minimum length of 6"),
        (PasswordPolicy(require_numbers=True, require_symbols=True), "abcdef", f"{NUMBER}, {SYMBOL}"),
        (PasswordPolicy(require_uppercase_characters=True), "abcdef", UPPERCASE),
        (PasswordPolicy(require_lowercase_characters=True), "ABCDEF", LOWERCASE),
        (PasswordPolicy(require_symbols=True), "abc def?", SYMBOL),
    ],
)
def test_a_weak_password_is_refused(policy: PasswordPolicy | None, password: str, text: str) -> None:
    with pytest.raises(PasswordPolicyViolationError) as refused:
        check_password(policy, password)
    assert refused.value.message == text


@pytest.mark.parametrize("policy", [None, PasswordPolicy(minimum_password_length=8, require_symbols=True)])
def test_a_good_password_is_taken(policy: PasswordPolicy | None) -> None:
    check_password(policy, "Correct-horse")


@given(st.text(string.ascii_letters + string.digits + "".join(sorted(SYMBOLS)), min_size=8))
def test_the_default_asks_for_three_kinds_of_characters(password: str) -> None:
    kinds = sum(
        any(character in kind for character in password)
        for kind in (string.ascii_uppercase, string.ascii_lowercase, string.digits, "!@#$%^&*()_+-=[]{}|'")
    )
    if kinds >= 3:
        check_password(None, password)
    else:
        with pytest.raises(PasswordPolicyViolationError):
            check_password(None, password)
