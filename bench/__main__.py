"""`make bench`: hot operations beside moto and the runtime's bare echo, and the cost of decisions.

It prints a table and writes JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import boto3

from bench.decisions import Costs, measure
from bench.load import Measured, median, run_wrk
from bench.requests import PLAINTEXT, REGION, body_of, write_script
from bench.servers import SERVERS, Server, cores

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS = ("Encrypt", "Decrypt", "GenerateDataKey")
CONNECTIONS = (4, 16, 32)
_WARM_UP_SECONDS = 1
_RESULTS = Path("bench") / "results" / "latest.json"


class Best(NamedTuple):
    """An operation at the number of connections that gave the highest rate."""

    connections: int
    rate: float
    p50: float
    p99: float
    p999: float


class Result(NamedTuple):
    """A server's figures: by operation, memory in MB, and seconds from start to first answer."""

    operations: dict[str, Best]
    memory_mb: float
    start_seconds: float


def main() -> int:
    """Measure; gives the exit code."""
    arguments = _arguments()
    if shutil.which("wrk") is None:
        print("bench: wrk is missing; install Debian's package wrk", file=sys.stderr)
        return 1
    costs = measure()
    results = {name: _measure(name, arguments.seconds, arguments.runs) for name in SERVERS}
    for line in _table(results):
        print(line)
    print(f"\nadmission of an Encrypt by a decision that is remembered: {costs.remembered:.1f} µs")
    print(f"and by one evaluated, of 10 statements of a key policy and 3 of an IAM policy: {costs.evaluated:.1f} µs")
    _RESULTS.parent.mkdir(exist_ok=True)
    _RESULTS.write_text(json.dumps(_plain(results, costs), indent=2), encoding="utf-8")
    print(f"\nWritten to {_RESULTS}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=4, help="length of a run (default: 4)")
    parser.add_argument("--runs", type=int, default=3, help="runs of which the median counts (default: 3)")
    return parser.parse_args()


def _measure(name: str, seconds: int, runs: int) -> Result:
    server_core, load_core = cores()
    operations = {}
    with SERVERS[name](server_core) as server:
        key_id, ciphertext = ("", bytes(140)) if name == "echo" else _prepare(server)
        for operation in OPERATIONS:
            body = body_of(operation, key_id, ciphertext)
            tried = [
                Best(connections, *_median(server, operation, body, connections, seconds, runs, load_core))
                for connections in CONNECTIONS
            ]
            operations[operation] = max(tried, key=lambda each: each.rate)
            print(f"{name}: {operation}: {operations[operation].rate:,.0f}/s", file=sys.stderr)
        return Result(operations, server.memory_mb(), server.start_seconds)


def _median(  # noqa: PLR0913, PLR0917 - one run's settings
    server: Server, operation: str, body: bytes, connections: int, seconds: int, runs: int, core: int
) -> Measured:
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.lua"
        for run in range(runs + 1):
            # Signed anew: a signature is good for five minutes.
            write_script(script, server.endpoint, operation, body, server.credentials)
            length = seconds if run else _WARM_UP_SECONDS
            measured.append(run_wrk(server.endpoint + "/", script, connections=connections, seconds=length, core=core))
    return median(measured[1:])


def _prepare(server: Server) -> tuple[str, bytes]:
    client = boto3.client(
        "kms",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=server.credentials.access_key,
        aws_secret_access_key=server.credentials.secret_key,
    )
    key_id = client.create_key()["KeyMetadata"]["KeyId"]
    return key_id, client.encrypt(KeyId=key_id, Plaintext=PLAINTEXT)["CiphertextBlob"]


def _table(results: dict[str, Result]) -> Iterator[str]:
    yield "\none core each           requests/s   p50 ms   p99 ms p99.9 ms  connections  times moto  share of echo"
    for operation in OPERATIONS:
        moto, echo = (results[name].operations[operation].rate for name in ("moto", "echo"))
        for name, result in results.items():
            own = result.operations[operation]
            yield (
                f"{operation:<16} {name:<12}{own.rate:>5,.0f} {own.p50:>8.2f} {own.p99:>8.2f} {own.p999:>8.2f}"
                f" {own.connections:>12} {own.rate / moto:>11.1f} {own.rate / echo:>14.0%}"
            )
    yield "\n                 memory MB   start s"
    for name, result in results.items():
        yield f"{name:<16} {result.memory_mb:>9.0f} {result.start_seconds:>9.2f}"


def _plain(results: dict[str, Result], costs: Costs) -> dict[str, object]:
    figures = {
        name: {
            "operations": {operation: best._asdict() for operation, best in result.operations.items()},
            "memory_mb": result.memory_mb,
            "start_seconds": result.start_seconds,
        }
        for name, result in results.items()
    }
    return {
        "machine": platform.platform(),
        "python": platform.python_version(),
        "servers": figures,
        "decision_us": costs._asdict(),
    }


if __name__ == "__main__":
    sys.exit(main())
