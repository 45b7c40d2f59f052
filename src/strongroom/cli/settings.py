"""Settings: flags, then `STRONGROOM_*` in the environment, then `strongroom.toml` in the data folder, then defaults."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

FILE_NAME = "strongroom.toml"
NAMES = frozenset({"listen", "workers", "log_level", "root_key_file"})


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
        text = os.environ.get(f"STRONGROOM_{name.upper()}") or self._file.get(name)
        if text is None:
            return default
        try:
            return convert(str(text))
        except ValueError as error:
            raise UsageError(f"setting {name}: {error}") from None
