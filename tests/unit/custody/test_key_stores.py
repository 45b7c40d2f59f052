"""The connections of one process to custom key stores."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from strongroom.custody import key_stores, xks_connections
from strongroom.custody.external_key_store import ExternalKeyStore
from strongroom.custody.hsm_key_store import HsmKeyStore
from strongroom.custody.key_stores import KeyStoreSettings
from strongroom.custody.secrets import wrap_key_store_secret
from strongroom.model.errors import CloudHsmClusterNotFound, InternalError, ServiceError
from tests.support.fake_xks_proxy import REGION, SECRET_ACCESS_KEY
from tests.support.key_stores import ACCOUNT, CLUSTER_ID, CLUSTERS, SETTINGS
from tests.support.key_stores import REGION as CLUSTER_REGION
from tests.unit.custody.key_store_support import STORE_KEYS, connected_by, external, in_cluster

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from strongroom.custody.key_stores import KeyStores
    from strongroom.model.key_store import ConnectionState

STATES: Final[list[ConnectionState]] = ["CONNECTING", "CONNECTED", "FAILED", "DISCONNECTING", "DISCONNECTED"]


@pytest.fixture
def stores() -> Iterator[KeyStores]:
    made = connected_by(SETTINGS)
    yield made
    made.close()


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The connections that were closed."""
    seen: list[object] = []

    def close(connection: object) -> None:
        seen.append(connection)

    for kind in (ExternalKeyStore, HsmKeyStore):
        monkeypatch.setattr(kind, "close", close)
    return seen


class TestClusters:
    def test_a_cluster_is_of_one_account_and_region(self) -> None:
        assert SETTINGS.cluster(CLUSTER_ID, ACCOUNT, CLUSTER_REGION) == CLUSTERS[CLUSTER_ID]

    @pytest.mark.parametrize(
        "place",
        [
            (CLUSTER_ID, "444455556666", CLUSTER_REGION),
            (CLUSTER_ID, ACCOUNT, "eu-west-1"),
            ("cluster-aaaaaaaaaaa", ACCOUNT, CLUSTER_REGION),
        ],
    )
    def test_for_others_it_is_not_there(self, place: tuple[str, str, str]) -> None:
        for settings in (SETTINGS, KeyStoreSettings()):
            with pytest.raises(CloudHsmClusterNotFound, match=f"the AWS CloudHSM cluster {place[0]}"):
                settings.cluster(*place)


class TestConnections:
    @pytest.mark.parametrize("state", STATES)
    def test_one_is_kept_whatever_becomes_of_its_state(self, stores: KeyStores, state: ConnectionState) -> None:
        one = external()
        changed = replace(one, connection_state=state, connection_error_code="INTERNAL_ERROR")
        assert stores.external(changed) is stores.external(one)

    def test_each_store_has_its_own(self, stores: KeyStores) -> None:
        one, cluster = external(), in_cluster()
        other = replace(one, place=one.place._replace(region="eu-west-1"))
        other_secret = wrap_key_store_secret(STORE_KEYS, other.place, SECRET_ACCESS_KEY)
        other = replace(other, wrapped_secret=other_secret.sealed)
        found = [stores.external(one), stores.external(other), stores.hsm(cluster)]
        assert len(set(map(id, found))) == 3
        assert [stores.external(one), stores.external(other), stores.hsm(cluster)] == found

    def test_a_changed_store_has_another_and_the_old_is_closed_later(
        self, stores: KeyStores, closed: list[object]
    ) -> None:
        one = external()
        old = stores.external(one)
        new = stores.external(replace(one, name="renamed"))
        assert new is not old
        assert closed == []
        stores.close_stale()
        assert closed == [old]
        stores.close_stale()
        assert closed == [old]

    def test_a_forgotten_one_is_made_anew(self, stores: KeyStores, closed: list[object]) -> None:
        one = external()
        old = stores.external(one)
        stores.forget(one.place)
        stores.forget(one.place)
        assert closed == []
        assert stores.external(one) is not old
        stores.close_stale()
        assert closed == [old]

    def test_all_are_closed_at_the_end(self, stores: KeyStores, closed: list[object]) -> None:
        stale = stores.external(external())
        one, cluster = stores.external(external()), stores.hsm(in_cluster())
        stores.close()
        assert closed == [stale, one, cluster]
        stores.close()
        assert len(closed) == 3

    def test_threads_that_come_together_get_the_same(self, stores: KeyStores) -> None:
        one = external()
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: stores.external(one), range(32)))
        assert len(set(map(id, found))) == 1

    def test_none_is_of_the_other_type(self, stores: KeyStores) -> None:
        with pytest.raises(InternalError, match="is not an external one"):
            stores.external(in_cluster())
        with pytest.raises(InternalError, match="is not one of a cluster"):
            stores.hsm(external())

    def test_what_cannot_be_made(self, stores: KeyStores) -> None:
        with pytest.raises(CloudHsmClusterNotFound):
            stores.hsm(in_cluster("cluster-aaaaaaaaaaa"))
        with pytest.raises(InternalError, match="has no configuration"):
            stores.hsm(replace(in_cluster(), cloud_hsm=None))
        with pytest.raises(InternalError, match="cannot be read"):
            stores.external(replace(external(), wrapped_secret=b"of something else"))


class TestSecrets:
    def test_a_secret_is_of_its_store(self, stores: KeyStores) -> None:
        assert stores.secret_of(external()) == SECRET_ACCESS_KEY
        moved = external().place._replace(account_id="444455556666")
        with pytest.raises(InternalError, match="cannot be read"):
            stores.secret_of(replace(external(), place=moved))


class TestTls:
    def test_the_authorities_of_the_system_are_read_once_and_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made: list[ssl.SSLContext] = []
        real = xks_connections.proxy_tls

        def counted() -> ssl.SSLContext:
            made.append(real())
            return made[-1]

        monkeypatch.setattr(key_stores, "proxy_tls", counted)
        stores = connected_by(SETTINGS)
        stores.hsm(in_cluster())
        assert made == []
        for endpoint in ("https://one.example.com", "https://two.example.com"):
            stores.external(external(endpoint))
        assert len(made) == 1
        stores.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"uri_path": "/other"}, "XksProxyInvalidConfigurationException"),
        ({"uri_endpoint": "http://proxy.example.com"}, "XksProxyUriUnreachableException"),
    ],
)
def test_a_uri_that_is_no_proxys(stores: KeyStores, changes: dict[str, str], code: str) -> None:
    configuration = external().xks_proxy
    assert configuration is not None
    with pytest.raises(ServiceError) as refused:
        stores.proxy(replace(configuration, **changes), REGION, SECRET_ACCESS_KEY)
    assert refused.value.code == code
