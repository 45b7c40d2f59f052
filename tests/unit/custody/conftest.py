from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.root_keys import SoftHsm, softhsm_here

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftHsm]:
    """SoftHSM with one token, `box`, for this process."""
    with softhsm_here(tmp_path, monkeypatch) as hsm:
        yield hsm
