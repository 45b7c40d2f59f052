from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from strongroom.app.accounts import (
    AccountError,
    add_account,
    allows_nothing,
    delete_service_control_policy,
    put_service_control_policy,
    service_control_policies,
)
from strongroom.authn.passwords import verify_password
from strongroom.model.account import AccountSettings
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, policy

if TYPE_CHECKING:
    from tests.support.in_process import InProcess

ALLOWING: Final = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
DENYING: Final = policy({"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"})


def put(service: InProcess, name: str, text: str, account_id: str = ACCOUNT) -> None:
    with service.store.change() as change:
        put_service_control_policy(change, account_id, name, text)


def policies(service: InProcess) -> dict[str, str]:
    with service.store.read() as reader:
        return service_control_policies(reader, ACCOUNT)


def test_an_account_is_added_with_credentials(service: InProcess) -> None:
    with service.store.change() as change:
        made = add_account(change, service.opened.store_keys, OTHER_ACCOUNT)
    signing = {"AccessKeyId": made.access_key_id, "SecretAccessKey": made.secret_access_key}
    assert service.signing(signing, api="sts")("GetCallerIdentity")["Account"] == OTHER_ACCOUNT
    record = msgspec.json.decode(service.outbox()[-3])
    assert (record["eventName"], record["eventSource"]) == ("CreateAccount", "organizations.amazonaws.com")
    with service.store.read() as reader:
        settings = reader.identities.find(AccountSettings, OTHER_ACCOUNT, "")
    assert settings is not None
    assert settings.root_login is not None
    assert verify_password(settings.root_login.password_hash, made.console_password)


def test_an_account_is_not_added_twice(service: InProcess) -> None:
    with service.store.change() as change, pytest.raises(AccountError, match=f"there is an account {ACCOUNT} already"):
        add_account(change, service.opened.store_keys, ACCOUNT)


def test_a_policy_limits_from_the_next_answer_on(service: InProcess) -> None:
    root = service.root()
    root("ListKeys")
    put(service, "none", policy({"Effect": "Allow", "Action": "iam:*", "Resource": "*"}))
    assert "because no service control policy allows" in root.refused("ListKeys").message
    put(service, "none", ALLOWING)
    root("ListKeys")
    assert policies(service) == {"none": ALLOWING}
    with service.store.change() as change:
        delete_service_control_policy(change, ACCOUNT, "none")
    assert policies(service) == {}
    record = msgspec.json.decode(service.outbox()[-1])
    assert record["eventName"] == "DeleteServiceControlPolicy"


def test_other_settings_of_the_account_stay(service: InProcess) -> None:
    service.root(api="iam")("UpdateAccountPasswordPolicy", MinimumPasswordLength=20)
    put(service, "a", ALLOWING)
    with service.store.read() as reader:
        settings = reader.identities.find(AccountSettings, ACCOUNT, "")
    assert settings is not None
    assert settings.password_policy is not None
    assert settings.password_policy.minimum_password_length == 20


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a b", ALLOWING, "a policy's name has up to 128 letters, digits and"),
        ("", ALLOWING, "a policy's name has"),
        ("a" * 129, ALLOWING, "a policy's name has"),
        ("a", "{}", "this is not a service control policy: Syntax errors in policy."),
    ],
)
def test_what_is_no_policy_is_refused(service: InProcess, name: str, text: str, message: str) -> None:
    with pytest.raises(AccountError, match=message):
        put(service, name, text)
    assert policies(service) == {}


def test_accounts_and_policies_that_are_not_there(service: InProcess) -> None:
    with pytest.raises(AccountError, match=f"there is no account {OTHER_ACCOUNT}; there are: {ACCOUNT}"):
        put(service, "a", ALLOWING, OTHER_ACCOUNT)
    put(service, "a", ALLOWING)
    with (
        service.store.change() as change,
        pytest.raises(AccountError, match=f"account {ACCOUNT} has no service control policy b; it has: a"),
    ):
        delete_service_control_policy(change, ACCOUNT, "b")


@pytest.mark.parametrize(
    ("texts", "nothing"), [({}, False), ({"a": DENYING}, True), ({"a": DENYING, "b": ALLOWING}, False)]
)
def test_whether_anything_is_allowed(texts: dict[str, str], nothing: bool) -> None:  # noqa: FBT001 - a case
    assert allows_nothing(texts) is nothing
