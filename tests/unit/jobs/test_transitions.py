"""Jobs on keys: each key on its own, and what fails hinders no other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.jobs import expiry, rotation, transitions
from strongroom.storage.keys import KeyWriter
from strongroom.storage.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.in_process import InProcess

LATER = 400 * 86_400


def prepare(service: InProcess) -> tuple[str, str]:
    """Make two keys that every job has to do with."""
    root = service.root()
    keys = (root.key(), root.key())
    now = time.time()
    for each in keys:
        service.write(each, state="Creating", next_rotation_date=now, rotation_period_in_days=90)
        kept = service.kept(each)
        with service.store.change() as change:
            change.keys.update_material(kept.place, kept.current_material_id or "", valid_to=now)
    return keys


def rotate(service: InProcess) -> int:
    return rotation.rotate_due_keys(service.store, service.opened.store_keys, time.time() + LATER)


def finish(service: InProcess) -> int:
    return transitions.finish_transitions(service.store, time.time())


def expire(service: InProcess) -> int:
    return expiry.delete_expired_materials(service.store, time.time() + 1)


JOBS = [pytest.param(finish, "Creating"), pytest.param(expire, "Enabled"), pytest.param(rotate, "Enabled")]


@pytest.mark.parametrize(("job", "state"), JOBS)
def test_a_failure_hinders_no_other_key(
    service: InProcess, monkeypatch: pytest.MonkeyPatch, job: Callable[[InProcess], int], state: str
) -> None:
    keys = prepare(service)
    for each in keys:
        service.write(each, state=state)
    bad = service.kept(min(keys)).place
    find = KeyWriter.find

    def fail(self: KeyWriter, place: Any) -> object:  # noqa: ANN401 - as found
        if place == bad and isinstance(self, KeyWriter):
            raise StoreError("out of order")
        return find(self, place)

    monkeypatch.setattr(KeyWriter, "find", fail)
    assert job(service) == 1
    monkeypatch.undo()
    assert job(service) == 1
    assert job(service) == 0


@pytest.mark.parametrize(("job", "state"), JOBS)
def test_what_was_changed_meanwhile_is_left_alone(
    service: InProcess, monkeypatch: pytest.MonkeyPatch, job: Callable[[InProcess], int], state: str
) -> None:
    keys = prepare(service)
    for each in keys:
        service.write(each, state=state)
    monkeypatch.setattr(KeyWriter, "find", lambda _self, _place: None)
    assert job(service) == 0


def test_a_rotation_that_was_called_off(service: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    key = service.root().key()
    service.write(key, next_rotation_date=time.time(), rotation_period_in_days=90)
    with service.store.read() as reader:
        due = reader.keys.due_for_rotation(time.time() + 1, 10)
    service.write(key, next_rotation_date=None)
    monkeypatch.setattr("strongroom.storage.keys.KeyReader.due_for_rotation", lambda *_: due)
    assert rotate(service) == 0
