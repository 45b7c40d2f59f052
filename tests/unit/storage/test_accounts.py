from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from strongroom.model.account import AccessKeyUse
from strongroom.storage.accounts import StoredStoreKey
from strongroom.storage.store import Store, StoreError
from tests.unit.storage.support import (
    ACCOUNT,
    NOW,
    OTHER_ACCOUNT,
    StillClock,
    new_access_key,
    new_installation,
)

if TYPE_CHECKING:
    from sqlalchemy import Engine


def test_the_installation_is_as_it_was_made(store: Store) -> None:
    with store.read() as reader:
        assert reader.accounts.installation() == new_installation()
        assert reader.accounts.store_keys() == [StoredStoreKey(1, "root", b"sealed 1")]


def test_a_database_without_an_installation(engine: Engine, clock: StillClock) -> None:
    with Store(engine, clock).read() as reader:
        assert reader.accounts.store_keys() == []
        with pytest.raises(LookupError, match="holds no installation"):
            reader.accounts.installation()


def test_there_is_one_installation(store: Store) -> None:
    with pytest.raises(StoreError), store.change() as change:
        change.accounts.create_installation(new_installation(id="another"), StoredStoreKey(2, "root", b"sealed 2"))
    with store.read() as reader:
        assert reader.accounts.installation() == new_installation()


def test_the_clock_can_be_moved(store: Store) -> None:
    with store.change() as change:
        change.accounts.set_clock_offset(86400.5)
        assert change.accounts.installation().clock_offset == 86400.5
    with store.read() as reader:
        assert reader.accounts.installation() == new_installation(clock_offset=86400.5)


def test_accounts_are_listed_as_they_were_made(store: Store, clock: StillClock) -> None:
    for account_id in ("999999999999", "000000000001"):
        clock.time += 1
        with store.change() as change:
            change.accounts.create_account(account_id)
    with store.read() as reader:
        assert reader.accounts.account_ids() == [ACCOUNT, OTHER_ACCOUNT, "999999999999", "000000000001"]


def test_whether_there_is_an_account(store: Store) -> None:
    with store.read() as reader:
        assert reader.accounts.has_account(ACCOUNT)
        assert not reader.accounts.has_account("000000000000")


def test_an_account_is_made_once(store: Store) -> None:
    with pytest.raises(StoreError), store.change() as change:
        change.accounts.create_account(ACCOUNT)


def test_an_access_key_is_found_by_its_id(store: Store) -> None:
    with store.change() as change:
        change.accounts.create_access_key(new_access_key())
    with store.read() as reader:
        assert reader.accounts.find_access_key("AKIAEXAMPLE") == new_access_key()
        assert reader.accounts.find_access_key("akiaexample") is None
        assert reader.accounts.find_access_key("AKIANONE") is None


def test_access_keys_are_listed_by_owner_oldest_first(store: Store) -> None:
    made = [
        new_access_key("AKIAB", creation_date=3.0),
        new_access_key("AKIAA", creation_date=3.0),
        new_access_key("AKIAC", creation_date=1.0, status="Inactive"),
        new_access_key("AKIAD", owner_id="AIDAEXAMPLE"),
        new_access_key("AKIAE", owner_id="ec2.amazonaws.com", account_id=None),
    ]
    with store.change() as change:
        for access_key in made:
            change.accounts.create_access_key(access_key)
    with store.read() as reader:
        listed = reader.accounts.access_keys_of(ACCOUNT)
        assert listed == [made[2], made[1], made[0]]
        assert reader.accounts.access_keys_of("AIDAEXAMPLE") == [made[3]]
        assert reader.accounts.access_keys_of("ec2.amazonaws.com") == [made[4]]
        assert reader.accounts.access_keys_of(OTHER_ACCOUNT) == []


def test_access_keys_are_switched_one_by_one(store: Store) -> None:
    with store.change() as change:
        change.accounts.create_access_key(new_access_key("AKIAONE"))
        change.accounts.create_access_key(new_access_key("AKIATWO"))
        change.accounts.set_access_key_status("AKIAONE", "Inactive")
    with store.read() as reader:
        assert reader.accounts.find_access_key("AKIAONE") == new_access_key("AKIAONE", status="Inactive")
        assert reader.accounts.find_access_key("AKIATWO") == new_access_key("AKIATWO")


@pytest.mark.parametrize("values", [{"account_id": "000000000000"}, {"store_key": 2}])
def test_an_access_key_belongs_to_an_account_and_a_store_key(store: Store, values: dict[str, Any]) -> None:
    with pytest.raises(StoreError), store.change() as change:
        change.accounts.create_access_key(new_access_key(**values))


def test_an_access_key_is_made_once(store: Store) -> None:
    with store.change() as change:
        change.accounts.create_access_key(new_access_key())
    with pytest.raises(StoreError), store.change() as change:
        change.accounts.create_access_key(new_access_key(account_id=OTHER_ACCOUNT))


def test_access_keys_are_deleted_one_by_one(store: Store) -> None:
    with store.change() as change:
        change.accounts.create_access_key(new_access_key("AKIAONE"))
        change.accounts.create_access_key(new_access_key("AKIATWO"))
        change.accounts.delete_access_key("AKIAONE")
        change.accounts.delete_access_key("AKIANONE")
    with store.read() as reader:
        assert reader.accounts.access_keys_of(ACCOUNT) == [new_access_key("AKIATWO")]


def test_the_last_use_of_access_keys_is_kept(store: Store) -> None:
    with store.change() as change:
        for access_key_id in ("AKIAONE", "AKIATWO", "AKIATHREE"):
            change.accounts.create_access_key(new_access_key(access_key_id))
        change.accounts.record_use(
            [
                AccessKeyUse("AKIAONE", NOW + 2, "us-east-1", "kms"),
                AccessKeyUse("AKIAONE", NOW + 1, "eu-west-1", "iam"),
                AccessKeyUse("AKIATWO", NOW + 1, "us-east-1", "kms"),
                AccessKeyUse("AKIATWO", NOW + 2, "eu-west-1", "iam"),
                AccessKeyUse("AKIANONE", NOW, "us-east-1", "kms"),
            ]
        )
    with store.read() as reader:
        uses = {
            key.access_key_id: (key.last_used_date, key.last_used_region, key.last_used_service)
            for key in reader.accounts.access_keys_of(ACCOUNT)
        }
    assert uses == {
        "AKIAONE": (NOW + 2, "us-east-1", "kms"),
        "AKIATWO": (NOW + 2, "eu-west-1", "iam"),
        "AKIATHREE": (None, None, None),
    }


def test_recording_no_use_changes_nothing(store: Store) -> None:
    with store.change() as change:
        change.accounts.create_access_key(new_access_key())
        change.accounts.record_use([])
    with store.read() as reader:
        assert reader.accounts.find_access_key("AKIAEXAMPLE") == new_access_key()
