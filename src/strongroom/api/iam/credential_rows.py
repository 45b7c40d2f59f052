"""The credential report of an account: a table in CSV with a row for the root user and for each user.

Source: IAM User Guide, "Generate credential reports for your AWS account". Inactive access keys show when they were
made, as AWS's answers do.
"""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from strongroom.api.iam.password_rules import password_policy
from strongroom.model.account import AccessKey, AccountSettings, PasswordPolicy
from strongroom.model.identity import LoginProfile, User, VirtualMfaDevice
from strongroom.model.principal import root_principal
from strongroom.storage.store import Reader

COLUMNS: Final = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
)

_ROOT: Final = "<root_account>"
_NOT_APPLICABLE: Final = "N/A"
_NOT_SUPPORTED: Final = "not_supported"
_NO_INFORMATION: Final = "no_information"
_TRUTH: Final = {True: "true", False: "false"}
_NO_ACCESS_KEY: Final = (_TRUTH[False], *[_NOT_APPLICABLE] * 4)
# Nobody has X.509 certificates.
_CERTIFICATES: Final = (_TRUTH[False], _NOT_APPLICABLE, _TRUTH[False], _NOT_APPLICABLE)
_SHOWN_ACCESS_KEYS: Final = 2
_SECONDS_A_DAY: Final = 86400


def credential_report(reader: Reader, account_id: str) -> str:
    """Write the credential report of an account."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((COLUMNS, *_rows(reader, account_id)))
    return text.getvalue().removesuffix("\n")


def _rows(reader: Reader, account_id: str) -> Iterator[tuple[str, ...]]:
    policy = password_policy(reader, account_id)
    settings = reader.identities.find(AccountSettings, account_id, AccountSettings.settings_name)
    devices = reader.identities.all(VirtualMfaDevice, account_id)
    owners_of_devices = frozenset(device.user_id for device in devices)
    yield (
        _ROOT,
        root_principal(account_id).arn,
        _date(reader.accounts.installation().creation_date),
        _NOT_SUPPORTED,
        _date(None if settings is None else settings.root_password_last_used, _NO_INFORMATION),
        _NOT_SUPPORTED,
        _NOT_SUPPORTED,
        _TRUTH[account_id in owners_of_devices],
        *_access_keys(reader, account_id),
        *_CERTIFICATES,
    )
    for user in reader.identities.all(User, account_id):
        yield (
            user.user_name,
            user.arn,
            _date(user.creation_date),
            *_password(user, policy),
            _TRUTH[user.user_id in owners_of_devices],
            *_access_keys(reader, user.user_id),
            *_CERTIFICATES,
        )


def _password(user: User, policy: PasswordPolicy | None) -> tuple[str, ...]:
    if user.login is None:
        return (_TRUTH[False], _NOT_APPLICABLE, _NOT_APPLICABLE, _NOT_APPLICABLE)
    return (
        _TRUTH[True],
        _date(user.password_last_used, _NO_INFORMATION),
        _date(user.login.password_date),
        _next_rotation(user.login, policy),
    )


def _next_rotation(login: LoginProfile, policy: PasswordPolicy | None) -> str:
    if policy is None or policy.max_password_age is None:
        return _NOT_APPLICABLE
    return _date(login.password_date + policy.max_password_age * _SECONDS_A_DAY)


def _access_keys(reader: Reader, owner_id: str) -> Iterator[str]:
    keys = reader.accounts.access_keys_of(owner_id)[:_SHOWN_ACCESS_KEYS]
    for key in keys:
        yield from _access_key(key)
    for _ in range(_SHOWN_ACCESS_KEYS - len(keys)):
        yield from _NO_ACCESS_KEY


def _access_key(key: AccessKey) -> tuple[str, ...]:
    return (
        _TRUTH[key.status == "Active"],
        _date(key.creation_date),
        _date(key.last_used_date),
        key.last_used_region or _NOT_APPLICABLE,
        key.last_used_service or _NOT_APPLICABLE,
    )


def _date(seconds: float | None, never: str = _NOT_APPLICABLE) -> str:
    return never if seconds is None else datetime.fromtimestamp(int(seconds), UTC).isoformat()
