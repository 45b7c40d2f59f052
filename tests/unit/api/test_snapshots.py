from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from strongroom.api import cache as module
from strongroom.api.key_snapshots import unwrap_materials
from strongroom.api.snapshots import Snapshots
from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import (
    Opened,
    create_installation,
    load_root_key,
    new_access_key,
    set_access_key_status,
)
from strongroom.app.services import remove_service
from strongroom.authn.sessions import ServiceCall, Terms
from strongroom.crypto.ciphertext import BlobHeader, encode_header
from strongroom.crypto.xaes import XaesKey
from strongroom.custody.key_stores import KeyStores, KeyStoreSettings
from strongroom.model.clock import MovableClock
from strongroom.model.errors import UnrecognizedClient
from strongroom.model.principal import root_principal, service_principal
from strongroom.policy.decision import Cause, Decision
from strongroom.storage.store import StoreError
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, Caller, InProcess, place_of
from tests.support.samples import new_grant
from tests.support.services import EC2, register
from tests.unit.api.support import ALICE, CLERK, ROOT, put, role, signed_by, user

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from strongroom.authn.verify import Authenticated
    from strongroom.model.account import Mode
    from strongroom.model.principal import Principal
    from strongroom.storage.feed import FeedEntry
    from strongroom.storage.store import Reader

ALIAS = (ACCOUNT, REGION, "alias/a")
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
GONE = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000"


def by_key(principal: Principal, access_key_id: str) -> Authenticated:
    """Make what the signature with a long-term access key proves."""
    return msgspec.structs.replace(signed_by(principal), access_key_id=access_key_id)


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
    assert kept.current_material_id is not None
    assert found.blob_header == encode_header(BlobHeader(ACCOUNT, place.key_id, kept.current_material_id))
    sealed = found.materials[kept.current_material_id].seal(b"x", b"")
    with service.store.read() as reader:
        (material,) = reader.keys.materials(place)
    opened = unwrap_materials(service.opened.store_keys, kept, [material])
    assert XaesKey(opened[material.material_id]).open(sealed, b"") == b"x"


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
    snapshots = Snapshots(
        opened.store, opened.store_keys, clock, KeyStores(KeyStoreSettings(), opened.store_keys, clock)
    )
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
    grant = new_grant(root, key)
    put(service, user())
    register(service, EC2, "aws/ebs")
    worker.refresh()
    old = worker.key(place_of(key))
    credential = worker.find(service.created.credentials.access_key_id)
    caller = worker.caller(signed_by(ALICE))
    assert worker.alias_target(*ALIAS) is not None
    assert [each.grant_id for each in worker.grants(place_of(key), ROOT_ARN)] == [grant]
    assert worker.predefines("alias/aws/ebs")
    root("DisableKey", KeyId=key)
    root("DeleteAlias", AliasName="alias/a")
    root("RevokeGrant", KeyId=key, GrantId=grant)
    put(service, user(tags={"Team": "red"}))
    with service.store.change() as change:
        remove_service(change, EC2)
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
    assert worker.grants(place_of(key), ROOT_ARN) == ()
    assert worker.caller(signed_by(ALICE)) is not caller
    assert not worker.predefines("alias/aws/ebs")
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
    monkeypatch.setattr(module, "_SIZE", 2)
    places = [place_of(root.key()) for _ in range(3)]
    first, second, third = (worker.key(place) for place in places)
    assert worker.key(places[2]) is third
    assert worker.key(places[1]) is second
    again = worker.key(places[0])
    assert again is not first
    assert again is not None
    assert worker.key(places[2]) is third
    assert worker.key(places[1]) is not second


