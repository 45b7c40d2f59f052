from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import load_root_key
from tests.support.root_keys import PIN, SoftHsm, softhsm_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.cli.conftest import Done, Run


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    with softhsm_here(tmp_path, monkeypatch) as hsm:
        yield hsm


def private(path: Path, content: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def pin(tmp_path: Path) -> Path:
    return private(tmp_path / "pin", PIN)


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    return private(tmp_path / "passphrase", "an example passphrase\n")


def token_flags(softhsm: SoftHsm, pin: Path) -> tuple[str | Path, ...]:
    return ("--pkcs11-module", softhsm.module, "--pkcs11-token", "box", "--pkcs11-pin-file", pin)


def fails(done: Done, code: int, message: str) -> None:
    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_status_of_a_root_key_in_a_file(run: Run, data: Path) -> None:
    root_key_id = load_root_key(DataFolder(data)).id
    assert run("root-key", "status", "--data", data, "--json").json() == {
        "provider": "file",
        "root_key_id": root_key_id,
        "root_key_file": str(data / "root.key"),
        "pkcs11_uri": None,
        "store_keys": {"1": root_key_id},
    }
    lines = run("root-key", "status", "--data", data).out.splitlines()
    assert [line.split() for line in lines] == [
        ["provider", "file"],
        ["root_key_id", root_key_id],
        ["root_key_file", str(data / "root.key")],
        ["pkcs11_uri", "-"],
        ["store", "key", "1", "under", root_key_id],
    ]


def test_init_with_a_passphrase(run: Run, tmp_path: Path, passphrase: Path) -> None:
    data = tmp_path / "data"
    done = run("init", "--data", data, "--root-key", "passphrase", "--passphrase-file", passphrase)
    assert (done.code, done.err) == (0, "")
    assert "Neither can one without the passphrase" in done.out
    assert run("status", "--data", data, "--passphrase-file", passphrase).code == 0
    assert run("root-key", "status", "--data", data, "--json").json()["provider"] == "passphrase"
    fails(run("status", "--data", data), 1, "the passphrase is needed")
    other = private(tmp_path / "other", "not the passphrase")
    fails(run("status", "--data", data, "--passphrase-file", other), 1, "the passphrase does not open root key")


def test_init_with_a_token(run: Run, tmp_path: Path, softhsm: SoftHsm, pin: Path) -> None:
    data = tmp_path / "data"
    made = run("init", "--data", data, "--root-key", "pkcs11", *token_flags(softhsm, pin), "--pkcs11-key", "main")
    assert (made.code, made.err) == (0, "")
    assert "Neither can one without the token" in made.out
    told = run("root-key", "status", "--data", data, "--json").json()
    assert told["provider"] == "pkcs11"
    assert told["pkcs11_uri"].startswith("pkcs11:token=box;object=main;id=")
    for command in (("credentials", "list"), ("service", "list"), ("account", "list"), ("status",)):
        assert run(*command, "--data", data, "--pkcs11-pin-file", pin).code == 0
    wrong = private(tmp_path / "wrong", "wrong-pin")
    fails(run("status", "--data", data, "--pkcs11-pin-file", wrong), 1, "does not take the PIN (PinIncorrect)")


def test_the_provider_may_be_a_setting(run: Run, tmp_path: Path, softhsm: SoftHsm, pin: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    lines = ('root_key = "pkcs11"', f'pkcs11_module = "{softhsm.module}"', 'pkcs11_token = "box"')
    (data / "strongroom.toml").write_text("\n".join((*lines, f'pkcs11_pin_file = "{pin}"')), encoding="utf-8")
    assert run("init", "--data", data).code == 0
    assert run("root-key", "status", "--data", data, "--json").json()["provider"] == "pkcs11"
    # What init takes from the settings is no wish of each rotation.
    (data / "strongroom.toml").write_text(f'root_key = "file"\npkcs11_pin_file = "{pin}"', encoding="utf-8")
    assert run("root-key", "rotate", "--data", data, "--json").json()["provider"] == "pkcs11"


def test_wrong_choices_are_wrong_usage(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    fails(run("init", "--data", data, "--root-key", "paper"), 2, "expected file, passphrase or pkcs11, not 'paper'")
    fails(run("init", "--data", data, "--root-key", "pkcs11"), 2, "needs --pkcs11-module FILE and --pkcs11-token LABEL")
    fails(run("init", "--data", data, "--pkcs11-token", "box"), 2, "are for a new root key on a token: pkcs11")
    assert not data.exists()


def test_init_does_not_take_a_root_key_of_another_provider(run: Run, tmp_path: Path, data: Path) -> None:
    other = tmp_path / "other"
    flags = ("--root-key-file", data / "root.key", "--root-key", "passphrase")
    fails(run("init", "--data", other, *flags), 1, "holds a root key already, of provider file; move it away first")


def test_rotate_says_what_to_keep(run: Run, data: Path) -> None:
    old = load_root_key(DataFolder(data)).id
    done = run("root-key", "rotate", "--data", data)
    new = load_root_key(DataFolder(data)).id
    assert (done.code, done.err) == (0, "")
    assert f"Root key {new} (file) is in use. Keep a copy of {data / 'root.key'}." in done.out
    assert f"Backups of the database made until now are under root key {old}:" in done.out


def test_rotate_moves_between_providers(run: Run, data: Path, softhsm: SoftHsm, pin: Path, passphrase: Path) -> None:
    rotate = ("root-key", "rotate", "--data", data, "--json")
    moved = run(*rotate, "--to", "pkcs11", *token_flags(softhsm, pin)).json()
    assert (moved["provider"], moved["store_key_versions"]) == ("pkcs11", [1])
    flags = ("--to", "passphrase", "--new-passphrase-file", passphrase, "--pkcs11-pin-file", pin)
    moved = run(*rotate, *flags).json()
    assert moved["provider"] == "passphrase"
    # To the token again, of which another PIN than the one for the root key in use may be the right one.
    to_token = ("--pkcs11-module", softhsm.module, "--pkcs11-token", "box", "--new-pkcs11-pin-file", pin)
    again = run(*rotate, "--to", "pkcs11", *to_token, "--passphrase-file", passphrase).json()
    assert again["old_root_key_id"] == moved["root_key_id"]
    moved = run(*rotate, "--to", "file", "--pkcs11-pin-file", pin).json()
    assert moved["root_key_id"] == load_root_key(DataFolder(data)).id
    assert run("status", "--data", data).code == 0


def test_change_passphrase(run: Run, tmp_path: Path, passphrase: Path) -> None:
    data, other = tmp_path / "data", private(tmp_path / "other", "another passphrase")
    assert run("init", "--data", data, "--root-key", "passphrase", "--passphrase-file", passphrase).code == 0
    change = ("root-key", "change-passphrase", "--data", data)
    fails(run(*change, "--passphrase-file", passphrase), 1, "the new passphrase is needed")
    done = run(*change, "--passphrase-file", passphrase, "--new-passphrase-file", other)
    assert (done.code, done.err) == (0, "")
    assert "is under the new passphrase" in done.out
    fails(run("status", "--data", data, "--passphrase-file", passphrase), 1, "does not open root key")
    told = run(*change, "--passphrase-file", other, "--new-passphrase-file", passphrase, "--json").json()
    assert told == {"root_key_id": run("root-key", "status", "--data", data, "--json").json()["root_key_id"]}


def test_a_root_key_in_a_file_has_no_passphrase_to_change(run: Run, data: Path) -> None:
    fails(run("root-key", "change-passphrase", "--data", data), 1, "is not under a passphrase")
