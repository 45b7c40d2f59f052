"""One worker: an event loop that serves its listening sockets until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import uvloop

from strongroom.model.failures import describe
from strongroom.server.process import is_orphaned
from strongroom.server.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from strongroom.server.exchange import Handler
    from strongroom.server.limits import Limits
    from strongroom.server.listen import Listener

logger = logging.getLogger(__name__)

_OTHER_FILES = 64  # descriptors kept for what is neither connection nor listener


def run_worker_loop(
    listeners: Sequence[Listener],
    make_handler: Callable[[asyncio.AbstractEventLoop], Handler],
    limits: Limits,
    ready: Callable[[], None],
) -> int:
    """Serve listeners until SIGTERM or SIGINT, then finish what is in flight.

    To be called in the main thread. `make_handler` is called once, before the first connection is taken; `ready`
    when connections are taken. The limits hold for all listeners together.

    Returns:
        The exit code for the process: 0, or 1 when requests were cut off because they took too long.
    """
    loop = uvloop.new_event_loop()
    loop.set_exception_handler(_log_failure)
    try:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        return 0 if loop.run_until_complete(serve(listeners, make_handler(loop), limits, ready, stop)) else 1
    finally:
        loop.close()


async def serve(
    listeners: Sequence[Listener], handler: Handler, limits: Limits, ready: Callable[[], None], stop: asyncio.Event
) -> bool:
    """Serve until `stop` is set.

    Returns:
        Whether all that was in flight could be answered.
    """
    service = Service(asyncio.get_running_loop(), handler, _fit(limits, len(listeners)))
    servers: list[asyncio.Server] = []
    # Without its sweeps a worker has no time limits: should they fail, it ends.
    try:
        for listener in listeners:
            servers.append(await _accept(service, listener))  # noqa: PERF401 - what is open is to be closed
        async with asyncio.TaskGroup() as tasks:
            sweeps = tasks.create_task(_sweep(service, stop))
            ready()
            await stop.wait()
            _close(servers)
            drained = await _drain(service)
            sweeps.cancel()
    finally:
        # Also after a failure: uvloop's loop does not close while a server is open.
        _close(servers)
        service.abort()
    return drained


async def _accept(service: Service, listener: Listener) -> asyncio.Server:
    connect = partial(service.connect, listener.vpc_endpoint)
    loop = asyncio.get_running_loop()
    return await loop.create_server(connect, sock=listener.sock, backlog=service.limits.backlog)


def _close(servers: Iterable[asyncio.Server]) -> None:
    for server in servers:
        server.close()


def _log_failure(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    logger.error("%s: %s", context["message"], describe(error) if error else "no exception")


async def _sweep(service: Service, stop: asyncio.Event) -> None:
    while True:
        await asyncio.sleep(service.limits.sweep_seconds)
        service.sweep()
        if is_orphaned():
            stop.set()


async def _drain(service: Service) -> bool:
    empty = asyncio.Event()
    service.drain(empty.set)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(empty.wait(), service.limits.drain_seconds)
    if empty.is_set():
        return True
    logger.warning("Requests were cut off: they took longer than %s s to finish", service.limits.drain_seconds)
    return False


def _fit(limits: Limits, listeners: int) -> Limits:
    """Lower the limit of connections to what the process, with so many listeners, may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return limits
    room = files - _OTHER_FILES - listeners
    return msgspec.structs.replace(limits, connections=max(1, min(limits.connections, room)))
