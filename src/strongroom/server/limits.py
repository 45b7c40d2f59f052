"""Bounds on what one client may cost."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one worker. Sizes are in bytes, times in seconds.

    Time limits are kept by a sweep over all connections, so each may run over by up to two `sweep_seconds`.

    Attributes:
        head_bytes: request line and headers together.
        headers: header fields in one request.
        body: payload after transfer decoding.
        buffered: bytes of bodies that all connections together may hold, from their first byte to their answer.
        pipelined: requests that may wait on a connection before reading from it pauses.
        connections: open connections; beyond it the longest idle ones make room.
        backlog: connections that the kernel queues until they are accepted.
        head_seconds: from the first byte of a request to the end of its head.
        body_seconds: from the end of the head to the end of the body.
        body_rate: bytes per second, on average, below which a body is given up once `body_grace_seconds` are over.
        body_grace_seconds: time before `body_rate` counts.
        idle_seconds: from an answer (or the connection's start) to the first byte of the next request.
        write_seconds: time for a client to take what is waiting to be sent.
        linger_seconds: time in which input is thrown away after a refusal, so that the client can read the refusal.
        drain_seconds: time for the requests in flight when the worker is told to stop.
        sweep_seconds: how often the time limits are looked at.
    """

    head_bytes: int = 16 * 1024
    headers: int = 100
    body: int = 1024 * 1024
    buffered: int = 128 * 1024 * 1024
    pipelined: int = 16
    connections: int = 10_000
    backlog: int = 2048
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    body_rate: float = 500.0
    body_grace_seconds: float = 5.0
    idle_seconds: float = 75.0
    write_seconds: float = 30.0
    linger_seconds: float = 2.0
    drain_seconds: float = 10.0
    sweep_seconds: float = 1.0
