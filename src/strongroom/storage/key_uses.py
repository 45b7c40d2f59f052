"""When keys were last used."""

from collections.abc import Iterable

from sqlalchemy import Connection, delete, insert, select

from strongroom.model.key import KeyPlace, KeyUse
from strongroom.storage.keys import at_place, place_values
from strongroom.storage.schema import key_uses, keys


class KeyUseReader:
    """Reads the last uses of keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def find(self, place: KeyPlace) -> KeyUse | None:
        """Give the last use of a key, None when none was written down."""
        row = self._connection.execute(select(key_uses).where(at_place(key_uses, place))).first()
        if row is None:
            return None
        return KeyUse(
            place=place, operation=row.operation, date=row.date, event_id=row.event_id, request_id=row.request_id
        )


class KeyUseWriter(KeyUseReader):
    """Writes down the last uses of keys in one transaction; nobody has to be told at once."""

    def record(self, uses: Iterable[KeyUse]) -> None:
        """Keep the uses that are later than what is kept; those of keys that are deleted are dropped."""
        for use in uses:
            known = self.find(use.place)
            if (known is None or known.date <= use.date) and self._exists(use.place):
                self._connection.execute(delete(key_uses).where(at_place(key_uses, use.place)))
                values = {name: getattr(use, name) for name in use.__struct_fields__ if name != "place"}
                self._connection.execute(insert(key_uses).values(**place_values(use.place), **values))

    def _exists(self, place: KeyPlace) -> bool:
        return self._connection.scalar(select(keys.c.key_id).where(at_place(keys, place))) is not None
