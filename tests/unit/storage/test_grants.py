from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.model.grant import GrantConstraints
from strongroom.storage.store import StoreError
from tests.unit.storage import support
from tests.unit.storage.support import NOW, OTHER_ACCOUNT, OTHER_REGION, REGION, add_key, place

if TYPE_CHECKING:
    from strongroom.model.grant import Grant
    from strongroom.model.key import KeyPlace
    from strongroom.storage.store import Store

ALICE: Final = "AIDAALICE"
BOB: Final = "AIDABOB"
OTHERS: Final = [place(2), place(1, account_id=OTHER_ACCOUNT), place(1, region=OTHER_REGION)]


@pytest.fixture(autouse=True)
def _keys(store: Store) -> None:
    with store.change() as change:
        for each in (place(), *OTHERS):
            add_key(change, each)


def new_grant(number: int = 1, at: KeyPlace | None = None, **values: Any) -> Grant:  # noqa: ANN401 - of any member's type
    return support.new_grant(at or place(), number, **{"grantee": ALICE, **values})


def put(store: Store, *grants: Grant) -> None:
    with store.change() as change:
        for each in grants:
            change.grants.create(each)


@pytest.mark.parametrize(
    "constraints",
    [
        None,
        GrantConstraints(encryption_context_equals={}),
        GrantConstraints(encryption_context_subset={"Ü": "€", "a": ""}, source_arn="arn:aws:ec2:*"),
    ],
)
def test_a_grant_is_as_it_was_made(store: Store, constraints: GrantConstraints | None) -> None:
    grant = new_grant(name="a/b", retiring=BOB, constraints=constraints, issuing_account=OTHER_ACCOUNT)
    put(store, grant)
    with store.read() as reader:
        assert reader.grants.find(place(), grant.grant_id) == grant
        assert reader.grants.find(place(), f"{2:064x}") is None
        for other in OTHERS:
            assert reader.grants.find(other, grant.grant_id) is None


def test_an_id_is_given_once(store: Store) -> None:
    put(store, new_grant())
    with pytest.raises(StoreError):
        put(store, new_grant(grantee=BOB))


def test_a_grant_is_on_a_key(store: Store) -> None:
    with pytest.raises(StoreError):
        put(store, new_grant(at=place(9)))


def test_the_grants_of_a_grantee(store: Store) -> None:
    mine = [new_grant(1), new_grant(3)]
    put(store, mine[1], new_grant(2, grantee=BOB), mine[0], *(new_grant(1, other) for other in OTHERS))
    with store.read() as reader:
        assert reader.grants.of_grantee(place(), ALICE) == tuple(mine)
        assert reader.grants.of_grantee(place(), "AIDANOBODY") == ()


def test_grants_of_a_name_are_of_one_grantee(store: Store) -> None:
    late, early = new_grant(1, name="n", creation_date=NOW + 2), new_grant(2, name="n", creation_date=NOW + 1)
    put(store, late, early, new_grant(3, name="n", grantee=BOB), new_grant(4), new_grant(1, place(2), name="n"))
    with store.read() as reader:
        assert reader.grants.named(place(), "n", ALICE) == [early, late]
        assert reader.grants.named(place(), "N", ALICE) == []


def test_pages_are_sorted_by_id(store: Store) -> None:
    grants = [new_grant(number, grantee=ALICE if number % 2 else BOB) for number in range(1, 6)]
    put(store, *reversed(grants), *(new_grant(9, other) for other in OTHERS))
    with store.read() as reader:
        page = reader.grants.page
        assert page(place(), "", 100) == grants
        assert page(place(), "", 2) == grants[:2]
        assert page(place(), grants[1].grant_id, 2) == grants[2:4]
        assert page(place(), "", 2, grantee=ALICE) == [grants[0], grants[2]]
        assert page(place(), grants[0].grant_id, 9, grantee=ALICE) == [grants[2], grants[4]]
        assert page(place(), "", 9, grant_id=grants[3].grant_id) == [grants[3]]
        assert page(place(), "", 9, grant_id=grants[3].grant_id, grantee=ALICE) == []


def test_retirable_grants_are_found_on_all_keys_of_a_region(store: Store) -> None:
    grants = [
        new_grant(1, place(1), retiring=BOB),
        new_grant(2, place(1), retiring=BOB),
        new_grant(1, place(2), retiring=BOB),
        new_grant(0, place(1, account_id=OTHER_ACCOUNT), retiring=BOB),
    ]
    elsewhere = new_grant(1, place(1, region=OTHER_REGION), retiring=BOB)
    put(store, *reversed(grants), elsewhere, new_grant(7), new_grant(8, retiring=ALICE))
    with store.read() as reader:
        page = reader.grants.retirable_page
        assert page(REGION, BOB, ("", "", ""), 9) == grants
        assert page(REGION, BOB, ("", "", ""), 2) == grants[:2]
        for number, last in enumerate(grants, start=1):
            after = (last.place.account_id, last.place.key_id, last.grant_id)
            assert page(REGION, BOB, after, 9) == grants[number:]
        assert page(OTHER_REGION, BOB, ("", "", ""), 9) == [elsewhere]


def test_grants_are_counted_by_key(store: Store) -> None:
    put(store, new_grant(1), new_grant(2, grantee=BOB), new_grant(1, OTHERS[0]))
    with store.read() as reader:
        assert [reader.grants.count(each) for each in (place(), *OTHERS)] == [2, 1, 0, 0]


def test_a_deleted_grant_is_gone_and_others_stay(store: Store) -> None:
    grant, other = new_grant(1), new_grant(2)
    put(store, grant, other, *(new_grant(1, each) for each in OTHERS))
    with store.change() as change:
        change.grants.delete(grant)
        change.grants.delete(grant)
    with store.read() as reader:
        assert reader.grants.page(place(), "", 9) == [other]
        assert [reader.grants.count(each) for each in OTHERS] == [1, 1, 1]


def test_changes_are_announced_with_key_and_grantee(store: Store) -> None:
    grant = new_grant(grantee="AROACLERK:morning")
    with store.read() as reader:
        before = reader.last_change()
    put(store, grant)
    with store.change() as change:
        change.grants.delete(grant)
    with store.read() as reader:
        announced = [(entry.kind, entry.subject) for entry in reader.changes_since(before)]
    assert announced == [("grant", (*place(), "AROACLERK:morning"))] * 2


def test_a_deleted_key_takes_its_grants_with_it_and_announces_each_grantee(store: Store) -> None:
    put(store, new_grant(1), new_grant(2), new_grant(3, grantee=BOB), *(new_grant(1, each) for each in OTHERS))
    with store.read() as reader:
        before = reader.last_change()
    with store.change() as change:
        change.keys.delete(place())
    with store.read() as reader:
        announced = {(entry.kind, entry.subject) for entry in reader.changes_since(before) if entry.kind == "grant"}
        assert announced == {("grant", (*place(), ALICE)), ("grant", (*place(), BOB))}
        assert reader.grants.page(place(), "", 9) == []
        assert [reader.grants.count(each) for each in OTHERS] == [1, 1, 1]
