"""Keys and their material."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, func, insert, or_, select, update

from strongroom.model.key import Key, KeyMaterial, KeyPlace, RelatedKey
from strongroom.storage.feed import announce
from strongroom.storage.schema import aliases, grants, key_materials, key_uses, keys, tags


def at_place(table: Table, place: KeyPlace) -> ColumnElement[bool]:
    """Match the rows of one key."""
    return and_(table.c.account_id == place.account_id, table.c.region == place.region, table.c.key_id == place.key_id)


def place_values(place: KeyPlace) -> dict[str, Any]:
    """Give the columns that name a key."""
    return place._asdict()


def _placed(row: Row[Any]) -> dict[str, Any]:
    """Give a row's columns, those that name the key as its place."""
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    values["place"] = KeyPlace(values.pop("account_id"), values.pop("region"), values.pop("key_id"))
    return values


def _key(row: Row[Any]) -> Key:
    return Key(**_placed(row))


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
        return [KeyMaterial(**_placed(row)) for row in rows]

    def related(self, place: KeyPlace) -> list[RelatedKey]:
        """Give a multi-Region key and its related keys, by Region; nothing for a key of one Region."""
        if not place.multi_region:
            return []
        rows = self._connection.execute(
            select(keys.c.region, keys.c.multi_region_key_type)
            .where(keys.c.key_id == place.key_id, keys.c.account_id == place.account_id)
            .order_by(keys.c.region)
        )
        return [RelatedKey(*row) for row in rows]

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

    def due_for_rotation(self, now: float, limit: int) -> list[Key]:
        """Give enabled keys whose rotation is due: by their period, or asked for."""
        asked = keys.c.on_demand_rotation_start_date.is_not(None)
        rows = self._connection.execute(
            select(keys)
            .where(or_(keys.c.next_rotation_date <= now, asked), keys.c.state == "Enabled")
            .order_by(keys.c.account_id, keys.c.region, keys.c.key_id)
            .limit(limit)
        )
        return [_key(row) for row in rows]

    def in_states(self, states: Collection[str], limit: int) -> list[Key]:
        """Give keys in any of some states."""
        rows = self._connection.execute(
            select(keys)
            .where(keys.c.state.in_(states))
            .order_by(keys.c.account_id, keys.c.region, keys.c.key_id)
            .limit(limit)
        )
        return [_key(row) for row in rows]

    def expired_materials(self, now: float, limit: int) -> list[KeyMaterial]:
        """Give imported materials that are there although their time is over."""
        rows = self._connection.execute(
            select(key_materials)
            .where(key_materials.c.valid_to <= now, key_materials.c.wrapped.is_not(None))
            .order_by(key_materials.c.valid_to)
            .limit(limit)
        )
        return [KeyMaterial(**_placed(row)) for row in rows]


class KeyWriter(KeyReader):
    """Changes keys in one transaction, each change with its feed entry."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def _announce(self, place: KeyPlace) -> None:
        announce(self._connection, "key", place, self._now)
        # Each shows which others there are.
        for region, _ in self.related(place):
            if region != place.region:
                announce(self._connection, "key", place._replace(region=region), self._now)

    def create(self, key: Key, *materials: KeyMaterial) -> None:
        """Add a key with the materials that it has."""
        values = {name: getattr(key, name) for name in key.__struct_fields__ if name != "place"}
        self._connection.execute(insert(keys).values(**place_values(key.place), **values))
        for material in materials:
            self._insert(material)
        self._announce(key.place)

    def add_material(self, material: KeyMaterial) -> None:
        """Add a material to a key."""
        self._insert(material)
        self._announce(material.place)

    def _insert(self, material: KeyMaterial) -> None:
        values = {name: getattr(material, name) for name in material.__struct_fields__ if name != "place"}
        self._connection.execute(insert(key_materials).values(**place_values(material.place), **values))

    def update_material(self, place: KeyPlace, material_id: str, **values: object) -> None:
        """Change columns of a material; SQLite overwrites what they held."""
        self._connection.execute(
            update(key_materials)
            .where(at_place(key_materials, place), key_materials.c.material_id == material_id)
            .values(**values)
        )
        self._announce(place)

    def delete_material(self, place: KeyPlace, material_id: str) -> None:
        """Take a material from a key; SQLite overwrites what it held."""
        self._connection.execute(
            delete(key_materials).where(at_place(key_materials, place), key_materials.c.material_id == material_id)
        )
        self._announce(place)

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
        for table in (tags, grants, key_uses, key_materials, keys):
            self._connection.execute(delete(table).where(at_place(table, place)))
        self._announce(place)
