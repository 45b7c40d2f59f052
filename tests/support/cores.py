"""Cores of running processes, taken by gdb's gcore as any debugger would."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 60


def core_of(pid: int, folder: Path) -> bytes | None:
    """Give a core of a process, or None when this user may not have one."""
    gcore = shutil.which("gcore")
    assert gcore is not None, "gcore is missing; run: apt-get install gdb"
    done = subprocess.run(  # noqa: S603 - a debugger on a process of this test
        [gcore, "-o", folder / "core", str(pid)], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    core = folder / f"core.{pid}"
    if os.geteuid() != 0 and done.returncode != 0 and "Operation not permitted" in done.stderr:
        return None
    assert done.returncode == 0, done.stderr
    assert core.stat().st_size > 0
    content = core.read_bytes()
    core.unlink()
    return content
