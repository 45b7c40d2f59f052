"""Plaintexts and keys are in no file that the server writes, in no log and in no core, but wrapped."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key
from strongroom.authn import sigv4
from strongroom.crypto.context import encode_fields
from strongroom.custody.secrets import access_key_identity, unwrap_material
from strongroom.custody.store_keys import Purpose, Wrapped
from strongroom.model.key import KeyPlace
from tests.live.conftest import ACCOUNT, Launch
from tests.support.cores import core_of
from tests.support.live import clean_environment, run_json, wait_until
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.live import Server

REGION = "us-east-1"
CONNECTIONS = 8
_HOLDER = """
import ctypes, sys
ctypes.CDLL(None).prctl(0x59616D61, -1, 0, 0, 0)  # PR_SET_PTRACER: whoever asks may attach
held = bytes.fromhex(sys.stdin.readline())
print("held", flush=True)
sys.stdin.readline()
"""


def base64_forms(value: bytes) -> Iterator[bytes]:
    """Give what base64 makes of a value wherever in a longer text it stands; the edges mix with what is beside them."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + value)
        yield encoded[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]


def forms(value: bytes) -> set[bytes]:
    """Give a value raw, as hex, and as base64 of both alphabets."""
    encoded = set(base64_forms(value))
    return {
        value,
        value.hex().encode(),
        value.hex().upper().encode(),
        *encoded,
        *(each.translate(bytes.maketrans(b"+/", b"-_")) for each in encoded),
    }


def found(secrets: dict[str, bytes], where: str, content: bytes) -> list[str]:
    return [f"{name} in {where}" for name, value in secrets.items() if any(form in content for form in forms(value))]


