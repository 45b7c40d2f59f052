"""`init`, `serve` and `dev`, but for serving itself."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder, ServeLock
from strongroom.app.key_stores import KeyStoreFiles
from strongroom.app.serve import ServedVpcEndpoint
from strongroom.cli import serving as module
from strongroom.cli import values
from tests.support.in_process import ACCOUNT

if TYPE_CHECKING:
    from strongroom.app.serve import OnReady, ServeSettings
    from strongroom.server.listen import ListenAddress
    from tests.support.in_process import Template
    from tests.unit.cli.conftest import Run

DAY = 86_400
VPC_LISTENER = "vpce-1a2b3c4d@vpc-0a1b2c3d=127.0.0.1:2"
OTHER_VPC_LISTENER = "vpce-5e6f7a8b=127.0.0.1:3"
SHOWN_VPC_ENDPOINTS = [
    {"vpc_endpoint_id": "vpce-1a2b3c4d", "vpc_id": "vpc-0a1b2c3d", "endpoint": "http://127.0.0.1:2"},
    {"vpc_endpoint_id": "vpce-5e6f7a8b", "vpc_id": None, "endpoint": "http://127.0.0.1:3"},
]
Served = list[tuple[DataFolder, "ServeSettings"]]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """Note what would be served instead of serving it."""
    calls: Served = []

    def serve(folder: DataFolder, mode: str, settings: ServeSettings, on_ready: OnReady) -> int:
        with closing(sqlite3.connect(folder.database)) as database:
            assert database.execute("SELECT mode FROM installation").fetchone() == (mode,)
        calls.append((folder, settings))
        on_ready("http://127.0.0.1:1", [_as_served(each) for each in settings.vpc_listeners])
        return 0

    monkeypatch.setattr(module, "serve", serve)
    return calls


def _as_served(address: ListenAddress) -> ServedVpcEndpoint:
    assert address.vpc_endpoint is not None
    return ServedVpcEndpoint(
        vpc_endpoint_id=address.vpc_endpoint.endpoint_id,
        vpc_id=address.vpc_endpoint.vpc_id,
        endpoint=f"http://{address.host}:{address.port}",
    )


def change_database(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / "strongroom.db")) as database, database:
        database.execute(statement)


def test_init_prints_the_first_credentials_as_json(run: Run, tmp_path: Path) -> None:
    printed = run("init", "--data", tmp_path / "new", "--account-id", ACCOUNT, "--region", "eu-west-1", "--json").json()
    assert printed == {
        "account_id": ACCOUNT,
        "region": "eu-west-1",
        "endpoint": "http://127.0.0.1:4599",
        "access_key_id": printed["access_key_id"],
        "secret_access_key": printed["secret_access_key"],
        "console_url": "http://127.0.0.1:4599/console/",
        "console_user": "root",
        "console_password": printed["console_password"],
    }
    assert len(printed["console_password"]) == 28
    status = run("status", "--data", tmp_path / "new", "--json").json()
    assert (status["mode"], status["region"], status["accounts"]) == ("production", "eu-west-1", [ACCOUNT])


def test_init_prints_them_for_people(run: Run) -> None:
    done = run("init")
    assert (done.code, done.err) == (0, "")
    assert Path("strongroom-data/strongroom.db").exists()
    assert "The secret access key and the password are shown this once" in done.out
    assert "Keep a copy of strongroom-data/root.key apart from the database" in done.out
    assert "Next: strongroom serve --data strongroom-data" in done.out


def test_init_gives_the_endpoint_that_is_set(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGROOM_LISTEN", "[::1]:80")
    assert run("init", "--data", tmp_path / "new", "--json").json()["endpoint"] == "http://[::1]:80"


def test_init_refuses_a_wrong_setting_before_it_makes_anything(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRONGROOM_LISTEN", "nowhere")
    done = run("init", "--data", tmp_path / "new")
    assert (done.code, done.out) == (2, "")
    assert "setting listen: expected HOST:PORT" in done.err
    assert not (tmp_path / "new").exists()


def test_init_leaves_an_installation_alone(run: Run, data: Path) -> None:
    before = data.joinpath("strongroom.db").read_bytes()
    assert run("init", "--data", data) == (
        1,
        "",
        f"strongroom: {data} holds an installation already; serve it, or choose another --data\n",
    )
    assert data.joinpath("strongroom.db").read_bytes() == before


def test_init_puts_the_root_key_where_it_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRONGROOM_ROOT_KEY_FILE", str(tmp_path / "by-environment"))
    assert run("init", "--data", tmp_path / "one").code == 0
    assert run("init", "--data", tmp_path / "two", "--root-key-file", tmp_path / "by-flag").code == 0
    assert (tmp_path / "by-environment").exists()
    assert (tmp_path / "by-flag").exists()
    # The environment names another root key than the one of this folder.
    done = run("status", "--data", tmp_path / "two")
    assert (done.code, done.out) == (1, "")
    assert "give the root key of this data folder" in done.err


def test_init_says_where_the_root_key_cannot_be_written(run: Run, tmp_path: Path) -> None:
    done = run("init", "--data", tmp_path / "new", "--root-key-file", tmp_path / "no" / "folder")
    assert done == (
        1,
        "",
        f"strongroom: cannot write the root key to {tmp_path}/no/folder: No such file or directory\n",
    )


def test_serve_says_where_it_serves(run: Run, data: Path, served: Served) -> None:
    done = run("serve", "--data", data, "--workers", "2")
    assert done == (0, f"Strongroom serves {data} at http://127.0.0.1:1 with 2 workers.\n", "")
    printed = run("serve", "--data", data, "--workers", "3", "--json").json()
    assert printed == {"endpoint": "http://127.0.0.1:1", "vpc_endpoints": [], "pid": os.getpid(), "workers": 3}
    assert [folder.path for folder, _ in served] == [data, data]


def test_serve_has_defaults(run: Run, data: Path, served: Served) -> None:
    assert run("serve", "--data", data).code == 0
    ((_, settings),) = served
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 4599, "INFO")
    assert settings.workers == os.cpu_count()
    assert settings.vpc_listeners == ()


def test_serve_takes_settings_from_flags_environment_and_file(
    run: Run, data: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.joinpath("strongroom.toml").write_text(
        'listen = "127.0.0.1:1"\nworkers = 1\nlog_level = "error"\nroot_key_file = "somewhere"\n', encoding="utf-8"
    )
    monkeypatch.setenv("STRONGROOM_LISTEN", "127.0.0.1:2")
    monkeypatch.setenv("STRONGROOM_WORKERS", "2")
    assert run("serve", "--data", data, "--listen", "127.0.0.1:3").code == 0
    ((folder, settings),) = served
    assert (settings.port, settings.workers, settings.log_level) == (3, 2, "ERROR")
    assert folder.root_key == Path("somewhere")


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1", "kms.example"])  # noqa: S104 - must be refused
def test_serve_stays_on_loopback_unless_told(run: Run, data: Path, served: Served, host: str) -> None:
    done = run("serve", "--data", data, "--listen", f"{host}:4599")
    assert (done.code, done.out) == (2, "")
    assert "is not a loopback address" in done.err
    assert "behind a TLS proxy, or say --allow-plain-http" in done.err
    assert served == []
    assert run("serve", "--data", data, "--listen", f"{host}:4599", "--allow-plain-http").code == 0
    assert len(served) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_loopback_needs_no_permission(run: Run, data: Path, served: Served, host: str) -> None:
    assert run("serve", "--data", data, "--listen", f"{host}:4599").code == 0
    assert len(served) == 1


def test_serve_listens_for_vpc_endpoints_and_says_where(run: Run, data: Path, served: Served) -> None:
    flags = ("--data", data, "--workers", "2", "--vpc-endpoint", VPC_LISTENER, "--vpc-endpoint", OTHER_VPC_LISTENER)
    assert run("serve", *flags) == (
        0,
        (
            f"Strongroom serves {data} at http://127.0.0.1:1 with 2 workers.\n"
            "VPC endpoint vpce-1a2b3c4d of vpc-0a1b2c3d is at http://127.0.0.1:2.\n"
            "VPC endpoint vpce-5e6f7a8b is at http://127.0.0.1:3.\n"
        ),
        "",
    )
    assert run("serve", *flags, "--json").json()["vpc_endpoints"] == SHOWN_VPC_ENDPOINTS
    wanted = (values.vpc_endpoint(VPC_LISTENER), values.vpc_endpoint(OTHER_VPC_LISTENER))
    assert [settings.vpc_listeners for _, settings in served] == [wanted, wanted]


def test_vpc_endpoints_are_set_by_flags_or_environment_or_file(
    run: Run, data: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    data.joinpath("strongroom.toml").write_text(f'vpc_endpoints = ["{VPC_LISTENER}"]\n', encoding="utf-8")
    assert run("serve", "--data", data).code == 0
    monkeypatch.setenv("STRONGROOM_VPC_ENDPOINTS", f"{OTHER_VPC_LISTENER}, {VPC_LISTENER}")
    assert run("serve", "--data", data).code == 0
    assert run("serve", "--data", data, "--vpc-endpoint", OTHER_VPC_LISTENER).code == 0
    one, other = values.vpc_endpoint(VPC_LISTENER), values.vpc_endpoint(OTHER_VPC_LISTENER)
    assert [settings.vpc_listeners for _, settings in served] == [(one,), (other, one), (other,)]


def test_a_wrong_vpc_endpoint_is_wrong_usage(
    run: Run, data: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("serve", "--data", data, "--vpc-endpoint", "vpce-1=127.0.0.1:2")
    assert (done.code, done.out) == (2, "")
    assert "argument --vpc-endpoint: expected VPCE=HOST:PORT or VPCE@VPC=HOST:PORT, such as vpce-1a2b" in done.err
    monkeypatch.setenv("STRONGROOM_VPC_ENDPOINTS", "nowhere")
    done = run("serve", "--data", data)
    assert (done.code, done.out, served) == (2, "", [])
    assert "setting vpc_endpoints: expected VPCE=HOST:PORT or VPCE@VPC=HOST:PORT" in done.err


def test_how_identity_providers_are_reached_is_set(
    run: Run, data: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("serve", "--data", data).code == 0
    assert run("serve", "--data", data, "--oidc-ca-file", "ca.pem", "--allow-private-issuers").code == 0
    data.joinpath("strongroom.toml").write_text('oidc_ca_file = "file.pem"\nallow_private_issuers = true\n')
    assert run("serve", "--data", data).code == 0
    monkeypatch.setenv("STRONGROOM_ALLOW_PRIVATE_ISSUERS", "false")
    assert run("serve", "--data", data).code == 0
    assert [(each.worker.issuers.ca_file, each.worker.issuers.allow_private) for _, each in served] == [
        (None, False),
        (Path("ca.pem"), True),
        (Path("file.pem"), True),
        (Path("file.pem"), False),
    ]
    monkeypatch.setenv("STRONGROOM_ALLOW_PRIVATE_ISSUERS", "maybe")
    assert "setting allow_private_issuers: expected true or false" in run("serve", "--data", data).err


@pytest.mark.parametrize("other", ["vpce-1a2b3c4d=127.0.0.1:3", "vpce-1a2b3c4d@vpc-5e6f7a8b=127.0.0.1:3"])
def test_a_vpc_endpoint_is_in_one_vpc(run: Run, data: Path, served: Served, other: str) -> None:
    done = run("serve", "--data", data, "--vpc-endpoint", VPC_LISTENER, "--vpc-endpoint", other)
    assert (done.code, done.out, served) == (2, "", [])
    assert "vpce-1a2b3c4d is in one VPC: name the same one with each of its listeners" in done.err


def test_a_vpc_endpoint_may_have_several_addresses(run: Run, data: Path, served: Served) -> None:
    second = VPC_LISTENER.replace("127.0.0.1:2", "[::1]:2")
    assert run("serve", "--data", data, "--vpc-endpoint", VPC_LISTENER, "--vpc-endpoint", second).code == 0
    ((_, settings),) = served
    assert [(each.host, each.port) for each in settings.addresses] == [
        ("127.0.0.1", 4599),
        ("127.0.0.1", 2),
        ("::1", 2),
    ]


def test_vpc_endpoints_stay_on_loopback_unless_told(run: Run, data: Path, served: Served) -> None:
    flags = ("--data", data, "--vpc-endpoint", VPC_LISTENER, "--vpc-endpoint", "vpce-5e6f7a8b=10.0.0.5:4600")
    done = run("serve", *flags)
    assert (done.code, done.out, served) == (2, "", [])
    assert "10.0.0.5 is not a loopback address" in done.err
    assert run("serve", *flags, "--allow-plain-http").code == 0
    assert len(served) == 1


def test_dev_makes_an_installation_once(run: Run, served: Served) -> None:
    first = run("dev", "--json", "--account-id", ACCOUNT).json()
    names = {"endpoint", "vpc_endpoints", "account_id", "region", "access_key_id", "secret_access_key", "demo"}
    assert set(first) == names | {"console_url", "console_user", "console_password"}
    assert (first["console_url"], first["console_user"]) == ("http://127.0.0.1:1/console/", "root")
    assert first.pop("console_password")
    assert [user["user_name"] for user in first["demo"]["users"]] == ["CloudAcademy", "Stuart"]
    assert all(user.pop("password") for user in first["demo"]["users"])
    assert (first["endpoint"], first["account_id"], first["region"]) == ("http://127.0.0.1:1", ACCOUNT, "us-east-1")
    again = run("dev", "--json").json()
    assert again.pop("console_password") is None
    assert [user.pop("password") for user in again["demo"]["users"]] == [None, None]
    assert again == first
    assert [folder.path for folder, _ in served] == [Path(".strongroom-dev")] * 2


@pytest.mark.usefixtures("served")
def test_dev_shows_the_demo_account_and_its_passwords_once(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("strongroom.cli.announcing.FILES", tmp_path)
    shown = run("dev", "--account-id", ACCOUNT).out
    again = run("dev").out
    demo = run("dev", "--json").json()["demo"]
    for out in (shown, again):
        lines = out.splitlines()
        assert "The account has a key, alias/Demo-key, the AWS managed keys of EBS, Lambda and RDS," in lines
        role = f"arn:aws:iam::{ACCOUNT}:role/DemoApplication"
        assert f"a role, {role}, a second account, {demo['other_account_id']}, and two users:" in lines
        for user in demo["users"]:
            assert f"  {user['user_name']}" in lines
            assert f"    access key  {user['access_key_id']}  {user['secret_access_key']}" in lines
    for user in demo["users"]:
        hint = f"shown once; set another: aws iam update-login-profile --user-name {user['user_name']}"
        assert hint not in shown
        assert f"    password    {hint}" in again.splitlines()
    passwords = [line.split()[1] for line in shown.splitlines() if line.lstrip().startswith("password")]
    assert len(set(passwords)) == 3
    assert "  password  shown once; set another: strongroom credentials root-password --data .strongroom-dev" in again
    assert not any(password in again for password in passwords)


@pytest.mark.usefixtures("served")
def test_dev_names_no_console_that_was_not_built(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("strongroom.cli.announcing.FILES", tmp_path / "nothing")
    assert "console" not in run("dev", "--account-id", ACCOUNT, "--no-demo").out


@pytest.mark.usefixtures("served")
def test_dev_makes_no_demo_account_where_none_is_wanted(run: Run) -> None:
    done = run("dev", "--no-demo", "--account-id", ACCOUNT)
    assert done.code == 0
    assert "These are the credentials of the root user" in done.out
    assert "user" not in done.out.replace("root user", "")
    assert run("dev", "--json").json()["demo"] is None
    assert run("status", "--data", ".strongroom-dev", "--json").json()["accounts"] == [ACCOUNT]


@pytest.mark.usefixtures("served")
def test_dev_prints_what_to_type(run: Run, dev_data: Path, template: Template) -> None:
    done = run("dev", "--data", dev_data)
    assert (done.code, done.err) == (0, "")
    credentials = template.created.credentials
    for line in (
        "  export AWS_ENDPOINT_URL=http://127.0.0.1:1",
        "  export AWS_DEFAULT_REGION=us-east-1",
        f"  export AWS_ACCESS_KEY_ID={credentials.access_key_id}",
        f"  export AWS_SECRET_ACCESS_KEY={credentials.secret_access_key}",
    ):
        assert line in done.out.splitlines()
    assert "VPC" not in done.out


@pytest.mark.usefixtures("served")
def test_dev_listens_for_vpc_endpoints_and_says_where(run: Run, dev_data: Path) -> None:
    flags = ("--data", dev_data, "--vpc-endpoint", VPC_LISTENER, "--vpc-endpoint", OTHER_VPC_LISTENER)
    assert run("dev", *flags).out.endswith("VPC endpoint vpce-5e6f7a8b is at http://127.0.0.1:3.\n")
    assert run("dev", *flags, "--json").json()["vpc_endpoints"] == SHOWN_VPC_ENDPOINTS


def test_dev_stays_on_loopback(run: Run, served: Served) -> None:
    done = run("dev", "--listen", "192.0.2.1:4599")
    assert (done.code, done.out, served) == (2, "", [])
    assert "is not a loopback address" in done.err
    done = run("dev", "--vpc-endpoint", "vpce-1a2b3c4d=192.0.2.1:4600")
    assert (done.code, done.out, served) == (2, "", [])
    assert "192.0.2.1 is not a loopback address" in done.err
    assert not Path(".strongroom-dev").exists()


def test_dev_leaves_production_alone(run: Run, data: Path, served: Served) -> None:
    done = run("dev", "--data", data)
    assert (done.code, done.out, served) == (1, "", [])
    assert done.err == f"strongroom: {data} is not a development installation, which `strongroom dev` makes\n"


def test_dev_needs_an_active_access_key(run: Run, dev_data: Path, served: Served) -> None:
    change_database(dev_data, "UPDATE access_keys SET status = 'Inactive'")
    done = run("dev", "--data", dev_data)
    assert (done.code, done.out, served) == (2, "", [])
    assert f"no access key is active; run: strongroom credentials create --data {dev_data}" in done.err


def test_dev_says_that_a_secret_was_tampered_with(run: Run, dev_data: Path, served: Served) -> None:
    change_database(dev_data, "UPDATE access_keys SET wrapped_secret = zeroblob(100)")
    done = run("dev", "--data", dev_data)
    assert (done.code, done.out, served) == (1, "", [])
    assert "does not open: it was changed in the database; run: strongroom credentials create" in done.err


def test_the_dev_clock_advances(run: Run, dev_data: Path) -> None:
    done = run("dev", "clock", "advance", "12h", "--data", dev_data)
    assert done == (
        0,
        (
            "Service time now runs 0.5 days ahead.\n"
            "Nobody serves this installation; what is due happens once somebody does.\n"
        ),
        "",
    )
    lock = ServeLock(DataFolder(dev_data))
    lock.announce("http://127.0.0.1:1")
    assert run("dev", "clock", "advance", "30d", "--data", dev_data).out == "Service time now runs 30.5 days ahead.\n"
    lock.release()
    printed = run("dev", "clock", "advance", "1s", "--data", dev_data, "--json").json()
    assert printed == {"clock_offset_seconds": 30.5 * DAY + 1}
    assert run("status", "--data", dev_data, "--json").json()["clock_offset_seconds"] == 30.5 * DAY + 1


def test_flags_of_dev_may_stand_before_clock(run: Run, dev_data: Path, template: Template) -> None:
    # What the default names is another installation, which must be left alone.
    shutil.copytree(template.data, ".strongroom-dev")
    assert run("dev", "--data", dev_data, "--json", "clock", "advance", "1d").json() == {"clock_offset_seconds": DAY}
    assert run("status", "--data", ".strongroom-dev", "--json").json()["clock_offset_seconds"] == 0
    assert run("dev", "clock", "advance", "2d", "--json").json() == {"clock_offset_seconds": 2 * DAY}


def test_the_clock_has_an_end(run: Run, dev_data: Path) -> None:
    assert run("dev", "clock", "advance", "36500d", "--data", dev_data).code == 0
    done = run("dev", "clock", "advance", "1s", "--data", dev_data)
    assert done == (2, "", "strongroom: the clock can be moved 100 years ahead, no farther\n")
    assert run("status", "--data", dev_data, "--json").json()["clock_offset_seconds"] == 36_500 * DAY


def test_the_clock_of_production_stays(run: Run, data: Path) -> None:
    done = run("dev", "clock", "advance", "1d", "--data", data)
    assert (done.code, done.out) == (1, "")
    assert f"{data} is not a development installation, which `strongroom dev` makes" in done.err
    with closing(sqlite3.connect(data / "strongroom.db")) as database:
        assert database.execute("SELECT clock_offset FROM installation").fetchall() == [(0,)]


def test_moving_the_clock_is_recorded(run: Run, dev_data: Path) -> None:
    run("dev", "clock", "advance", "1d", "--data", dev_data)
    with closing(sqlite3.connect(dev_data / "strongroom.db")) as database:
        records = [json.loads(row[0]) for row in database.execute("SELECT record FROM audit_outbox ORDER BY sequence")]
    assert (records[-1]["eventName"], records[-1]["responseElements"]) == ("AdvanceClock", {"clockOffsetSeconds": DAY})


def test_the_roots_of_attestations_are_set(run: Run, data: Path, served: Served) -> None:
    assert run("serve", "--data", data).code == 0
    data.joinpath("strongroom.toml").write_text('attestation_roots = "roots.pem"\n')
    assert run("serve", "--data", data).code == 0
    assert run("serve", "--data", data, "--attestation-roots", "others.pem").code == 0
    assert [each.worker.attestation_roots for _, each in served] == [None, Path("roots.pem"), Path("others.pem")]


def test_what_key_stores_may_be_connected_to_is_set(run: Run, data: Path, served: Served) -> None:
    assert run("serve", "--data", data).code == 0
    data.joinpath("strongroom.toml").write_text(
        'hsm_clusters = "clusters.toml"\nxks_ca_file = "ca.pem"\nxks_client_certificate = "own.pem"\n'
        "allow_private_xks_proxies = true\nxks_timeout = 0.5\n"
    )
    assert run("serve", "--data", data).code == 0
    flags = ("--hsm-clusters", "b.toml", "--xks-ca-file", "b.pem", "--xks-client-certificate", "c.pem")
    assert run("serve", "--data", data, *flags, "--xks-timeout", "1").code == 0
    found = KeyStoreFiles(
        hsm_clusters=Path("clusters.toml"),
        xks_ca_file=Path("ca.pem"),
        xks_client_certificate=Path("own.pem"),
        allow_private_xks_proxies=True,
        xks_timeout=0.5,
    )
    given = KeyStoreFiles(
        hsm_clusters=Path("b.toml"),
        xks_ca_file=Path("b.pem"),
        xks_client_certificate=Path("c.pem"),
        allow_private_xks_proxies=True,
        xks_timeout=1.0,
    )
    assert [each.worker.key_stores for _, each in served] == [KeyStoreFiles(), found, given]


def test_request_quotas_are_set(run: Run, data: Path, served: Served) -> None:
    assert run("serve", "--data", data).code == 0
    assert run("serve", "--data", data, "--request-quotas", "aws").code == 0
    assert [each.request_quotas for _, each in served] == ["off", "aws"]
