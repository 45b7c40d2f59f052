from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key
from strongroom.app.xks_proxy_serve import ProxyServeSettings
from strongroom.app.xks_proxy_settings import FILE_NAME, load
from strongroom.app.xks_proxy_tls import TlsSettings
from strongroom.cli import xks_proxy as module
from strongroom.model.xks import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.support.in_process import InProcess, Template

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cli.conftest import Run

PATH = "/team-a/kms/xks/v1"
ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def arn(tmp_path: Path, production_template: Template) -> tuple[Path, str]:
    """An installation, and the ARN of a key in it."""
    with InProcess(tmp_path / "with-key", production_template) as service:
        return tmp_path / "with-key", service.root().key()


def access_key_id(data: Path) -> str:
    folder = DataFolder(data)
    with Opened(folder, load_root_key(folder)) as opened, opened.store.read() as reader:
        return reader.accounts.access_keys_of(reader.accounts.account_ids()[0])[0].access_key_id


def test_a_credential_is_printed_once_as_the_console_takes_it(run: Run, data: Path) -> None:
    printed = run("xks-proxy", "--data", data, "--json", "add-credential", "--path-prefix", "/team-a").json()
    assert printed["XksProxyUriPath"] == PATH
    credential = printed["XksProxyAuthenticationCredential"]
    assert ACCESS_KEY_ID.fullmatch(credential["AccessKeyId"])
    assert SECRET_ACCESS_KEY.fullmatch(credential["RawSecretAccessKey"])
    listed = run("xks-proxy", "list", "--data", data, "--json").json()
    assert listed == {"stores": [{"uri_path": PATH, "access_key_ids": [credential["AccessKeyId"]], "keys": []}]}


def test_credentials_come_and_go(run: Run, data: Path) -> None:
    shown = run("xks-proxy", "add-credential", "--data", data).out
    assert "/kms/xks/v1" in shown
    made = load(data / FILE_NAME).stores[0].credentials[0].access_key_id
    assert made in shown
    assert "RawSecretAccessKey" in shown
    listed = run("xks-proxy", "list", "--data", data).out
    assert made in listed
    assert "(no key)" in listed
    assert run("xks-proxy", "remove-credential", made, "--data", data) == (0, "", "")
    assert run("xks-proxy", "list", "--data", data) == (0, "", "")
    again = run("xks-proxy", "remove-credential", made, "--data", data)
    assert (again.code, again.err) == (2, f"strongroom: there is no credential {made}\n")


def test_keys_come_and_go(run: Run, arn: tuple[Path, str]) -> None:
    data, key = arn
    by = access_key_id(data)
    flags = ("--data", data, "--path-prefix", "/team-a")
    added = run("xks-proxy", "add-key", "payroll", *flags, "--key", key, "--access-key-id", by, "--json").json()
    assert added == {"uri_path": PATH, "external_key_id": "payroll"}
    assert run("xks-proxy", "list", "--data", data, "--json").json()["stores"] == [
        {
            "uri_path": PATH,
            "access_key_ids": [],
            "keys": [{"external_key_id": "payroll", "key_arn": key, "access_key_id": by}],
        }
    ]
    listed = run("xks-proxy", "list", "--data", data).out
    assert key in listed
    assert "(no credential)" in listed
    again = run("xks-proxy", "add-key", "payroll", *flags, "--key", key, "--access-key-id", by)
    assert (again.code, "remove it first" in again.err) == (2, True)
    assert run("xks-proxy", "remove-key", "payroll", *flags).code == 0
    assert run("xks-proxy", "remove-key", "payroll", *flags).code == 2


