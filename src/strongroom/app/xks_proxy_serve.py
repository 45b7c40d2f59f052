"""Serving an XKS proxy with several workers, beside the server of the data folder or without it."""

import copy
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from strongroom.app.data_folder import DataFolder, ServeLock
from strongroom.app.hardening import forbid_core_dumps
from strongroom.app.installation import Opened, load_root_key
from strongroom.app.xks_proxy_settings import FILE_NAME
from strongroom.app.xks_proxy_stores import Stores
from strongroom.app.xks_proxy_tls import TlsSettings, server_tls
from strongroom.app.xks_proxy_worker import LIMITS, run_xks_proxy_worker
from strongroom.server.listen import ListenAddress
from strongroom.server.supervisor import Supervisor

LOCK_NAME: Final = "xks-proxy.lock"
_LOG_FORMAT: Final = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


class ProxyServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve.

    Attributes:
        host: name or address to listen on.
        port: port; 0 lets the kernel choose.
        tls: TLS.
        workers: number of processes.
        log_level: name of a level of the logging module.
    """

    host: str
    port: int
    tls: TlsSettings
    workers: int = 1
    log_level: str = "INFO"


def serve_xks_proxy(folder: DataFolder, settings: ProxyServeSettings, on_ready: Callable[[str], None]) -> int:
    """Serve the external keys of a data folder until a signal says to stop; gives the exit code.

    `on_ready` is told the URL. Raises InstallationError, RootKeyError, and OSError when the address is taken.
    """
    forbid_core_dumps()
    logging.basicConfig(level=settings.log_level, format=_LOG_FORMAT)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    root_key = load_root_key(folder)
    # Found out here, and not by each worker: whether the installation, the settings and the certificate can be used.
    server_tls(settings.tls)
    with Opened(folder, root_key) as opened:
        Stores(folder.path / FILE_NAME, opened.store_keys)
    own = copy.copy(folder)
    own.lock = folder.path / LOCK_NAME
    lock = ServeLock(own)
    try:
        supervisor = Supervisor(
            [ListenAddress(host=settings.host, port=settings.port)],
            settings.workers,
            partial(run_xks_proxy_worker, folder, root_key, settings.tls),
            on_ready=lambda ports: _announce(lock, settings.host, ports, on_ready),
            drain_seconds=LIMITS.drain_seconds,
        )
        return supervisor.run()
    finally:
        lock.release()


def _announce(lock: ServeLock, host: str, ports: Sequence[int], on_ready: Callable[[str], None]) -> None:
    url = f"https://[{host}]:{ports[0]}" if ":" in host else f"https://{host}:{ports[0]}"
    lock.announce(url)
    on_ready(url)
