"""CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from strongroom.authn.passwords import verify_password
from strongroom.model.identity import LoginProfile, User
from tests.support.in_process import ACCOUNT, Refused

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

FIRST: Final = "first-Passw0rd"
SECOND: Final = "second-Passw0rd"
THIRD: Final = "third-Passw0rd"
WEAK: Final = "weak-weak"
ALLOW: Final = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "*"},
}
DENY: Final = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Deny", "Action": "iam:ChangePassword", "Resource": "*"},
}


def kept(service: InProcess, name: str = "Bob") -> LoginProfile:
    with service.store.read() as reader:
        user = reader.identities.find(User, ACCOUNT, name)
    assert user is not None
    assert user.login is not None
    return user.login


@pytest.fixture
def bob(service: InProcess, iam: Caller) -> Caller:
    """Give a user with a password, who may change it."""
    access_key = service.new_user("Bob", ALLOW)
    iam("CreateLoginProfile", UserName="Bob", Password=FIRST)
    return service.signing(access_key, api="iam")


def test_a_password_comes_and_goes(service: InProcess, iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    missing = Refused("NoSuchEntity", "Login Profile for User Bob cannot be found.")
    assert iam.refused("GetLoginProfile", UserName="Bob") == missing
    assert iam.refused("UpdateLoginProfile", UserName="Bob") == missing
    assert iam.refused("DeleteLoginProfile", UserName="Bob") == missing
    made = iam("CreateLoginProfile", UserName="Bob", Password=FIRST, PasswordResetRequired=True)["LoginProfile"]
    assert service.records[-1]["requestParameters"] == {"userName": "Bob", "passwordResetRequired": True}
    assert service.records[-1]["responseElements"]["loginProfile"]["userName"] == "Bob"
    assert (made["UserName"], made["PasswordResetRequired"]) == ("Bob", True)
    assert iam("GetLoginProfile", UserName="Bob")["LoginProfile"] == made
    assert verify_password(kept(service).password_hash, FIRST)
    assert iam.refused("CreateLoginProfile", UserName="Bob", Password=SECOND) == Refused(
        "EntityAlreadyExists", "Login Profile for user Bob already exists."
    )
    iam("DeleteLoginProfile", UserName="Bob")
    assert iam.refused("GetLoginProfile", UserName="Bob") == missing


def test_a_password_has_to_be_given(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    assert iam.refused("CreateLoginProfile", UserName="Bob") == Refused(
        "ValidationError",
        "1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null",
    )


def test_a_refused_password_is_not_shown(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    long = "planted" * 20
    code, message = iam.refused("CreateLoginProfile", UserName="Bob", Password=long)
    assert code == "ValidationError"
    assert "planted" not in message


def test_who_is_not_there_has_no_password(iam: Caller) -> None:
    refusal = Refused("NoSuchEntity", "The user with name nobody cannot be found.")
    assert iam.refused("CreateLoginProfile", UserName="nobody", Password=FIRST) == refusal
    assert iam.refused("GetLoginProfile", UserName="nobody") == refusal
    assert iam.refused("UpdateLoginProfile", UserName="nobody") == refusal
    assert iam.refused("DeleteLoginProfile", UserName="nobody") == refusal
    assert iam.refused("GetLoginProfile").code == "ValidationError"


def test_an_administrator_sets_it_anew(service: InProcess, iam: Caller, bob: Caller) -> None:
    assert bob.refused("GetLoginProfile").code == "AccessDenied"
    first = kept(service)
    iam("UpdateLoginProfile", UserName="Bob", PasswordResetRequired=True)
    assert kept(service) == LoginProfile(
        password_hash=first.password_hash,
        reset_required=True,
        creation_date=first.creation_date,
        password_date=first.password_date,
    )
    iam("UpdateLoginProfile", UserName="Bob", Password=SECOND)
    second = kept(service)
    assert verify_password(second.password_hash, SECOND)
    assert second.reset_required
    assert second.creation_date == first.creation_date
    assert second.password_date > first.password_date
    iam("UpdateLoginProfile", UserName="Bob", Password=THIRD, PasswordResetRequired=False)
    assert not kept(service).reset_required


def test_a_user_changes_its_own(service: InProcess, iam: Caller, bob: Caller) -> None:
    iam("UpdateLoginProfile", UserName="Bob", PasswordResetRequired=True)
    assert bob.refused("ChangePassword", OldPassword=SECOND, NewPassword=THIRD) == Refused(
        "AccessDenied", "The old password was incorrect."
    )
    assert verify_password(kept(service).password_hash, FIRST)
    bob("ChangePassword", OldPassword=FIRST, NewPassword=SECOND)
    assert "requestParameters" not in service.records[-1] or service.records[-1]["requestParameters"] is None
    assert verify_password(kept(service).password_hash, SECOND)
    assert not kept(service).reset_required


def test_only_users_with_a_password_change_it(service: InProcess, iam: Caller) -> None:
    assert iam.refused("ChangePassword", OldPassword=FIRST, NewPassword=SECOND) == Refused(
        "InvalidUserType", "Only IAM Users can change their own password"
    )
    carol = service.signing(service.new_user("Carol", ALLOW), api="iam")
    assert carol.refused("ChangePassword", OldPassword=FIRST, NewPassword=SECOND) == Refused(
        "NoSuchEntity", "Login Profile for User Carol cannot be found."
    )


def test_the_account_may_let_all_users_change_theirs(service: InProcess, iam: Caller) -> None:
    carol = service.signing(service.new_user("Carol"), api="iam")
    dora = service.signing(service.new_user("Dora", DENY), api="iam")
    for name in ("Carol", "Dora"):
        iam("CreateLoginProfile", UserName=name, Password=FIRST)
    assert carol.refused("ChangePassword", OldPassword=FIRST, NewPassword=SECOND).code == "AccessDenied"
    assert carol.refused("GetAccountPasswordPolicy").code == "AccessDenied"
    iam("UpdateAccountPasswordPolicy", AllowUsersToChangePassword=True)
    carol("ChangePassword", OldPassword=FIRST, NewPassword=SECOND)
    assert carol("GetAccountPasswordPolicy")["PasswordPolicy"]["AllowUsersToChangePassword"] is True
    assert carol.refused("DeleteLoginProfile", UserName="Carol").code == "AccessDenied"
    assert carol.refused("ListUsers").code == "AccessDenied"
    refused = dora.refused("ChangePassword", OldPassword=FIRST, NewPassword=SECOND)
    assert "explicit deny in an identity-based policy" in refused.message
    iam("UpdateAccountPasswordPolicy")
    assert carol.refused("ChangePassword", OldPassword=SECOND, NewPassword=THIRD).code == "AccessDenied"


def test_the_password_policy_holds_wherever_a_password_is_set(iam: Caller, bob: Caller) -> None:
    iam("CreateUser", UserName="Carol")
    refusal = Refused(
        "PasswordPolicyViolation",
        "Password should meet 1 more of the following requirements: Password should have at least one uppercase "
        "letter, Password should have at least one number",
    )
    assert iam.refused("CreateLoginProfile", UserName="Carol", Password=WEAK) == refusal
    assert iam.refused("UpdateLoginProfile", UserName="Bob", Password=WEAK) == refusal
    assert bob.refused("ChangePassword", OldPassword=FIRST, NewPassword=WEAK) == refusal
    iam("UpdateAccountPasswordPolicy", MinimumPasswordLength=6)
    bob("ChangePassword", OldPassword=FIRST, NewPassword=WEAK)


def test_former_passwords_do_not_come_back(iam: Caller, bob: Caller) -> None:
    iam("UpdateAccountPasswordPolicy", PasswordReusePrevention=2)
    refusal = Refused("PasswordPolicyViolation", "Password should not be one of the last 2 passwords")
    assert bob.refused("ChangePassword", OldPassword=FIRST, NewPassword=FIRST) == refusal
    bob("ChangePassword", OldPassword=FIRST, NewPassword=SECOND)
    assert bob.refused("ChangePassword", OldPassword=SECOND, NewPassword=FIRST) == refusal
    assert iam.refused("UpdateLoginProfile", UserName="Bob", Password=SECOND) == refusal
    iam("UpdateLoginProfile", UserName="Bob", Password=THIRD)
    bob("ChangePassword", OldPassword=THIRD, NewPassword=FIRST)
