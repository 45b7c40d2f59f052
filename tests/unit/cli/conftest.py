"""Commands run in this process, on data folders of each test's own."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import create_installation
from strongroom.cli.main import main
from tests.support.in_process import ACCOUNT, REGION, Template

if TYPE_CHECKING:
    from pathlib import Path


class Done(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str

    def json(self) -> dict[str, Any]:
        """Give what was printed by a command that succeeded."""
        assert (self.code, self.err) == (0, "")
        printed: dict[str, Any] = json.loads(self.out)
        return printed


class Run(Protocol):
    """Runs a command."""

    def __call__(self, *arguments: str | Path) -> Done: ...


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str | Path) -> Done:
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as leaving:  # argparse's way out
            code = int(leaving.code or 0)
        return Done(code, *capsys.readouterr())

    return run


@pytest.fixture(autouse=True)
def plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings from outside, and where the default data folders do not exist."""
    for name in [name for name in os.environ if name.startswith("STRONGROOM_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def production_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    data = tmp_path_factory.mktemp("production") / "data"
    return Template(data, create_installation(DataFolder(data), ACCOUNT, REGION, "production"))


@pytest.fixture
def data(tmp_path: Path, production_template: Template) -> Path:
    """A production installation."""
    return shutil.copytree(production_template.data, tmp_path / "production")


@pytest.fixture
def dev_data(tmp_path: Path, template: Template) -> Path:
    """A development installation."""
    return shutil.copytree(template.data, tmp_path / "development")
