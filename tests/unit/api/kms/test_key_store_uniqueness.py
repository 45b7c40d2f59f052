"""What custom key stores may not share, the clusters that they may have, and how many there may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.external_stores import external_store, new_store, stores_at_other_paths
from tests.support.in_process import OTHER_REGION
from tests.support.key_stores import (
    CLOUD_HSM_STORE,
    CLUSTER_ID,
    OTHER_CLUSTER_ID,
    OTHER_TRUST_ANCHOR,
    RELATED_CLUSTER_ID,
)

if TYPE_CHECKING:
    from tests.support.fake_xks_proxy import FakeXksProxy
    from tests.support.in_process import Caller, InProcess, Refused

ELSEWHERE: Final = {
    **CLOUD_HSM_STORE,
    "CustomKeyStoreName": "another",
    "CloudHsmClusterId": OTHER_CLUSTER_ID,
    "TrustAnchorCertificate": OTHER_TRUST_ANCHOR,
}
ABSENT: Final = "cluster-aaaaaaaaaaa"
CLUSTER_IN_USE: Final = (
    "CloudHsmClusterInUseException",
    "Another custom key store is associated with the AWS CloudHSM cluster.",
)
URI_IN_USE: Final = (
    "XksProxyUriInUseException",
    "Another external key store of this Region has its proxy at this URI.",
)


class TestClusters:
    @pytest.mark.parametrize(
        ("changes", "refused"),
        [
            (
                {"CloudHsmClusterId": ABSENT},
                ("CloudHsmClusterNotFoundException", f"AWS KMS cannot find the AWS CloudHSM cluster {ABSENT}."),
            ),
            (
                {"TrustAnchorCertificate": OTHER_TRUST_ANCHOR},
                (
                    "IncorrectTrustAnchorException",
                    "The trust anchor certificate is not that of the AWS CloudHSM cluster.",
                ),
            ),
        ],
    )
    def test_one_that_is_not_there_or_another(self, root: Caller, changes: dict[str, Any], refused: Refused) -> None:
        assert root.refused("CreateCustomKeyStore", **{**CLOUD_HSM_STORE, **changes}) == refused

    def test_one_of_another_account_or_region(self, service: InProcess, other: Caller) -> None:
        for caller in (other, service.root(OTHER_REGION)):
            assert caller.refused("CreateCustomKeyStore", **CLOUD_HSM_STORE) == (
                "CloudHsmClusterNotFoundException",
                f"AWS KMS cannot find the AWS CloudHSM cluster {CLUSTER_ID}.",
            )

    @pytest.mark.parametrize("cluster_id", [CLUSTER_ID, RELATED_CLUSTER_ID])
    def test_one_that_has_a_store_or_is_related_to_it(self, root: Caller, cluster_id: str) -> None:
        new_store(root, CLOUD_HSM_STORE)
        members = {**CLOUD_HSM_STORE, "CustomKeyStoreName": "another", "CloudHsmClusterId": cluster_id}
        assert root.refused("CreateCustomKeyStore", **members) == CLUSTER_IN_USE

    def test_each_of_two_has_its_own_store(self, root: Caller) -> None:
        assert len({new_store(root, CLOUD_HSM_STORE), new_store(root, ELSEWHERE)}) == 2


class TestNames:
    def test_one_is_given_once(self, root: Caller) -> None:
        new_store(root, CLOUD_HSM_STORE)
        assert root.refused("CreateCustomKeyStore", **{**ELSEWHERE, "CustomKeyStoreName": "in a cluster"}) == (
            "CustomKeyStoreNameInUseException",
            "Another custom key store has the name in a cluster.",
        )

    def test_an_update_may_keep_it_but_not_take_another(self, root: Caller) -> None:
        new_store(root, CLOUD_HSM_STORE)
        other = new_store(root, ELSEWHERE)
        root("UpdateCustomKeyStore", CustomKeyStoreId=other, NewCustomKeyStoreName="another")
        refused = root.refused("UpdateCustomKeyStore", CustomKeyStoreId=other, NewCustomKeyStoreName="in a cluster")
        assert refused.code == "CustomKeyStoreNameInUseException"


class TestAddresses:
    def test_one_has_one_store_of_a_region_whoevers(
        self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy
    ) -> None:
        new_store(owner, external_store(proxy))
        again = external_store(proxy, CustomKeyStoreName="again")
        assert owner.refused("CreateCustomKeyStore", **again) == URI_IN_USE
        upper = {**again, "XksProxyUriEndpoint": proxy.endpoint.replace("localhost", "LOCALHOST")}
        assert owner.refused("CreateCustomKeyStore", **upper) == URI_IN_USE
        proxied.add_account()
        other = proxied.root(owner.client.meta.region_name, "444455556666")
        assert other.refused("CreateCustomKeyStore", **external_store(proxy)) == URI_IN_USE

    def test_an_update_may_keep_it_but_not_take_another(self, owner: Caller, proxy: FakeXksProxy) -> None:
        first, second = stores_at_other_paths(owner, proxy, 2)
        assert first != second
        proxy.script.clear()
        own = new_store(owner, external_store(proxy))
        update = {"CustomKeyStoreId": own, "XksProxyUriEndpoint": proxy.endpoint}
        assert owner("UpdateCustomKeyStore", **update) == {}
        taken = {"CustomKeyStoreId": second, "XksProxyUriPath": external_store(proxy)["XksProxyUriPath"]}
        assert owner.refused("UpdateCustomKeyStore", **taken) == URI_IN_USE


class TestQuota:
    def test_an_account_has_ten_in_a_region(self, owner: Caller, proxied: InProcess, proxy: FakeXksProxy) -> None:
        stores = stores_at_other_paths(owner, proxy, 10)
        assert owner.refused("CreateCustomKeyStore", **external_store(proxy)) == (
            "LimitExceededException",
            "You cannot create more than 10 custom key stores in this account and Region.",
        )
        new_store(proxied.root(), CLOUD_HSM_STORE)
        owner("DeleteCustomKeyStore", CustomKeyStoreId=stores[0])
        new_store(owner, external_store(proxy))