class TestGrants:
    def test_they_follow_the_feed(self, worker: Snapshots, root: Caller, key: str) -> None:
        assert worker.grants(place_of(key), ROOT_ARN) == ()
        grant = new_grant(root, key)
        assert worker.grants(place_of(key), ROOT_ARN) == ()
        worker.refresh()
        (found,) = worker.grants(place_of(key), ROOT_ARN)
        assert found.grant_id == grant
        root("RevokeGrant", KeyId=key, GrantId=grant)
        worker.refresh()
        assert worker.grants(place_of(key), ROOT_ARN) == ()

    def test_that_there_are_none_is_kept(
        self, service: InProcess, worker: Snapshots, monkeypatch: pytest.MonkeyPatch, key: str
    ) -> None:
        assert worker.grants(place_of(key), "AIDAALICE") == ()
        monkeypatch.setattr(service.store, "read", None)
        assert worker.grants(place_of(key), "AIDAALICE") == ()

    def test_those_of_others_stay(self, worker: Snapshots, root: Caller, key: str) -> None:
        other = root.key()
        new_grant(root, other)
        worker.refresh()
        kept = worker.grants(place_of(other), ROOT_ARN)
        new_grant(root, key)
        worker.refresh()
        assert worker.grants(place_of(other), ROOT_ARN) is kept

    def test_what_was_decided_on_their_key_is_forgotten(
        self, service: InProcess, worker: Snapshots, root: Caller, key: str
    ) -> None:
        put(service, user())
        other = root.key()
        worker.refresh()
        first, second = worker.key(place_of(key)), worker.key(place_of(other))
        caller = worker.caller(signed_by(ALICE))
        for each in (first, second):
            assert each is not None
            each.decisions.remember(caller, "kms:Encrypt", Decision(Cause.NO_KEY_POLICY_ALLOW))
        new_grant(root, key)
        worker.refresh()
        assert worker.key(place_of(key)) is first
        assert first is not None
        assert second is not None
        assert first.decisions.get(caller, "kms:Encrypt") is None
        assert second.decisions.get(caller, "kms:Encrypt") is not None

    def test_those_of_a_key_that_is_not_in_memory_do_not_matter(
        self, worker: Snapshots, root: Caller, key: str
    ) -> None:
        worker.refresh()
        new_grant(root, key)
        worker.refresh()
        assert len(worker.grants(place_of(key), ROOT_ARN)) == 1

    def test_a_deleted_key_takes_its_grants_out_of_memory(
        self, service: InProcess, worker: Snapshots, root: Caller, key: str
    ) -> None:
        new_grant(root, key)
        worker.refresh()
        assert len(worker.grants(place_of(key), ROOT_ARN)) == 1
        with service.store.change() as change:
            change.keys.delete(place_of(key))
        worker.refresh()
        assert worker.grants(place_of(key), ROOT_ARN) == ()


