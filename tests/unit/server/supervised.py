"""A supervised server in a process of its own, for the tests.

Arguments: kind, number of workers, port, port of a VPC endpoint.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from strongroom.model.request import Answer, VpcEndpoint
from strongroom.server import Limits, ListenAddress, Supervisor, run_worker_loop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from strongroom.server import Exchange, Listener

LIMITS = Limits(sweep_seconds=0.05, drain_seconds=5)
SLOW_SECONDS = 0.5


class PidHandler:
    """Answers with the worker's process id, and the VPC endpoint of the request if there is one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def handle(self, exchanges: list[Exchange]) -> None:
        for exchange in exchanges:
            path = exchange.request.path
            if path == "/die":
                os.kill(os.getpid(), signal.SIGKILL)
            self._loop.call_later(SLOW_SECONDS if path == "/slow" else 0.0, self._answer, exchange)

    def malformed(self, source_ip: str, answer_status: int, reason: str) -> bool:
        return bool(source_ip and answer_status and reason)

    def _answer(self, exchange: Exchange) -> None:
        vpc_endpoint = exchange.request.vpc_endpoint
        body = (f"{vpc_endpoint.endpoint_id} " if vpc_endpoint else "").encode() + str(os.getpid()).encode()
        exchange.answer(Answer(status=200, body=body, content_type="text/plain", request_id=""))


def serve(index: int, listeners: Sequence[Listener], ready: Callable[[], None]) -> int:
    assert index in {0, 1}
    return run_worker_loop(listeners, PidHandler, LIMITS, ready)


def fail(index: int, listeners: Sequence[Listener], ready: Callable[[], None]) -> int:
    are_open = [listener.sock.fileno() >= 0 for listener in listeners]
    raise RuntimeError(f"on request: {index}, {are_open}, {callable(ready)}")


def ignore(_index: int, _listeners: Sequence[Listener], ready: Callable[[], None]) -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready()
    while True:
        time.sleep(60)


def tell(ports: Sequence[int]) -> None:
    sys.stdout.write(" ".join(map(str, ports)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    logging.basicConfig(format="%(message)s")
    run_worker = {"serve": serve, "fail": fail, "ignore": ignore}[sys.argv[1]]
    supervisor = Supervisor(
        [
            ListenAddress(host="127.0.0.1", port=int(sys.argv[3])),
            ListenAddress(
                host="127.0.0.1",
                port=int(sys.argv[4]),
                vpc_endpoint=VpcEndpoint(endpoint_id="vpce-1a2b3c4d", vpc_id=None),
            ),
        ],
        int(sys.argv[2]),
        run_worker,
        on_ready=tell,
        drain_seconds=5 if run_worker is serve else -0.8,
    )
    sys.exit(supervisor.run())
