"""Connecting, disconnecting, deleting and describing custom key stores."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.custody.xks_failures import XksFailure, XksFailureKind, connection_error_code
from tests.support.external_stores import (
    connect,
    connected_store,
    described,
    disconnect,
    external_key,
    external_store,
    kept_store,
    new_store,
    stores_at_other_paths,
    write_state,
)
from tests.support.fake_xks_proxy import ACCESS_KEY_ID, URI_PATH, altered, refuse, reply
from tests.support.in_process import OTHER_REGION, REGION, allow
from tests.support.key_stores import CLOUD_HSM_STORE, CLUSTER_ID, TRUST_ANCHOR
from tests.support.refusals import invalid

if TYPE_CHECKING:
    from strongroom.model.key_store import ConnectionState
    from tests.support.fake_xks_proxy import FakeXksProxy, Step
    from tests.support.in_process import Caller, InProcess

INVALID_STATE: Final = "CustomKeyStoreInvalidStateException"
UNKNOWN: Final = "cks-1234567890abcdef0"
NOT_FOUND: Final = ("CustomKeyStoreNotFoundException", f"There is no custom key store {UNKNOWN}.")
NO_KEY_MANAGER: Final = {"id": "hsm-1", "model": "Example Vault 5", "healthStatus": "UNAVAILABLE"}
STATES: Final[tuple[ConnectionState, ...]] = ("CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING")

# By operation, the state that each state becomes; of the others the operation is not valid.
TRANSITIONS: Final[dict[str, dict[ConnectionState, ConnectionState | None]]] = {
    "ConnectCustomKeyStore": {"DISCONNECTED": "CONNECTING", "CONNECTING": "CONNECTING", "CONNECTED": "CONNECTED"},
    "DisconnectCustomKeyStore": {
        "CONNECTED": "DISCONNECTING",
        "CONNECTING": "DISCONNECTING",
        "FAILED": "DISCONNECTING",
    },
    "DeleteCustomKeyStore": {"DISCONNECTED": None},
}


@pytest.fixture
def store(root: Caller) -> str:
    """A store in a cluster, which is not connected."""
    return new_store(root, CLOUD_HSM_STORE)


@pytest.mark.parametrize("operation", TRANSITIONS)
@pytest.mark.parametrize("state", STATES)
def test_each_state_takes_some_operations(
    service: InProcess, root: Caller, store: str, operation: str, state: ConnectionState
) -> None:
    write_state(service, store, state, REGION)
    if state not in TRANSITIONS[operation]:
        message = f"{operation} is not valid for the custom key store {store}, which is {state}."
        assert root.refused(operation, CustomKeyStoreId=store) == (INVALID_STATE, message)
        assert described(root, store)["ConnectionState"] == state
        return
    assert root(operation, CustomKeyStoreId=store) == {}
    after = TRANSITIONS[operation][state]
    if after is None:
        assert root("DescribeCustomKeyStores")["CustomKeyStores"] == []
    else:
        assert described(root, store)["ConnectionState"] == after
        assert "ConnectionErrorCode" not in described(root, store)


@pytest.mark.parametrize("operation", [*TRANSITIONS, "DescribeCustomKeyStores"])
class TestMissingStores:
    def test_one_that_is_not_there(self, root: Caller, operation: str) -> None:
        assert root.refused(operation, CustomKeyStoreId=UNKNOWN) == NOT_FOUND

    def test_that_of_another_region_or_account_is_not_there(
        self, service: InProcess, store: str, other: Caller, operation: str
    ) -> None:
        message = f"There is no custom key store {store}."
        for caller in (service.root(OTHER_REGION), other):
            assert caller.refused(operation, CustomKeyStoreId=store) == (NOT_FOUND[0], message)

    def test_an_id_that_is_none(self, root: Caller, operation: str) -> None:
        expected = invalid("", "customKeyStoreId", "Member must have length greater than or equal to 1")
        assert root.refused(operation, CustomKeyStoreId="") == expected

    def test_it_needs_a_permission(self, service: InProcess, store: str, operation: str) -> None:
        statement = {**allow(action=f"kms:{operation}"), "Principal": None}
        allowed = {name: value for name, value in statement.items() if value is not None}
        user = service.user("Nobody")
        assert user.refused(operation, CustomKeyStoreId=store).code == "AccessDeniedException"
        write_state(service, store, "CONNECTED" if operation.startswith("Disconnect") else "DISCONNECTED", REGION)
        service.user("Keeper", {"Version": "2012-10-17", "Statement": allowed})(operation, CustomKeyStoreId=store)


class TestConnecting:
    def test_a_store_comes_and_goes(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy) -> None:
        store = new_store(owner, external_store(proxy))
        connect(owner, store)
        asked = proxy.received[-1].message["requestMetadata"]
        assert asked["kmsOperation"] == "ConnectCustomKeyStore"
        disconnect(owner, store)
        connect(owner, store)
        assert kept_store(proxied, store).connected

    @pytest.mark.parametrize(
        ("step", "code"),
        [
            *(
                (refuse(400, kind.value), connection_error_code(XksFailure(kind)))
                for kind in XksFailureKind
                if kind.value.endswith("Exception")
            ),
            (reply(200, b"{}"), "XKS_PROXY_INVALID_RESPONSE"),
            (altered(ekmFleetDetails=[NO_KEY_MANAGER]), "XKS_PROXY_NOT_REACHABLE"),
        ],
    )
    def test_one_that_fails_says_why_and_is_disconnected_first(
        self, owner: Caller, proxy: FakeXksProxy, step: Step, code: str
    ) -> None:
        store = new_store(owner, external_store(proxy))
        proxy.script.append(step)
        connect(owner, store, "FAILED")
        assert described(owner, store)["ConnectionErrorCode"] == code
        assert owner.refused("ConnectCustomKeyStore", CustomKeyStoreId=store).code == INVALID_STATE
        disconnect(owner, store)
        assert "ConnectionErrorCode" not in described(owner, store)
        connect(owner, store)

    def test_a_cluster_that_cannot_be_reached(self, root: Caller, store: str) -> None:
        connect(root, store, "FAILED")
        assert described(root, store)["ConnectionErrorCode"] == "INTERNAL_ERROR"


class TestDeleting:
    @pytest.mark.parametrize("state", ["Enabled", "PendingDeletion"])
    def test_a_store_with_keys_stays(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, state: str) -> None:
        store = connected_store(owner, external_store(proxy))
        proxied.write(external_key(owner, store), state=state)
        disconnect(owner, store)
        refused = owner.refused("DeleteCustomKeyStore", CustomKeyStoreId=store)
        message = f"KMS keys are in the custom key store {store}."
        assert refused == ("CustomKeyStoreHasCMKsException", message)

    def test_what_is_deleted_leaves_its_names(self, root: Caller, store: str) -> None:
        root("DeleteCustomKeyStore", CustomKeyStoreId=store)
        assert new_store(root, CLOUD_HSM_STORE) != store


class TestDescribing:
    def test_a_store_in_a_cluster(self, root: Caller, store: str) -> None:
        found = described(root, store)
        assert isinstance(found.pop("CreationDate"), datetime)
        assert found == {
            "CustomKeyStoreId": store,
            "CustomKeyStoreName": "in a cluster",
            "CustomKeyStoreType": "AWS_CLOUDHSM",
            "CloudHsmClusterId": CLUSTER_ID,
            "TrustAnchorCertificate": TRUST_ANCHOR,
            "ConnectionState": "DISCONNECTED",
        }

    def test_an_external_store(self, owner: Caller, proxy: FakeXksProxy) -> None:
        found = described(owner, new_store(owner, external_store(proxy)))
        assert isinstance(found.pop("CreationDate"), datetime)
        assert found.pop("CustomKeyStoreId").startswith("cks-")
        assert found == {
            "CustomKeyStoreName": "external",
            "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
            "ConnectionState": "DISCONNECTED",
            "XksProxyConfiguration": {
                "Connectivity": "PUBLIC_ENDPOINT",
                "AccessKeyId": ACCESS_KEY_ID,
                "UriEndpoint": proxy.endpoint,
                "UriPath": URI_PATH,
            },
        }

    def test_one_by_its_name(self, root: Caller, store: str) -> None:
        answer = root("DescribeCustomKeyStores", CustomKeyStoreName="in a cluster")
        assert answer == {"CustomKeyStores": [described(root, store)], "Truncated": False}
        refused = root.refused("DescribeCustomKeyStores", CustomKeyStoreName="another")
        assert refused == (NOT_FOUND[0], "There is no custom key store of this name.")

    def test_one_of_either_id_or_name(self, root: Caller, store: str) -> None:
        refused = root.refused("DescribeCustomKeyStores", CustomKeyStoreId=store, CustomKeyStoreName="in a cluster")
        message = "You cannot specify CustomKeyStoreId and CustomKeyStoreName in the same request."
        assert refused == ("ValidationException", message)

    def test_all_page_by_page(self, owner: Caller, proxy: FakeXksProxy) -> None:
        stores = sorted(stores_at_other_paths(owner, proxy, 3))
        first = owner("DescribeCustomKeyStores", Limit=2)
        assert first["Truncated"]
        last = owner("DescribeCustomKeyStores", Limit=2, Marker=first["NextMarker"])
        assert (last["Truncated"], "NextMarker" in last) == (False, False)
        listed = [each["CustomKeyStoreId"] for each in first["CustomKeyStores"] + last["CustomKeyStores"]]
        assert listed == stores
        assert len(owner("DescribeCustomKeyStores")["CustomKeyStores"]) == 3
        refused = owner.refused("DescribeCustomKeyStores", Marker="not one")
        assert refused.code == "InvalidMarkerException"
