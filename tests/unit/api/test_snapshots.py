from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from strongroom.api import snapshots as module
from strongroom.api.snapshots import (
    Snapshots,
    TransactionDirectory,
    unwrap_materials,
)
from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, create_installation, load_root_key, set_access_key_status
from strongroom.crypto.ciphertext import BlobHeader, encode_header
from strongroom.model.clock import MovableClock
from strongroom.pipeline import Finished
from strongroom.storage.store import StoreError
from tests.support.in_process import ACCOUNT, REGION, Caller, InProcess, allow, deny, place_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from strongroom.model.account import Mode
    from strongroom.storage.feed import FeedEntry
    from strongroom.storage.store import Reader

ALIAS = (ACCOUNT, REGION, "alias/a")
GONE = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000"


@pytest.fixture
def worker(service: InProcess) -> Iterator[Snapshots]:
    """Give the memory of another worker than that which serves the clients."""
    snapshots, _ = service.worker()
    yield snapshots
    snapshots.close()


def test_a_snapshot_holds_all_that_a_request_needs(service: InProcess, worker: Snapshots, key: str) -> None:
    place = place_of(key)
    found = worker.key(place)
    assert found is not None
    kept = service.kept(key)
    assert (found.key, found.arn) == (kept, key)
    assert list(found.materials) == [kept.current_material_id]
    assert found.policy.id == "key-default-1"
    assert found.blob_header == encode_header(BlobHeader(ACCOUNT, place.key_id, kept.current_material_id))
    sealed = found.materials[kept.current_material_id].seal(b"x", b"")
    with service.store.read() as reader:
        (material,) = reader.keys.materials(place)
    opened = unwrap_materials(service.opened.store_keys, kept, [material])
    assert opened[material.material_id].open(sealed, b"") == b"x"


def test_a_snapshot_is_kept_until_the_feed_names_its_key(worker: Snapshots, root: Caller, key: str) -> None:
    worker.refresh()
    first = worker.key(place_of(key))
    assert worker.key(place_of(key)) is first
    root.key()
    worker.refresh()
    assert worker.key(place_of(key)) is first
    root("DisableKey", KeyId=key)
    assert worker.key(place_of(key)) is first
    worker.refresh()
    found = worker.key(place_of(key))
    assert found is not None
    assert found.key.state == "Disabled"


def test_what_does_not_exist_is_looked_for_each_time(worker: Snapshots, root: Caller, key: str) -> None:
    assert worker.key(place_of(GONE)) is None
    assert worker.alias_target(*ALIAS) is None
    root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    assert worker.alias_target(*ALIAS) == place_of(key).key_id


def test_aliases_follow_the_feed(worker: Snapshots, root: Caller, key: str) -> None:
    new = root.key()
    root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    assert worker.alias_target(*ALIAS) == place_of(key).key_id
    root("UpdateAlias", AliasName="alias/a", TargetKeyId=new)
    worker.refresh()
    assert worker.alias_target(*ALIAS) == place_of(new).key_id
    root("DeleteAlias", AliasName="alias/a")
    worker.refresh()
    assert worker.alias_target(*ALIAS) is None


def test_a_deleted_key_takes_its_aliases_out_of_memory(
    service: InProcess, worker: Snapshots, root: Caller, key: str
) -> None:
    root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    assert worker.key(place_of(key)) is not None
    assert worker.alias_target(*ALIAS) is not None
    with service.store.change() as change:
        change.keys.delete(place_of(key))
    worker.refresh()
    assert worker.key(place_of(key)) is None
    assert worker.alias_target(*ALIAS) is None


def test_credentials_follow_the_feed(service: InProcess, worker: Snapshots) -> None:
    access_key_id, secret = service.created.credentials
    found = worker.find(access_key_id)
    assert found is not None
    assert (found.secret, found.active, found.principal.account_id) == (secret, True, ACCOUNT)
    assert worker.find(access_key_id) is found
    with service.store.change() as change:
        set_access_key_status(change, access_key_id, "Inactive")
    worker.refresh()
    found = worker.find(access_key_id)
    assert found is not None
    assert not found.active
    assert worker.find("AKIAIOSFODNN7EXAMPLE") is None


def test_the_clock_follows_the_feed(service: InProcess, worker: Snapshots) -> None:
    with service.store.change() as change:
        change.accounts.set_clock_offset(86_400.0)
    assert service.clock.offset == 0.0
    worker.refresh()
    assert service.clock.offset == 86_400.0


@pytest.mark.parametrize(("mode", "offset"), [("dev", 3600.0), ("production", 0.0)])
def test_only_in_dev_mode_can_the_clock_be_moved(tmp_path: Path, mode: Mode, offset: float) -> None:
    folder = DataFolder(tmp_path / "data")
    create_installation(folder, ACCOUNT, REGION, mode)
    opened = Opened(folder, load_root_key(folder))
    with opened.store.change() as change:
        change.accounts.set_clock_offset(3600.0)
    clock = MovableClock()
    snapshots = Snapshots(opened.store, opened.store_keys, clock)
    assert clock.offset == offset
    snapshots.close()
    opened.close()


