"""What is taken from somebody is gone for all workers from the moment of the answer."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.live.conftest import Launcher, Tell
from tests.live.identities import Account
from tests.live.revocations import WAYS, Place, Subject, Way
from tests.live.test_freshness import worker_of
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.live import Login
    from tests.support.wire import Reply

WORKERS: Final = 4
MOST_CONNECTIONS: Final = 500
# In each of them every worker is asked twice.
TRIALS: Final = 60
REFUSED: Final = {"AccessDeniedException", "UnrecognizedClientException"}


class Stage(NamedTuple):
    """A key, and a connection to each worker of its server."""

    place: Place
    wires: list[Wire]

    def ask_all(self, login: Login, first: Callable[[], object]) -> list[Reply]:
        """Do something first, and with its answer in hand ask all workers at once.

        All is signed beforehand, so that nothing is between the answer and the next requests.
        """
        questions = []
        for wire in self.wires:
            wire.login = login
            questions.append(wire.sign("Encrypt", KeyId=self.place.key, Plaintext=b"still?"))
        first()
        for wire, question in zip(self.wires, questions, strict=True):
            wire.send(question)
        return [wire.receive() for wire in self.wires]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    launcher = Launcher(tmp_path_factory.mktemp("live"))
    server = launcher(workers=WORKERS)
    found: dict[str, Wire] = {}
    with ExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            wire = stack.enter_context(Wire(server.endpoint, server.login))
            found.setdefault(worker_of(server, wire), wire)
            if len(found) == WORKERS:
                break
        assert len(found) == WORKERS
        account = Account(server, server.login)
        key = account.kms().create_key()["KeyMetadata"]["Arn"]
        yield Stage(Place(account, key), list(found.values()))
    launcher.finish()


@pytest.mark.parametrize("way_of", WAYS, ids=lambda way: str(way.__name__))
def test_what_is_taken_is_gone_for_all_workers(
    stage: Stage, way_of: Callable[[Place, Subject], Way], tell: Tell
) -> None:
    name = f"Subject-{way_of.__name__}"
    way = way_of(stage.place, Subject(name, stage.place.account.user(name)))
    late = still = 0
    for _ in range(TRIALS):
        login = way.give()
        late += sum(reply.status != 200 for reply in stage.ask_all(login, lambda: None))
        replies = stage.ask_all(login, way.take)
        still += sum(reply.status == 200 for reply in replies)
        assert {reply.code for reply in replies if reply.status != 200} <= REFUSED, replies
    tell(f"{way_of.__name__}: taken {TRIALS} times, {WORKERS} workers asked each time: {still} still allowed")
    assert (late, still) == (0, 0)
