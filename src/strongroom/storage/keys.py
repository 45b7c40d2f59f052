"""Keys and their material."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, func, insert, select, update

from strongroom.model.key import Key, KeyMaterial, KeyPlace
from strongroom.storage.feed import announce
from strongroom.storage.schema import aliases, grants, key_materials, keys, tags


def at_place(table: Table, place: KeyPlace) -> ColumnElement[bool]:
    """Match the rows of one key."""
    return and_(table.c.account_id == place.account_id, table.c.region == place.region, table.c.key_id == place.key_id)


def place_values(place: KeyPlace) -> dict[str, Any]:
    """Give the columns that name a key."""
    return place._asdict()


def _key(row: Row[Any]) -> Key:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    place = KeyPlace(values.pop("account_id"), values.pop("region"), values.pop("key_id"))
    return Key(place=place, **values)


class KeyReader:
    """Reads keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def find(self, place: KeyPlace) -> Key | None:
        """Give a key, or None."""
        row = self._connection.execute(select(keys).where(at_place(keys, place))).first()
        return None if row is None else _key(row)

    def materials(self, place: KeyPlace) -> list[KeyMaterial]:
        """Give a key's materials, oldest first."""
        rows = self._connection.execute(
            select(key_materials)
            .where(at_place(key_materials, place))
            .order_by(key_materials.c.creation_date, key_materials.c.material_id)
        )
        return [
            KeyMaterial(
                place=place,
                material_id=row.material_id,
                store_key=row.store_key,
                wrapped=row.wrapped,
                creation_date=row.creation_date,
            )
            for row in rows
        ]

    def page(self, account_id: str, region: str, after: str, limit: int) -> list[str]:
        """Give up to `limit` key ids of an account and Region that sort after `after`."""
        return list(
            self._connection.scalars(
                select(keys.c.key_id)
                .where(keys.c.account_id == account_id, keys.c.region == region, keys.c.key_id > after)
                .order_by(keys.c.key_id)
                .limit(limit)
            )
        )

    def count(self, account_id: str, region: str, manager: str) -> int:
        """Count the keys of an account and Region by their manager."""
        statement = select(func.count()).where(
            keys.c.account_id == account_id, keys.c.region == region, keys.c.manager == manager
        )
        return self._connection.scalar(statement) or 0

    def count_by_state(self) -> dict[str, int]:
        """Count all keys of the installation by their state."""
        rows = self._connection.execute(select(keys.c.state, func.count()).group_by(keys.c.state))
        return {row[0]: row[1] for row in rows}

    def due_for_deletion(self, now: float, limit: int) -> list[Key]:
        """Give keys whose deletion date has passed."""
        rows = self._connection.execute(
            select(keys)
            .where(keys.c.deletion_date <= now, keys.c.state == "PendingDeletion")
            .order_by(keys.c.deletion_date)
            .limit(limit)
        )
        return [_key(row) for row in rows]


class KeyWriter(KeyReader):
    """Changes keys in one transaction, each change with its feed entry."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def _announce(self, place: KeyPlace) -> None:
        announce(self._connection, "key", place, self._now)

    def create(self, key: Key, material: KeyMaterial) -> None:
        """Add a key with its first material."""
        values = {name: getattr(key, name) for name in key.__struct_fields__ if name != "place"}
        self._connection.execute(insert(keys).values(**place_values(key.place), **values))
        self.add_material(material)

    def add_material(self, material: KeyMaterial) -> None:
        """Add a material to a key."""
        values = {name: getattr(material, name) for name in material.__struct_fields__ if name != "place"}
        self._connection.execute(insert(key_materials).values(**place_values(material.place), **values))
        self._announce(material.place)

    def update(self, place: KeyPlace, **values: object) -> None:
        """Change columns of a key."""
        self._connection.execute(update(keys).where(at_place(keys, place)).values(**values))
        self._announce(place)

    def delete(self, place: KeyPlace) -> None:
        """Delete a key, its material, aliases, tags and grants; SQLite overwrites what they held."""
        for name in self._connection.scalars(
            select(aliases.c.name).where(
                aliases.c.account_id == place.account_id,
                aliases.c.region == place.region,
                aliases.c.target_key_id == place.key_id,
            )
        ):
            announce(self._connection, "alias", (place.account_id, place.region, name), self._now)
        self._connection.execute(
            delete(aliases).where(
                aliases.c.account_id == place.account_id,
                aliases.c.region == place.region,
                aliases.c.target_key_id == place.key_id,
            )
        )
        for grantee in self._connection.scalars(select(grants.c.grantee).where(at_place(grants, place)).distinct()):
            announce(self._connection, "grant", (*place, grantee), self._now)
        for table in (tags, grants, key_materials, keys):
            self._connection.execute(delete(table).where(at_place(table, place)))
        self._announce(place)
