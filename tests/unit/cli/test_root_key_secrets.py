from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING

import pytest

from strongroom.cli.root_key_secrets import MakerSecrets, OperatorSecrets
from strongroom.custody.root_key import RootKeyError

if TYPE_CHECKING:
    from pathlib import Path


class Terminal:
    """Somebody who types."""

    def __init__(self, *typed: str) -> None:
        self.prompts: list[str] = []
        self._typed = list(typed)

    def answer(self, prompt: str) -> str:
        self.prompts.append(prompt)
        if not self._typed:
            raise EOFError
        return self._typed.pop(0)


def sit_down(monkeypatch: pytest.MonkeyPatch, *typed: str) -> Terminal:
    terminal = Terminal(*typed)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", terminal.answer)
    return terminal


def private(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"a secret", "a secret"), (b"a secret\n", "a secret"), (b"a secret \r\n", "a secret "), (b"a\nb\n\n", "a\nb\n")],
)
def test_a_file_holds_the_secret_and_perhaps_the_end_of_its_line(tmp_path: Path, content: bytes, told: str) -> None:
    path = private(tmp_path / "secret", content)
    secrets = OperatorSecrets(tmp_path, path, path, path, path)
    assert (secrets.passphrase(), secrets.new_passphrase()) == (told, told)
    assert (secrets.pin("box"), secrets.new_pin("box")) == (told, told)
    assert MakerSecrets(tmp_path, path).new_passphrase() == told


def test_a_file_is_read_whenever_it_is_needed(tmp_path: Path) -> None:
    path = private(tmp_path / "secret", b"first")
    secrets = OperatorSecrets(tmp_path, path)
    assert secrets.passphrase() == "first"
    path.write_bytes(b"second")
    assert secrets.passphrase() == "second"


@pytest.mark.parametrize(("content", "message"), [(b"\n", "is empty"), (b"\xff", "is not text in UTF-8")])
def test_a_file_without_a_secret_is_an_error(tmp_path: Path, content: bytes, message: str) -> None:
    path = private(tmp_path / "secret", content)
    with pytest.raises(RootKeyError, match=message):
        OperatorSecrets(tmp_path, path).passphrase()


def test_settings_name_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passphrase, pin = private(tmp_path / "one", b"from the file"), private(tmp_path / "two", b"1234")
    secrets = OperatorSecrets(tmp_path)
    (tmp_path / "strongroom.toml").write_text(f'passphrase_file = "{passphrase}"\n', encoding="utf-8")
    assert secrets.passphrase() == "from the file"
    monkeypatch.setenv("STRONGROOM_PKCS11_PIN_FILE", str(pin))
    assert (secrets.pin("box"), secrets.new_pin("box")) == ("1234", "1234")
    (tmp_path / "strongroom.toml").write_text("nonsense = 1\n", encoding="utf-8")
    with pytest.raises(RootKeyError, match="names no setting of Strongroom"):
        secrets.passphrase()


def test_the_terminal_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = sit_down(monkeypatch, "a passphrase", "1234", "5678")
    secrets = OperatorSecrets(tmp_path)
    assert (secrets.passphrase(), secrets.passphrase()) == ("a passphrase", "a passphrase")
    assert (secrets.pin("box"), secrets.new_pin("box")) == ("1234", "1234")
    assert secrets.new_pin("chest") == "5678"
    assert terminal.prompts == ["Passphrase: ", "PIN of token box: ", "PIN of token chest: "]


def test_a_new_passphrase_is_typed_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = sit_down(monkeypatch, "the old one", "a new one", "a new one")
    secrets = OperatorSecrets(tmp_path)
    assert (secrets.passphrase(), secrets.new_passphrase()) == ("the old one", "a new one")
    assert terminal.prompts == ["Passphrase: ", "New passphrase: ", "Once more: "]
    sit_down(monkeypatch, "a passphrase", "a pasphrase")
    with pytest.raises(RootKeyError, match="this is not the same passphrase; nothing was changed"):
        MakerSecrets(tmp_path).new_passphrase()


@pytest.mark.parametrize("typed", [(), ("",)])
def test_typing_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...]) -> None:
    sit_down(monkeypatch, *typed)
    with pytest.raises(RootKeyError, match="no passphrase was given"):
        OperatorSecrets(tmp_path).passphrase()


def test_nobody_is_asked_without_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    with pytest.raises(RootKeyError, match="the passphrase is needed; give a file by --passphrase-file, or run"):
        OperatorSecrets(tmp_path).passphrase()
    with pytest.raises(RootKeyError, match="the PIN of token box is needed; give a file by --pkcs11-pin-file"):
        OperatorSecrets(tmp_path).pin("box")


def test_a_worker_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = sit_down(monkeypatch, "a passphrase", "1234")
    secrets = OperatorSecrets(tmp_path)
    secrets.passphrase()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert secrets.passphrase() == "a passphrase"
    with pytest.raises(RootKeyError, match="is needed"):
        secrets.pin("box")
    assert terminal.prompts == ["Passphrase: "]
