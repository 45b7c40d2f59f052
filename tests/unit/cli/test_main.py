from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom import __version__
from strongroom.app.data_folder import InstallationError
from strongroom.cli import main as module
from strongroom.cli.settings import UsageError
from strongroom.custody.root_key import RootKeyError
from strongroom.storage.store import StoreBusyError, StoreError

if TYPE_CHECKING:
    from tests.unit.cli.conftest import Run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("what is wrong"), 2),
        (InstallationError("what is wrong"), 1),
        (RootKeyError("what is wrong"), 1),
        (StoreError("what is wrong"), 1),
        (StoreBusyError("what is wrong"), 1),
        (OSError("what is wrong"), 1),
    ],
)
def test_errors_have_their_exit_codes(run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int) -> None:
    def fail(_: object) -> int:
        raise error

    monkeypatch.setattr(module, "status", fail)
    assert run("status") == (code, "", "strongroom: what is wrong\n")


def test_an_interrupted_command_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "status", interrupted)
    assert run("status") == (1, "", "strongroom: interrupted\n")


def test_a_command_gives_its_exit_code(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "status", lambda _: 7)
    assert run("status").code == 7


def test_the_program_is_hardened_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def main() -> int:
        calls.append("main")
        return 3

    monkeypatch.setattr(module, "forbid_core_dumps", lambda: calls.append("hardened"))
    monkeypatch.setattr(module, "main", main)
    assert module.program() == 3
    assert calls == ["hardened", "main"]


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version") == (0, f"{__version__}\n", "")


@pytest.mark.parametrize(
    "command", ["", "init", "serve", "status", "dev", "dev clock", "dev clock advance", "credentials session"]
)
def test_help_is_printed(run: Run, command: str) -> None:
    done = run(*command.split(), "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("usage: strongroom")


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("nothing", "invalid choice: 'nothing'"),
        ("status --nothing", "unrecognized arguments: --nothing"),
        ("init --account-id 1", "argument --account-id: an account id has 12 digits, not '1'"),
        ("init --region mars", "argument --region: 'mars' is no Region; take one such as us-east-1"),
        ("serve --listen 4599", "argument --listen: expected HOST:PORT, such as 127.0.0.1:4599, not '4599'"),
        ("serve --workers 0", "argument --workers: expected 1 to 256 workers, not '0'"),
        ("serve --log-level loud", "argument --log-level: expected a level such as INFO or WARNING, not 'loud'"),
        ("dev --root-key-file=x", "unrecognized arguments: --root-key-file"),
        ("dev clock", "the following arguments are required: advance"),
        ("dev clock advance", "the following arguments are required: by"),
        ("dev clock advance 1", "argument by: expected a duration such as 15m, 12h or 30d, not '1'"),
        ("credentials", "the following arguments are required: COMMAND"),
        ("credentials deactivate", "the following arguments are required: access_key_id"),
        ("credentials session --duration 14m", "argument --duration: a session lasts 15m to 1h, not 14m"),
        ("credentials session --duration 61m", "argument --duration: a session lasts 15m to 1h, not 61m"),
        ("credentials session --duration x", "argument --duration: expected a duration such as 15m"),
    ],
)
def test_wrong_usage_is_refused(run: Run, command: str, text: str) -> None:
    done = run(*command.split())
    assert (done.code, done.out) == (2, "")
    assert text in done.err
    assert done.err.startswith("usage: strongroom")
