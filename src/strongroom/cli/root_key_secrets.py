"""Passphrases and PINs of root keys: from files, or asked for on the terminal; never from flags or the environment."""

import argparse
import getpass
import os
import sys
from pathlib import Path

from strongroom.cli.settings import Settings, UsageError
from strongroom.custody.root_key import RootKeyError
from strongroom.custody.root_key_file import read_private


class OperatorSecrets:
    """The secrets of whoever runs a command. A file is read whenever it is needed; the terminal is asked once."""

    def __init__(
        self,
        data: Path,
        passphrase_file: Path | None = None,
        pin_file: Path | None = None,
        new_passphrase_file: Path | None = None,
        new_pin_file: Path | None = None,
    ) -> None:
        """Name the data folder, whose settings count, and what flags name."""
        self._data = data
        self._passphrase_file = passphrase_file
        self._pin_file = pin_file
        self._new_passphrase_file = new_passphrase_file
        self._new_pin_file = new_pin_file
        self._told: dict[str, str] = {}
        # A worker must not ask on the terminal of the server that started it.
        self._process = os.getpid()

    def passphrase(self) -> str:
        """Give the passphrase. Raises RootKeyError."""
        path = self._setting("passphrase_file", self._passphrase_file)
        return self._ask("passphrase", "--passphrase-file") if path is None else _read(path, "passphrase")

    def new_passphrase(self) -> str:
        """Give the passphrase of a new root key. Raises RootKeyError."""
        if self._new_passphrase_file is not None:
            return _read(self._new_passphrase_file, "passphrase")
        return self._ask_twice("new passphrase", "--new-passphrase-file")

    def pin(self, token: str) -> str:
        """Give the PIN of a token. Raises RootKeyError."""
        path = self._setting("pkcs11_pin_file", self._pin_file)
        return self._ask(f"PIN of token {token}", "--pkcs11-pin-file") if path is None else _read(path, "PIN")

    def new_pin(self, token: str) -> str:
        """Give the PIN of the token of a new root key: that of the old one's unless another is named."""
        return self.pin(token) if self._new_pin_file is None else _read(self._new_pin_file, "PIN")

    def _setting(self, name: str, flag: Path | None) -> Path | None:
        try:
            return Settings(self._data).get(name, flag, None, Path)
        except UsageError as error:
            raise RootKeyError(str(error)) from None

    def _ask(self, what: str, flag: str) -> str:
        told = self._told.get(what)
        if told is None:
            told = self._told[what] = self._prompt(f"{what[0].upper()}{what[1:]}: ", what, flag)
        return told

    def _ask_twice(self, what: str, flag: str) -> str:
        told = self._ask(what, flag)
        if self._prompt("Once more: ", what, flag) != told:
            raise RootKeyError(f"this is not the same {what}; nothing was changed")
        return told

    def _prompt(self, prompt: str, what: str, flag: str) -> str:
        if os.getpid() != self._process or not sys.stdin.isatty():
            raise RootKeyError(f"the {what} is needed; give a file by {flag}, or run the command on a terminal")
        try:
            told = getpass.getpass(prompt)
        except EOFError:
            told = ""
        if not told:
            raise RootKeyError(f"no {what} was given")
        return told


class MakerSecrets(OperatorSecrets):
    """The secrets of whoever makes an installation: its passphrase is a new one, wherever it comes from."""

    def new_passphrase(self) -> str:
        """Give the passphrase. Raises RootKeyError."""
        path = self._setting("passphrase_file", self._passphrase_file)
        return self._ask_twice("passphrase", "--passphrase-file") if path is None else _read(path, "passphrase")


def secrets_of(arguments: argparse.Namespace) -> OperatorSecrets:
    """Give the secrets that the flags of a command, and the settings, name."""
    return OperatorSecrets(arguments.data, arguments.passphrase_file, arguments.pkcs11_pin_file)


def maker_secrets_of(arguments: argparse.Namespace) -> MakerSecrets:
    """Give the secrets of a command that makes an installation."""
    return MakerSecrets(arguments.data, arguments.passphrase_file, arguments.pkcs11_pin_file)


def _read(path: Path, what: str) -> str:
    try:
        text = read_private(path, what).decode()
    except UnicodeDecodeError:
        raise RootKeyError(f"{path} is not text in UTF-8") from None
    told = text.removesuffix("\n").removesuffix("\r")
    if not told:
        raise RootKeyError(f"{path} is empty")
    return told
