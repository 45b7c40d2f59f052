"""Fixtures of all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests.support.in_process import InProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The machines that run tests are shared, so that the time of one example says nothing.
settings.register_profile("strongroom", deadline=None)
settings.load_profile("strongroom")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[InProcess]:
    with InProcess(tmp_path / "data") as service:
        yield service
