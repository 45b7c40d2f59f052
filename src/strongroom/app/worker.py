"""One worker: its parts put together on its event loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from strongroom.api.endpoints import SERVICES
from strongroom.api.request_quotas import Quotas, Unlimited
from strongroom.api.sign_in import SignIns
from strongroom.api.snapshots import Snapshots
from strongroom.app.attestation import load_attesting
from strongroom.app.console import FILES, Console
from strongroom.app.data_folder import DataFolder
from strongroom.app.dispatch import Dispatcher
from strongroom.app.installation import Opened
from strongroom.app.issuers import DEFAULT_ISSUERS, IssuerSettings
from strongroom.app.jobs import Jobs, every_second
from strongroom.app.key_stores import NO_KEY_STORES, KeyStoreFiles
from strongroom.app.request_quotas import SharedQuotas, Unshared
from strongroom.audit.trail import TrailFile
from strongroom.authn.issuer_keys import JwksFetcher
from strongroom.authn.verify import Authenticator
from strongroom.custody.key_stores import KeyStores
from strongroom.custody.root_key import RootKey
from strongroom.model.regions import REGIONS
from strongroom.pipeline import Pipeline
from strongroom.server.console_files import ConsoleFiles
from strongroom.server.limits import Limits
from strongroom.server.listen import Listener
from strongroom.server.worker import run_worker_loop
from strongroom.storage.store import StoreError

logger = logging.getLogger(__name__)

_READ_THREADS = 2
# As many as may wait for an external key store, which is given a quarter of a second.
_ASKING_THREADS = 16
# Each hash of a password takes 64 MiB and some cores for a while.
_HASHING_THREADS = 2
_USES_EVERY = 5


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says of what workers depend on beyond the data folder.

    Attributes:
        issuers: how identity providers are reached.
        attestation_roots: PEM file of the certificates to which attestation documents must lead; or None.
        key_stores: what custom key stores may be connected to.
    """

    issuers: IssuerSettings = DEFAULT_ISSUERS
    attestation_roots: Path | None = None
    key_stores: KeyStoreFiles = NO_KEY_STORES

    def check(self) -> None:
        """Raise InstallationError unless all the files can be used."""
        self.issuers.client()
        load_attesting(self.attestation_roots)
        self.key_stores.load()


class Worker:
    """What one worker process holds."""

    def __init__(
        self,
        folder: DataFolder,
        root_key: RootKey,
        index: int,
        settings: WorkerSettings = WorkerSettings(),  # noqa: B008 - it never changes
        quotas: Quotas = Unlimited(),  # noqa: B008 - it never changes
    ) -> None:
        """Open the installation and the trail; worker 0 also runs the jobs."""
        self._attesting = load_attesting(settings.attestation_roots)
        self._quotas = quotas
        self._opened = Opened(folder, root_key)
        self._key_stores = KeyStores(settings.key_stores.load(), self._opened.store_keys, self._opened.clock)
        self._issuer_keys = JwksFetcher(settings.issuers.client())
        self._trail = TrailFile(folder.trail / f"worker-{index}.jsonl")
        self._changes = ThreadPoolExecutor(1, "change")
        self._reads = ThreadPoolExecutor(_READ_THREADS, "read")
        self._asking = ThreadPoolExecutor(_ASKING_THREADS, "ask")
        self._hashing = ThreadPoolExecutor(_HASHING_THREADS, "hash")
        # What is done each second must not wait for changes, nor they for it.
        self._chores = ThreadPoolExecutor(1, "chore")
        self._turns: list[Callable[[], None]] = [self._sync_trail, self._write_uses]
        # And these wait for HSMs and proxies.
        self._key_store_turns: list[Callable[[], None]] = [self._key_stores.close_stale]
        self._turns_until_uses = _USES_EVERY
        self._jobs: Jobs | None = None
        self._jobs_trail: TrailFile | None = None
        if index == 0:
            self._jobs_trail = TrailFile(folder.trail / "changes.jsonl")
            self._jobs = Jobs(
                self._opened.store, self._opened.store_keys, self._key_stores, self._jobs_trail, self._opened.clock
            )
            self._turns.append(self._jobs.run)
            self._key_store_turns.append(self._jobs.connect_key_stores)
        self._background: list[asyncio.Task[None]] = []
        self._snapshots: Snapshots | None = None
        self._pipeline: Pipeline | None = None

    def make_handler(self, loop: asyncio.AbstractEventLoop) -> Dispatcher:
        """Put the parts together for the server's event loop."""
        opened = self._opened
        snapshots = self._snapshots = Snapshots(opened.store, opened.store_keys, opened.clock, self._key_stores)
        authenticator = Authenticator(snapshots, opened.session_tokens(), SERVICES, REGIONS)
        pipeline = self._pipeline = Pipeline(
            authenticator,
            snapshots,
            opened.store,
            opened.store_keys,
            opened.clock,
            issuer_keys=self._issuer_keys.keys,
            attesting=self._attesting,
            key_stores=self._key_stores,
            quotas=self._quotas,
        )
        region = opened.installation.default_region
        sign_ins = SignIns(opened.store, opened.store_keys, opened.clock, region)
        self._background.append(loop.create_task(every_second(self._turns, self._chores)))
        self._background.append(loop.create_task(every_second(self._key_store_turns, self._asking)))
        self._background.append(loop.create_task(_keep_fresh(snapshots)))
        return Dispatcher(
            loop,
            Console(pipeline, ConsoleFiles(FILES), sign_ins),
            snapshots,
            self._trail,
            opened.clock,
            reads=self._reads,
            changes=self._changes,
            asks_others=self._asking,
            hashes=self._hashing,
        )

    def close(self) -> None:
        """Let what was begun finish, and bring the trail to the disk."""
        self._hashing.shutdown()
        self._asking.shutdown()
        self._reads.shutdown()
        self._changes.shutdown()
        self._chores.shutdown()
        if self._jobs is not None:
            self._jobs.finish()
        if self._snapshots is not None:
            self._snapshots.close()
        self._key_stores.close()
        for trail in (self._trail, self._jobs_trail):
            if trail is not None:
                trail.close()
        self._opened.close()

    def _write_uses(self) -> None:
        self._turns_until_uses -= 1
        if self._turns_until_uses <= 0 and self._pipeline is not None:
            self._turns_until_uses = _USES_EVERY
            try:
                self._pipeline.uses.write(self._opened.store)
            except StoreError:
                logger.exception("When access keys were used last cannot be written down")

    def _sync_trail(self) -> None:
        try:
            self._trail.sync()
        except OSError:
            logger.exception("The trail cannot be brought to the disk")


async def _keep_fresh(snapshots: Snapshots) -> None:
    # Without requests nobody else would notice that the dev clock was moved, on which jobs depend.
    while True:
        await asyncio.sleep(1)
        try:
            snapshots.refresh()
        except StoreError:
            logger.exception("The database cannot be read")


def run_worker(  # noqa: PLR0913, PLR0917 - the supervisor gives the last three
    folder: DataFolder,
    root_key: RootKey,
    settings: WorkerSettings,
    quotas: SharedQuotas | Unshared,
    limits: Limits,
    index: int,
    listeners: Sequence[Listener],
    ready: Callable[[], None],
) -> int:
    """Serve in this process until told to stop; gives the exit code."""
    worker = Worker(folder, root_key, index, settings, quotas.worker(index))
    try:
        return run_worker_loop(listeners, worker.make_handler, limits, ready)
    finally:
        worker.close()
