"""A load of changes whose answers are written down, and what must be found of them afterwards."""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections import Counter
from contextlib import closing
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.support.live import Server


class Answered(NamedTuple):
    """A change that was answered."""

    request_id: str
    operation: str
    key_id: str
    alias: str | None


class Client(threading.Thread):
    """Changes keys and aliases of its own, one request after the other, on connections that may be cut."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.answered: list[Answered] = []
        self.refused: list[object] = []
        self.cut = 0
        self._server = server
        self._finish = threading.Event()
        self._name = f"alias/{uuid.uuid4()}"

    def run(self) -> None:
        """Change until told to finish, also over new connections."""
        while not self._finish.is_set():
            try:
                with Wire(self._server.endpoint, self._server.login) as wire:
                    self._change(wire)
            except (OSError, HTTPException):
                self.cut += 1

    def finish(self) -> None:
        """Tell the thread to end, and wait until it has."""
        self._finish.set()
        self.join()

    def _change(self, wire: Wire) -> None:
        number = 0
        while not self._finish.is_set():
            keys = [self._create(wire), self._create(wire)]
            alias = f"{self._name}-{self.cut}-{number}"
            self._answer(wire, "CreateAlias", keys[0], alias)
            self._answer(wire, "UpdateAlias", keys[1], alias)
            self._answer(wire, "DisableKey", keys[0])
            self._answer(wire, "DisableKey", keys[1])
            self._answer(wire, "EnableKey", keys[1])
            number += 1

    def _create(self, wire: Wire) -> str:
        reply = wire.call("CreateKey")
        if reply.status != 200:
            self.refused.append(reply)
        key_id: str = reply.body["KeyMetadata"]["KeyId"]
        self.answered.append(Answered(reply.request_id, "CreateKey", key_id, None))
        return key_id

    def _answer(self, wire: Wire, operation: str, key_id: str, alias: str | None = None) -> None:
        parameters = {"KeyId": key_id} if alias is None else {"AliasName": alias, "TargetKeyId": key_id}
        reply = wire.call(operation, **parameters)
        if reply.status == 200:
            self.answered.append(Answered(reply.request_id, operation, key_id, alias))
        else:
            self.refused.append(reply)


class State(NamedTuple):
    """States of keys by key id, and keys of aliases by name."""

    keys: dict[str, str]
    aliases: dict[str, str]


class Found(NamedTuple):
    """What is in a data folder at one moment: the state, and the records of the changes that made it, in order."""

    state: State
    records: list[dict[str, Any]]
    faults: list[str]


_HALF_CHANGES = {
    "key without material": """
        SELECT key_id FROM keys WHERE NOT EXISTS (
            SELECT 1 FROM key_materials AS m
            WHERE (m.account_id, m.region, m.key_id) = (keys.account_id, keys.region, keys.key_id)
            AND m.material_id = keys.current_material_id)""",
    "material of no key": """
        SELECT key_id FROM key_materials AS m WHERE NOT EXISTS (
            SELECT 1 FROM keys
            WHERE (m.account_id, m.region, m.key_id) = (keys.account_id, keys.region, keys.key_id))""",
    "alias of no key": """
        SELECT name FROM aliases AS a WHERE NOT EXISTS (
            SELECT 1 FROM keys
            WHERE (a.account_id, a.region, a.target_key_id) = (keys.account_id, keys.region, keys.key_id))""",
    "broken reference": "PRAGMA foreign_key_check",
}


def look(data: Path) -> Found:
    """Look into a data folder, which may be served."""
    with closing(sqlite3.connect(data / "strongroom.db", isolation_level=None)) as database:
        database.execute("BEGIN")
        keys = dict(database.execute("SELECT key_id, state FROM keys"))
        aliases = dict(database.execute("SELECT name, target_key_id FROM aliases"))
        waiting = [row[0] for row in database.execute("SELECT record FROM audit_outbox ORDER BY sequence")]
        # After the outbox: what is taken from it is in the trail before it is gone.
        records = list(_unique(waiting, data / "trail" / "changes.jsonl"))
        faults = [f"{what}: {row}" for what, query in _HALF_CHANGES.items() for row in database.execute(query)]
        faults += [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    return Found(State(keys, aliases), records, faults)


def _unique(waiting: Iterable[bytes], trail: Path) -> Iterable[dict[str, Any]]:
    seen = set()
    for line in (*(trail.read_bytes().split(b"\n") if trail.exists() else ()), *waiting):
        try:
            record = json.loads(line)
        except ValueError:
            continue  # a kill has cut it off; it was appended again
        if record["eventID"] not in seen:
            seen.add(record["eventID"])
            yield record


def replay(records: Iterable[dict[str, Any]]) -> State:
    """Make the state that a sequence of recorded changes leads to."""
    state = State({}, {})
    for record in records:
        parameters = record["requestParameters"]
        match record["eventName"]:
            case "CreateKey":
                state.keys[record["responseElements"]["keyMetadata"]["keyId"]] = "Enabled"
            case "DisableKey":
                state.keys[parameters["keyId"]] = "Disabled"
            case "EnableKey":
                state.keys[parameters["keyId"]] = "Enabled"
            case "CreateAlias" | "UpdateAlias":
                state.aliases[parameters["aliasName"]] = parameters["targetKeyId"]
    return state


def check(data: Path, answered: Iterable[Answered]) -> list[str]:
    """Look for what must not be: changes that are lost, halved, without record, or recorded but not there."""
    found = look(data)
    faults = list(found.faults)
    if replay(found.records) != found.state:
        faults.append("the records tell of another state than the database's")
    recorded = Counter(record.get("requestID") for record in found.records)
    for change in answered:
        if recorded[change.request_id] != 1:
            faults.append(f"{change} has {recorded[change.request_id]} records")
        if change.operation == "CreateKey" and change.key_id not in found.state.keys:
            faults.append(f"{change} is lost")
        if change.operation == "CreateAlias" and change.alias not in found.state.aliases:
            faults.append(f"{change} is lost")
    return faults
