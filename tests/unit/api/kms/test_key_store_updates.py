"""UpdateCustomKeyStore: what may change in which state, and what is asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest
from msgspec.structs import replace

from strongroom.custody.xks_failures import XksFailure, XksFailureKind, store_change_error
from tests.support.external_stores import (
    described,
    external_store,
    kept_store,
    new_store,
    write_state,
)
from tests.support.fake_xks_proxy import (
    ACCESS_KEY_ID,
    SECRET_ACCESS_KEY,
    URI_PATH,
    Handler,
    Received,
    altered,
    refuse,
    right_answer,
)
from tests.support.key_stores import (
    CLOUD_HSM_STORE,
    CLUSTER_ID,
    OTHER_CLUSTER_ID,
    PASSWORD,
    RELATED_CLUSTER_ID,
)
from tests.support.key_stores import REGION as CLUSTER_REGION

if TYPE_CHECKING:
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller, InProcess, Refused

OTHER_PATH: Final = "/other/kms/xks/v1"
NEW_PASSWORD: Final = "another-password"  # noqa: S105 - it is no secret
NEW_CREDENTIAL: Final = {"AccessKeyId": "ANOTHER2ACCESS3KEY4ID5", "RawSecretAccessKey": "another/" * 6}


@pytest.fixture
def store(owner: Caller, proxy: FakeXksProxy) -> str:
    """An external store, of whose making the proxy has forgotten."""
    made = new_store(owner, external_store(proxy))
    proxy.received.clear()
    return made


@pytest.fixture
def in_cluster(root: Caller) -> str:
    return new_store(root, CLOUD_HSM_STORE)


class TestExternalStores:
    def test_a_name_concerns_no_proxy(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str) -> None:
        before = kept_store(proxied, store)
        owner("UpdateCustomKeyStore", CustomKeyStoreId=store, NewCustomKeyStoreName="renamed")
        assert proxy.received == []
        assert kept_store(proxied, store) == replace(before, name="renamed")
        assert described(owner, store)["CustomKeyStoreName"] == "renamed"

    def test_nor_does_what_stays_as_it_is(self, owner: Caller, proxy: FakeXksProxy, store: str) -> None:
        owner("UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyUriPath=URI_PATH)
        assert proxy.received == []

    def test_the_proxy_is_asked_at_its_new_path_with_the_known_secret(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str
    ) -> None:
        proxy.script.append(altered_path)
        owner("UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyUriPath=OTHER_PATH)
        (asked,) = proxy.received
        assert asked.path == f"{OTHER_PATH}/health"
        assert asked.message["requestMetadata"]["kmsOperation"] == "UpdateCustomKeyStore"
        assert f"Credential={ACCESS_KEY_ID}/" in asked.headers["Authorization"]
        assert described(owner, store)["XksProxyConfiguration"]["UriPath"] == OTHER_PATH
        assert proxied.key_stores.secret_of(kept_store(proxied, store)) == SECRET_ACCESS_KEY

    def test_a_new_credential_is_tried_and_kept(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str
    ) -> None:
        update = {"CustomKeyStoreId": store, "XksProxyAuthenticationCredential": NEW_CREDENTIAL}
        refused = owner.refused("UpdateCustomKeyStore", **update)
        assert refused.code == "XksProxyIncorrectAuthenticationCredentialException"
        assert described(owner, store)["XksProxyConfiguration"]["AccessKeyId"] == ACCESS_KEY_ID
        proxy.script.append(altered())
        owner("UpdateCustomKeyStore", **update)
        kept = kept_store(proxied, store)
        assert proxied.key_stores.secret_of(kept) == NEW_CREDENTIAL["RawSecretAccessKey"]
        assert described(owner, store)["XksProxyConfiguration"]["AccessKeyId"] == NEW_CREDENTIAL["AccessKeyId"]
        assert NEW_CREDENTIAL["RawSecretAccessKey"] not in str(proxied.records)

    @pytest.mark.parametrize("kind", [kind for kind in XksFailureKind if kind.value.endswith("Exception")])
    def test_a_proxy_that_does_not_serve(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str, kind: XksFailureKind
    ) -> None:
        before = kept_store(proxied, store)
        proxy.script.append(refuse(400, kind.value))
        refused = owner.refused("UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyUriPath=OTHER_PATH)
        error = store_change_error(XksFailure(kind))
        assert refused == (error.code, error.message)
        assert kept_store(proxied, store) == before

    def test_a_secret_that_cannot_be_read_is_not_guessed(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str
    ) -> None:
        broken = replace(kept_store(proxied, store), wrapped_secret=b"of something else")
        with proxied.store.change() as change:
            change.key_stores.update(broken)
        refused = owner.refused("UpdateCustomKeyStore", CustomKeyStoreId=store, XksProxyUriPath=OTHER_PATH)
        assert refused.code == "KMSInternalException"
        assert proxy.received == []

    def test_one_that_was_changed_meanwhile(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy, store: str
    ) -> None:
        def meddle(handler: Handler, received: Received) -> None:
            write_state(proxied, store, "CONNECTING")
            handler.answer(*right_answer(proxy, received))

        proxy.script.append(meddle)
        update = {"CustomKeyStoreId": store, "XksProxyAuthenticationCredential": NEW_CREDENTIAL}
        assert owner.refused("UpdateCustomKeyStore", **update) == (
            "CustomKeyStoreInvalidStateException",
            "Another request has changed the custom key store at the same time.",
        )

    def test_vpc_endpoint_services(self, owner: Caller, store: str) -> None:
        update = {"CustomKeyStoreId": store, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"}
        assert owner.refused("UpdateCustomKeyStore", **update).code == "XksProxyVpcEndpointServiceNotFoundException"


def altered_path(handler: Handler, received: Received) -> None:
    """Serve at another path."""
    proxy = handler.server.proxy
    handler.answer(*right_answer(proxy, received._replace(path=received.path.replace(OTHER_PATH, URI_PATH))))


class TestClusters:
    def test_the_password_is_taken_as_it_is(self, root: Caller, service: InProcess, in_cluster: str) -> None:
        root("UpdateCustomKeyStore", CustomKeyStoreId=in_cluster, KeyStorePassword=NEW_PASSWORD)
        kept = kept_store(service, in_cluster, CLUSTER_REGION)
        assert service.key_stores.secret_of(kept) == NEW_PASSWORD
        assert NEW_PASSWORD not in str(service.records)

    def test_a_related_cluster_may_take_its_place(self, root: Caller, service: InProcess, in_cluster: str) -> None:
        root("UpdateCustomKeyStore", CustomKeyStoreId=in_cluster, CloudHsmClusterId=RELATED_CLUSTER_ID)
        assert described(root, in_cluster)["CloudHsmClusterId"] == RELATED_CLUSTER_ID
        assert service.key_stores.secret_of(kept_store(service, in_cluster, CLUSTER_REGION)) == PASSWORD

    @pytest.mark.parametrize(
        ("cluster_id", "refused"),
        [
            (
                OTHER_CLUSTER_ID,
                (
                    "CloudHsmClusterNotRelatedException",
                    "The AWS CloudHSM cluster is not related to that of the custom key store.",
                ),
            ),
            (
                "cluster-aaaaaaaaaaa",
                (
                    "CloudHsmClusterNotFoundException",
                    "AWS KMS cannot find the AWS CloudHSM cluster cluster-aaaaaaaaaaa.",
                ),
            ),
        ],
    )
    def test_others_may_not(self, root: Caller, in_cluster: str, cluster_id: str, refused: Refused) -> None:
        update = {"CustomKeyStoreId": in_cluster, "CloudHsmClusterId": cluster_id}
        assert root.refused("UpdateCustomKeyStore", **update) == refused
        assert described(root, in_cluster)["CloudHsmClusterId"] == CLUSTER_ID


EXCESS: Final = "cannot be specified for a custom key store of this type."


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "Specify at least one parameter to update."),
        (
            {"KeyStorePassword": NEW_PASSWORD, "XksProxyUriPath": URI_PATH},
            "Parameters of CloudHSM key stores and of external key stores exclude each other.",
        ),
        ({"KeyStorePassword": NEW_PASSWORD}, f"KeyStorePassword {EXCESS}"),
        ({"CloudHsmClusterId": CLUSTER_ID}, f"CloudHsmClusterId {EXCESS}"),
    ],
)
def test_members_of_an_external_store(owner: Caller, store: str, changes: dict[str, Any], message: str) -> None:
    assert owner.refused("UpdateCustomKeyStore", CustomKeyStoreId=store, **changes) == ("ValidationException", message)


def test_members_of_a_store_in_a_cluster(root: Caller, in_cluster: str) -> None:
    update = {"CustomKeyStoreId": in_cluster, "XksProxyUriPath": URI_PATH}
    assert root.refused("UpdateCustomKeyStore", **update) == ("ValidationException", f"XksProxyUriPath {EXCESS}")


def test_one_that_is_not_there(root: Caller) -> None:
    update = {"CustomKeyStoreId": "cks-1234567890abcdef0", "NewCustomKeyStoreName": "renamed"}
    assert root.refused("UpdateCustomKeyStore", **update) == (
        "CustomKeyStoreNotFoundException",
        "There is no custom key store cks-1234567890abcdef0.",
    )
