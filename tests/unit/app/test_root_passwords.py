from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from strongroom.app.root_passwords import new_password, set_root_password
from strongroom.authn.passwords import verify_password
from strongroom.model.account import AccountSettings
from strongroom.model.identity_errors import PasswordPolicyViolationError
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT

if TYPE_CHECKING:
    from strongroom.model.identity import LoginProfile
    from tests.support.in_process import InProcess


def kept(service: InProcess, account_id: str) -> LoginProfile:
    with service.store.read() as reader:
        settings = reader.identities.find(AccountSettings, account_id, "")
    assert settings is not None
    assert settings.root_login is not None
    return settings.root_login


def test_passwords_are_random() -> None:
    assert new_password() != new_password()
    assert len(new_password()) == 28


def test_a_new_installations_root_user_has_one(service: InProcess) -> None:
    assert verify_password(kept(service, ACCOUNT).password_hash, service.created.console_password)


@pytest.mark.parametrize("account_id", [ACCOUNT, OTHER_ACCOUNT])
def test_another_is_set_and_recorded_without_it(service: InProcess, account_id: str) -> None:
    service.add_account()
    password = new_password()
    with service.store.change() as change:
        set_root_password(change, account_id, password)
    assert verify_password(kept(service, account_id).password_hash, password)
    record = service.outbox()[-1]
    assert password not in record.decode()
    parsed = json.loads(record)
    assert (parsed["eventName"], parsed["eventSource"]) == ("PasswordUpdated", "signin.amazonaws.com")
    assert (parsed["recipientAccountId"], parsed["sourceIPAddress"]) == (account_id, "Strongroom operator")


def test_what_else_is_set_for_the_account_stays(service: InProcess) -> None:
    service.root(api="iam")("CreateAccountAlias", AccountAlias="acme")
    with service.store.change() as change:
        set_root_password(change, ACCOUNT, new_password())
    assert service.root(api="iam")("ListAccountAliases")["AccountAliases"] == ["acme"]


def test_a_short_one_is_refused(service: InProcess) -> None:
    with service.store.change() as change, pytest.raises(PasswordPolicyViolationError):
        set_root_password(change, ACCOUNT, "aA1!")
