"""Tags of keys."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, func, insert, select

from strongroom.model.key import KeyPlace
from strongroom.storage.feed import announce
from strongroom.storage.keys import at_place, place_values
from strongroom.storage.schema import tags


class TagReader:
    """Reads tags in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def page(self, place: KeyPlace, after: str, limit: int) -> list[tuple[str, str]]:
        """Give up to `limit` tags of a key whose tag keys sort after `after`."""
        rows = self._connection.execute(
            select(tags.c.tag_key, tags.c.tag_value)
            .where(at_place(tags, place), tags.c.tag_key > after)
            .order_by(tags.c.tag_key)
            .limit(limit)
        )
        return [(row.tag_key, row.tag_value) for row in rows]

    def all(self, place: KeyPlace) -> dict[str, str]:
        """Give all tags of a key."""
        rows = self._connection.execute(select(tags.c.tag_key, tags.c.tag_value).where(at_place(tags, place)))
        return {row.tag_key: row.tag_value for row in rows}

    def count(self, place: KeyPlace) -> int:
        """Count a key's tags."""
        return self._connection.scalar(select(func.count()).select_from(tags).where(at_place(tags, place))) or 0


class TagWriter(TagReader):
    """Changes tags in one transaction; their feed entry names the key."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def put(self, place: KeyPlace, new: Mapping[str, str]) -> None:
        """Set tags; a tag key that the key has already gets the new value."""
        self._delete(place, new)
        if new:
            rows = [{**place_values(place), "tag_key": key, "tag_value": value} for key, value in new.items()]
            self._connection.execute(insert(tags), rows)
        announce(self._connection, "key", place, self._now)

    def remove(self, place: KeyPlace, tag_keys: Iterable[str]) -> None:
        """Remove tags; unknown tag keys do not matter."""
        self._delete(place, tag_keys)
        announce(self._connection, "key", place, self._now)

    def _delete(self, place: KeyPlace, tag_keys: Iterable[str]) -> None:
        self._connection.execute(delete(tags).where(at_place(tags, place), tags.c.tag_key.in_(list(tag_keys))))
