"""Passwords of accounts' root users for the console, as an operator sets them."""

import secrets
from typing import Final

import msgspec

from strongroom.api.iam.password_rules import first_login, next_login
from strongroom.app.operator_records import record_operator
from strongroom.model.account import AccountSettings
from strongroom.storage.store import Change

_RANDOM_BYTES: Final = 18
# So that it has all that any rule for passwords asks for.
_ALL_KINDS: Final = "aA1!"


def new_password() -> str:
    """Make a random password of 144 bits that any rule for passwords allows."""
    return secrets.token_urlsafe(_RANDOM_BYTES) + _ALL_KINDS


def set_root_password(change: Change, account_id: str, password: str) -> None:
    """Set the password of an account's root user. Raises PasswordPolicyViolationError for one that AWS refuses."""
    found = change.identities.find(AccountSettings, account_id, AccountSettings.settings_name)
    settings = found or AccountSettings(account_id=account_id)
    login = settings.root_login
    if login is None:
        login = first_login(None, password, change.now, reset_required=False)
    else:
        login = next_login(None, login, password, change.now, reset_required=False)
    change.identities.put(msgspec.structs.replace(settings, root_login=login))
    record_operator(change, "PasswordUpdated", account_id, {"PasswordUpdated": "Success"}, source="signin")