class TestCallers:
    def test_they_are_kept_until_the_feed_names_their_account(
        self, service: InProcess, worker: Snapshots, other: Caller
    ) -> None:
        assert other is not None
        put(service, user())
        worker.refresh()
        alice, root = worker.caller(signed_by(ALICE)), worker.caller(by_key(ROOT, "AKIAROOT"))
        stranger = worker.caller(by_key(root_principal(OTHER_ACCOUNT), "AKIASTRANGER"))
        assert worker.caller(signed_by(ALICE)) is alice
        put(service, msgspec.structs.replace(user(), account_id=OTHER_ACCOUNT, user_id="AIDAOTHER"))
        worker.refresh()
        assert worker.caller(signed_by(ALICE)) is alice
        assert worker.caller(by_key(root_principal(OTHER_ACCOUNT), "AKIASTRANGER")) is not stranger
        put(service, role())
        worker.refresh()
        # Whichever identity it was, for policies may be attached to many.
        assert worker.caller(signed_by(ALICE)) is not alice
        assert worker.caller(by_key(ROOT, "AKIAROOT")) is not root

    def test_one_who_is_deleted_is_refused(self, service: InProcess, worker: Snapshots) -> None:
        put(service, user(), role())
        for principal in (ALICE, CLERK):
            assert worker.caller(signed_by(principal, Terms())).principal == principal
            with service.store.change() as change:
                change.identities.delete(user() if principal is ALICE else role())
            worker.refresh()
            with pytest.raises(UnrecognizedClient):
                worker.caller(signed_by(principal, Terms()))

    def test_one_who_is_not_there_yet_is_looked_for_each_time(self, service: InProcess, worker: Snapshots) -> None:
        with pytest.raises(UnrecognizedClient):
            worker.caller(signed_by(ALICE))
        put(service, user())
        assert worker.caller(signed_by(ALICE)).principal == ALICE

    def test_sessions_of_one_principal_are_told_apart(self, service: InProcess, worker: Snapshots) -> None:
        put(service, user())
        plain = worker.caller(signed_by(ALICE))
        session = worker.caller(signed_by(ALICE, Terms(tags={"Team": "red"})))
        assert (plain.tags, session.tags) == ({}, {"Team": "red"})

    def test_a_renamed_user_signs_under_its_new_name(self, service: InProcess, worker: Snapshots) -> None:
        access_key_id = service.new_user("Alice")["AccessKeyId"]
        found = worker.find(access_key_id)
        assert found is not None
        caller = worker.caller(by_key(found.principal, access_key_id))
        service.root(api="iam")("UpdateUser", UserName="Alice", NewUserName="Alicia")
        worker.refresh()
        renamed = worker.find(access_key_id)
        assert renamed is not None
        assert renamed.principal.user_name == "Alicia"
        # Also for one whose signature was proven under the old name.
        again = worker.caller(by_key(found.principal, access_key_id))
        assert (caller.principal.user_name, again.principal.user_name) == ("Alice", "Alicia")

    def test_an_access_key_takes_only_its_own(self, service: InProcess, worker: Snapshots) -> None:
        put(service, user())
        with service.store.change() as change:
            made = [new_access_key(change, service.opened.store_keys, ACCOUNT, "AIDAALICE") for _ in range(2)]
        first, second = (each.access_key_id for each in made)
        worker.refresh()
        callers = {each: worker.caller(by_key(ALICE, each)) for each in (first, second)}
        credentials = {each: worker.find(each) for each in (first, second)}
        with service.store.change() as change:
            assert set_access_key_status(change, first, "Inactive")
        worker.refresh()
        assert worker.caller(by_key(ALICE, first)) is not callers[first]
        assert worker.caller(by_key(ALICE, second)) is callers[second]
        assert worker.find(first) is not credentials[first]
        assert worker.find(second) is credentials[second]

    def test_an_access_key_takes_the_sessions_that_it_vouches_for(self, service: InProcess, worker: Snapshots) -> None:
        ec2 = register(service)
        put(service, user())
        own = ec2.credentials.access_key
        terms = Terms(service_call=ServiceCall(service=EC2, access_key_ids=(own,)))
        worker.refresh()
        assert worker.caller(signed_by(ALICE, terms)).vouching_keys == (own,)
        with service.store.change() as change:
            assert set_access_key_status(change, own, "Inactive")
        worker.refresh()
        with pytest.raises(UnrecognizedClient):
            worker.caller(signed_by(ALICE, terms))


class TestServices:
    def test_their_aliases_follow_the_feed(self, service: InProcess, worker: Snapshots) -> None:
        assert not worker.predefines("alias/aws/ebs")
        register(service, EC2, "aws/ebs")
        assert not worker.predefines("alias/aws/ebs")
        worker.refresh()
        assert worker.predefines("alias/aws/ebs")
        assert not worker.predefines("alias/aws/rds")
        with service.store.change() as change:
            change.identities.delete_service(EC2)
        worker.refresh()
        assert not worker.predefines("alias/aws/ebs")

    def test_their_aliases_are_looked_up_once(
        self, service: InProcess, worker: Snapshots, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert not worker.predefines("alias/aws/ebs")
        monkeypatch.setattr(service.store, "read", None)
        assert not worker.predefines("alias/aws/ebs")

    def test_one_that_is_gone_takes_all_that_asks_through_it(self, service: InProcess, worker: Snapshots) -> None:
        ec2 = register(service)
        put(service, user())
        own = ec2.credentials.access_key
        terms = Terms(service_call=ServiceCall(service=EC2))
        worker.refresh()
        credential, alice = worker.find(own), worker.caller(by_key(ALICE, "AKIAALICE"))
        users = worker.find(service.created.credentials.access_key_id)
        assert credential is not None
        assert worker.caller(by_key(service_principal(EC2), own)).service == EC2
        assert worker.caller(signed_by(ALICE, terms)).service == EC2
        with service.store.change() as change:
            change.identities.delete_service(EC2)
        worker.refresh()
        assert worker.find(own) is not credential
        for authenticated in (by_key(service_principal(EC2), own), signed_by(ALICE, terms)):
            with pytest.raises(UnrecognizedClient):
                worker.caller(authenticated)
        assert worker.caller(by_key(ALICE, "AKIAALICE")) is alice
        assert worker.find(service.created.credentials.access_key_id) is users
