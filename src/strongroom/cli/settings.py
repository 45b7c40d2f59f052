"""Settings: flags, then `STRONGROOM_*` in the environment, then `strongroom.toml` in the data folder, then defaults."""

import os
import tomllib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

FILE_NAME = "strongroom.toml"
NAMES = frozenset(
    {
        "allow_private_issuers",
        "allow_private_xks_proxies",
        "attestation_roots",
        "hsm_clusters",
        "listen",
        "log_level",
        "oidc_ca_file",
        "passphrase_file",
        "pkcs11_key",
        "pkcs11_module",
        "pkcs11_pin_file",
        "pkcs11_token",
        "request_quotas",
        "root_key",
        "root_key_file",
        "vpc_endpoints",
        "workers",
        "xks_ca_file",
        "xks_client_certificate",
        "xks_timeout",
    }
)


class UsageError(Exception):
    """The command line or a setting is wrong; the message says how."""


class Settings:
    """Where a setting that is not a flag comes from."""

    def __init__(self, data: Path) -> None:
        """Read the data folder's file, if there is one. Raises UsageError when it cannot be understood."""
        path = data / FILE_NAME
        try:
            self._file = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        except (OSError, ValueError) as error:
            raise UsageError(f"{path} cannot be read: {error}") from None
        if unknown := set(self._file) - NAMES:
            raise UsageError(f"{path} names no setting of Strongroom: {', '.join(sorted(unknown))}")

    def get(self, name: str, flag: T | None, default: T, convert: Callable[[str], T]) -> T:
        """Give a setting's value. Raises UsageError when the environment or the file holds a wrong one."""
        if flag is not None:
            return flag
        found = self._find(name)
        return default if found is None else _convert(name, found, convert)

    def get_all(self, name: str, flags: Sequence[T] | None, convert: Callable[[str], T]) -> tuple[T, ...]:
        """Give the values of a setting that may have several: a list in the file, divided by commas elsewhere.

        Raises UsageError when the environment or the file holds a wrong one.
        """
        if flags is not None:
            return tuple(flags)
        found = self._find(name)
        return () if found is None else tuple(_convert(name, each, convert) for each in _each(found))

    def _find(self, name: str) -> object:
        return os.environ.get(f"STRONGROOM_{name.upper()}") or self._file.get(name)


def _each(found: object) -> Iterable[object]:
    return found if isinstance(found, list) else [text.strip() for text in str(found).split(",")]


def _convert(name: str, found: object, convert: Callable[[str], T]) -> T:
    try:
        return convert(str(found))
    except ValueError as error:
        raise UsageError(f"setting {name}: {error}") from None
