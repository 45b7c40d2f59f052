from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from strongroom.model.key_store import CloudHsmConfiguration, KeyStorePlace
from strongroom.storage.store import StoreError
from tests.unit.storage.support import ACCOUNT, NOW, OTHER_ACCOUNT, OTHER_REGION, REGION, add_key, new_key_store, place

if TYPE_CHECKING:
    from strongroom.model.key import KeyPlace
    from strongroom.model.key_store import ConnectionState, CustomKeyStore
    from strongroom.storage.store import Change, Store
    from tests.unit.storage.support import Database

STORE: Final = new_key_store()
IN_CLUSTER: Final = new_key_store(
    2,
    type="AWS_CLOUDHSM",
    xks_proxy=None,
    cloud_hsm=CloudHsmConfiguration(cluster_id="cluster-2345abcdefg", trust_anchor_certificate="a\nb\n"),
    connection_state="FAILED",
    connection_error_code="INVALID_CREDENTIALS",
    wrapped_secret=b"wrapped \0 password",
)
ID: Final = STORE.place.custom_key_store_id
OTHERS: Final = [
    KeyStorePlace(OTHER_ACCOUNT, REGION, ID),
    KeyStorePlace(ACCOUNT, OTHER_REGION, ID),
    KeyStorePlace(ACCOUNT, REGION, "cks-00000000000000009"),
]


def create(store: Store, *made: CustomKeyStore) -> None:
    with store.change() as change:
        for each in made:
            change.key_stores.create(each)


def elsewhere(number: int, at: KeyStorePlace) -> CustomKeyStore:
    return replace(new_key_store(number), place=at)


def add_to(change: Change, at: KeyPlace, store: CustomKeyStore, backing_key_id: str, **values: object) -> None:
    store_id = store.place.custom_key_store_id
    add_key(
        change,
        at,
        origin=store.type,
        custom_key_store_id=store_id,
        backing_key_id=backing_key_id,
        **values,
    )


@pytest.mark.parametrize("made", [STORE, IN_CLUSTER])
def test_a_store_is_as_it_was_made(store: Store, made: CustomKeyStore) -> None:
    create(store, made)
    with store.read() as reader:
        assert reader.key_stores.find(made.place) == made
        for other in OTHERS:
            assert reader.key_stores.find(other) is None


def test_a_store_is_found_by_its_name(store: Store) -> None:
    create(store, STORE, IN_CLUSTER)
    with store.read() as reader:
        assert reader.key_stores.named(ACCOUNT, REGION, "store 2") == IN_CLUSTER
        assert reader.key_stores.named(ACCOUNT, REGION, "Store 2") is None
        assert reader.key_stores.named(OTHER_ACCOUNT, REGION, "store 2") is None
        assert reader.key_stores.named(ACCOUNT, OTHER_REGION, "store 2") is None


@pytest.mark.parametrize(
    "other",
    [
        new_key_store(1, name="other", xks_proxy=None),
        new_key_store(3, name="store 1"),
        new_key_store(3, xks_proxy=STORE.xks_proxy),
        replace(elsewhere(3, OTHERS[0]), xks_proxy=STORE.xks_proxy),
        new_key_store(3, store_key=2),
        elsewhere(3, KeyStorePlace("999999999999", REGION, ID)),
    ],
)
def test_ids_names_and_addresses_are_given_once_by_who_is_there(store: Store, other: CustomKeyStore) -> None:
    create(store, STORE)
    with pytest.raises(StoreError):
        create(store, other)
    with store.read() as reader:
        assert reader.key_stores.find(STORE.place) == STORE


def test_other_accounts_and_regions_have_their_own(store: Store) -> None:
    made = [STORE, replace(elsewhere(3, OTHERS[0]), name=STORE.name), replace(STORE, place=OTHERS[1])]
    create(store, *made)
    with store.read() as reader:
        for each in made:
            assert reader.key_stores.find(each.place) == each
            assert reader.key_stores.page(each.place.account_id, each.place.region, "", 10) == [each]
            assert reader.key_stores.count(each.place.account_id, each.place.region) == 1


def test_pages_are_in_the_order_of_ids(store: Store) -> None:
    stores = [new_key_store(number) for number in range(4)]
    create(store, *reversed(stores))
    with store.read() as reader:
        read = reader.key_stores
        assert read.page(ACCOUNT, REGION, "", 3) == stores[:3]
        assert read.page(ACCOUNT, REGION, stores[1].place.custom_key_store_id, 3) == stores[2:]
        assert read.page(ACCOUNT, REGION, stores[3].place.custom_key_store_id, 3) == []
        assert read.count(ACCOUNT, REGION) == 4
        assert read.count(OTHER_ACCOUNT, REGION) == 0


