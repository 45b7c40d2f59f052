"""The data folder: what lies where, and who serves it.

DIR/strongroom.db     the database; made as strongroom.db.new and renamed when it is complete
DIR/root.key          the root key, or what tells where it is, unless this file is kept elsewhere
DIR/root.key.next     the same of the root key that is taking its place
DIR/trail/            audit records
DIR/serve.lock        held by the server; holds its process id and endpoint
DIR/strongroom.toml   settings, if any
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from strongroom.custody.root_key_providers import NoSecrets, RootKeySecrets

_NO_SECRETS = NoSecrets()
_TRIES = 10
_TRY_SECONDS = 0.02


class InstallationError(Exception):
    """The data folder cannot be used; the message says why and what to do."""


class Serving(msgspec.Struct, frozen=True):
    """The server of a data folder."""

    pid: int
    endpoint: str


class DataFolder:
    """The paths of a data folder."""

    def __init__(self, path: Path, root_key_file: Path | None = None, secrets: RootKeySecrets = _NO_SECRETS) -> None:
        """Name a folder, which need not exist, its root key's file where it is elsewhere, and what opens that key."""
        self.path = path
        self.database = path / "strongroom.db"
        self.new_database = path / "strongroom.db.new"
        self.root_key = root_key_file or path / "root.key"
        self.next_root_key = self.root_key.with_name(f"{self.root_key.name}.next")
        self.secrets = secrets
        self.trail = path / "trail"
        self.lock = path / "serve.lock"

    @contextlib.contextmanager
    def creating(self) -> Iterator[None]:
        """Make the folder, closed to others, and keep it for one that makes an installation in it.

        Raises InstallationError when it holds an installation already, or another is being made.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InstallationError(f"cannot make {self.path}: {error.strerror}") from None
        with self._locked(f"an installation is being made in {self.path} by another process"):
            if self.database.exists():
                raise InstallationError(
                    f"{self.path} holds an installation already; serve it, or choose another --data"
                )
            yield

    def changing_root_key(self) -> contextlib.AbstractContextManager[None]:
        """Keep the folder for one that changes its root key. Raises InstallationError when another does."""
        return self._locked(f"the root key of {self.path} is being changed by another process")

    @contextlib.contextmanager
    def _locked(self, otherwise: str) -> Iterator[None]:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise InstallationError(otherwise) from None
        try:
            yield
        finally:
            os.close(descriptor)

    def require(self) -> None:
        """Raise InstallationError when there is no installation."""
        if not self.database.exists():
            raise InstallationError(f"{self.path} holds no installation; run: strongroom init --data {self.path}")


class ServeLock:
    """Makes sure that one server serves a data folder; the kernel frees it when the process dies."""

    def __init__(self, folder: DataFolder) -> None:
        """Take the lock. Raises InstallationError when another server holds it."""
        self._descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT, 0o600)
        if not self._take():
            os.close(self._descriptor)
            other = serving(folder)
            who = f" (process {other.pid}, {other.endpoint})" if other else ""
            raise InstallationError(f"{folder.path} is being served already{who}; stop that server first")
        os.ftruncate(self._descriptor, 0)

    def _take(self) -> bool:
        # Whoever asks for the status holds the lock for a moment.
        for _ in range(_TRIES):
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(_TRY_SECONDS)
        return False

    def announce(self, endpoint: str) -> None:
        """Write down who serves."""
        content = msgspec.json.encode(Serving(os.getpid(), endpoint))
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, content, 0)

    def release(self) -> None:
        """Let the lock go."""
        os.close(self._descriptor)


def serving(folder: DataFolder) -> Serving | None:
    """Tell who serves a data folder, None when nobody does."""
    try:
        descriptor = os.open(folder.lock, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        content = os.pread(descriptor, 4096, 0)
        return msgspec.json.decode(content, type=Serving) if content else None
    else:
        return None
    finally:
        os.close(descriptor)
