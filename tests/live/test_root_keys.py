"""Root keys in a file, under a passphrase and on a token of SoftHSM, and their replacement while keys are used."""

from __future__ import annotations

import os
import pty
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from tests.support.live import COMMAND, START_SECONDS, Login, Server, clean_environment, run, run_json, wait_until
from tests.support.root_keys import PIN, SoftHsm, make_softhsm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_kms import KMSClient

SECRET = b"an example plaintext"
TYPED = "an example passphrase"
LEAST_ROUNDS = 20


@pytest.fixture
def softhsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """SoftHSM with one token, for the processes that the test starts."""
    hsm = make_softhsm(tmp_path)
    for name, value in hsm.environment.items():
        monkeypatch.setenv(name, value)
    hsm.add_token("box")
    return hsm


def private(path: Path, content: str) -> Path:
    path.touch(mode=0o600)
    path.write_text(content, encoding="utf-8")
    return path


@pytest.fixture
def pin(tmp_path: Path) -> Path:
    return private(tmp_path / "pin", f"{PIN}\n")


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    return private(tmp_path / "passphrase", f"{TYPED}\n")


class Launched:
    """Servers that end with the test."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "data"
        self._servers: list[Server] = []

    def __call__(self, making: tuple[str | Path, ...] = (), serving: tuple[str | Path, ...] = ()) -> Server:
        made = run_json("init", "--data", self._data, *making)
        server = Server(self._data, Login(made["access_key_id"], made["secret_access_key"]))
        self._servers.append(server)
        server.start(*serving)
        return server

    def finish(self) -> None:
        assert [server.stop() for server in self._servers if server.running] in ([], [0])


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    launched = Launched(tmp_path)
    yield launched
    launched.finish()


class Use(threading.Thread):
    """Encrypts and decrypts over and over, on connections that may be cut, until told to finish."""

    def __init__(self, kms: KMSClient, key_id: str) -> None:
        super().__init__()
        self.rounds = 0
        self.errors: list[Exception] = []
        self._kms = kms
        self._key_id = key_id
        self._finish = threading.Event()

    def run(self) -> None:
        while not self._finish.is_set():
            try:
                round_trip(self._kms, self._key_id)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test fails with it
                self.errors.append(error)
            self.rounds += 1

    def go_on(self) -> None:
        """Wait until some more rounds are done."""
        already = self.rounds
        wait_until(lambda: self.rounds >= already + LEAST_ROUNDS, "encryptions and decryptions")

    def finish(self) -> None:
        self._finish.set()
        self.join()
        assert self.errors == []


def round_trip(kms: KMSClient, key_id: str) -> None:
    sealed = kms.encrypt(KeyId=key_id, Plaintext=SECRET)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == SECRET


def replace_workers(server: Server) -> None:
    """Kill each worker in turn, so that each is one that was started after now."""
    for _ in range(server.workers):
        # The first is the oldest.
        server.kill_worker(0)
    round_trip(server.boto3(attempts=5), "alias/example")


def make_key(server: Server) -> bytes:
    kms = server.boto3()
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/example", TargetKeyId=key_id)
    return kms.encrypt(KeyId=key_id, Plaintext=SECRET)["CiphertextBlob"]


def test_a_root_key_on_a_token(launched: Launched, softhsm: SoftHsm, pin: Path) -> None:
    """Serve, restart, and lose workers."""
    token = ("--pkcs11-module", softhsm.module, "--pkcs11-token", "box", "--pkcs11-pin-file", pin)
    flags = ("--pkcs11-pin-file", pin)
    server = launched(("--root-key", "pkcs11", *token), flags)
    sealed = make_key(server)
    replace_workers(server)
    assert server.stop() == 0
    server.start(*flags)
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == SECRET
    assert run_json("status", "--data", server.data, *flags)["keys"] == {"Enabled": 1}


def test_a_wrong_pin_is_refused_once(tmp_path: Path, softhsm: SoftHsm, pin: Path) -> None:
    data = tmp_path / "data"
    token = ("--pkcs11-module", softhsm.module, "--pkcs11-token", "box")
    run_json("init", "--data", data, "--root-key", "pkcs11", *token, "--pkcs11-pin-file", pin)
    wrong = private(tmp_path / "wrong", "wrong-pin")
    serve = ("serve", "--data", data, "--listen", "127.0.0.1:0", "--workers", "2")
    refused = run(*serve, "--pkcs11-pin-file", wrong)
    assert (refused.returncode, refused.stdout) == (1, "")
    (line,) = refused.stderr.splitlines()
    assert line.startswith("strongroom: token 'box' does not take the PIN (PinIncorrect); it was tried once:")
    nobody = run(*serve)
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "the PIN of token box is needed; give a file by --pkcs11-pin-file" in nobody.stderr


def test_a_missing_token_or_module_is_named(tmp_path: Path, softhsm: SoftHsm, pin: Path) -> None:
    init = ("init", "--data", tmp_path / "data", "--root-key", "pkcs11", "--pkcs11-pin-file", pin)
    for module, token, message in (
        (softhsm.module, "other", f"{softhsm.module} has no token 'other'"),
        (tmp_path / "missing.so", "box", f"cannot load the PKCS#11 module {tmp_path / 'missing.so'}"),
    ):
        done = run(*init, "--pkcs11-module", module, "--pkcs11-token", token)
        assert (done.returncode, done.stdout) == (1, "")
        assert message in done.stderr


def test_from_a_file_to_a_token_under_load(launched: Launched, softhsm: SoftHsm, pin: Path) -> None:
    """The server, which was started without a PIN, finds it in the settings when it starts new workers."""
    server = launched()
    sealed = make_key(server)
    use = Use(server.boto3(attempts=5), "alias/example")
    use.start()
    try:
        use.go_on()
        private(server.data / "strongroom.toml", f'pkcs11_pin_file = "{pin}"\n')
        to_token = ("--to", "pkcs11", "--pkcs11-module", softhsm.module, "--pkcs11-token", "box")
        moved = run_json("root-key", "rotate", "--data", server.data, *to_token)
        use.go_on()
        replace_workers(server)
        again = run_json("root-key", "rotate", "--data", server.data)
        assert (again["provider"], again["old_root_key_id"]) == ("pkcs11", moved["root_key_id"])
        replace_workers(server)
        use.go_on()
    finally:
        use.finish()
    assert server.stop() == 0
    server.start()
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == SECRET
    events = [record for file in server.trail().values() for record in file if record["eventName"] == "RotateRootKey"]
    assert [event["responseElements"]["rootKeyId"] for event in events] == [moved["root_key_id"], again["root_key_id"]]


def test_from_a_passphrase_to_a_file_under_load(launched: Launched, passphrase: Path) -> None:
    flags = ("--passphrase-file", passphrase)
    server = launched(("--root-key", "passphrase", *flags), flags)
    sealed = make_key(server)
    use = Use(server.boto3(attempts=5), "alias/example")
    use.start()
    try:
        use.go_on()
        assert run_json("root-key", "rotate", "--data", server.data, "--to", "file", *flags)["provider"] == "file"
        use.go_on()
        replace_workers(server)
    finally:
        use.finish()
    assert server.stop() == 0
    server.start()
    assert server.boto3().decrypt(CiphertextBlob=sealed)["Plaintext"] == SECRET


def test_a_passphrase_is_asked_for_on_the_terminal(tmp_path: Path, passphrase: Path) -> None:
    data = tmp_path / "data"
    made = run_json("init", "--data", data, "--root-key", "passphrase", "--passphrase-file", passphrase)
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - the command under test
        [COMMAND, "credentials", "list", "--data", data],
        env=clean_environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        while b"Passphrase: " not in shown:
            shown += os.read(ours, 1024)
        os.write(ours, f"{TYPED}\n".encode())
        out, _ = process.communicate(timeout=START_SECONDS)
    os.close(ours)
    assert process.returncode == 0
    assert made["access_key_id"] in out
    assert TYPED.encode() not in shown
