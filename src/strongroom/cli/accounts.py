"""`strongroom account`: accounts and their service control policies, for whoever holds data folder and root key.

The commands work on the database, whether it is served or not; a server acts on them with its next answer.
"""

import argparse
from collections.abc import Callable
from typing import TypeVar

from strongroom.app.accounts import (
    AccountError,
    add_account,
    allows_nothing,
    delete_service_control_policy,
    put_service_control_policy,
    service_control_policies,
)
from strongroom.app.installation import new_account_id
from strongroom.cli.files import read_text
from strongroom.cli.opening import open_installation
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.settings import UsageError
from strongroom.custody.store_keys import StoreKeys
from strongroom.storage.store import Change

T = TypeVar("T")


def create(arguments: argparse.Namespace) -> int:
    """Add an account and print the access key of its root user, once."""
    account_id = arguments.account_id or new_account_id()
    made = _change(arguments, lambda change, keys: add_account(change, keys, account_id))
    fields: dict[str, object] = {"account_id": account_id, **made._asdict()}
    if arguments.json:
        print_json(fields)
    else:
        print_fields(fields)
    return 0


def list_all(arguments: argparse.Namespace) -> int:
    """Print the accounts, the first made first, with the names of their service control policies."""
    with open_installation(arguments) as opened, opened.store.read() as reader:
        found = {each: list(service_control_policies(reader, each)) for each in reader.accounts.account_ids()}
    if arguments.json:
        accounts = [{"account_id": each, "service_control_policies": names} for each, names in found.items()]
        print_json({"accounts": accounts})
    else:
        print_fields({each: ", ".join(names) or "-" for each, names in found.items()})
    return 0


def put_policy(arguments: argparse.Namespace) -> int:
    """Give an account a service control policy, or another text for it."""
    text = read_text(arguments.file)

    def put(change: Change, _keys: StoreKeys) -> bool:
        put_service_control_policy(change, arguments.account, arguments.name, text)
        return allows_nothing(service_control_policies(change, arguments.account))

    return _show(arguments, nothing_allowed=_change(arguments, put))


def delete_policy(arguments: argparse.Namespace) -> int:
    """Take a service control policy from an account."""

    def delete(change: Change, _keys: StoreKeys) -> bool:
        delete_service_control_policy(change, arguments.account, arguments.name)
        return allows_nothing(service_control_policies(change, arguments.account))

    return _show(arguments, nothing_allowed=_change(arguments, delete))


def list_policies(arguments: argparse.Namespace) -> int:
    """Print the service control policies of an account."""
    try:
        with open_installation(arguments) as opened, opened.store.read() as reader:
            policies = service_control_policies(reader, arguments.account)
    except AccountError as error:
        raise UsageError(str(error)) from None
    if arguments.json:
        print_json({"account_id": arguments.account, "service_control_policies": policies})
        return 0
    for name, text in policies.items():
        print(f"{name}:\n{text}\n", flush=True)
    return 0


def _change(arguments: argparse.Namespace, make: Callable[[Change, StoreKeys], T]) -> T:
    try:
        with open_installation(arguments) as opened, opened.store.change() as change:
            return make(change, opened.store_keys)
    except AccountError as error:
        raise UsageError(str(error)) from None


def _show(arguments: argparse.Namespace, *, nothing_allowed: bool) -> int:
    if arguments.json:
        fields = {"account_id": arguments.account, "policy": arguments.name, "allows_nothing": nothing_allowed}
        print_json(fields)
    elif nothing_allowed:
        print(f"None of the service control policies of {arguments.account} has an Allow: nothing is allowed there.")
    return 0
