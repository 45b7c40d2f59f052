"""`strongroom xks-proxy` as a process of its own, which tests stop, kill, pause and start again."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.live import (
    COMMAND,
    START_SECONDS,
    STOP_SECONDS,
    children,
    clean_environment,
    kill_and_wait,
    run_json,
    shows_traceback,
    wait_until,
)
from tests.support.xks_proxy_client import Credential
from tests.unit.authn.oidc_support import issue

if TYPE_CHECKING:
    from tests.support.live import Server


class XksProxyProcess:
    """The proxy of a server's data folder, with a certificate of a test CA; once started, it keeps its port."""

    def __init__(self, server: Server, folder: Path, *flags: str | Path, workers: int = 2) -> None:
        """Take the server, where to put the proxy's files, and flags for each of its commands."""
        self.ca_file = folder / "proxy-ca.pem"
        self.log = folder / "proxy.log"
        self._server = server
        self._common = ("--data", server.data, *flags)
        self._workers = workers
        self._certificate = folder / "proxy.pem"
        self._key = folder / "proxy.key"
        self._listen = "localhost:0"
        self._process: subprocess.Popen[str] | None = None
        ca = issue("Test CA")
        leaf = issue("localhost", ca, ("localhost", "127.0.0.1"))
        self.ca_file.write_bytes(ca.pem)
        self._certificate.write_bytes(leaf.pem)
        self._key.write_bytes(leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def endpoint(self) -> str:
        return f"https://{self._listen}"

    @property
    def process(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process

    def add_credential(self, path_prefix: str) -> Credential:
        """Let a client in at a path."""
        return Credential.of(run_json("xks-proxy", *self._common, "add-credential", "--path-prefix", path_prefix))

    def add_key(self, path_prefix: str, external_key_id: str, arn: str) -> None:
        """Serve a key in the name of the server's administrator."""
        run_json(
            *("xks-proxy", *self._common, "add-key", external_key_id, "--path-prefix", path_prefix),
            *("--key", arn, "--access-key-id", self._server.login.access_key_id),
        )

    def start(self) -> None:
        """Start serving, and wait until it says that it does."""
        with self.log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command under test
                [
                    *(COMMAND, "xks-proxy", *self._common, "--listen", self._listen, "--json"),
                    *("--tls-cert", self._certificate, "--tls-key", self._key, "--workers", str(self._workers)),
                ],
                env=clean_environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._listen = str(self._read_announcement()["endpoint"]).removeprefix("https://")

    def _read_announcement(self) -> dict[str, Any]:
        stdout = self.process.stdout
        assert stdout is not None
        readable, _, _ = select.select([stdout], [], [], START_SECONDS)
        lines = []
        for line in stdout if readable else ():
            lines.append(line)
            if line == "}\n":
                break
        assert lines, f"the proxy said nothing; its log: {self.log.read_text(encoding='utf-8')}"
        announced: dict[str, Any] = json.loads("".join(lines))
        return announced

    def pause(self) -> None:
        """Let it accept connections and answer nothing: the kernel takes them for who does not run."""
        os.killpg(self.process.pid, signal.SIGSTOP)
        wait_until(lambda: all(map(_is_paused, self._pids())), "the proxy to stand still")

    def resume(self) -> None:
        """Let it go on where it stood."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Kill supervisor and workers at one blow."""
        kill_and_wait(self._pids(), lambda: os.killpg(self.process.pid, signal.SIGKILL))
        assert self._ended() == -signal.SIGKILL

    def stop(self) -> None:
        """Tell it to stop; it ends as it should, and its log shows no traceback."""
        if self._process is not None:
            self.process.terminate()
            assert self._ended() == 0, self.log.read_text(encoding="utf-8")
        assert not shows_traceback(self.log.read_text(encoding="utf-8"))

    def _pids(self) -> list[int]:
        return [self.process.pid, *children(self.process.pid)]

    def _ended(self) -> int:
        code = self.process.wait(STOP_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._process = None
        return code


def _is_paused(pid: int) -> bool:
    # The name before the state may have any characters in it.
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "T"