def test_whose_proxy_is_at_an_address(store: Store) -> None:
    create(store, STORE, IN_CLUSTER)
    with store.read() as reader:
        at = reader.key_stores.at_xks_address
        assert at(REGION, "https://proxy1.example.com/kms/xks/v1") == STORE.place
        assert at(REGION, "HTTPS://Proxy1.Example.com/kms/xks/v1") == STORE.place
        assert at(REGION, "https://proxy1.example.com/other/kms/xks/v1") is None
        assert at(OTHER_REGION, "https://proxy1.example.com/kms/xks/v1") is None


def test_an_update_takes_the_place_of_what_was_there(store: Store) -> None:
    create(store, STORE, IN_CLUSTER)
    assert STORE.xks_proxy is not None
    updated = replace(
        STORE,
        name="renamed",
        connection_state="CONNECTED",
        xks_proxy=replace(STORE.xks_proxy, uri_endpoint="https://moved.example.com"),
        wrapped_secret=b"wrapped anew",
    )
    with store.change() as change:
        change.key_stores.update(updated)
    with store.read() as reader:
        assert reader.key_stores.page(ACCOUNT, REGION, "", 10) == [updated, IN_CLUSTER]
        assert reader.key_stores.at_xks_address(REGION, "https://moved.example.com/kms/xks/v1") == STORE.place
        assert reader.key_stores.at_xks_address(REGION, "https://proxy1.example.com/kms/xks/v1") is None


def test_a_deleted_store_is_gone_and_others_stay(store: Store) -> None:
    create(store, STORE, IN_CLUSTER, replace(STORE, place=OTHERS[1]))
    with store.change() as change:
        change.key_stores.delete(STORE.place)
    with store.read() as reader:
        assert reader.key_stores.find(STORE.place) is None
        assert reader.key_stores.find(IN_CLUSTER.place) == IN_CLUSTER
        assert reader.key_stores.find(OTHERS[1]) is not None


def test_an_old_secret_is_overwritten(store: Store, database: Database) -> None:
    old, new = b"an old wrapped secret", b"a new wrapped secret!"
    create(store, replace(STORE, wrapped_secret=old))
    with store.change() as change:
        change.key_stores.update(replace(STORE, wrapped_secret=new))
    with store.change() as change:
        change.key_stores.delete(STORE.place)
    store.close()
    for file in database.files():
        content = file.read_bytes()
        assert old not in content
        assert new not in content


def test_each_change_is_announced(store: Store) -> None:
    create(store, STORE)
    with store.change() as change:
        change.key_stores.update(STORE)
    with store.change() as change:
        change.key_stores.delete(STORE.place)
    with store.read() as reader:
        announced = [entry for entry in reader.changes_since(0) if entry.kind == "key_store"]
    assert [entry.subject for entry in announced] == [tuple(STORE.place)] * 3


def test_stores_that_are_about_to_change(store: Store) -> None:
    states: list[ConnectionState] = ["CONNECTED", "CONNECTING", "FAILED", "DISCONNECTED", "DISCONNECTING", "CONNECTING"]
    stores = [new_key_store(number, connection_state=state) for number, state in enumerate(states)]
    create(store, *reversed(stores))
    with store.read() as reader:
        assert reader.key_stores.changing(10) == [stores[1], stores[4], stores[5]]
        assert reader.key_stores.changing(2) == [stores[1], stores[4]]


@pytest.mark.parametrize("state", ["Enabled", "PendingDeletion"])
def test_keys_in_a_store(store: Store, state: str) -> None:
    create(store, STORE, IN_CLUSTER, replace(STORE, place=OTHERS[1]))
    with store.change() as change:
        add_key(change, place(1))
        add_to(change, place(2), STORE, "external", state=state, deletion_date=NOW)
    with store.read() as reader:
        read = reader.key_stores
        assert read.has_keys(STORE.place)
        assert read.holds(STORE.place, "external")
        assert not read.holds(STORE.place, "External")
        for other in (IN_CLUSTER.place, OTHERS[1]):
            assert not read.has_keys(other)
            assert not read.holds(other, "external")


def test_a_deleted_key_leaves_its_store(store: Store) -> None:
    create(store, STORE)
    with store.change() as change:
        add_to(change, place(), STORE, "external")
    with store.change() as change:
        change.keys.delete(place())
        assert not change.key_stores.has_keys(STORE.place)
        add_to(change, place(2), STORE, "external")


def test_a_store_with_keys_is_not_deleted(store: Store) -> None:
    create(store, STORE)
    with store.change() as change:
        add_to(change, place(), STORE, "external")
    with pytest.raises(StoreError), store.change() as change:
        change.key_stores.delete(STORE.place)


def test_a_backing_key_is_of_one_key(store: Store) -> None:
    create(store, STORE, new_key_store(3))
    with store.change() as change:
        add_to(change, place(1), STORE, "external")
        add_to(change, place(2), new_key_store(3), "external")
    with pytest.raises(StoreError), store.change() as change:
        add_to(change, place(4), STORE, "external")


def test_a_key_is_in_a_store_that_is_there(store: Store) -> None:
    with pytest.raises(StoreError), store.change() as change:
        add_to(change, place(), STORE, "external")
