"""The command as people run it: exit codes, what goes to stderr, and never a traceback."""

from __future__ import annotations

import os
import pty
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.live import COMMAND, clean_environment, run, run_json, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live.conftest import Launch

SECONDS = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that tests leave as it is."""
    data = tmp_path_factory.mktemp("made") / "data"
    run_json("init", "--data", data)
    return data


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("serve", "--workers", "none"), "expected 1 to 256 workers, not 'none'"),
        (("serve", "--listen", "0.0.0.0:0"), "say --allow-plain-http"),
        (("status", "--nothing"), "unrecognized arguments: --nothing"),
        ((), "the following arguments are required: COMMAND"),
    ],
)
def test_wrong_usage_ends_with_2(made: Path, arguments: tuple[str, ...], text: str) -> None:
    done = run(*arguments, cwd=made.parent, environment={})
    assert (done.returncode, done.stdout) == (2, "")
    assert text in done.stderr


@pytest.mark.parametrize("command", ["serve", "status", "credentials list"])
def test_a_missing_data_folder_ends_with_1(tmp_path: Path, command: str) -> None:
    done = run(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "strongroom: strongroom-data holds no installation; run: strongroom init --data strongroom-data\n"
    )


def test_what_hinders_serving_is_said_and_ends_with_1(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_json("init", "--data", data)

    def refused() -> str:
        done = run("serve", "--data", data, "--listen", "127.0.0.1:0", "--workers", "1")
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    root_key = data / "root.key"
    root_key.chmod(0o644)
    assert f"can be read by others than its owner; run: chmod 600 {root_key}" in refused()
    root_key.chmod(0o600)
    right = root_key.read_bytes()
    run_json("init", "--data", tmp_path / "other")
    root_key.write_bytes((tmp_path / "other" / "root.key").read_bytes())
    assert "does not open store key 1" in refused()
    root_key.write_bytes(right)
    with closing(sqlite3.connect(data / "strongroom.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "is of another version of Strongroom" in refused()


def test_the_environment_comes_before_the_settings_file(made: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made_here = run("init", "--data", data, "--json", environment={"STRONGROOM_LISTEN": "127.0.0.1:81"})
    assert '"endpoint": "http://127.0.0.1:81"' in made_here.stdout
    data.joinpath("strongroom.toml").write_text('root_key_file = "nowhere"\n', encoding="utf-8")
    assert "cannot read the root key from nowhere" in run("status", "--data", data).stderr
    by_environment = {"STRONGROOM_ROOT_KEY_FILE": str(data / "root.key")}
    assert run("status", "--data", data, environment=by_environment).returncode == 0
    by_flag = run("status", "--data", data, "--root-key-file", made / "root.key", environment=by_environment)
    assert (by_flag.returncode, by_flag.stdout) == (1, "")
    assert "give the root key of this data folder" in by_flag.stderr


def test_the_package_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - the command under test
        [sys.executable, "-m", "strongroom", "status", "--data", tmp_path],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds no installation" in done.stderr


def test_an_unwritable_standard_output_is_an_error(made: Path) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123 - a device
        done = subprocess.run(  # noqa: S603 - the command under test
            [COMMAND, "status", "--data", made],
            env=clean_environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "strongroom: [Errno 28] No space left on device\n"


def test_dev_is_stopped_from_the_terminal(tmp_path: Path) -> None:
    """Ctrl-C reaches the supervisor and all workers at once."""
    terminal, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603 - the command under test
        [COMMAND, "dev", "--listen", "127.0.0.1:0", "--workers", "2"],
        env=clean_environment(),
        cwd=tmp_path,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = read_until(terminal, b"Ctrl-C")
        assert b"export AWS_ENDPOINT_URL=http://127.0.0.1:" in shown
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(SECONDS) == 0
    rest = read_until(terminal, b"never")
    os.close(terminal)
    assert b"Traceback" not in shown + rest


def read_until(terminal: int, text: bytes) -> bytes:
    """Give what a terminal shows up to a text, or up to its end."""
    shown = b""
    while text not in shown:
        try:
            shown += os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other side was closed
            break
    return shown


def test_status_and_credentials_work_on_what_is_served(launch: Launch) -> None:
    server = launch()
    status = run_json("status", "--data", server.data)
    assert (status["endpoint"], status["pid"]) == (server.endpoint, server.pid)
    kms = server.boto3()
    kms.create_key()
    assert run_json("status", "--data", server.data)["keys"] == {"Enabled": 1}
    made = run_json("credentials", "create", "--data", server.data)
    wait_until(lambda: "CreateAccessKey" in {each["eventName"] for each in server.trail()["changes"]}, "the record")
    assert set(run_json("credentials", "list", "--data", server.data)["access_keys"]) == {
        server.login.access_key_id,
        made["access_key_id"],
    }
    assert server.stop() == 0
    assert run_json("status", "--data", server.data)["endpoint"] is None
