"""Threads that encrypt and decrypt over and over, each of whose requests is kept with its times and what came of it."""

from __future__ import annotations

import base64
import math
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from tests.support.live import wait_until
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.live import Server
    from tests.support.wire import Reply

PLAINTEXT = b"an example plaintext"
DONE = ("", "")


class Use(NamedTuple):
    """One request: when it began and ended, in seconds of `time.monotonic`, and its error, which is `DONE` for none."""

    began: float
    ended: float
    error: tuple[str, str]

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class KeyUser(threading.Thread):
    """Uses one key on one connection, encrypting and decrypting by turns, whatever the answers are."""

    def __init__(self, server: Server, key_id: str, sealed: bytes) -> None:
        super().__init__()
        self.uses: list[Use] = []
        self.wrong: list[Reply] = []
        self._server = server
        self._key_id = key_id
        self._sealed = sealed
        self._finish = threading.Event()

    def run(self) -> None:
        plaintext = base64.b64encode(PLAINTEXT).decode()
        with Wire(self._server.endpoint, self._server.login) as wire:
            while not self._finish.is_set():
                self._call(wire, "Encrypt", KeyId=self._key_id, Plaintext=PLAINTEXT)
                reply = self._call(wire, "Decrypt", CiphertextBlob=self._sealed)
                if reply.status == 200 and reply.body["Plaintext"] != plaintext:
                    self.wrong.append(reply)

    def finish(self) -> None:
        """Tell the thread to end, and wait until it has."""
        self._finish.set()
        self.join()

    def _call(self, wire: Wire, operation: str, **parameters: object) -> Reply:
        request = wire.sign(operation, **parameters)
        began = time.monotonic()
        reply = wire.exchange(request)
        self.uses.append(Use(began, time.monotonic(), DONE if reply.status == 200 else reply.error))
        return reply


class Phase(NamedTuple):
    """The requests with one key that began and ended between two moments."""

    uses: tuple[Use, ...]

    @property
    def errors(self) -> Counter[tuple[str, str]]:
        """How many requests ended how."""
        return Counter(use.error for use in self.uses)

    @property
    def slowest(self) -> float:
        """Seconds."""
        return max(use.seconds for use in self.uses)

    def quantile(self, share: float) -> float:
        """Give the seconds within which a share of the requests was answered."""
        ordered = sorted(use.seconds for use in self.uses)
        return ordered[math.ceil(share * len(ordered)) - 1]


class KeyUsers:
    """Several threads that use one key."""

    def __init__(self, server: Server, key_id: str, number: int) -> None:
        sealed = server.boto3().encrypt(KeyId=key_id, Plaintext=PLAINTEXT)["CiphertextBlob"]
        self._threads = [KeyUser(server, key_id, sealed) for _ in range(number)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """End all threads; what any of them decrypted was right, and none of them broke off."""
        for thread in self._threads:
            thread.finish()
        assert [reply for thread in self._threads for reply in thread.wrong] == []

    def go_on(self, least: int) -> None:
        """Wait until each thread was answered some more times, whatever it was."""
        goals = [(thread, len(thread.uses) + least) for thread in self._threads]
        wait_until(lambda: all(len(thread.uses) >= goal for thread, goal in goals), "requests with a key", 60)

    def since(self, start: float) -> Phase:
        """Give the requests that began after a moment, and have ended."""
        return self.between(start, math.inf)

    def between(self, start: float, end: float) -> Phase:
        """Give the requests that began and ended between two moments."""
        uses = (use for thread in self._threads for use in tuple(thread.uses))
        return Phase(tuple(use for use in uses if start <= use.began and use.ended <= end))


@contextmanager
def in_use(*users: KeyUsers) -> Iterator[None]:
    """Have keys used meanwhile."""
    for each in users:
        each.start()
    try:
        yield
    finally:
        for each in users:
            each.finish()
