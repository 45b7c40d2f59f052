"""Nothing that was answered is lost, and nothing is half done, whatever is killed whenever."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from strongroom.api.key_snapshots import unwrap_materials
from strongroom.app.data_folder import DataFolder
from strongroom.app.installation import Opened, load_root_key
from strongroom.model.key import KeyPlace
from tests.live.conftest import ACCOUNT, Launch, Tell
from tests.support.live import wait_until
from tests.support.load import Answered, Client, check, look, replay

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.in_process import InProcess
    from tests.support.live import Server

KILLS = 25
CLIENTS = 4
WORKERS = 3
LEAST_ANSWERS = 20
LATEST_KILL = 0.3


class Load:
    """Several clients at once."""

    def __init__(self, server: Server) -> None:
        self._clients = [Client(server) for _ in range(CLIENTS)]

    def run_for_a_while(self, rng: random.Random) -> None:
        """Start, and come back at some moment in the midst of it."""
        for client in self._clients:
            client.start()
        self.wait_for_answers()
        time.sleep(rng.uniform(0, LATEST_KILL))

    def wait_for_answers(self) -> None:
        """Wait until some more changes were answered."""
        already = self._count()
        wait_until(lambda: self._count() >= already + LEAST_ANSWERS, "answers")

    def _count(self) -> int:
        return sum(len(client.answered) for client in self._clients)

    def finish(self) -> list[Answered]:
        """Stop, and give what was answered; a change that was refused would be a fault."""
        for client in self._clients:
            client.finish()
        assert [client.refused for client in self._clients] == [[]] * CLIENTS
        return [change for client in self._clients for change in client.answered]


def check_the_end(server: Server, answered: list[Answered]) -> dict[str, int]:
    """Check what is left when all is over; give counts."""
    # The last turn of the export may not have come.
    wait_until(lambda: not outbox(server.data), "the outbox to be exported")
    assert server.stop() == 0
    assert check(server.data, answered) == []
    records = [record for file in server.trail().values() for record in file]
    assert [event for event, times in Counter(record["eventID"] for record in records).items() if times > 1] == []
    found = look(server.data)
    assert replay(found.records) == found.state
    every_material_opens(server.data, list(found.state.keys))
    return {"answered changes": len(answered), "keys": len(found.state.keys), "records": len(records)}


def outbox(data: Path) -> int:
    opened = Opened(folder := DataFolder(data), load_root_key(folder))
    try:
        with opened.store.read() as reader:
            return len(reader.outbox.oldest(1))
    finally:
        opened.close()


def every_material_opens(data: Path, key_ids: list[str]) -> None:
    opened = Opened(folder := DataFolder(data), load_root_key(folder))
    try:
        with opened.store.read() as reader:
            for key_id in key_ids:
                place = KeyPlace(ACCOUNT, "us-east-1", key_id)
                key = reader.keys.find(place)
                assert key is not None
                assert list(unwrap_materials(opened.store_keys, key, reader.keys.materials(place)))
    finally:
        opened.close()


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM key_materials", "key without material"),
        ("DELETE FROM keys", "material of no key"),
        ("DELETE FROM aliases", "another state"),
        ("DELETE FROM audit_outbox", "has 0 records"),
        ("UPDATE keys SET state = 'Enabled'", "another state"),
    ],
)
def test_what_must_not_be_is_seen(service: InProcess, damage: str, fault: str) -> None:
    """The check that the tests below rest on can fail."""
    kms = service.root().client
    made = kms.create_key()
    key_id = made["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/one", TargetKeyId=key_id)
    kms.disable_key(KeyId=key_id)
    answered = [Answered(made["ResponseMetadata"]["RequestId"], "CreateKey", key_id, None)]
    data = service.folder.path
    assert check(data, answered) == []
    with closing(sqlite3.connect(data / "strongroom.db")) as database, database:
        database.execute(damage)
    assert any(fault in each for each in check(data, answered))


@pytest.mark.timeout(300)
def test_a_killed_worker_loses_nothing(launch: Launch, tell: Tell) -> None:
    server = launch(workers=WORKERS)
    rng = random.Random(20)  # noqa: S311 - when to kill
    answered: list[Answered] = []
    for kill in range(KILLS):
        load = Load(server)
        load.run_for_a_while(rng)
        server.kill_worker(kill % WORKERS)
        load.wait_for_answers()
        answered += load.finish()
        assert check(server.data, answered) == []
    counts = check_the_end(server, answered)
    tell(f"{KILLS} workers killed under load: 0 lost, 0 halves; {counts}")


@pytest.mark.timeout(300)
def test_a_killed_server_loses_nothing(launch: Launch, tell: Tell) -> None:
    server = launch(workers=WORKERS)
    rng = random.Random(25)  # noqa: S311 - when to kill
    answered: list[Answered] = []
    for _ in range(KILLS):
        load = Load(server)
        load.run_for_a_while(rng)
        server.kill()
        answered += load.finish()
        server.start()
        assert check(server.data, answered) == []
    counts = check_the_end(server, answered)
    tell(f"{KILLS} servers killed with all workers under load: 0 lost, 0 halves; {counts}")