def test_without_news_the_database_is_not_read(
    service: InProcess, worker: Snapshots, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    worker.refresh()
    assert worker.key(place_of(key)) is not None
    monkeypatch.setattr(service.store, "read", None)
    worker.refresh()
    assert worker.key(place_of(key)) is not None


def test_a_commit_without_feed_entries_drops_nothing(service: InProcess, worker: Snapshots, key: str) -> None:
    worker.refresh()
    found = worker.key(place_of(key))
    with service.store.change() as change:
        change.outbox.append(b"{}")
    worker.refresh()
    assert worker.key(place_of(key)) is found


def test_after_a_gap_in_the_feed_nothing_is_trusted(
    service: InProcess, worker: Snapshots, root: Caller, key: str
) -> None:
    root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    worker.refresh()
    old = worker.key(place_of(key))
    credential = worker.find(service.created.credentials.access_key_id)
    assert worker.alias_target(*ALIAS) is not None
    root("DisableKey", KeyId=key)
    root("DeleteAlias", AliasName="alias/a")
    with service.store.change() as change:
        change.accounts.set_clock_offset(60.0)
    root.key()
    with service.store.change() as change:
        change.prune_feed(service.clock.now() + 3600)
    service.clock.offset = 0.0
    worker.refresh()
    found = worker.key(place_of(key))
    assert found is not old
    assert found is not None
    assert found.key.state == "Disabled"
    assert worker.alias_target(*ALIAS) is None
    assert worker.find(service.created.credentials.access_key_id) is not credential
    assert service.clock.offset == 60.0


def test_what_fails_while_refreshing_is_looked_at_again(
    service: InProcess, worker: Snapshots, root: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = root.key(), root.key()
    worker.refresh()
    for arn in (first, second):
        assert worker.key(place_of(arn)) is not None
        root("DisableKey", KeyId=arn)
    apply = Snapshots._apply  # noqa: SLF001 - the step that fails

    def fail_at_second(snapshots: Snapshots, entry: FeedEntry, reader: Reader) -> None:
        if entry.subject == place_of(second):
            raise StoreError("the disk is gone")
        apply(snapshots, entry, reader)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshots, "_apply", fail_at_second)
        for _ in range(2):
            with pytest.raises(StoreError):
                worker.refresh()
    worker.refresh()
    for arn in (first, second):
        found = worker.key(place_of(arn))
        assert found is not None
        assert found.key.state == "Disabled"
    assert service.kept(first).state == "Disabled"


def test_memory_is_bounded(worker: Snapshots, root: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CACHE_SIZE", 2)
    places = [place_of(root.key()) for _ in range(3)]
    first, second, third = (worker.key(place) for place in places)
    assert worker.key(places[2]) is third
    assert worker.key(places[1]) is second
    again = worker.key(places[0])
    assert again is not first
    assert again is not None
    assert worker.key(places[2]) is third
    assert worker.key(places[1]) is not second


def test_material_of_another_row_does_not_open(service: InProcess, root: Caller, key: str) -> None:
    other = root.key()
    with service.store.read() as reader:
        own, foreign = (reader.keys.find(place_of(each)) for each in (key, other))
        (material,) = reader.keys.materials(place_of(key))
    assert own is not None
    assert foreign is not None
    changed = msgspec.structs.replace
    store_keys = service.opened.store_keys
    assert list(unwrap_materials(store_keys, own, [material])) == [material.material_id]
    for owner, moved in (
        (foreign, material),
        (changed(own, key_spec="HMAC_256"), material),
        (changed(own, key_usage="GENERATE_VERIFY_MAC"), material),
        (own, changed(material, material_id="ab" * 32)),
        (own, changed(material, wrapped=material.wrapped[:-1] + bytes([material.wrapped[-1] ^ 1]))),
        (own, changed(material, store_key=2)),
    ):
        assert unwrap_materials(store_keys, owner, [moved]) == {}


def test_a_transaction_sees_its_own_changes_and_no_material(service: InProcess, root: Caller, key: str) -> None:
    root("CreateAlias", AliasName="alias/a", TargetKeyId=key)
    with service.store.change() as change:
        directory = TransactionDirectory(change)
        change.keys.update(place_of(key), state="Updating")
        found = directory.key(place_of(key))
        assert found is not None
        assert (found.key.state, found.materials) == ("Updating", {})
        assert directory.key(place_of(GONE)) is None
        assert directory.alias_target(*ALIAS) == place_of(key).key_id
        assert directory.alias_target(ACCOUNT, REGION, "alias/none") is None


def test_every_worker_is_bound_by_a_change_at_its_next_request(service: InProcess, root: Caller, key: str) -> None:
    pipelines = [service.worker() for _ in range(3)]
    request = service.signed("TrentService.GenerateDataKey", msgspec.json.encode({"KeyId": key, "KeySpec": "AES_256"}))

    def codes() -> set[str | None]:
        found = set()
        for snapshots, pipeline in pipelines:
            snapshots.refresh()
            outcome = pipeline.handle(request)
            assert isinstance(outcome, Finished)
            found.add(msgspec.json.decode(outcome.answer.body).get("__type"))
        return found

    for _ in range(3):
        assert codes() == {None}
        root("DisableKey", KeyId=key)
        assert codes() == {"DisabledException"}
        root("EnableKey", KeyId=key)
        assert codes() == {None}
        service.write_policy(key, allow(), deny(action="kms:GenerateDataKey"))
        assert codes() == {"AccessDeniedException"}
        service.write_policy(key, allow())
    for snapshots, _ in pipelines:
        snapshots.close()
