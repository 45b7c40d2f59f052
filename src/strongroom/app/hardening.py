"""Keeping the memory of the process out of files.

Source: prctl(2), core(5), getrlimit(2). To be called before any key is read; child processes inherit all of it.
"""

import ctypes
import os
import resource
import sys
from pathlib import Path

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4


def forbid_core_dumps() -> None:
    """See to it that no dump of this process, whoever asks for it, holds its memory. Raises OSError.

    On Linux: no mapping is selected for a dump (which debuggers such as gdb's gcore keep to as well), and processes
    of the same user may not attach. Everywhere: the size of core files is limited to zero.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        if prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0:
            return
        # Not after the next step, for then this file belongs to root.
        Path("/proc/self/coredump_filter").write_text("0", encoding="ascii")
        if prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
