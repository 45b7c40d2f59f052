"""The real `strongroom` command as a process of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mypy_boto3_kms import KMSClient

COMMAND = Path(sys.executable).with_name("strongroom")
START_SECONDS = 30.0
STOP_SECONDS = 20.0
_POLL_SECONDS = 0.01


class Login(NamedTuple):
    """Credentials as the command line prints them."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


def clean_environment(**variables: str) -> dict[str, str]:
    """Give this process's environment without what would set up Strongroom or an AWS client."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "STRONGROOM_"))}
    return {**kept, **variables}


def wait_until(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Look at a condition again and again until it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(_POLL_SECONDS)


def shows_traceback(text: str) -> bool:
    """Tell whether a log or an error shows where in the code something failed."""
    return "Traceback" in text or '  File "' in text


def run(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of Strongroom to its end; whatever happens, it prints no traceback."""
    done = subprocess.run(  # noqa: S603 - the command under test
        [COMMAND, *map(str, arguments)],
        env=clean_environment(**environment or {}),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert not shows_traceback(done.stderr), done.stderr
    return done


def run_json(*arguments: str | Path) -> dict[str, Any]:
    """Run a command that succeeds and give what it prints with --json."""
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def children(pid: int) -> list[int]:
    """Give the processes that a process has started and that still run, in the order of their ids."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    return sorted(int(each) for each in found)


def kill_and_wait(pids: Iterable[int], send: Callable[[], None]) -> None:
    """Send what kills processes, and wait until the last of them has ended."""
    watched = [os.pidfd_open(pid) for pid in pids]
    send()
    poll = select.poll()
    for descriptor in watched:
        poll.register(descriptor, select.POLLIN)
    while watched:
        ended = [descriptor for descriptor, _ in poll.poll(STOP_SECONDS * 1000)]
        assert ended, "a killed process still runs"
        for descriptor in ended:
            poll.unregister(descriptor)
            os.close(descriptor)
            watched.remove(descriptor)


class Server:
    """`strongroom serve` or `strongroom dev` on a data folder; its log is kept in a file beside the folder."""

    def __init__(self, data: Path, login: Login, *, command: str = "serve", workers: int = 2) -> None:
        self.data = data
        self.login = login
        self.log = data.with_name(f"{data.name}.log")
        self.workers = workers
        self.endpoint = ""
        self.announced: dict[str, Any] = {}
        self._command = command
        self._process: subprocess.Popen[str] | None = None

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    @property
    def vpc_endpoints(self) -> dict[str, str]:
        """The URLs of the VPC endpoints, by their ids."""
        return {each["vpc_endpoint_id"]: each["endpoint"] for each in self.announced["vpc_endpoints"]}

    def start(self, *flags: str | Path) -> None:
        """Start serving, and wait until it says where."""
        listen = self.endpoint.removeprefix("http://") or "127.0.0.1:0"
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command under test
                [
                    *(COMMAND, self._command, "--data", self.data, "--listen", listen),
                    *("--workers", str(self.workers), "--json", *flags),
                ],
                env=clean_environment(),
                cwd=self.data.parent,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.announced = self._read_announcement()
        self.endpoint = self.announced["endpoint"]
        if self._command == "dev":
            self.login = Login(self.announced["access_key_id"], self.announced["secret_access_key"])

    def _read_announcement(self) -> dict[str, Any]:
        stdout = self.process.stdout
        assert stdout is not None
        readable, _, _ = select.select([stdout], [], [], START_SECONDS)
        lines = []
        for line in stdout if readable else ():
            lines.append(line)
            if line == "}\n":
                break
        assert lines, f"the server said nothing; its log: {self.read_log()}"
        announced: dict[str, Any] = json.loads("".join(lines))
        return announced

    def worker_pids(self) -> list[int]:
        """Give the processes of the workers."""
        return children(self.pid)

    def stop(self) -> int:
        """Tell the server to stop, wait for its end and give its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait for the end of the server and give its exit code."""
        code = self.process.wait(STOP_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._process = None
        return code

    def kill(self) -> None:
        """Kill supervisor and workers at one blow."""
        kill_and_wait([self.pid, *self.worker_pids()], lambda: os.killpg(self.pid, signal.SIGKILL))
        assert self.wait() == -signal.SIGKILL

    def kill_worker(self, index: int) -> None:
        """Kill one worker, and wait until as many run as before."""
        before = self.worker_pids()
        victim = before[index]
        kill_and_wait([victim], lambda: os.kill(victim, signal.SIGKILL))
        wait_until(
            lambda: victim not in (now := self.worker_pids()) and len(now) == len(before),
            "the supervisor to restart it",
        )

    @property
    def running(self) -> bool:
        return self._process is not None

    def read_log(self) -> str:
        """Give what the server has written to stderr so far."""
        return self.log.read_text(encoding="utf-8")

    def boto3(self, region: str = "us-east-1", login: Login | None = None, attempts: int = 1) -> KMSClient:
        """Make a boto3 client, by default one that sends each request once."""
        by = login or self.login
        return boto3.session.Session().client(
            "kms",
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=by.access_key_id,
            aws_secret_access_key=by.secret_access_key,
            aws_session_token=by.session_token,
            config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
        )

    def trail(self) -> dict[str, list[dict[str, Any]]]:
        """Give the records of each trail file; a line that a kill cut off is no record."""
        return {path.stem: list(_records(path)) for path in sorted((self.data / "trail").glob("*.jsonl"))}


def _records(path: Path) -> Iterable[dict[str, Any]]:
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            yield json.loads(line)
        except ValueError:
            continue
