"""What an operation is given."""

from __future__ import annotations

import time
from typing import Any

import pytest

from strongroom.api.callers import load_caller
from strongroom.api.context import Context
from strongroom.api.key_snapshots import load_key
from strongroom.api.resolve import Scope
from strongroom.model.errors import InternalError
from tests.support.in_process import ACCOUNT, REGION, Caller, InProcess, place_of
from tests.unit.api.support import ALICE, ROOT, put, signed_by, user


def context(service: InProcess, **members: Any) -> Context:  # noqa: ANN401 - of any member's type
    given: dict[str, Any] = {"caller": None, "credentials": None, "keys": (), "by_grants": ()}
    return Context(
        scope=Scope(ACCOUNT, REGION), now=0.0, wall=0.0, store_keys=service.opened.store_keys, **{**given, **members}
    )


def test_who_asks_is_known_where_the_operation_is_signed(service: InProcess) -> None:
    put(service, user())
    with service.store.read() as reader:
        caller = load_caller(reader, signed_by(ALICE))
    found = context(service, caller=caller)
    assert (found.asking, found.principal) == (caller, ALICE)


def test_nobody_is_taken_for_who_asks(service: InProcess) -> None:
    found = context(service)
    with pytest.raises(InternalError, match="Nobody was authenticated"):
        _ = found.asking
    with pytest.raises(InternalError, match="Nobody was authenticated"):
        _ = found.principal


def test_the_key_is_the_first(service: InProcess, root: Caller) -> None:
    arns = [root.key(), root.key()]
    with service.store.read() as reader:
        keys = tuple(load_key(reader, place_of(arn)) for arn in arns)
    assert context(service, keys=keys).key.arn == arns[0]


def test_sessions_that_are_issued_can_be_used(service: InProcess) -> None:
    issued = context(service).session_tokens().issue(ROOT, time.time(), 900)
    signing = {
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "SessionToken": issued.session_token,
    }
    assert service.signing(signing)("ListKeys")["Keys"] == []
