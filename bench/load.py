"""wrk: one thread on one core, and what it measured."""

from __future__ import annotations

import re
import statistics
import subprocess
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Measured(NamedTuple):
    """One run: answers per second, and latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    p999: float


class LoadError(Exception):
    """wrk failed, or the server answered other than 2xx."""


def run_wrk(url: str, script: Path, *, connections: int, seconds: int, core: int) -> Measured:
    """Load a URL for some seconds. Raises LoadError when any answer was not 2xx."""
    report = script.with_name("latency.lua")
    report.write_text(f"dofile({str(script)!r})\n{_REPORT}", encoding="utf-8")
    command = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(report), url]
    output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    match = re.search(r"FIGURES (\S+) (\S+) (\S+) (\S+) (\S+)", output)
    if match is None or int(match[5]):
        raise LoadError(f"{' '.join(command)} gave:\n{output}")
    return Measured(*(float(match[index]) for index in range(1, 5)))


_REPORT = """
function done(summary, latency, requests)
  local errors = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("FIGURES %f %f %f %f %d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency:percentile(99.9) / 1000, errors))
end
"""


def median(runs: list[Measured]) -> Measured:
    """Give the median of each figure."""
    return Measured(*(statistics.median(values) for values in zip(*runs, strict=True)))
