"""No change of an identity that was answered is lost, whatever is killed whenever."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.live.identities import Account, allow, document
from tests.support.live import wait_until
from tests.support.load import look

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.live.conftest import Launch, Tell
    from tests.support.live import Server

KILLS: Final = 4
CLIENTS: Final = 3
LEAST_ANSWERS: Final = 20
LATEST_KILL: Final = 0.2

State = Literal["absent", "plain", "with policy"]


class Client(threading.Thread):
    """Makes users, gives them policies and deletes some; notes how each must be found, or may be."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.users: dict[str, set[State]] = {}
        self.answered: list[str] = []
        self.refused: list[ClientError] = []
        self._iam = account.iam
        self._finish = threading.Event()

    def run(self) -> None:
        """Change until told to finish; a connection that is cut leaves one change in doubt."""
        while not self._finish.is_set():
            try:
                self._live(f"user-{uuid.uuid4()}")
            except ClientError as error:
                self.refused.append(error)
            except BotoCoreError:
                continue

    def finish(self) -> None:
        """Tell the thread to end, and wait until it has."""
        self._finish.set()
        self.join()

    def _live(self, name: str) -> None:
        policy = document(allow("kms:*"))
        self._change(name, "plain", lambda: self._iam.create_user(UserName=name))
        self._change(
            name,
            "with policy",
            lambda: self._iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy),
        )
        if len(self.users) % 3 == 0:
            self._change(name, "plain", lambda: self._iam.delete_user_policy(UserName=name, PolicyName="own"))
            self._change(name, "absent", lambda: self._iam.delete_user(UserName=name))

    def _change(self, name: str, new: State, call: Callable[[], object]) -> None:
        self.users[name] = self.users.get(name, {"absent"}) | {new}
        answer = call()
        self.users[name] = {new}
        assert isinstance(answer, dict)
        self.answered.append(answer["ResponseMetadata"]["RequestId"])


def found_users(account: Account) -> dict[str, State]:
    pages = account.iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
    return {
        each["UserName"]: "with policy" if each.get("UserPolicyList") else "plain"
        for page in pages
        for each in page["UserDetailList"]
    }


def faults(account: Account, data: Path, clients: list[Client]) -> list[str]:
    """Look for changes that are lost, half done or not recorded once."""
    users = found_users(account)
    recorded = Counter(record.get("requestID") for record in look(data).records)
    wrong = [
        f"{name} is {users.get(name, 'absent')}, not {may_be}"
        for client in clients
        for name, may_be in client.users.items()
        if users.get(name, "absent") not in may_be
    ]
    return wrong + [
        f"{request_id} has {recorded[request_id]} records"
        for client in clients
        for request_id in client.answered
        if recorded[request_id] != 1
    ]


def count(clients: list[Client]) -> int:
    return sum(len(client.answered) for client in clients)


def enough(clients: list[Client]) -> bool:
    return count(clients) >= LEAST_ANSWERS


def kill_everything(server: Server, _: int) -> None:
    server.kill()


def kill_a_worker(server: Server, number: int) -> None:
    server.kill_worker(number % server.workers)


@pytest.mark.parametrize("kill", [kill_everything, kill_a_worker])
def test_nothing_that_was_answered_is_lost(launch: Launch, tell: Tell, kill: Callable[[Server, int], None]) -> None:
    server = launch(workers=3)
    account = Account(server, server.login)
    rng = random.Random(12)  # noqa: S311 - when to kill
    past: list[Client] = []
    for number in range(KILLS):
        clients = [Client(Account(server, server.login)) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        wait_until(partial(enough, clients), "answers")
        time.sleep(rng.uniform(0, LATEST_KILL))
        kill(server, number)
        for client in clients:
            client.finish()
            assert client.refused == []
        if not server.running:
            server.start()
        past += clients
        assert faults(account, server.data, past) == []
    assert look(server.data).faults == []
    # The check can fail.
    past[0].users["nobody"] = {"plain"}
    past[0].answered.append("none")
    assert len(faults(account, server.data, past)) == 2
    tell(f"{KILLS} times {kill.__name__} under {count(past)} changes of identities: 0 lost, 0 without record")
