"""Whom a sign-in names; what follows from it is tested with the sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.api.sign_in_candidates import Candidate, find_candidate
from strongroom.authn.sign_in import SignInRequest
from strongroom.model.account import AccountSettings
from strongroom.model.principal import root_principal
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT

if TYPE_CHECKING:
    from tests.support.in_process import InProcess


def find(service: InProcess, account: str, user: str | None) -> Candidate:
    with service.store.read() as reader:
        return find_candidate(reader, SignInRequest(account=account, user=user, password=""))


def test_nobody() -> None:
    nobody = Candidate()
    assert (nobody.principal, nobody.login) == (None, None)
    with pytest.raises(LookupError):
        _ = nobody.proven


def test_who_is_not_there(service: InProcess) -> None:
    assert find(service, "999999999999", None) == Candidate()
    assert find(service, ACCOUNT, "Nobody") == Candidate(account_id=ACCOUNT)


def test_an_account_without_settings_has_a_root_user_without_a_password(service: InProcess) -> None:
    service.add_account()
    found = find(service, OTHER_ACCOUNT, None)
    assert found.owner == AccountSettings(account_id=OTHER_ACCOUNT)
    assert (found.proven, found.login) == (root_principal(OTHER_ACCOUNT), None)


def test_a_users_password_has_the_accounts_policy_and_the_root_users_has_none(service: InProcess) -> None:
    iam = service.root(api="iam")
    iam("CreateUser", UserName="Stuart")
    iam("UpdateAccountPasswordPolicy", MaxPasswordAge=30)
    policy = find(service, ACCOUNT, "stuart").policy
    assert policy is not None
    assert policy.max_password_age == 30
    assert find(service, ACCOUNT, None).policy is None
