"""Trail files: one JSON record a line, appended before the answers that they record leave.

Each worker appends to a file of its own, so that no lock is shared. Records of changes come from the outbox, into
which they are committed with the change, through a file of their own.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from strongroom.model.files import sync_folder

_MODE = 0o600


class TrailFile:
    """A file that is only appended to, by one process."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; a last line that was cut off by a crash of the machine is closed off."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._path = path
        self._start = b""
        self._descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, _MODE)
        # The last process may have left the file's content to the operating system, and the file's name is new perhaps.
        self._unsynced = True
        sync_folder(path.parent)
        size = os.fstat(self._descriptor).st_size
        if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")

    def append(self, records: Sequence[bytes]) -> None:
        """Hand records to the operating system in one write, so that the death of this process loses none.

        Raises OSError when not all of it could be written; then the file is as it was.
        """
        data = self._start + b"\n".join(records) + b"\n"
        written = os.write(self._descriptor, data)
        self._unsynced = True
        if written != len(data):
            # Should it stay, the next record must not be on the same line.
            self._start = b"\n"
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
                self._start = b""
            raise OSError(f"wrote {written} of {len(data)} bytes to {self._path}")
        self._start = b""

    def sync(self) -> None:
        """Bring what was appended to the disk. May be called from another thread. Raises OSError."""
        if self._unsynced:
            # First, as an append meanwhile sets it again.
            self._unsynced = False
            try:
                os.fdatasync(self._descriptor)
            except OSError:
                self._unsynced = True
                raise

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep other processes that ask for the same out; the kernel lets go when this one dies."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def recent_event_ids(self, reach: int) -> set[str]:
        """Give the event ids of the records in the last `reach` bytes, to tell what a crash let be written already."""
        size = os.fstat(self._descriptor).st_size
        ids = set()
        for line in os.pread(self._descriptor, reach, max(0, size - reach)).split(b"\n"):
            # The first line may lack its beginning, and one that a crash cut off its end.
            with contextlib.suppress(ValueError):
                ids.add(event_id(line))
        return ids

    def close(self) -> None:
        """Bring the file to the disk and close it."""
        self.sync()
        os.close(self._descriptor)


class _EventId(msgspec.Struct):
    event_id: str = msgspec.field(name="eventID")


_event_id_decoder = msgspec.json.Decoder(_EventId)


def event_id(record: bytes) -> str:
    """Give the event id of a record. Raises ValueError when it is none."""
    return _event_id_decoder.decode(record).event_id
