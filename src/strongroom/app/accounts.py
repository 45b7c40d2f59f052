"""Accounts, and the service control policies that limit them, as an operator makes them."""

import re
from typing import Final, NamedTuple

import msgspec

from strongroom.app.installation import create_account
from strongroom.app.operator_records import record_operator
from strongroom.app.root_passwords import new_password, set_root_password
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.account import AccountSettings
from strongroom.policy.document import parse_identity_policy
from strongroom.policy.statements import Effect
from strongroom.policy.syntax import PolicySyntaxError
from strongroom.storage.store import Change, Reader

_SOURCE: Final = "organizations"
_NAME: Final = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


class AddedAccount(NamedTuple):
    """What the root user of a new account begins with; secrets are in the clear, and shown once."""

    access_key_id: str
    secret_access_key: str
    console_password: str


class AccountError(Exception):
    """An account or a policy of it cannot be made or is not there; the message says why."""


def add_account(change: Change, store_keys: StoreKeys, account_id: str) -> AddedAccount:
    """Add an account; gives the first access key and the password of its root user.

    Raises:
        AccountError: there is such an account.
    """
    if change.accounts.has_account(account_id):
        raise AccountError(f"there is an account {account_id} already")
    record_operator(change, "CreateAccount", account_id, {"accountId": account_id}, source=_SOURCE)
    credentials = create_account(change, store_keys, account_id)
    console_password = new_password()
    set_root_password(change, account_id, console_password)
    return AddedAccount(*credentials, console_password)


def service_control_policies(reader: Reader | Change, account_id: str) -> dict[str, str]:
    """Give the service control policies of an account by name.

    Raises:
        AccountError: there is no such account.
    """
    return dict(_settings(reader, account_id).service_control_policies)


def put_service_control_policy(change: Change, account_id: str, name: str, text: str) -> None:
    """Give an account a service control policy, in place of one of the same name.

    Raises:
        AccountError: there is no such account, or name or text is none of a policy.
    """
    settings = _settings(change, account_id)
    if not _NAME.fullmatch(name):
        raise AccountError(f"a policy's name has up to 128 letters, digits and +=,.@-_, which {name!r} has not")
    try:
        parse_identity_policy(text)
    except PolicySyntaxError as error:
        raise AccountError(f"this is not a service control policy: {error.reason}") from None
    _put(change, settings, {**settings.service_control_policies, name: text})
    elements: dict[str, object] = {"accountId": account_id, "policyName": name, "policy": text}
    record_operator(change, "PutServiceControlPolicy", account_id, elements, source=_SOURCE)


def delete_service_control_policy(change: Change, account_id: str, name: str) -> None:
    """Take a service control policy from an account.

    Raises:
        AccountError: there is no such account or policy.
    """
    settings = _settings(change, account_id)
    kept = {key: text for key, text in settings.service_control_policies.items() if key != name}
    if len(kept) == len(settings.service_control_policies):
        there = ", ".join(kept) or "none"
        raise AccountError(f"account {account_id} has no service control policy {name}; it has: {there}")
    _put(change, settings, kept)
    elements: dict[str, object] = {"accountId": account_id, "policyName": name}
    record_operator(change, "DeleteServiceControlPolicy", account_id, elements, source=_SOURCE)


def allows_nothing(policies: dict[str, str]) -> bool:
    """Whether an account is limited to nothing, as none of its service control policies has an Allow."""
    documents = map(parse_identity_policy, policies.values())
    statements = [statement for document in documents for statement in document.statements]
    return bool(statements) and all(statement.effect is Effect.DENY for statement in statements)


def _put(change: Change, settings: AccountSettings, policies: dict[str, str]) -> None:
    change.identities.put(msgspec.structs.replace(settings, service_control_policies=policies))


def _settings(reader: Reader | Change, account_id: str) -> AccountSettings:
    if not reader.accounts.has_account(account_id):
        there = ", ".join(reader.accounts.account_ids())
        raise AccountError(f"there is no account {account_id}; there are: {there}")
    found = reader.identities.find(AccountSettings, account_id, AccountSettings.settings_name)
    return AccountSettings(account_id=account_id) if found is None else found
