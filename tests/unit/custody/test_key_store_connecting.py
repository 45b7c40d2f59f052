"""Connecting custom key stores to what keeps their keys, and the codes of what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from strongroom.model.key_store import ConnectionFailedError
from tests.support.external_stores import LEAF, hsm_settings, proxy_settings
from tests.support.fake_xks_proxy import REGION, FakeXksProxy, refuse, serving_xks_proxy
from tests.support.key_stores import SETTINGS
from tests.unit.custody.key_store_support import connected_by, external, in_cluster

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from strongroom.custody.key_stores import KeyStores
    from strongroom.model.key_store import CustomKeyStore
    from tests.support.root_keys import SoftHsm


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[FakeXksProxy]:
    with serving_xks_proxy(tmp_path, LEAF) as running:
        yield running


@pytest.fixture
def near(tmp_path: Path) -> Iterator[KeyStores]:
    """Connections to proxies on loopback."""
    made = connected_by(proxy_settings(tmp_path))
    yield made
    made.close()


def code_of(stores: KeyStores, store: CustomKeyStore) -> str:
    with pytest.raises(ConnectionFailedError) as failed:
        stores.connect(store, "request-1")
    return failed.value.code


def test_a_proxy_is_asked_with_the_secret_of_the_store(near: KeyStores, proxy: FakeXksProxy) -> None:
    near.connect(external(proxy.endpoint), "request-1")
    (asked,) = proxy.received
    assert asked.message["requestMetadata"] == {"kmsOperation": "ConnectCustomKeyStore", "kmsRequestId": "request-1"}
    assert code_of(near, external(proxy.endpoint, "another/" * 6)) == "INVALID_CREDENTIALS"


def test_what_a_proxy_says_has_a_code(near: KeyStores, proxy: FakeXksProxy) -> None:
    proxy.script.append(refuse(404, "InvalidUriPathException"))
    assert code_of(near, external(proxy.endpoint)) == "XKS_PROXY_INVALID_CONFIGURATION"


def test_a_token_checks_the_password(softhsm: SoftHsm) -> None:
    stores = connected_by(hsm_settings(softhsm))
    stores.connect(in_cluster(region=REGION), "request-1")
    wrong = in_cluster(secret="another-pin", region=REGION)  # noqa: S106 - none of anybody
    assert code_of(stores, wrong) == "INVALID_CREDENTIALS"
    stores.close()


@pytest.mark.parametrize(
    ("store", "code"),
    [
        (in_cluster("cluster-aaaaaaaaaaa"), "CLUSTER_NOT_FOUND"),
        (in_cluster(region="eu-west-1"), "CLUSTER_NOT_FOUND"),
        (replace(external(), wrapped_secret=b"of something else"), "INTERNAL_ERROR"),
        (replace(in_cluster(), cloud_hsm=None), "INTERNAL_ERROR"),
        (external("https://no host"), "INTERNAL_ERROR"),
        (in_cluster(), "INTERNAL_ERROR"),
    ],
)
def test_what_cannot_be_asked_has_a_code(store: CustomKeyStore, code: str) -> None:
    assert code_of(connected_by(SETTINGS), store) == code
