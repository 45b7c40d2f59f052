"""One worker: an event loop that serves a listening socket until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import signal
from typing import TYPE_CHECKING, Any

import msgspec
import uvloop

from strongroom.model.failures import describe
from strongroom.server.process import is_orphaned
from strongroom.server.service import Service

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from strongroom.server.exchange import Handler
    from strongroom.server.limits import Limits

logger = logging.getLogger(__name__)

_OTHER_FILES = 64  # descriptors kept for what is no connection


def run_worker_loop(
    sock: socket.socket,
    make_handler: Callable[[asyncio.AbstractEventLoop], Handler],
    limits: Limits,
    ready: Callable[[], None],
) -> int:
    """Serve a listening socket until SIGTERM or SIGINT, then finish what is in flight.

    To be called in the main thread. `make_handler` is called once, before the first connection is taken; `ready`
    when connections are taken.

    Returns:
        The exit code for the process: 0, or 1 when requests were cut off because they took too long.
    """
    loop = uvloop.new_event_loop()
    loop.set_exception_handler(_log_failure)
    try:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        return 0 if loop.run_until_complete(serve(sock, make_handler(loop), limits, ready, stop)) else 1
    finally:
        loop.close()


async def serve(
    sock: socket.socket, handler: Handler, limits: Limits, ready: Callable[[], None], stop: asyncio.Event
) -> bool:
    """Serve until `stop` is set.

    Returns:
        Whether all that was in flight could be answered.
    """
    loop = asyncio.get_running_loop()
    service = Service(loop, handler, _fit(limits))
    server = await loop.create_server(service.connect, sock=sock, backlog=limits.backlog)
    # Without its sweeps a worker has no time limits: should they fail, it ends.
    try:
        async with asyncio.TaskGroup() as tasks:
            sweeps = tasks.create_task(_sweep(service, stop))
            ready()
            await stop.wait()
            server.close()
            drained = await _drain(service)
            sweeps.cancel()
    finally:
        # Also after a failure: uvloop's loop does not close while a server is open.
        server.close()
        service.abort()
    return drained


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


def _fit(limits: Limits) -> Limits:
    """Lower the limit of connections to what the process may open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return limits
    return msgspec.structs.replace(limits, connections=max(1, min(limits.connections, files - _OTHER_FILES)))