@pytest.mark.parametrize(
    ("name", "flags", "expected"),
    [
        ("a/b", ("--key", ARN), "expected up to 128 letters"),
        ("..", ("--key", ARN), "expected up to 128 letters"),
        ("k", ("--key", "alias/a"), "expected the ARN of a key"),
        ("k", ("--key", "arn:aws:kms:us-east-1:111122223333:alias/a"), "expected the ARN of a key"),
        ("k", ("--key", ARN.replace("us-east-1", "moon-1")), "expected the ARN of a key"),
        ("k", ("--key", ARN, "--path-prefix", "team"), "expected a path such as"),
        ("k", ("--key", ARN, "--path-prefix", f"/{'a' * 128}"), "expected a path such as"),
        ("k", ("--key", ARN), f"there is no key {ARN}"),
    ],
)
def test_what_is_not_of_its_form_is_refused(
    run: Run, data: Path, name: str, flags: tuple[str, ...], expected: str
) -> None:
    done = run("xks-proxy", "add-key", name, "--data", data, "--access-key-id", "AKIAIOSFODNN7EXAMPLE", *flags)
    assert done.code == 2
    assert expected in done.err


def test_a_folder_without_an_installation_is_said_so(run: Run, tmp_path: Path) -> None:
    for command in ("list", "add-credential"):
        done = run("xks-proxy", command, "--data", tmp_path / "nothing")
        assert (done.code, "holds no installation" in done.err) == (1, True)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[DataFolder, ProxyServeSettings]]:
    """What was to be served."""
    calls: list[tuple[DataFolder, ProxyServeSettings]] = []

    def serve(folder: DataFolder, settings: ProxyServeSettings, on_ready: Callable[[str], None]) -> int:
        calls.append((folder, settings))
        on_ready("https://127.0.0.1:4600")
        return 0

    monkeypatch.setattr(module, "serve_xks_proxy", serve)
    return calls


def test_it_serves_by_its_flags(
    run: Run, data: Path, tmp_path: Path, served: list[tuple[DataFolder, ProxyServeSettings]]
) -> None:
    tls = ("--tls-cert", tmp_path / "a.pem", "--tls-key", tmp_path / "a.key")
    assert run("xks-proxy", "--data", data, *tls).out == (
        f"Strongroom serves keys of {data} as an XKS proxy at https://127.0.0.1:4600.\n"
    )
    shown = TlsSettings(certificate=tmp_path / "a.pem", private_key=tmp_path / "a.key")
    assert served[0][0].path == data
    assert served[0][1] == ProxyServeSettings(host="127.0.0.1", port=4600, tls=shown)
    flags = ("--listen", "0.0.0.0:443", "--workers", "3", "--log-level", "WARNING")
    client = ("--client-ca", tmp_path / "ca.pem", "--client-name", "cks.kms.us-east-2.amazonaws.com")
    printed = run("xks-proxy", "--data", data, *tls, *flags, *client, "--json").json()
    assert (printed["endpoint"], printed["workers"]) == ("https://127.0.0.1:4600", 3)
    assert served[1][1] == ProxyServeSettings(
        host="0.0.0.0",  # noqa: S104 - TLS is what it speaks
        port=443,
        tls=TlsSettings(
            certificate=tmp_path / "a.pem",
            private_key=tmp_path / "a.key",
            client_ca=tmp_path / "ca.pem",
            client_name="cks.kms.us-east-2.amazonaws.com",
        ),
        workers=3,
        log_level="WARNING",
    )


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ((), "name the proxy's certificate"),
        (("--tls-cert", "a"), "name the proxy's certificate"),
        (("--tls-cert", "a", "--tls-key", "b", "--client-ca", "c"), "go together"),
        (("--tls-cert", "a", "--tls-key", "b", "--client-name", "c"), "go together"),
    ],
)
def test_it_serves_only_what_is_said_completely(
    run: Run,
    data: Path,
    flags: tuple[str, ...],
    expected: str,
    served: list[tuple[DataFolder, ProxyServeSettings]],
) -> None:
    done = run("xks-proxy", "--data", data, *flags)
    assert (done.code, expected in done.err, served) == (2, True, [])
