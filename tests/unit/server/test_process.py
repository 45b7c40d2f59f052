from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from strongroom.server import process

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_supervisor() -> Iterator[None]:
    yield
    process._Tie.supervisor = None  # noqa: SLF001 - it lasts as long as a process does


def test_a_process_without_a_supervisor_is_no_orphan() -> None:
    assert not process.is_orphaned()


def test_a_process_is_an_orphan_when_its_parent_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongroom.server.process.sys.platform", "darwin")
    process.end_with_supervisor(os.getppid())
    assert not process.is_orphaned()
    process.end_with_supervisor(os.getppid() + 1)
    assert process.is_orphaned()


def test_the_kernel_ends_a_process_with_its_supervisor() -> None:
    reading, writing = os.pipe()
    supervisor = os.fork()
    if supervisor == 0:
        parent = os.getpid()
        if os.fork() == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(20)  # nobody else ends this process if the test fails
            process.end_with_supervisor(parent)
            os.write(writing, b"t")
            signal.pause()
            os._exit(0)
        signal.pause()
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 1) == b"t"
    os.kill(supervisor, signal.SIGKILL)
    assert os.read(reading, 1) == b""  # the last holder of the other end has gone
    os.close(reading)
    os.waitpid(supervisor, 0)
