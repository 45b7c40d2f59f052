from __future__ import annotations

import time
from typing import TYPE_CHECKING

from strongroom.model.identity import Role
from strongroom.model.principal import role_session_principal
from tests.support.in_process import ACCOUNT, REGION

if TYPE_CHECKING:
    from tests.support.in_process import InProcess


def test_the_last_use_of_access_keys_and_roles_is_written_down(service: InProcess) -> None:
    service.root()("ListKeys")
    clerk = role_session_principal(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:role/Clerk", "AROAEXAMPLE", "morning")
    service.as_principal(clerk).refused("ListKeys")
    before = time.time()
    service.pipeline.uses.write(service.store)
    with service.store.read() as reader:
        access_key = reader.accounts.find_access_key(service.created.credentials.access_key_id)
        role = reader.identities.by_id(Role, "AROAEXAMPLE")
    assert access_key is not None
    assert role is not None
    assert (access_key.last_used_region, access_key.last_used_service) == (REGION, "kms")
    assert before - 60 < (access_key.last_used_date or 0) <= before
    assert (role.last_used_region, role.name) == (REGION, "Clerk")


def test_nothing_to_write_changes_nothing(service: InProcess) -> None:
    generation = service.store.generation()
    before = generation.current()
    service.pipeline.uses.write(service.store)
    assert generation.current() == before
    generation.close()


def test_an_older_use_does_not_replace_a_later_one(service: InProcess) -> None:
    root = service.root()
    root("ListKeys")
    service.pipeline.uses.write(service.store)
    with service.store.read() as reader:
        first = reader.accounts.find_access_key(service.created.credentials.access_key_id)
    service.clock.offset = -3600
    root("ListKeys")
    service.pipeline.uses.write(service.store)
    with service.store.read() as reader:
        assert reader.accounts.find_access_key(service.created.credentials.access_key_id) == first


def test_a_role_has_one_row_for_all_sessions_the_latest(service: InProcess) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/Clerk"
    sessions = [role_session_principal(ACCOUNT, arn, "AROAEXAMPLE", name) for name in ("one", "two")]
    for offset, session in zip((0, -3600), sessions, strict=True):
        service.clock.offset = offset
        service.as_principal(session).refused("ListKeys")
    before = time.time()
    service.pipeline.uses.write(service.store)
    with service.store.read() as reader:
        role = reader.identities.by_id(Role, "AROAEXAMPLE")
    assert role is not None
    assert before - 60 < (role.last_used_date or 0) <= before
