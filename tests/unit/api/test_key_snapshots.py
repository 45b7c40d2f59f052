"""A key as it was at one moment, what was decided on it, and looking up in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from strongroom.api.key_snapshots import (
    Decisions,
    TransactionDirectory,
    load_key,
    predefined_aliases,
    unwrap_materials,
)
from strongroom.crypto.ciphertext import BlobHeader, encode_header
from strongroom.model.account import Service
from strongroom.model.errors import UnrecognizedClient
from strongroom.policy.decision import Cause, Decision
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, Caller, InProcess, allow, place_of, policy
from tests.support.samples import new_grant
from tests.unit.api.support import ALICE, CLERK, put, role, signed_by, user

if TYPE_CHECKING:
    from strongroom.api import callers
    from strongroom.model.principal import Principal

ALIAS: Final = (ACCOUNT, REGION, "alias/a")
GONE: Final = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000"
ROOT_ARN: Final = f"arn:aws:iam::{ACCOUNT}:root"


def caller_of(service: InProcess, principal: Principal) -> callers.Caller:
    with service.store.read() as reader:
        return TransactionDirectory(reader).caller(signed_by(principal))


class TestDecisions:
    def test_a_decision_is_of_one_caller_and_one_action(self, service: InProcess) -> None:
        put(service, user(), role())
        alice, again, clerk = (caller_of(service, each) for each in (ALICE, ALICE, CLERK))
        decisions, decision = Decisions(), Decision(Cause.KEY_POLICY_ALLOW)
        decisions.remember(alice, "kms:Encrypt", decision)
        assert decisions.get(alice, "kms:Encrypt") is decision
        assert decisions.get(alice, "kms:Decrypt") is None
        # A caller that is loaded anew may have other policies.
        assert decisions.get(again, "kms:Encrypt") is None
        assert decisions.get(clerk, "kms:Encrypt") is None

    def test_all_are_forgotten_at_once(self, service: InProcess) -> None:
        put(service, user())
        alice, decisions = caller_of(service, ALICE), Decisions()
        for action in ("kms:Encrypt", "kms:Decrypt"):
            decisions.remember(alice, action, Decision(Cause.NO_KEY_POLICY_ALLOW))
        decisions.forget()
        assert decisions.get(alice, "kms:Encrypt") is decisions.get(alice, "kms:Decrypt") is None


class TestLoading:
    def test_a_key_comes_with_all_that_decides_about_it(self, service: InProcess, root: Caller) -> None:
        key = root.key(Policy=policy(allow(Sid="Mine")), Tags=[{"TagKey": "Team", "TagValue": "red"}])
        for name in ("alias/b", "alias/a"):
            root("CreateAlias", AliasName=name, TargetKeyId=key)
        with service.store.read() as reader:
            found = load_key(reader, place_of(key))
        assert found is not None
        assert (found.key, found.arn) == (service.kept(key), key)
        assert [each.sid for each in found.policy.statements] == ["Mine"]
        assert (found.aliases, found.tags) == (("alias/a", "alias/b"), {"Team": "red"})
        assert found.blob_header == encode_header(
            BlobHeader(ACCOUNT, place_of(key).key_id, found.key.current_material_id or "")
        )
        assert found.materials == {}

    def test_its_material_is_unwrapped_where_it_is_used(self, service: InProcess, root: Caller, key: str) -> None:
        blob = root("Encrypt", KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        with service.store.read() as reader:
            found = load_key(reader, place_of(key), service.opened.store_keys)
        assert found is not None
        assert list(found.materials) == [found.key.current_material_id]
        assert blob.startswith(found.blob_header)

    def test_there_is_no_key_where_there_is_none(self, service: InProcess, key: str) -> None:
        with service.store.read() as reader:
            assert load_key(reader, place_of(GONE)) is None
            assert load_key(reader, place_of(key)._replace(account_id=OTHER_ACCOUNT)) is None

    def test_each_load_is_decided_on_anew(self, service: InProcess, key: str) -> None:
        with service.store.read() as reader:
            first, second = load_key(reader, place_of(key)), load_key(reader, place_of(key))
        assert first is not None
        assert second is not None
        assert first.decisions is not second.decisions


def test_material_of_another_row_does_not_open(service: InProcess, root: Caller, key: str) -> None:
    other = root.key()
    with service.store.read() as reader:
        own, foreign = (reader.keys.find(place_of(each)) for each in (key, other))
        (material,) = reader.keys.materials(place_of(key))
    assert own is not None
    assert foreign is not None
    assert material.wrapped is not None
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


def test_what_does_not_open_is_said(
    service: InProcess, root: Caller, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = service.kept(root.key())
    with service.store.read() as reader:
        (material,) = reader.keys.materials(place_of(key))
    assert unwrap_materials(service.opened.store_keys, other, [material]) == {}
    assert caplog.messages == [
        f"Material {material.material_id} of {other.place.arn} does not open: it is not that key's"
    ]


def test_predefined_aliases_are_those_of_services(service: InProcess) -> None:
    with service.store.change() as change:
        assert predefined_aliases(change) == frozenset()
        change.identities.put_service(Service(service="ec2.amazonaws.com", managed_alias="aws/ebs"))
        change.identities.put_service(Service(service="rds.amazonaws.com", managed_alias="aws/rds"))
        change.identities.put_service(Service(service="sns.amazonaws.com"))
        assert predefined_aliases(change) == {"alias/aws/ebs", "alias/aws/rds"}
        directory = TransactionDirectory(change)
        assert directory.predefines("alias/aws/ebs")
        assert not directory.predefines("alias/aws/sns")
        assert not directory.predefines("aws/ebs")


def test_a_transaction_has_material_if_it_can_unwrap_it(service: InProcess, key: str) -> None:
    with service.store.read() as reader:
        found = TransactionDirectory(reader, service.opened.store_keys).key(place_of(key))
    assert found is not None
    assert list(found.materials) == [found.key.current_material_id]


def test_a_transaction_finds_the_grants_of_a_grantee(service: InProcess, root: Caller, key: str) -> None:
    ids = {new_grant(root, key) for _ in range(2)}
    new_grant(root, root.key())
    with service.store.read() as reader:
        directory = TransactionDirectory(reader)
        assert {each.grant_id for each in directory.grants(place_of(key), ROOT_ARN)} == ids
        assert directory.grants(place_of(key), "AIDAALICE") == ()


def test_a_transaction_sees_who_asks_as_of_now(service: InProcess) -> None:
    put(service, user())
    with service.store.change() as change:
        directory = TransactionDirectory(change)
        change.identities.put(user(tags={"Team": "red"}))
        assert directory.caller(signed_by(ALICE)).tags == {"Team": "red"}
        change.identities.delete(user())
        with pytest.raises(UnrecognizedClient):
            directory.caller(signed_by(ALICE))
