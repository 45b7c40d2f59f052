"""Custom key stores as they are kept, and what connects a process to them."""

from __future__ import annotations

from typing import Any, Final

from strongroom.custody.key_stores import KeyStores, KeyStoreSettings
from strongroom.custody.secrets import wrap_key_store_secret
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.clock import SystemClock
from strongroom.model.key_store import CloudHsmConfiguration, CustomKeyStore, KeyStorePlace, XksProxyConfiguration
from tests.support.fake_xks_proxy import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, URI_PATH
from tests.support.key_stores import ACCOUNT, CLUSTER_ID, TRUST_ANCHOR
from tests.support.key_stores import REGION as CLUSTER_REGION
from tests.support.root_keys import PIN

STORE_KEYS: Final = StoreKeys({1: bytes(32)})
ID: Final = "cks-1234567890abcdef0"


def new_store(place: KeyStorePlace, secret: str, **members: Any) -> CustomKeyStore:  # noqa: ANN401 - of any member's type
    wrapped = wrap_key_store_secret(STORE_KEYS, place, secret)
    return CustomKeyStore(
        place=place,
        name="example",
        creation_date=1.0,
        store_key=wrapped.store_key,
        wrapped_secret=wrapped.sealed,
        **members,
    )


def external(endpoint: str = "https://proxy.example.com", secret: str = SECRET_ACCESS_KEY) -> CustomKeyStore:
    proxy = XksProxyConfiguration(
        connectivity="PUBLIC_ENDPOINT", uri_endpoint=endpoint, uri_path=URI_PATH, access_key_id=ACCESS_KEY_ID
    )
    return new_store(KeyStorePlace(ACCOUNT, REGION, ID), secret, type="EXTERNAL_KEY_STORE", xks_proxy=proxy)


def in_cluster(cluster_id: str = CLUSTER_ID, secret: str = PIN, region: str = CLUSTER_REGION) -> CustomKeyStore:
    configuration = CloudHsmConfiguration(cluster_id=cluster_id, trust_anchor_certificate=TRUST_ANCHOR)
    return new_store(KeyStorePlace(ACCOUNT, region, ID), secret, type="AWS_CLOUDHSM", cloud_hsm=configuration)


def connected_by(settings: KeyStoreSettings) -> KeyStores:
    return KeyStores(settings, STORE_KEYS, SystemClock())
