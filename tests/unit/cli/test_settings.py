from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.cli import values
from strongroom.cli.settings import Settings, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def workers(data: Path, flag: int | None = None) -> int:
    return Settings(data).get("workers", flag, 1, values.workers)


def write(data: Path, text: str) -> None:
    data.joinpath("strongroom.toml").write_text(text, encoding="utf-8")


def test_flags_come_before_the_environment_the_file_and_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workers(tmp_path) == 1
    write(tmp_path, "workers = 2")
    assert workers(tmp_path) == 2
    monkeypatch.setenv("STRONGROOM_WORKERS", "3")
    assert workers(tmp_path) == 3
    assert workers(tmp_path, flag=4) == 4


def test_an_empty_variable_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "workers = 2")
    monkeypatch.setenv("STRONGROOM_WORKERS", "")
    assert workers(tmp_path) == 2


def test_a_folder_that_does_not_exist_sets_nothing(tmp_path: Path) -> None:
    assert workers(tmp_path / "none") == 1


@pytest.mark.parametrize("text", ["workers = ", b"\xff", "[workers", "workers = 1\nworkers = 2"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, text: str | bytes) -> None:
    tmp_path.joinpath("strongroom.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UsageError, match=r"strongroom.toml cannot be read: "):
        Settings(tmp_path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("strongroom.toml").mkdir()
    with pytest.raises(UsageError, match=r"strongroom.toml cannot be read: "):
        Settings(tmp_path)


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "worker = 1\nport = 3")
    with pytest.raises(UsageError, match="names no setting of Strongroom: port, worker"):
        Settings(tmp_path)


@pytest.mark.parametrize("text", ["0", "'many'", "true", "[1]", "1.5"])
def test_a_wrong_value_in_the_file_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, f"workers = {text}")
    with pytest.raises(UsageError, match="setting workers: expected 1 to 256 workers"):
        workers(tmp_path)


def test_a_wrong_value_in_the_environment_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGROOM_WORKERS", "none")
    with pytest.raises(UsageError, match="setting workers: expected 1 to 256 workers, not 'none'"):
        workers(tmp_path)


def several(data: Path, flags: list[int] | None = None) -> tuple[int, ...]:
    # No setting but this one may have several values; of what kind they are does not matter here.
    return Settings(data).get_all("vpc_endpoints", flags, values.workers)


def test_all_values_come_from_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert several(tmp_path) == ()
    write(tmp_path, "vpc_endpoints = ['1', '2']")
    assert several(tmp_path) == (1, 2)
    monkeypatch.setenv("STRONGROOM_VPC_ENDPOINTS", "3, 4,5")
    assert several(tmp_path) == (3, 4, 5)
    assert several(tmp_path, flags=[6]) == (6,)


@pytest.mark.parametrize(("text", "found"), [("[]", ()), ("'7'", (7,)), ("'7,8'", (7, 8))])
def test_a_list_may_be_empty_or_one_string(tmp_path: Path, text: str, found: tuple[int, ...]) -> None:
    write(tmp_path, f"vpc_endpoints = {text}")
    assert several(tmp_path) == found


@pytest.mark.parametrize("text", ["['1', 'two']", "['1,2']", "[[1]]", "'1,'", "{ 1 = 2 }", "true"])
def test_a_wrong_value_among_several_is_refused(tmp_path: Path, text: str) -> None:
    write(tmp_path, f"vpc_endpoints = {text}")
    with pytest.raises(UsageError, match="setting vpc_endpoints: expected 1 to 256 workers"):
        several(tmp_path)
