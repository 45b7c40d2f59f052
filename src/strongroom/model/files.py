"""Making what is written to files last."""

import os
from pathlib import Path


def sync_folder(path: Path) -> None:
    """Bring the names of a folder's files to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
