"""Connections to the database, set up so that a commit is on the disk when it returns."""

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

SET_BUSY_TIMEOUT = "PRAGMA busy_timeout=10000"  # milliseconds

# synchronous=FULL: a commit survives a crash of the machine. secure_delete: what is deleted is overwritten with zeros.
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    SET_BUSY_TIMEOUT,
)
IMMEDIATE = "strongroom_immediate"


def sqlite_engine(path: Path) -> Engine:
    """Open a SQLite database file. Make it in the process that uses it: connections do not survive a fork."""
    # Errors of the database are logged; what was to be written must not be.
    engine = create_engine(URL.create("sqlite", database=str(path)), hide_parameters=True)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection type
        # The driver's implicit transactions would start late and unasked; `begin` below starts them instead.
        connection.isolation_level = None
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A change takes the write lock first, so that what it reads is what it changes.
        immediate = connection.get_execution_options().get(IMMEDIATE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine
