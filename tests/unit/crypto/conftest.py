"""Counts the published vectors that passed, and says at the end how many there were."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.published_vectors import Count

_COUNTS: pytest.StashKey[Counter[tuple[str, str]]] = pytest.StashKey()


@pytest.fixture
def count(request: pytest.FixtureRequest) -> Count:
    """Give the function that a test calls last, once its vectors have passed."""
    counts = request.config.stash.setdefault(_COUNTS, Counter())

    def add(source: str, algorithm: str, vectors: int) -> None:
        counts[algorithm, source] += vectors

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counts = config.stash.get(_COUNTS, Counter())
    if not counts:
        return
    terminalreporter.section("published test vectors that passed")
    for (algorithm, source), vectors in sorted(counts.items()):
        terminalreporter.write_line(f"{vectors:6} {algorithm}, {source}")
    terminalreporter.write_line(f"{counts.total():6} in all")
