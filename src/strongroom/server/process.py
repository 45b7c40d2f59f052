"""A worker's tie to its supervisor."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class _Tie:
    supervisor: int | None = None


def end_with_supervisor(supervisor: int) -> None:
    """Have this process end when the supervisor's process does, however that ends.

    On Linux the kernel sends SIGTERM; elsewhere `is_orphaned` is to be asked from time to time.
    """
    _Tie.supervisor = supervisor
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def is_orphaned() -> bool:
    """Tell whether this process had a supervisor and has it no more."""
    return _Tie.supervisor is not None and os.getppid() != _Tie.supervisor
