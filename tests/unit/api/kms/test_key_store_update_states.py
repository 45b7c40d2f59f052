"""What of a custom key store may change in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.support.external_stores import CREDENTIAL, described, external_store, new_store, write_state
from tests.support.fake_xks_proxy import URI_PATH
from tests.support.in_process import Refused
from tests.support.key_stores import CLOUD_HSM_STORE, RELATED_CLUSTER_ID
from tests.support.key_stores import REGION as CLUSTER_REGION

if TYPE_CHECKING:
    from strongroom.model.key_store import ConnectionState
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller, InProcess

NEW_PASSWORD: Final = "another-password"  # noqa: S105 - it is no secret
ANY_TIME: Final = {"DISCONNECTED", "CONNECTED", "CONNECTING", "DISCONNECTING", "FAILED"}
OF_EXTERNAL: Final[dict[str, tuple[object, set[str]]]] = {
    "NewCustomKeyStoreName": ("renamed", ANY_TIME),
    "XksProxyAuthenticationCredential": (CREDENTIAL, {"DISCONNECTED", "CONNECTED"}),
    "XksProxyUriPath": (URI_PATH, {"DISCONNECTED", "CONNECTED"}),
    "XksProxyUriEndpoint": ("https://localhost", {"DISCONNECTED"}),
    "XksProxyConnectivity": ("PUBLIC_ENDPOINT", {"DISCONNECTED"}),
}
OF_CLUSTERS: Final[dict[str, tuple[object, set[str]]]] = {
    "NewCustomKeyStoreName": ("renamed", ANY_TIME),
    "KeyStorePassword": (NEW_PASSWORD, {"DISCONNECTED"}),
    "CloudHsmClusterId": (RELATED_CLUSTER_ID, {"DISCONNECTED"}),
}


def not_now(store: str, state: str) -> Refused:
    message = f"The custom key store {store} is {state}; disconnect it to change this."
    return Refused("CustomKeyStoreInvalidStateException", message)


@pytest.mark.parametrize("state", sorted(ANY_TIME))
@pytest.mark.parametrize("member", OF_EXTERNAL)
def test_of_an_external_store(
    owner: Caller, proxied: InProcess, proxy: FakeXksProxy, member: str, state: ConnectionState
) -> None:
    store = new_store(owner, external_store(proxy))
    write_state(proxied, store, state)
    value, states = OF_EXTERNAL[member]
    changes = {member: proxy.endpoint if member == "XksProxyUriEndpoint" else value}
    if state in states:
        assert owner("UpdateCustomKeyStore", CustomKeyStoreId=store, **changes) == {}
        assert described(owner, store)["ConnectionState"] == state
    else:
        refused = owner.refused("UpdateCustomKeyStore", CustomKeyStoreId=store, **changes)
        assert refused == not_now(store, state)
        assert len(proxy.received) == 1


@pytest.mark.parametrize("state", sorted(ANY_TIME))
@pytest.mark.parametrize("member", OF_CLUSTERS)
def test_of_a_store_in_a_cluster(root: Caller, service: InProcess, member: str, state: ConnectionState) -> None:
    in_cluster = new_store(root, CLOUD_HSM_STORE)
    write_state(service, in_cluster, state, CLUSTER_REGION)
    value, states = OF_CLUSTERS[member]
    changes = {member: value}
    if state in states:
        assert root("UpdateCustomKeyStore", CustomKeyStoreId=in_cluster, **changes) == {}
    else:
        refused = root.refused("UpdateCustomKeyStore", CustomKeyStoreId=in_cluster, **changes)
        assert refused == not_now(in_cluster, state)
