"""Audit records of changes: committed with them, taken to the trail afterwards."""

from sqlalchemy import Connection, delete, insert, select

from strongroom.storage.schema import audit_outbox


class OutboxReader:
    """Reads the outbox in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def oldest(self, limit: int) -> list[tuple[int, bytes]]:
        """Give the oldest records with their numbers."""
        rows = self._connection.execute(select(audit_outbox).order_by(audit_outbox.c.sequence).limit(limit))
        return [(row.sequence, row.record) for row in rows]


class OutboxWriter(OutboxReader):
    """Changes the outbox in one transaction."""

    def append(self, record: bytes) -> None:
        """Add a record."""
        self._connection.execute(insert(audit_outbox).values(record=record))

    def remove(self, up_to: int) -> None:
        """Remove the records up to and including a number."""
        self._connection.execute(delete(audit_outbox).where(audit_outbox.c.sequence <= up_to))
