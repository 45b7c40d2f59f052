from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from strongroom.custody.secrets import unwrap_material
from strongroom.jobs.rotation import rotate_due_keys
from strongroom.storage.keys import KeyWriter
from strongroom.storage.store import StoreError
from tests.support.in_process import OTHER_REGION, REGION, place_of
from tests.support.samples import import_into

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from strongroom.storage.store import Change
    from tests.support.in_process import Caller, InProcess

DAY: Final = 86_400
PERIOD: Final = {"rotation_period_in_days": 90}


def rotate(service: InProcess, now: float) -> int:
    return rotate_due_keys(service.store, service.opened.store_keys, now)


def due_at(service: InProcess, key: str, date: float) -> None:
    service.write(key, next_rotation_date=date, **PERIOD)


def materials(service: InProcess, key: str) -> list[tuple[str, str | None, float | None]]:
    with service.store.read() as reader:
        found = reader.keys.materials(place_of(key))
    return [(each.state, each.rotation_type, each.rotation_date) for each in found]


def records(service: InProcess) -> list[dict[str, Any]]:
    decoded = [msgspec.json.decode(each) for each in service.outbox()]
    return [each for each in decoded if each["eventName"] == "RotateKey"]


def test_a_rotation_makes_new_material_and_counts_the_period_from_now(
    service: InProcess, root: Caller, key: str
) -> None:
    now = time.time() + 10 * DAY
    due_at(service, key, now)
    before = service.kept(key).current_material_id
    assert root("Encrypt", KeyId=key, Plaintext=b"x")["KeyId"] == key
    assert rotate(service, now + DAY) == 1
    kept = service.kept(key)
    assert kept.current_material_id != before
    assert kept.next_rotation_date == now + DAY + 90 * DAY
    assert materials(service, key) == [("NON_CURRENT", None, None), ("CURRENT", "AUTOMATIC", now + DAY)]


def test_a_rotation_is_recorded_and_announced_with_it(service: InProcess, key: str) -> None:
    now = time.time()
    due_at(service, key, now)
    before = service.kept(key).current_material_id
    rotate(service, now)
    [record] = records(service)
    assert (record["eventType"], record["awsRegion"]) == ("AwsServiceEvent", REGION)
    assert [each["ARN"] for each in record["resources"]] == [key]
    assert record["responseElements"] == {
        "keyId": key,
        "rotationType": "AUTOMATIC",
        "keyOrigin": "AWS_KMS",
        "previousKeyMaterialId": before,
        "currentKeyMaterialId": service.kept(key).current_material_id,
    }
    with service.store.read() as reader:
        [*_, last] = reader.changes_since(0)
    assert (last.kind, last.subject) == ("key", tuple(place_of(key)))


@pytest.mark.parametrize(("late", "rotated"), [(-0.5, 0), (0.0, 1), (10_000.0, 1)])
def test_a_key_is_rotated_when_its_date_has_come(service: InProcess, key: str, late: float, rotated: int) -> None:
    now = time.time()
    due_at(service, key, now)
    assert rotate(service, now + late) == rotated
    assert len(records(service)) == rotated
    assert rotate(service, now + late) == 0


def test_a_rotation_that_was_asked_for_leaves_the_schedule_alone(service: InProcess, key: str) -> None:
    now = time.time()
    due_at(service, key, now + DAY)
    service.write(key, on_demand_rotation_start_date=now)
    assert rotate(service, now) == 1
    kept = service.kept(key)
    assert (kept.next_rotation_date, kept.on_demand_rotation_start_date) == (now + DAY, None)
    assert materials(service, key)[-1][:2] == ("CURRENT", "ON_DEMAND")


def test_each_region_gets_the_same_material_wrapped_for_its_own_key(service: InProcess, root: Caller) -> None:
    key = root.key(MultiRegion=True)
    replica = root("ReplicateKey", KeyId=key, ReplicaRegion=OTHER_REGION)["ReplicaKeyMetadata"]["Arn"]
    now = time.time()
    due_at(service, key, now)
    assert rotate(service, now) == 1
    opened = set()
    with service.store.read() as reader:
        for arn in (key, replica):
            kept = service.kept(arn)
            [*_, new] = reader.keys.materials(kept.place)
            assert (new.place, new.material_id, new.state) == (kept.place, kept.current_material_id, "CURRENT")
            opened.add(unwrap_material(service.opened.store_keys, kept, new))
    assert len(opened) == 1
    assert materials(service, key)[-1] == materials(service, replica)[-1] == ("CURRENT", "AUTOMATIC", now)
    assert len(records(service)) == 1


def test_imported_material_keeps_what_its_importer_said(service: InProcess, root: Caller) -> None:
    key = import_into(root, root.key(Origin="EXTERNAL"), bytes(32))
    import_into(root, key, b"1" * 32, ImportType="NEW_KEY_MATERIAL", KeyMaterialDescription="second")
    root("RotateKeyOnDemand", KeyId=key)
    now = time.time()
    assert rotate(service, now) == 1
    assert materials(service, key) == [("NON_CURRENT", None, None), ("CURRENT", "ON_DEMAND", now)]
    [record] = records(service)
    assert record["responseElements"]["keyOrigin"] == "EXTERNAL"
    with service.store.read() as reader:
        assert reader.keys.materials(place_of(key))[-1].description == "second"


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion", "PendingReplicaDeletion", "Updating", "Creating"])
def test_keys_in_other_states_wait(service: InProcess, key: str, state: str) -> None:
    now = time.time()
    due_at(service, key, now)
    service.write(key, state=state)
    assert rotate(service, now) == 0
    service.write(key, state="Enabled")
    assert rotate(service, now) == 1


@pytest.mark.parametrize(
    "meddle",
    [
        lambda change, place: change.keys.update(place, state="Disabled"),
        lambda change, place: change.keys.update(place, next_rotation_date=None),
        lambda change, place: change.keys.update(place, next_rotation_date=time.time() + DAY),
        lambda change, place: change.keys.delete(place),
    ],
)
def test_a_key_that_is_not_due_any_more_is_not_rotated(
    service: InProcess, key: str, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[Change, object], object]
) -> None:
    now = time.time()
    due_at(service, key, now)
    real = service.store.change

    @contextmanager
    def change() -> Iterator[Change]:
        with real() as quicker:
            meddle(quicker, place_of(key))
        with real() as ours:
            yield ours

    monkeypatch.setattr(service.store, "change", change)
    assert rotate(service, now) == 0
    assert records(service) == []


def test_a_rotation_that_fails_does_not_hinder_the_others(
    service: InProcess, root: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.time()
    keys = [root.key() for _ in range(3)]
    for each in keys:
        due_at(service, each, now)
    bad = min(keys)
    real = KeyWriter.update

    def update(self: KeyWriter, place: Any, **values: object) -> None:  # noqa: ANN401 - as it is called
        if place == place_of(bad):
            raise StoreError("on request")
        real(self, place, **values)

    with monkeypatch.context() as patch:
        patch.setattr(KeyWriter, "update", update)
        assert rotate(service, now) == 2
    assert f"Key {bad} could not be rotated" in caplog.text
    # What failed half-way left nothing behind.
    assert materials(service, bad) == [("CURRENT", None, None)]
    assert rotate(service, now) == 1
