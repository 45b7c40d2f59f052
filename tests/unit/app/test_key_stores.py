"""What the operator lets custom key stores be connected to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from strongroom.app import key_stores
from strongroom.app.data_folder import InstallationError
from strongroom.app.key_stores import NO_KEY_STORES, KeyStoreFiles
from strongroom.custody.xks_client import TIMEOUT
from tests.support.external_stores import AUTHORITY, LEAF, PATIENCE
from tests.support.fake_xks_proxy import pem_file, serving_xks_proxy
from tests.support.key_stores import CLUSTERS
from tests.unit.authn.oidc_support import issue
from tests.unit.custody.key_store_support import connected_by, external

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from strongroom.custody.key_stores import KeyStoreSettings

CLIENT: Final = issue("client", AUTHORITY, ("client",))


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(AUTHORITY.pem)
    return path


def trusts_authority(settings: KeyStoreSettings) -> bool:
    assert settings.proxy_tls is not None
    return AUTHORITY.certificate.serial_number in {
        int(str(each["serialNumber"]), 16) for each in settings.proxy_tls.get_ca_certs()
    }


def test_without_files_there_are_no_clusters_and_proxies_are_on_the_internet() -> None:
    settings = NO_KEY_STORES.load()
    assert settings.clusters == {}
    assert not settings.allow_private_proxies
    assert not trusts_authority(settings)


def test_a_proxy_has_the_time_that_aws_gives_it_unless_the_operator_gives_another() -> None:
    assert NO_KEY_STORES.load().proxy_timeout == TIMEOUT
    assert KeyStoreFiles(xks_timeout=1.5).load().proxy_timeout == 1.5


def test_private_proxies_are_allowed_by_the_operator() -> None:
    assert KeyStoreFiles(allow_private_xks_proxies=True).load().allow_private_proxies


def test_clusters_are_read_from_their_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {tmp_path / "clusters.toml": CLUSTERS}
    monkeypatch.setattr(key_stores, "load_hsm_clusters", known.__getitem__)
    assert KeyStoreFiles(hsm_clusters=tmp_path / "clusters.toml").load().clusters is CLUSTERS


def test_cas_are_trusted_beside_those_of_the_system(ca_file: Path) -> None:
    assert trusts_authority(KeyStoreFiles(xks_ca_file=ca_file).load())


def test_a_client_certificate_is_shown_to_proxies(tmp_path: Path, ca_file: Path) -> None:
    files = KeyStoreFiles(
        xks_ca_file=ca_file,
        xks_client_certificate=pem_file(tmp_path, CLIENT),
        allow_private_xks_proxies=True,
        xks_timeout=PATIENCE,
    )
    connections = connected_by(files.load())
    with serving_xks_proxy(tmp_path, LEAF, client_ca=AUTHORITY) as proxy:
        connections.connect(external(proxy.endpoint), "request-1")
        connections.close()
        assert len(proxy.received) == 1


def encrypted(folder: Path) -> Path:
    path = folder / "encrypted.pem"
    password = BestAvailableEncryption(b"an example passphrase")
    path.write_bytes(CLIENT.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, password) + CLIENT.pem)
    return path


def garbage(folder: Path) -> Path:
    path = folder / "garbage.pem"
    path.write_text("no certificate", encoding="ascii")
    return path


def missing(folder: Path) -> Path:
    return folder / "missing.pem"


@pytest.mark.parametrize("make", [garbage, missing])
def test_cas_that_cannot_be_used(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    file = make(tmp_path)
    with pytest.raises(
        InstallationError, match=f"^{file} cannot be used as the CAs of external key store proxies: "
    ) as error:
        KeyStoreFiles(xks_ca_file=file).load()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("make", [garbage, missing, encrypted])
def test_a_client_certificate_that_cannot_be_used(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    file = make(tmp_path)
    with pytest.raises(InstallationError, match=f"^{file} cannot be used as a client certificate and its key: "):
        KeyStoreFiles(xks_client_certificate=file).load()


def test_nobody_is_asked_for_the_passphrase_of_a_key(tmp_path: Path) -> None:
    with pytest.raises(InstallationError, match="the key is encrypted"):
        KeyStoreFiles(xks_client_certificate=encrypted(tmp_path)).load()
