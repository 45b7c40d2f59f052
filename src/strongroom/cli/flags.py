"""Flags that several commands have."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any


def value(convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """Make a flag's value show its own message when it is wrong."""

    def read(text: str) -> Any:  # noqa: ANN401 - whatever the flag holds
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def common(parser: argparse.ArgumentParser, data: Path, *, root_key: bool = True) -> None:
    """Add the flags that name an installation, and `--json`."""
    parser.add_argument("--data", type=Path, default=data, metavar="DIR", help=f"data folder (default: {data})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    if not root_key:
        parser.set_defaults(root_key_file=None, passphrase_file=None, pkcs11_pin_file=None)
        return
    opening = parser.add_argument_group("root key")
    opening.add_argument("--root-key-file", type=Path, metavar="FILE", help="its file (default: DIR/root.key)")
    opening.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its passphrase (default: asks for it)")
    opening.add_argument("--pkcs11-pin-file", type=Path, metavar="FILE", help="PIN of its token (default: asks for it)")
