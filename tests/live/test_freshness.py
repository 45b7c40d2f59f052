"""What one worker has answered binds all of them at the very next request."""

from __future__ import annotations

import json
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.conftest import ACCOUNT, Launch, Tell
from tests.support.wire import Signed, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.live import Server
    from tests.support.wire import Reply

WORKERS = 4
MOST_CONNECTIONS = 500
SWITCHES = 1000
POLICIES = 100
RETARGETS = 100


def worker_of(server: Server, wire: Wire) -> str:
    """Find out who serves a connection: the worker whose trail file has the record of its request."""
    agent = f"probe-{uuid.uuid4()}"
    wire.done("GenerateRandom", NumberOfBytes=1, user_agent=agent)
    (name,) = (
        path.stem for path in (server.data / "trail").glob("worker-*.jsonl") if agent.encode() in path.read_bytes()
    )
    return name


@pytest.fixture
def wires(launch: Launch) -> Iterator[list[Wire]]:
    """One connection to each of four workers."""
    server = launch(workers=WORKERS)
    found: dict[str, Wire] = {}
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            wire = stack.enter_context(Wire(server.endpoint, server.login))
            found.setdefault(worker_of(server, wire), wire)
            if len(found) == WORKERS:
                break
        assert sorted(found) == [f"worker-{index}" for index in range(WORKERS)]
        yield list(found.values())


def ask_all(wires: list[Wire], change: Signed, by: int, questions: list[Signed]) -> list[Reply]:
    """Make a change through one worker, and with its answer in hand ask all of them at once.

    All is signed beforehand, so that nothing is between the answer and the next requests.
    """
    assert wires[by % len(wires)].exchange(change).status == 200
    for wire, question in zip(wires, questions, strict=True):
        wire.send(question)
    return [wire.receive() for wire in wires]


def count_stale(
    wires: list[Wire],
    trials: int,
    change: Callable[[int], tuple[str, dict[str, Any]]],
    question: tuple[str, dict[str, Any]],
    right: Callable[[int, Reply], bool],
) -> int:
    """Make changes through each worker in turn, and count answers that do not know of them."""
    stale = 0
    for trial in range(trials):
        by = wires[trial % len(wires)]
        operation, parameters = change(trial)
        signed = by.sign(operation, **parameters)
        questions = [wire.sign(question[0], **question[1]) for wire in wires]
        stale += sum(not right(trial, reply) for reply in ask_all(wires, signed, trial, questions))
    return stale


@pytest.mark.timeout(300)
def test_a_key_switched_through_one_worker_is_so_for_all(wires: list[Wire], tell: Tell) -> None:
    key = wires[0].done("CreateKey")["KeyMetadata"]["Arn"]

    def right(trial: int, reply: Reply) -> bool:
        if trial % 2:
            return reply.status == 200
        return reply.error == ("DisabledException", f"{key} is disabled.")

    stale = count_stale(
        wires,
        SWITCHES,
        lambda trial: ("EnableKey" if trial % 2 else "DisableKey", {"KeyId": key}),
        ("Encrypt", {"KeyId": key, "Plaintext": b"fresh"}),
        right,
    )
    tell(f"{SWITCHES} keys disabled or enabled, {WORKERS} workers asked each time: {stale} stale answers")
    assert stale == 0


def policy(*, denies: bool) -> str:
    allow = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:GenerateDataKey", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, deny] if denies else [allow]})


def test_a_policy_put_through_one_worker_decides_for_all(wires: list[Wire], tell: Tell) -> None:
    key = wires[0].done("CreateKey")["KeyMetadata"]["Arn"]
    stale = count_stale(
        wires,
        POLICIES,
        lambda trial: ("PutKeyPolicy", {"KeyId": key, "Policy": policy(denies=trial % 2 == 0)}),
        ("GenerateDataKey", {"KeyId": key, "KeySpec": "AES_256"}),
        lambda trial, reply: reply.code == ("" if trial % 2 else "AccessDeniedException"),
    )
    tell(f"{POLICIES} key policies put, {WORKERS} workers asked each time: {stale} stale answers")
    assert stale == 0


def test_an_alias_moved_through_one_worker_is_moved_for_all(wires: list[Wire], tell: Tell) -> None:
    keys = [wires[0].done("CreateKey")["KeyMetadata"]["Arn"] for _ in range(2)]
    wires[0].done("CreateAlias", AliasName="alias/moving", TargetKeyId=keys[1])
    stale = count_stale(
        wires,
        RETARGETS,
        lambda trial: ("UpdateAlias", {"AliasName": "alias/moving", "TargetKeyId": keys[trial % 2]}),
        ("Encrypt", {"KeyId": "alias/moving", "Plaintext": b"fresh"}),
        lambda trial, reply: reply.body.get("KeyId") == keys[trial % 2],
    )
    tell(f"{RETARGETS} aliases moved, {WORKERS} workers asked each time: {stale} stale answers")
    assert stale == 0
