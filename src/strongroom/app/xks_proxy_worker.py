"""One worker of an XKS proxy: an event loop that serves its listening sockets over TLS until it is told to stop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import uvloop

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened
from strongroom.app.jobs import every_second
from strongroom.app.xks_proxy import XksProxy
from strongroom.app.xks_proxy_kms import ProxiedKms
from strongroom.app.xks_proxy_settings import FILE_NAME
from strongroom.app.xks_proxy_stores import Stores
from strongroom.app.xks_proxy_tls import TlsConnection, TlsSettings, server_tls
from strongroom.audit.trail import TrailFile
from strongroom.custody.root_key import RootKey
from strongroom.model.failures import describe
from strongroom.server.exchange import Handler
from strongroom.server.limits import Limits
from strongroom.server.listen import Listener
from strongroom.server.process import is_orphaned
from strongroom.server.service import Service
from strongroom.storage.store import StoreError

_SHUTDOWN_SECONDS: Final = 1.0
logger = logging.getLogger(__name__)

LIMITS: Final = Limits(body=64 * 1024, buffered=16 * 1024 * 1024, connections=512)
"""The longest request of the API, of 8 KiB of AAD and six long names, takes half of `body`."""


class Serving:
    """What a worker listens with; all connections of it share the limits."""

    def __init__(self, listeners: Sequence[Listener], tls: TlsSettings, limits: Limits = LIMITS) -> None:
        """Take the sockets. Raises InstallationError when TLS cannot be set up."""
        self._listeners = listeners
        self._tls = server_tls(tls)
        self._client_name = tls.client_name
        self._limits = limits

    async def run(self, handler: Handler, ready: Callable[[], None], stop: asyncio.Event) -> bool:
        """Serve until `stop` is set; tells whether all that was in flight could be answered."""
        loop = asyncio.get_running_loop()
        service = Service(loop, handler, self._limits, secure=True)
        connect = partial(TlsConnection, service, self._client_name)
        async with contextlib.AsyncExitStack() as opened:
            opened.callback(service.abort)
            for listener in self._listeners:
                server = await loop.create_server(
                    connect,
                    sock=listener.sock,
                    backlog=self._limits.backlog,
                    ssl=self._tls,
                    ssl_handshake_timeout=self._limits.head_seconds,
                    # Clients that keep a connection open need not agree to its end.
                    ssl_shutdown_timeout=_SHUTDOWN_SECONDS,
                )
                opened.callback(server.close)
            # Without its sweeps a worker has no time limits: should they fail, it ends.
            async with asyncio.TaskGroup() as tasks:
                sweeps = tasks.create_task(_sweep(service, stop))
                ready()
                await stop.wait()
                drained = await _drain(service)
                sweeps.cancel()
        return drained


async def _sweep(service: Service, stop: asyncio.Event) -> None:
    while True:
        await asyncio.sleep(service.limits.sweep_seconds)
        service.sweep()
        if is_orphaned():
            stop.set()


async def _drain(service: Service) -> bool:
    # New connections are closed as they come.
    empty = asyncio.Event()
    service.drain(empty.set)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(empty.wait(), service.limits.drain_seconds)
    return empty.is_set()


def run_xks_proxy_worker(  # noqa: PLR0913, PLR0917 - the supervisor gives the last three
    folder: DataFolder,
    root_key: RootKey,
    tls: TlsSettings,
    index: int,
    listeners: Sequence[Listener],
    ready: Callable[[], None],
) -> int:
    """Serve in this process until told to stop; gives the exit code. Raises InstallationError."""
    serving = Serving(listeners, tls)
    with contextlib.ExitStack() as parts:
        opened = parts.enter_context(Opened(folder, root_key))
        trail = TrailFile(folder.trail / f"xks-proxy-{index}.jsonl")
        parts.callback(trail.close)
        kms = ProxiedKms(opened)
        parts.callback(kms.close)
        proxy = XksProxy(kms, Stores(folder.path / FILE_NAME, opened.store_keys), trail)
        chores = parts.enter_context(ThreadPoolExecutor(1, "chore"))
        turns = [partial(_sync, trail), partial(_write_uses, kms)]
        return 0 if uvloop.run(_until_signal(serving, proxy, ready, turns, chores)) else 1


async def _until_signal(
    serving: Serving,
    proxy: XksProxy,
    ready: Callable[[], None],
    turns: Sequence[Callable[[], None]],
    chores: ThreadPoolExecutor,
) -> bool:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(_log_failure)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    each_second = asyncio.create_task(every_second(list(turns), chores))
    try:
        return await serving.run(proxy, ready, stop)
    finally:
        each_second.cancel()


def _log_failure(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    logger.error("%s: %s", context["message"], describe(error) if error else "no exception")


def _sync(trail: TrailFile) -> None:
    try:
        trail.sync()
    except OSError:
        logger.exception("The trail cannot be brought to the disk")


def _write_uses(kms: ProxiedKms) -> None:
    try:
        kms.uses.write(kms.opened.store)
    except StoreError:
        logger.exception("When keys and access keys were used last cannot be written down")
