"""What a proxy serves is kept in a file of its own, with the secrets wrapped; a proxy notices each change of it."""

from __future__ import annotations

import fcntl
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from strongroom.app.data_folder import InstallationError
from strongroom.app.xks_proxy_changes import ProxyChangeError, add_credential, add_key, remove_credential, remove_key
from strongroom.app.xks_proxy_settings import (
    FILE_NAME,
    ExternalKey,
    ProxySettings,
    XksStore,
    editing,
    load,
    new_credential,
    save,
    secret_of,
)
from strongroom.app.xks_proxy_stores import Stores
from strongroom.model.xks import ACCESS_KEY_ID, SECRET_ACCESS_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import Caller, InProcess

PATH = "/team-a/kms/xks/v1"


@pytest.fixture
def file(service: InProcess) -> Path:
    return service.folder.path / FILE_NAME


def external(service: InProcess, arn: str, name: str = "payroll") -> ExternalKey:
    return ExternalKey(external_key_id=name, key_arn=arn, access_key_id=service.created.credentials.access_key_id)


def test_credentials_are_of_the_form_of_the_specification(service: InProcess) -> None:
    made = new_credential(service.opened.store_keys, PATH)
    assert ACCESS_KEY_ID.fullmatch(made.kept.access_key_id)
    assert SECRET_ACCESS_KEY.fullmatch(made.secret_access_key)
    assert secret_of(service.opened.store_keys, PATH, made.kept) == made.secret_access_key
    assert made != new_credential(service.opened.store_keys, PATH)


def test_a_secret_is_bound_to_its_path(service: InProcess) -> None:
    made = new_credential(service.opened.store_keys, PATH)
    with pytest.raises(InstallationError, match=f"{made.kept.access_key_id} does not open"):
        secret_of(service.opened.store_keys, "/team-b/kms/xks/v1", made.kept)


def test_the_file_is_for_its_owner_only_and_has_no_secret_in_the_clear(service: InProcess, file: Path) -> None:
    made = add_credential(service.opened, file, PATH)
    file.with_name(f"{FILE_NAME}.new").write_text("what a killed command has left")
    second = add_credential(service.opened, file, PATH)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_text()
    assert made.secret_access_key not in content
    assert second.secret_access_key not in content
    assert [each.access_key_id for each in load(file).store(PATH).credentials] == [
        made.kept.access_key_id,
        second.kept.access_key_id,
    ]
    assert not file.with_name(f"{FILE_NAME}.new").exists()


def test_a_file_that_cannot_be_read_or_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"stores": 1}')
    for path in (tmp_path / "bad.json", tmp_path):
        with pytest.raises(InstallationError, match="cannot be read"):
            load(path)
    with pytest.raises(InstallationError, match="cannot be written"):
        save(tmp_path / "nowhere" / FILE_NAME, ProxySettings())


def test_a_store_with_nothing_in_it_goes() -> None:
    full = XksStore(uri_path=PATH, keys=(ExternalKey(external_key_id="k", key_arn="arn", access_key_id="AKIAEXAMPLE"),))
    settings = ProxySettings().with_store(full)
    assert settings.stores == (full,)
    assert settings.with_store(XksStore(uri_path=PATH)).stores == ()


def test_one_changes_the_file_at_a_time(file: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with editing(file):
            order.append("second")

    with editing(file):
        waiting = threading.Thread(target=second)
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_each_change_is_recorded(service: InProcess, file: Path, key: str) -> None:
    made = add_credential(service.opened, file, PATH)
    add_key(service.opened, file, PATH, external(service, key))
    remove_key(service.opened, file, PATH, "payroll")
    remove_credential(service.opened, file, made.kept.access_key_id)
    assert load(file).stores == ()
    records = [each.decode() for each in service.outbox()[-4:]]
    for record, name in zip(
        records,
        ("CreateXksProxyCredential", "CreateXksProxyKey", "DeleteXksProxyKey", "DeleteXksProxyCredential"),
        strict=True,
    ):
        assert f'"eventName":"{name}"' in record
        assert '"eventSource":"kms-xks-proxy.amazonaws.com"' in record
        assert made.secret_access_key not in record
    assert f'"keyArn":"{key}"' in records[1]


def test_a_change_that_cannot_be_recorded_is_not_made(
    service: InProcess, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("no database")

    monkeypatch.setattr(service.store, "change", fail)
    with pytest.raises(OSError, match="no database"):
        add_credential(service.opened, file, PATH)
    assert not file.exists()


def test_only_keys_that_are_there_and_symmetric_can_be_served(service: InProcess, file: Path, root: Caller) -> None:
    key = root.key()
    for wrong, message in (
        (external(service, key[:-1] + ("0" if key[-1] != "0" else "1")), "there is no key arn:"),
        (external(service, root.key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")), "is of spec HMAC_256"),
        (
            ExternalKey(external_key_id="payroll", key_arn=key, access_key_id="AKIAIOSFODNN7EXAMPLE"),
            "there is no access key AKIAIOSFODNN7EXAMPLE",
        ),
    ):
        with pytest.raises(ProxyChangeError, match=message):
            add_key(service.opened, file, PATH, wrong)
    add_key(service.opened, file, PATH, external(service, key))
    with pytest.raises(ProxyChangeError, match="already"):
        add_key(service.opened, file, PATH, external(service, key))


def test_what_is_not_there_cannot_be_removed(service: InProcess, file: Path) -> None:
    add_credential(service.opened, file, PATH)
    with pytest.raises(ProxyChangeError, match="no credential XKSEXAMPLE"):
        remove_credential(service.opened, file, "XKSEXAMPLE")
    with pytest.raises(ProxyChangeError, match="no key payroll"):
        remove_key(service.opened, file, PATH, "payroll")


def test_a_proxy_serves_what_the_file_holds_now(service: InProcess, file: Path, key: str) -> None:
    stores = Stores(file, service.opened.store_keys)
    assert stores.clients == {}
    made = add_credential(service.opened, file, PATH)
    add_key(service.opened, file, PATH, external(service, key))
    stores.refresh()
    client = stores.clients[made.kept.access_key_id]
    assert (client.secret, client.uri_path) == (made.secret_access_key, PATH)
    found = stores.store(PATH).key("payroll")
    assert found is not None
    assert found.key_arn == key
    assert stores.store(PATH).key("another") is None
    file.unlink()
    stores.refresh()
    assert (stores.clients, stores.store(PATH).keys) == ({}, ())


def test_nothing_is_served_by_a_file_that_cannot_be_used(service: InProcess, file: Path) -> None:
    stores = Stores(file, service.opened.store_keys)
    made = add_credential(service.opened, file, PATH)
    stores.refresh()
    save(file, ProxySettings(stores=(XksStore(uri_path="/kms/xks/v1", credentials=(made.kept,)),)))
    for _ in range(2):
        with pytest.raises(InstallationError, match="does not open"):
            stores.refresh()
    save(file, ProxySettings())
    stores.refresh()
    assert stores.clients == {}


def test_a_file_that_cannot_be_looked_at_is_said_so(tmp_path: Path, service: InProcess) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InstallationError, match="cannot be read: Not a directory"):
        Stores(tmp_path / "file" / FILE_NAME, service.opened.store_keys)


def test_the_lock_is_let_go_whatever_happens(file: Path) -> None:
    with pytest.raises(RuntimeError, match="within"), editing(file):
        raise RuntimeError("within")
    with file.with_name(f"{FILE_NAME}.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
