"""Fixtures of all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.in_process import InProcess, make_template

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.in_process import Caller, Template

# The machines that run tests are shared, so that the time of one example says nothing.
settings.register_profile("strongroom", deadline=None)
settings.load_profile("strongroom")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Give an installation that nobody changes."""
    return make_template(tmp_path_factory.mktemp("template") / "data")


@pytest.fixture
def service(tmp_path: Path, template: Template) -> Iterator[InProcess]:
    """Give a service of the test's own."""
    with InProcess(tmp_path / "data", template) as service:
        yield service


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory: pytest.TempPathFactory, template: Template) -> Iterator[InProcess]:
    """Give one service to all tests of a file, each of which makes its own keys."""
    with InProcess(tmp_path_factory.mktemp("service") / "data", template) as service:
        yield service


@pytest.fixture
def root(service: InProcess) -> Caller:
    return service.root()


@pytest.fixture
def key(root: Caller) -> str:
    """The ARN of a new key."""
    return root.key()


@pytest.fixture
def other(service: InProcess) -> Caller:
    """The root user of another account."""
    return service.add_account()