def written_down(server: Server) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file that the server writes, its log among them."""
    for path in (*server.data.rglob("*"), server.log):
        if path.is_file():
            yield path.name, path.read_bytes()


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize("after", range(6))
def test_the_forms_are_found_wherever_they_stand(before: int, after: int) -> None:
    value = os.urandom(32)
    text = os.urandom(before) + value + os.urandom(after)
    for content in (text, text.hex().encode(), base64.b64encode(text), base64.urlsafe_b64encode(text)):
        assert found({"value": value}, "text", content) == ["value in text"]
    assert found({"value": os.urandom(32)}, "text", text) == []


def wrapped_keys(server: Server, root_key: Path, key_id: str) -> dict[str, bytes]:
    """Unwrap what the installation keeps wrapped, as the server does."""
    folder = DataFolder(server.data, root_key)
    root = load_root_key(folder)
    opened = Opened(folder, root)
    place = KeyPlace(ACCOUNT, REGION, key_id)
    try:
        with opened.store.read() as reader:
            (material,) = reader.keys.materials(place)
            key = reader.keys.find(place)
            (store_key,) = reader.accounts.store_keys()
            access_key = reader.accounts.find_access_key(server.login.access_key_id)
        assert access_key is not None
        assert key is not None
        identity = access_key_identity(ACCOUNT, ACCOUNT, access_key.access_key_id)
        secret = Wrapped(access_key.store_key, access_key.wrapped_secret)
        assert opened.store_keys.unwrap(Purpose.ACCESS_KEY, identity, secret).decode() == server.login.secret_access_key
        unwrapped = unwrap_material(opened.store_keys, key, material)
        identity_of_store_key = encode_fields(("strongroom store key v1", opened.installation.id, "1"))
        derived = opened.store_keys._derived  # noqa: SLF001 - what must not be found has no public name
        return {
            "key material": unwrapped,
            "root key": base64.b64decode(root_key.read_bytes().split()[1]),
            "store key": root.unwrap(store_key.sealed, identity_of_store_key),
            **{f"derived key for {purpose.value}": key for (_, purpose), key in derived.items()},
        }
    finally:
        opened.close()


def use(server: Server, plaintext: bytes) -> tuple[str, dict[str, bytes]]:
    """Have all workers handle a key, plaintexts and data keys; give the key and what came out."""
    out: dict[str, bytes] = {}
    with Wire(server.endpoint, server.login) as first:
        key_id: str = first.done("CreateKey", Description="holds secrets")["KeyMetadata"]["KeyId"]
    for number in range(CONNECTIONS):
        with Wire(server.endpoint, server.login) as wire:
            blob = wire.done("Encrypt", KeyId=key_id, Plaintext=plaintext, EncryptionContext={"a": "b"})[
                "CiphertextBlob"
            ]
            decrypted = wire.done("Decrypt", CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"]
            assert base64.b64decode(decrypted) == plaintext
            data_key = wire.done("GenerateDataKey", KeyId=key_id, KeySpec="AES_256")["Plaintext"]
            out[f"data key {number}"] = base64.b64decode(data_key)
            random = wire.done("GenerateRandom", NumberOfBytes=32)["Plaintext"]
            out[f"random bytes {number}"] = base64.b64decode(random)
            # Refusals, too, are recorded and perhaps logged.
            assert wire.call("Decrypt", CiphertextBlob=blob, EncryptionContext={"a": "c"}).status == 400
            assert wire.call("Encrypt", KeyId=key_id, Plaintext=plaintext, KeySpec=1, GrantTokens=[1]).status == 400
            assert wire.call("Encrypt", KeyId="alias/none", Plaintext=plaintext).status == 400
    return key_id, out


@pytest.mark.timeout(300)
def test_no_secret_is_in_any_file_log_or_core(launch: Launch, tmp_path: Path) -> None:
    root_key = tmp_path / "elsewhere.key"
    server = launch("--root-key-file", root_key, "--log-level", "DEBUG")
    plaintext = b"attack at dawn, with " + os.urandom(16).hex().encode()
    key_id, out = use(server, plaintext)
    session = run_json("credentials", "session", "--data", server.data, "--root-key-file", root_key)
    secrets = {
        "plaintext": plaintext,
        "secret access key": server.login.secret_access_key.encode(),
        "secret of a session": session["secret_access_key"].encode(),
        "signing key": signing_key(server),
        **out,
        **wrapped_keys(server, root_key, key_id),
    }
    assert len(secrets) == 7 + len(Purpose) + 2 * CONNECTIONS

    contents = dict(written_down(server))
    assert {"strongroom.db", "worker-0.jsonl", "worker-1.jsonl", "changes.jsonl", server.log.name} <= set(contents)
    assert any(key_id.encode() in content for content in contents.values())
    for pid in (server.pid, *server.worker_pids()):
        core = core_of(pid, tmp_path)
        if core is not None:
            contents[f"the core of {pid}"] = core
    leaks = [leak for where, content in contents.items() for leak in found(secrets, where, content)]
    assert leaks == []
    assert server.stop() == 0
    assert [leak for where, content in written_down(server) for leak in found(secrets, where, content)] == []


def signing_key(server: Server) -> bytes:
    """Give the key of today's signatures, which a worker keeps."""
    date = datetime.now(UTC).strftime("%Y%m%d")
    return sigv4.signing_key(server.login.secret_access_key, date, REGION, "kms")


def test_a_core_of_a_process_without_hardening_holds_what_it_knows(tmp_path: Path) -> None:
    """The method finds what there is to be found."""
    value = os.urandom(32)
    with subprocess.Popen(  # noqa: S603 - a script of this test
        [sys.executable, "-c", _HOLDER],
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdin.write(f"{value.hex()}\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "held\n"
        core = core_of(holder.pid, tmp_path)
        holder.kill()
    assert core is not None
    assert value in core
    assert found({"value": value}, "core", core) == ["value in core"]


def test_a_server_that_aborts_leaves_no_core_file(launch: Launch, tmp_path: Path) -> None:
    server = launch()
    for pid in (server.pid, *server.worker_pids()):
        process = Path(f"/proc/{pid}")
        limits = process.joinpath("limits").read_text(encoding="ascii")
        assert [line.split()[4:6] for line in limits.splitlines() if "core file size" in line] == [["0", "0"]]
        if os.geteuid() == 0:
            assert int(process.joinpath("coredump_filter").read_text(encoding="ascii"), 16) == 0
    worker = server.worker_pids()[0]
    os.kill(worker, signal.SIGABRT)
    wait_until(lambda: "ended with code -6" in server.read_log(), "the supervisor to notice")
    os.kill(server.pid, signal.SIGABRT)
    ended = os.waitid(os.P_PID, server.pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    assert ended.si_code == os.CLD_KILLED  # and not CLD_DUMPED
    assert server.wait() == -signal.SIGABRT
    assert list(tmp_path.rglob("*core*")) == []
