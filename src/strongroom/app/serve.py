"""Serving a data folder with several workers."""

import logging
from collections.abc import Callable
from functools import partial

import msgspec

from strongroom.app.data_folder import DataFolder, ServeLock
from strongroom.app.hardening import forbid_core_dumps
from strongroom.app.installation import Opened, load_root_key
from strongroom.app.worker import run_worker
from strongroom.model.account import Mode
from strongroom.server.limits import Limits
from strongroom.server.supervisor import Supervisor

_LOG_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve.

    Attributes:
        host: name or address to listen on.
        port: port; 0 lets the kernel choose.
        workers: number of processes.
        log_level: name of a level of the logging module.
        limits: bounds on what clients may cost.
    """

    host: str
    port: int
    workers: int
    log_level: str = "INFO"
    limits: Limits = Limits()


def serve(folder: DataFolder, mode: Mode, settings: ServeSettings, on_ready: Callable[[str], None]) -> int:
    """Serve an installation of a mode until a signal says to stop; `on_ready` gets the endpoint. Gives the exit code.

    Raises InstallationError, RootKeyError, and OSError when the address is taken.
    """
    forbid_core_dumps()
    logging.basicConfig(level=settings.log_level, format=_LOG_FORMAT)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    root_key = load_root_key(folder)
    # Found out here, and not by each worker: whether the installation can be opened.
    with Opened(folder, root_key) as opened:
        opened.require(mode)
    lock = ServeLock(folder)
    try:
        supervisor = Supervisor(
            settings.host,
            settings.port,
            settings.workers,
            partial(run_worker, folder, root_key, settings.limits),
            on_ready=lambda port: _announce(lock, settings.host, port, on_ready),
            drain_seconds=settings.limits.drain_seconds,
        )
        return supervisor.run()
    finally:
        lock.release()


def endpoint_of(host: str, port: int) -> str:
    """Give the URL of a listener."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(lock: ServeLock, host: str, port: int, on_ready: Callable[[str], None]) -> None:
    endpoint = endpoint_of(host, port)
    lock.announce(endpoint)
    on_ready(endpoint)
