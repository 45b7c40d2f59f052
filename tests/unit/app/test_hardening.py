from __future__ import annotations

import ctypes
import resource
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from strongroom.app import hardening

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import ctypes, resource
from strongroom.app.hardening import forbid_core_dumps
forbid_core_dumps()
forbid_core_dumps()  # twice is not an error
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


class Kernel:
    """Takes the calls instead of the kernel, which would keep to them for all other tests."""

    def __init__(self, *, dumpable: int = 1, answer: int = 0) -> None:
        self.calls: list[tuple[int, ...]] = []
        self._dumpable = dumpable
        self._answer = answer

    def prctl(self, *arguments: int) -> int:
        self.calls.append(arguments)
        return self._dumpable if arguments[0] == 3 else self._answer


@pytest.fixture
def filter_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "coredump_filter"
    monkeypatch.setattr(hardening, "Path", lambda name: path if name == "/proc/self/coredump_filter" else None)
    return path


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    set_limits: list[object] = []
    monkeypatch.setattr(resource, "setrlimit", lambda *arguments: set_limits.append(arguments))
    return set_limits


def use(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda *_arguments, **_options: SimpleNamespace(prctl=kernel.prctl))


def test_a_process_is_hardened_in_every_way(
    monkeypatch: pytest.MonkeyPatch, filter_file: Path, limits: list[object]
) -> None:
    kernel = Kernel()
    use(monkeypatch, kernel)
    hardening.forbid_core_dumps()
    assert limits == [(resource.RLIMIT_CORE, (0, 0))]
    assert filter_file.read_text(encoding="ascii") == "0"
    assert kernel.calls == [(3, 0, 0, 0, 0), (4, 0, 0, 0, 0)]


def test_a_hardened_process_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, filter_file: Path, limits: list[object]
) -> None:
    use(monkeypatch, Kernel(dumpable=0))
    hardening.forbid_core_dumps()
    assert len(limits) == 1
    assert not filter_file.exists()


@pytest.mark.usefixtures("filter_file", "limits")
def test_a_process_that_cannot_be_hardened_does_not_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, Kernel(answer=-1))
    with pytest.raises(OSError, match=r"\[Errno"):
        hardening.forbid_core_dumps()


def test_elsewhere_the_limit_is_what_there_is(
    monkeypatch: pytest.MonkeyPatch, filter_file: Path, limits: list[object]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    hardening.forbid_core_dumps()
    assert len(limits) == 1
    assert not filter_file.exists()


def test_a_real_process_is_not_dumpable() -> None:
    done = subprocess.run(  # noqa: S603 - a script of this test
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "(0, 0) 0\n"
