"""`strongroom root-key`: who keeps the root key, another one in its place, and another passphrase."""

import argparse
from pathlib import Path
from typing import Any

from strongroom.app.data_folder import DataFolder
from strongroom.app.root_key_rotation import change_passphrase, root_key_status, rotate_root_key
from strongroom.cli.flags import common
from strongroom.cli.output import print_fields, print_json
from strongroom.cli.root_key_choice import add_choice_flags, new_root_key_of
from strongroom.cli.root_key_secrets import OperatorSecrets
from strongroom.cli.serving import DEFAULT_DATA, data_folder


def add_root_key_commands(commands: Any) -> None:  # noqa: ANN401 - argparse does not publish the type
    """Add the commands."""
    inner = commands.add_parser("root-key", help="the key that all others are under").add_subparsers(
        required=True, metavar="COMMAND"
    )
    told = inner.add_parser("status", help="tell who keeps the root key, and which store keys are under it")
    told.set_defaults(run=status)
    rotated = inner.add_parser("rotate", help="put another root key in its place, while the installation is served")
    add_choice_flags(rotated, "--to", "who is to keep it (default: who keeps the one in use)")
    rotated.add_argument("--new-pkcs11-pin-file", type=Path, metavar="FILE", help="PIN of the token, if it is another")
    rotated.set_defaults(run=rotate)
    changed = inner.add_parser("change-passphrase", help="put the root key under another passphrase")
    changed.set_defaults(run=change, new_pkcs11_pin_file=None)
    for command in (rotated, changed):
        command.add_argument("--new-passphrase-file", type=Path, metavar="FILE", help="default: asks for it")
    for command in (told, rotated, changed):
        common(command, DEFAULT_DATA)


def status(arguments: argparse.Namespace) -> int:
    """Tell who keeps the root key; no passphrase or PIN is needed."""
    folder = data_folder(arguments)
    found = root_key_status(folder)
    address = found.root_key.address
    fields: dict[str, object] = {
        "provider": found.root_key.provider,
        "root_key_id": found.root_key.id,
        "root_key_file": str(found.path),
        "pkcs11_uri": None if address is None else address.uri,
        "store_keys": {str(version): root_key_id for version, root_key_id in found.store_keys.items()},
    }
    if arguments.json:
        print_json(fields)
        return 0
    del fields["store_keys"]
    fields["pkcs11_uri"] = fields["pkcs11_uri"] or "-"
    print_fields({**fields, **{f"store key {each}": f"under {under}" for each, under in found.store_keys.items()}})
    return 0


def rotate(arguments: argparse.Namespace) -> int:
    """Put another root key in the place of the one in use."""
    new = new_root_key_of(arguments, arguments.to)
    folder = _folder(arguments)
    rotated = rotate_root_key(folder, new)
    if arguments.json:
        print_json(rotated)
        return 0
    print(f"Root key {rotated.root_key_id} ({rotated.provider}) is in use. Keep a copy of {folder.root_key}.")
    print(f"Backups of the database made until now are under root key {rotated.old_root_key_id}:")
    print("keep that one as long as them.")
    return 0


def change(arguments: argparse.Namespace) -> int:
    """Put the root key under another passphrase."""
    folder = _folder(arguments)
    root_key_id = change_passphrase(folder)
    if arguments.json:
        print_json({"root_key_id": root_key_id})
        return 0
    print(f"Root key {root_key_id} is under the new passphrase. Copies of {folder.root_key} that were made before")
    print("still open with the old one: replace them, and if somebody else may know it, rotate the root key.")
    return 0


def _folder(arguments: argparse.Namespace) -> DataFolder:
    secrets = OperatorSecrets(
        arguments.data,
        arguments.passphrase_file,
        arguments.pkcs11_pin_file,
        arguments.new_passphrase_file,
        arguments.new_pkcs11_pin_file,
    )
    return data_folder(arguments, secrets)
