"""`strongroom credentials`: those of an account's root user, for whoever holds data folder and root key.

They work on the database, whether it is served or not; a server acts on them with its next answer.
"""

import argparse
from datetime import UTC, datetime

from strongroom.api.iam.owners import ROOT_NAME
from strongroom.app.installation import Opened, add_access_key, set_access_key_status
from strongroom.app.root_passwords import new_password, set_root_password
from strongroom.cli.opening import open_installation
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.settings import UsageError


def _account(opened: Opened, wanted: str | None) -> str:
    with opened.store.read() as reader:
        accounts = reader.accounts.account_ids()
    if wanted is None:
        return accounts[0]
    if wanted not in accounts:
        raise UsageError(f"there is no account {wanted}; there are: {', '.join(accounts)}")
    return wanted


def _show(arguments: argparse.Namespace, fields: dict[str, object]) -> int:
    if arguments.json:
        print_json(fields)
    else:
        print_fields(fields)
    return 0


def create(arguments: argparse.Namespace) -> int:
    """Make one more access key and print it, once."""
    with open_installation(arguments) as opened:
        account_id = _account(opened, arguments.account_id)
        with opened.store.change() as change:
            made = add_access_key(change, opened.store_keys, account_id)
    return _show(arguments, {"account_id": account_id, **made._asdict()})


def root_password(arguments: argparse.Namespace) -> int:
    """Set another password of the root user for the console and print it, once."""
    password = new_password()
    with open_installation(arguments) as opened:
        account_id = _account(opened, arguments.account_id)
        with opened.store.change() as change:
            set_root_password(change, account_id, password)
    return _show(arguments, {"account_id": account_id, "console_user": ROOT_NAME, "console_password": password})


def session(arguments: argparse.Namespace) -> int:
    """Print temporary credentials."""
    with open_installation(arguments) as opened:
        account_id = _account(opened, arguments.account_id)
        made = opened.issue_session(account_id, arguments.duration)
    return _show(
        arguments,
        {
            "account_id": account_id,
            "access_key_id": made.access_key_id,
            "secret_access_key": made.secret_access_key,
            "session_token": made.session_token,
            "expiration": datetime.fromtimestamp(made.expiration, UTC).isoformat(timespec="seconds"),
        },
    )


def list_all(arguments: argparse.Namespace) -> int:
    """Print the access keys of an account, without their secrets."""
    with open_installation(arguments) as opened:
        account_id = _account(opened, arguments.account_id)
        with opened.store.read() as reader:
            keys = reader.accounts.access_keys_of(account_id)
    if arguments.json:
        print_json({"account_id": account_id, "access_keys": {key.access_key_id: key.status for key in keys}})
    else:
        print_fields({key.access_key_id: key.status for key in keys})
    return 0


def activate(arguments: argparse.Namespace) -> int:
    """Let an access key be used again."""
    return _set_status(arguments, active=True)


def deactivate(arguments: argparse.Namespace) -> int:
    """Keep an access key from being used."""
    return _set_status(arguments, active=False)


def _set_status(arguments: argparse.Namespace, *, active: bool) -> int:
    with open_installation(arguments) as opened, opened.store.change() as change:
        found = set_access_key_status(change, arguments.access_key_id, "Active" if active else "Inactive")
    if not found:
        raise UsageError(f"there is no access key {arguments.access_key_id}")
    return _show(arguments, {arguments.access_key_id: "Active" if active else "Inactive"})
