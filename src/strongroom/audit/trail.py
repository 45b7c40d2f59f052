"""Trail files: one JSON record a line, appended before the answers that they record leave.

Each worker appends to a file of its own, so that no lock is shared. Records of changes come from the outbox, into
which they are committed with the change, through a file of their own.
"""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

_MODE = 0o600
_TAIL_BYTES = 1 << 20


class TrailFile:
    """A file that is only appended to, by one process."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; a last line that was cut off by a crash of the machine is closed off."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _MODE)
        self._unsynced = False
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")

    def append(self, records: Sequence[bytes]) -> None:
        """Hand records to the operating system in one write, so that the death of this process loses none.

        Raises OSError when not all of it could be written; then the file is as it was.
        """
        data = b"\n".join(records) + b"\n"
        written = os.write(self._descriptor, data)
        self._unsynced = True
        if written != len(data):
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
            raise OSError(f"wrote {written} of {len(data)} bytes to {self._path}")

    def sync(self) -> None:
        """Bring what was appended to the disk. May be called from another thread. Raises OSError."""
        if self._unsynced:
            self._unsynced = False
            os.fdatasync(self._descriptor)

    def recent_event_ids(self) -> set[str]:
        """Give the event ids of the file's last records, to tell what a crash let be written already."""
        size = os.fstat(self._descriptor).st_size
        tail = os.pread(self._descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        return {event_id(line) for line in tail.split(b"\n") if line.startswith(b"{") and line.endswith(b"}")}

    def close(self) -> None:
        """Bring the file to the disk and close it."""
        self.sync()
        os.close(self._descriptor)


class _EventId(msgspec.Struct):
    event_id: str = msgspec.field(name="eventID")


_event_id_decoder = msgspec.json.Decoder(_EventId)


def event_id(record: bytes) -> str:
    """Give the event id of a record."""
    return _event_id_decoder.decode(record).event_id
