"""The flags and settings that say who is to keep a new root key."""

import argparse
from pathlib import Path
from typing import Any

from strongroom.cli import values
from strongroom.cli.flags import value
from strongroom.cli.settings import Settings, UsageError
from strongroom.custody.root_key_providers import NewRootKey, Pkcs11Choice, Provider

_PKCS11_FLAGS = ("pkcs11_module", "pkcs11_token", "pkcs11_key")


def add_choice_flags(parser: argparse.ArgumentParser, flag: str, text: str) -> None:
    """Add the flag that names a provider, and those that say where on a token a root key is."""
    group: Any = parser.add_argument_group("new root key")
    group.add_argument(flag, type=value(values.provider), metavar="file|passphrase|pkcs11", help=text)
    group.add_argument(
        "--pkcs11-module", type=Path, metavar="FILE", help="the token's PKCS#11 module, a shared library"
    )
    group.add_argument("--pkcs11-token", metavar="LABEL", help="label of the token")
    group.add_argument("--pkcs11-key", metavar="LABEL", help="label of the key, which is made if there is none")


def new_root_key_of(arguments: argparse.Namespace, provider: Provider | None) -> NewRootKey | None:
    """Give the root key that a command is to make, None where no provider is named. Raises UsageError."""
    if provider == "pkcs11":
        return _pkcs11(Settings(arguments.data), arguments)
    if any(getattr(arguments, each) is not None for each in _PKCS11_FLAGS):
        raise UsageError("--pkcs11-module, --pkcs11-token and --pkcs11-key are for a new root key on a token: pkcs11")
    return provider


def _pkcs11(settings: Settings, arguments: argparse.Namespace) -> Pkcs11Choice:
    module = settings.get("pkcs11_module", arguments.pkcs11_module, None, Path)
    token = settings.get("pkcs11_token", arguments.pkcs11_token, None, str)
    if module is None or not token:
        raise UsageError("a root key on a token needs --pkcs11-module FILE and --pkcs11-token LABEL")
    return Pkcs11Choice(module=module, token=token, key=settings.get("pkcs11_key", arguments.pkcs11_key, None, str))
