"""The store: transactions that read, transactions that change, and news of what others changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from strongroom.model.clock import Clock
from strongroom.storage.accounts import AccountReader, AccountWriter
from strongroom.storage.aliases import AliasReader, AliasWriter
from strongroom.storage.engine import IMMEDIATE, SET_BUSY_TIMEOUT
from strongroom.storage.feed import FeedEntry, entries_since, last_sequence, prune
from strongroom.storage.grants import GrantReader, GrantWriter
from strongroom.storage.identities import IdentityReader, IdentityWriter
from strongroom.storage.key_stores import KeyStoreReader, KeyStoreWriter
from strongroom.storage.key_uses import KeyUseReader, KeyUseWriter
from strongroom.storage.keys import KeyReader, KeyWriter
from strongroom.storage.outbox import OutboxReader, OutboxWriter
from strongroom.storage.tags import TagReader, TagWriter


class StoreError(Exception):
    """The database failed; nothing of the transaction was done."""


class StoreBusyError(StoreError):
    """The database did not give the write lock in time."""


class Reader:
    """One consistent view of the database."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection that is in a transaction."""
        self.accounts = AccountReader(connection)
        self.identities = IdentityReader(connection)
        self.keys = KeyReader(connection)
        self.key_stores = KeyStoreReader(connection)
        self.key_uses = KeyUseReader(connection)
        self.aliases = AliasReader(connection)
        self.tags = TagReader(connection)
        self.grants = GrantReader(connection)
        self.outbox = OutboxReader(connection)
        self._connection = connection

    def changes_since(self, sequence: int) -> list[FeedEntry]:
        """Give the feed's entries after a number, in order."""
        return entries_since(self._connection, sequence)

    def last_change(self) -> int:
        """Give the number of the feed's newest entry, 0 when there is none."""
        return last_sequence(self._connection)


class Change:
    """One transaction that changes: all of it is committed, or nothing."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection that holds the write lock, at a service time."""
        self.now = now
        self.accounts = AccountWriter(connection, now)
        self.identities = IdentityWriter(connection, now)
        self.keys = KeyWriter(connection, now)
        self.key_stores = KeyStoreWriter(connection, now)
        self.key_uses = KeyUseWriter(connection)
        self.aliases = AliasWriter(connection, now)
        self.tags = TagWriter(connection, now)
        self.grants = GrantWriter(connection, now)
        self.outbox = OutboxWriter(connection)
        self._connection = connection

    def prune_feed(self, before: float) -> None:
        """Forget feed entries made before a time."""
        prune(self._connection, before)


class Store:
    """The database. Safe for several threads; make it after a fork."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Use an engine; changes are dated by the clock's service time."""
        self._engine = engine
        self._changing = engine.execution_options(**{IMMEDIATE: True})
        self._clock = clock

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """Read one consistent view. Raises StoreError when the database cannot be read."""
        with store_errors(), self._engine.connect() as connection, connection.begin():
            yield Reader(connection)

    @contextmanager
    def change(self) -> Iterator[Change]:
        """Change in one transaction, durable when the block has ended; an exception leaves everything as it was.

        Raises StoreBusyError when others hold the write lock too long, and StoreError when the database fails.
        """
        with store_errors(), self._changing.connect() as connection, _lock(connection):
            yield Change(connection, self._clock.now())

    def forget_deleted(self) -> bool:
        """Move all changes out of the write-ahead log and cut it, so that what was deleted is in no file any more.

        False when somebody was reading from the log; then try again later. Raises StoreError.
        """
        with store_errors(), self._engine.connect() as connection:
            driver: Any = connection.connection.cursor()
            # It holds the write lock while it waits for readers, so it must not wait long.
            driver.execute("PRAGMA busy_timeout=100")
            try:
                busy: int = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                driver.execute(SET_BUSY_TIMEOUT)
            return not busy

    def generation(self) -> "Generation":
        """Open a watch on whether anybody else has committed."""
        return Generation(self._engine)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn errors of the database and its driver into StoreError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise StoreError(str(error)) from error


def _lock(connection: Connection) -> RootTransaction:
    try:
        return connection.begin()
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise StoreBusyError(str(error.orig)) from error
        raise


class Generation:
    """Tells within microseconds whether the database was changed by any other connection, also of other processes.

    SQLite's `PRAGMA data_version` reads it from the write-ahead log's shared index, which the commit itself changes, so
    there is no moment between a commit and this news, and no step that a killed process could leave out. For one
    thread.
    """

    def __init__(self, engine: Engine) -> None:
        """Keep a connection of its own."""
        self._connection = engine.raw_connection()
        driver: Any = self._connection.cursor()
        self._execute = driver.execute

    def current(self) -> int:
        """Give a number that differs from the last one when somebody has committed in between. Raises StoreError."""
        try:
            version: int = self._execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error
        return version

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
