"""Serving a data folder with several workers."""

import logging
from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from strongroom.app.data_folder import DataFolder, ServeLock
from strongroom.app.hardening import forbid_core_dumps
from strongroom.app.installation import Opened, load_root_key
from strongroom.app.request_quotas import OFF, load_request_quotas, share_request_quotas
from strongroom.app.worker import WorkerSettings, run_worker
from strongroom.custody.pkcs11_module import finalize_modules
from strongroom.model.account import Mode
from strongroom.server.limits import Limits
from strongroom.server.listen import ListenAddress
from strongroom.server.supervisor import Supervisor

_LOG_FORMAT = "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve.

    Attributes:
        host: name or address to listen on.
        port: port; 0 lets the kernel choose.
        workers: number of processes.
        vpc_listeners: further addresses, each of which stands for a VPC endpoint.
        log_level: name of a level of the logging module.
        limits: bounds on what clients may cost.
        worker: what workers depend on.
        request_quotas: `off`, `aws`, or the file of the rates that are not AWS's.
    """

    host: str
    port: int
    workers: int
    vpc_listeners: tuple[ListenAddress, ...] = ()
    log_level: str = "INFO"
    limits: Limits = Limits()
    worker: WorkerSettings = WorkerSettings()
    request_quotas: str = OFF

    @property
    def addresses(self) -> tuple[ListenAddress, ...]:
        """All addresses to listen on, the service's own first."""
        return (ListenAddress(host=self.host, port=self.port), *self.vpc_listeners)


class ServedVpcEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A VPC endpoint and where it is served.

    Attributes:
        vpc_endpoint_id: id of the VPC endpoint.
        vpc_id: id of its VPC, or None when it was not named.
        endpoint: URL for its clients.
    """

    vpc_endpoint_id: str
    vpc_id: str | None
    endpoint: str


# Gets the service's own endpoint, and the VPC endpoints.
OnReady = Callable[[str, Sequence[ServedVpcEndpoint]], None]


def serve(folder: DataFolder, mode: Mode, settings: ServeSettings, on_ready: OnReady) -> int:
    """Serve an installation of a mode until a signal says to stop; `on_ready` is told where. Gives the exit code.

    Raises InstallationError, RootKeyError, and OSError when an address is taken.
    """
    forbid_core_dumps()
    logging.basicConfig(level=settings.log_level, format=_LOG_FORMAT)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    root_key = load_root_key(folder)
    # Found out here, and not by each worker: whether the installation can be opened, and the settings used.
    settings.worker.check()
    quotas = share_request_quotas(load_request_quotas(settings.request_quotas), settings.workers)
    with Opened(folder, root_key) as opened:
        opened.require(mode)
    # A PKCS#11 module must not be forked while it is in use.
    finalize_modules()
    lock = ServeLock(folder)
    try:
        supervisor = Supervisor(
            settings.addresses,
            settings.workers,
            partial(run_worker, folder, root_key, settings.worker, quotas, settings.limits),
            on_ready=lambda ports: _announce(lock, settings.addresses, ports, on_ready),
            drain_seconds=settings.limits.drain_seconds,
        )
        return supervisor.run()
    finally:
        lock.release()


def endpoint_of(host: str, port: int) -> str:
    """Give the URL of a listener."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _announce(lock: ServeLock, addresses: Sequence[ListenAddress], ports: Sequence[int], on_ready: OnReady) -> None:
    urls = [endpoint_of(address.host, port) for address, port in zip(addresses, ports, strict=True)]
    lock.announce(urls[0])
    vpc_endpoints = [
        ServedVpcEndpoint(vpc_endpoint_id=vpc_endpoint.endpoint_id, vpc_id=vpc_endpoint.vpc_id, endpoint=url)
        for address, url in zip(addresses, urls, strict=True)
        if (vpc_endpoint := address.vpc_endpoint) is not None
    ]
    on_ready(urls[0], vpc_endpoints)
