"""Who keeps root keys in tests: tokens of SoftHSM, a PKCS#11 module in software, and passphrases."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.custody.pkcs11_module import finalize_modules

if TYPE_CHECKING:
    from collections.abc import Iterator

BOX = "box"
PIN = "example-pin"
_SO_PIN = "example-so-pin"
_MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib64/softhsm/libsofthsm.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
)


class SoftHsm:
    """SoftHSM with a folder of its own for its tokens."""

    def __init__(self, folder: Path, module: Path) -> None:
        self.module = module
        self.configuration = folder / "softhsm2.conf"
        tokens = folder / "tokens"
        tokens.mkdir()
        self.configuration.write_text(
            f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n", encoding="utf-8"
        )

    @property
    def environment(self) -> dict[str, str]:
        """What tells a process of this folder."""
        return {"SOFTHSM2_CONF": str(self.configuration)}

    def add_token(self, label: str) -> None:
        """Make a token; its PIN is `PIN`."""
        subprocess.run(  # noqa: S603 - the tool that makes tokens
            [
                *("softhsm2-util", "--init-token", "--free", "--label", label),
                *("--so-pin", _SO_PIN, "--pin", PIN),
            ],
            env={**os.environ, **self.environment},
            check=True,
            capture_output=True,
        )


def make_softhsm(folder: Path) -> SoftHsm:
    """Set up SoftHSM in a folder. Where it is not installed the test is skipped, and fails in CI."""
    module = next((each for each in _MODULES if each.exists()), None)
    if module is None or shutil.which("softhsm2-util") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("SoftHSM is not installed: apt-get install softhsm2")
        pytest.skip("SoftHSM is not installed: apt-get install softhsm2")
    return SoftHsm(folder, module)


@contextlib.contextmanager
def softhsm_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """Set up SoftHSM with one token, `BOX`, for this process."""
    hsm = make_softhsm(folder)
    finalize_modules()
    for name, value in hsm.environment.items():
        monkeypatch.setenv(name, value)
    hsm.add_token(BOX)
    try:
        yield hsm
    finally:
        finalize_modules()


class GivenSecrets:
    """Passphrases and PINs that a test knows; counts how often each is asked for."""

    def __init__(self, old: str = "an example passphrase", new: str = "another example passphrase") -> None:
        self.asked: list[str] = []
        self._old = old
        self._new = new

    def passphrase(self) -> str:
        self.asked.append("passphrase")
        return self._old

    def new_passphrase(self) -> str:
        self.asked.append("new passphrase")
        return self._new

    def pin(self, token: str) -> str:
        self.asked.append(f"PIN of {token}")
        return PIN

    def new_pin(self, token: str) -> str:
        self.asked.append(f"new PIN of {token}")
        return PIN
