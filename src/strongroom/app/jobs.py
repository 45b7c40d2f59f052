"""The jobs' turn: once a second in one worker, off its event loop."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor

from strongroom.audit.trail import TrailFile
from strongroom.custody.key_stores import KeyStores
from strongroom.custody.store_keys import StoreKeys
from strongroom.jobs.deletion import delete_due_keys
from strongroom.jobs.expiry import delete_expired_materials
from strongroom.jobs.feed import prune_feed
from strongroom.jobs.key_store_connections import finish_connections
from strongroom.jobs.outbox import export_outbox
from strongroom.jobs.rotation import rotate_due_keys
from strongroom.jobs.transitions import finish_transitions
from strongroom.model.clock import Clock
from strongroom.storage.store import Store

logger = logging.getLogger(__name__)

_PRUNE_EVERY = 600
_WIPE_EVERY = 60


class Jobs:
    """All jobs of an installation; running them twice at once is harmless."""

    def __init__(
        self, store: Store, store_keys: StoreKeys, key_stores: KeyStores, trail: TrailFile, clock: Clock
    ) -> None:
        """Take the store and the trail file for the records of changes."""
        self._store = store
        self._store_keys = store_keys
        self._key_stores = key_stores
        self._trail = trail
        self._clock = clock
        self._turns = 0
        # So may what a killed process deleted.
        self._log_holds_deleted = True

    def run(self) -> None:
        """Do all that is due; what fails is logged and tried again in the next turn."""
        now = self._clock.now()
        # Imported material is deleted by requests too, in any worker.
        self._log_holds_deleted |= self._turns % _WIPE_EVERY == 0
        self._attempt("deletion", lambda: self._delete(now))
        self._attempt("transitions", lambda: finish_transitions(self._store, now))
        self._attempt("rotation", lambda: rotate_due_keys(self._store, self._store_keys, now))
        self._attempt("expiry", lambda: self._expire(now))
        self._attempt("outbox", lambda: export_outbox(self._store, self._trail))
        if self._turns % _PRUNE_EVERY == 0:
            self._attempt("feed", lambda: prune_feed(self._store, now))
        self._turns += 1

    def connect_key_stores(self) -> None:
        """Connect and disconnect custom key stores, which takes as long as what keeps their keys."""
        self._attempt("connections", lambda: finish_connections(self._store, self._key_stores))

    def finish(self) -> None:
        """Take to the trail what was changed until now, as the last thing before a stop."""
        self._attempt("outbox", lambda: export_outbox(self._store, self._trail))

    def _delete(self, now: float) -> None:
        if delete_due_keys(self._store, self._key_stores, now) or self._log_holds_deleted:
            self._log_holds_deleted = True
            self._log_holds_deleted = not self._store.forget_deleted()

    def _expire(self, now: float) -> None:
        if delete_expired_materials(self._store, now):
            self._log_holds_deleted = True

    def _attempt(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception:
            logger.exception("The %s job failed", name)


async def every_second(turns: list[Callable[[], None]], executor: Executor) -> None:
    """Call functions in an executor once a second until cancelled."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(1)
        for turn in turns:
            await loop.run_in_executor(executor, turn)
