"""Materials, related keys, and what the jobs look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.model.key import KeyPlace, RelatedKey
from tests.unit.storage.support import ACCOUNT, NOW, OTHER_REGION, REGION, add_key, new_key, new_material, place

if TYPE_CHECKING:
    from strongroom.storage.store import Store

MULTI_REGION = "mrk-" + "ab" * 16
HERE, THERE = KeyPlace(ACCOUNT, REGION, MULTI_REGION), KeyPlace(ACCOUNT, OTHER_REGION, MULTI_REGION)


def test_a_key_may_have_no_material(store: Store) -> None:
    with store.change() as change:
        change.keys.create(new_key(place(1), current_material_id=None))
        found = change.keys.find(place(1))
        assert found is not None
        assert found.current_material_id is None
        assert change.keys.materials(place(1)) == []


def test_materials_are_changed_and_taken_away(store: Store) -> None:
    first, second = new_material(place(1)), new_material(place(1), material_id="b" * 64, creation_date=NOW + 2)
    with store.change() as change:
        change.keys.create(new_key(place(1)), first, second)
        assert change.keys.materials(place(1)) == [first, second]
        change.keys.update_material(place(1), first.material_id, state="NON_CURRENT", valid_to=NOW + 5)
        assert [each.state for each in change.keys.materials(place(1))] == ["NON_CURRENT", "CURRENT"]
        assert change.keys.expired_materials(NOW + 4, 10) == []
        assert [each.material_id for each in change.keys.expired_materials(NOW + 5, 10)] == [first.material_id]
        change.keys.update_material(place(1), first.material_id, wrapped=None, store_key=None)
        assert change.keys.expired_materials(NOW + 5, 10) == []
        change.keys.delete_material(place(1), first.material_id)
        assert change.keys.materials(place(1)) == [second]


def test_related_keys_hear_of_each_other(store: Store) -> None:
    with store.change() as change:
        change.keys.create(new_key(HERE, multi_region_key_type="PRIMARY"))
        change.keys.create(new_key(THERE, multi_region_key_type="REPLICA"))
        add_key(change, place(1))
        assert change.keys.related(place(1)) == []
        found = change.keys.related(HERE)
        assert found == [RelatedKey(OTHER_REGION, "REPLICA"), RelatedKey(REGION, "PRIMARY")]
    with store.read() as reader:
        before = reader.last_change()
    with store.change() as change:
        change.keys.delete(THERE)
    with store.read() as reader:
        told = {entry.subject for entry in reader.changes_since(before) if entry.kind == "key"}
        assert {tuple(HERE), tuple(THERE)} == {tuple(each) for each in told}
        assert reader.keys.related(HERE) == [RelatedKey(REGION, "PRIMARY")]


def test_keys_that_the_jobs_look_for(store: Store) -> None:
    with store.change() as change:
        add_key(change, place(1), next_rotation_date=NOW, rotation_period_in_days=90)
        add_key(change, place(2), next_rotation_date=NOW + 1, rotation_period_in_days=90)
        add_key(change, place(3), on_demand_rotation_start_date=NOW + 9)
        add_key(change, place(4), next_rotation_date=NOW, state="Disabled")
        add_key(change, place(5), state="Creating")
        found = change.keys.due_for_rotation(NOW, 10)
        assert [key.place for key in found] == [place(1), place(3)]
        assert len(change.keys.due_for_rotation(NOW, 1)) == 1
        assert [key.place for key in change.keys.in_states(("Creating", "Updating"), 10)] == [place(5)]
