"""The change feed: a numbered entry for each thing that a transaction changed."""

from typing import Literal

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from strongroom.storage.schema import changes

ChangeKind = Literal["key", "alias", "grant", "access_key", "identity", "service", "key_store", "installation"]
# Names of several parts are joined with a character that none of them can hold.
SEPARATOR = "|"


class FeedEntry(msgspec.Struct, frozen=True):
    """What changed: `subject` is the name's parts."""

    sequence: int
    kind: ChangeKind
    subject: tuple[str, ...]


def announce(connection: Connection, kind: ChangeKind, subject: tuple[str, ...], now: float) -> None:
    """Add an entry within the transaction that makes the change."""
    connection.execute(insert(changes).values(kind=kind, subject=SEPARATOR.join(subject), date=now))


def entries_since(connection: Connection, sequence: int) -> list[FeedEntry]:
    """Give the entries after a sequence number, in order."""
    rows = connection.execute(
        select(changes.c.sequence, changes.c.kind, changes.c.subject)
        .where(changes.c.sequence > sequence)
        .order_by(changes.c.sequence)
    )
    return [
        FeedEntry(row.sequence, row.kind, tuple(row.subject.split(SEPARATOR)) if row.subject else ()) for row in rows
    ]


def last_sequence(connection: Connection) -> int:
    """Give the number of the newest entry, 0 when there is none."""
    return connection.scalar(select(func.max(changes.c.sequence))) or 0


def prune(connection: Connection, before: float) -> None:
    """Delete entries made before a time, all but the newest, so that numbers never start again."""
    newest = last_sequence(connection)
    connection.execute(delete(changes).where(changes.c.date < before, changes.c.sequence < newest))
