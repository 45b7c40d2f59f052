"""`strongroom service`: the AWS services that may act for users, for whoever holds data folder and root key.

The commands work on the database, whether it is served or not; a server acts on them with its next answer.
"""

import argparse
import re
from collections.abc import Callable
from typing import TypeVar

from strongroom.app.installation import Credentials
from strongroom.app.services import RegistrationError, register_service, remove_service, rotate_service_credentials
from strongroom.cli.opening import open_installation
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.settings import UsageError
from strongroom.custody.store_keys import StoreKeys
from strongroom.storage.store import Change

T = TypeVar("T")

_SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com")
_LONGEST_SERVICE = 128
_MANAGED_KEY = re.compile(r"aws/[a-zA-Z0-9:/_-]{1,246}")


def service_name(text: str) -> str:
    """Read a service principal. Raises ValueError."""
    if not _SERVICE.fullmatch(text) or len(text) > _LONGEST_SERVICE:
        raise ValueError(f"expected a service principal, such as ec2.amazonaws.com, not {text!r}")
    return text


def managed_key(text: str) -> str:
    """Read the alias of AWS managed keys. Raises ValueError."""
    if not _MANAGED_KEY.fullmatch(text):
        raise ValueError(f"expected an alias of AWS, such as aws/ebs, not {text!r}")
    return text


def register(arguments: argparse.Namespace) -> int:
    """Register a service and print its access key, once."""
    made = _change(
        arguments, lambda change, keys: register_service(change, keys, arguments.service, arguments.managed_key)
    )
    return _show(arguments, made)


def rotate_credentials(arguments: argparse.Namespace) -> int:
    """Make another access key for a service and print it, once."""
    made = _change(
        arguments,
        lambda change, keys: rotate_service_credentials(change, keys, arguments.service, keep_old=arguments.keep_old),
    )
    return _show(arguments, made)


def remove(arguments: argparse.Namespace) -> int:
    """Remove a service."""
    _change(arguments, lambda change, _keys: remove_service(change, arguments.service))
    if arguments.json:
        print_json({"service": arguments.service})
    return 0


def list_all(arguments: argparse.Namespace) -> int:
    """Print the services, their AWS managed keys and their access keys, without secrets."""
    with open_installation(arguments) as opened, opened.store.read() as reader:
        services = [
            {
                "service": each.service,
                "managed_key": each.managed_alias,
                "access_keys": {key.access_key_id: key.status for key in reader.accounts.access_keys_of(each.service)},
            }
            for each in reader.identities.services()
        ]
    if arguments.json:
        print_json({"services": services})
    elif services:
        print_fields({str(each["service"]): each["managed_key"] or "-" for each in services})
    return 0


def _change(arguments: argparse.Namespace, make: Callable[[Change, StoreKeys], T]) -> T:
    try:
        with open_installation(arguments) as opened, opened.store.change() as change:
            return make(change, opened.store_keys)
    except RegistrationError as error:
        raise UsageError(str(error)) from None


def _show(arguments: argparse.Namespace, made: Credentials) -> int:
    fields: dict[str, object] = {"service": arguments.service, **made._asdict()}
    if arguments.json:
        print_json(fields)
    else:
        print_fields(fields)
    return 0
