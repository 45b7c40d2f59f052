"""Aliases."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from strongroom.model.key import Alias, KeyPlace
from strongroom.storage.feed import announce
from strongroom.storage.schema import aliases


def _alias(row: Row[Any]) -> Alias:
    return Alias(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def _named(account_id: str, region: str, name: str) -> ColumnElement[bool]:
    return and_(aliases.c.account_id == account_id, aliases.c.region == region, aliases.c.name == name)


class AliasReader:
    """Reads aliases in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def find(self, account_id: str, region: str, name: str) -> Alias | None:
        """Give an alias, or None."""
        row = self._connection.execute(select(aliases).where(_named(account_id, region, name))).first()
        return None if row is None else _alias(row)

    def page(self, account_id: str, region: str, after: str, limit: int) -> list[Alias]:
        """Give up to `limit` aliases of an account and Region whose names sort after `after`."""
        rows = self._connection.execute(
            select(aliases)
            .where(aliases.c.account_id == account_id, aliases.c.region == region, aliases.c.name > after)
            .order_by(aliases.c.name)
            .limit(limit)
        )
        return [_alias(row) for row in rows]

    def page_of_key(self, place: KeyPlace, after: str, limit: int) -> list[Alias]:
        """Give up to `limit` aliases of a key whose names sort after `after`."""
        rows = self._connection.execute(
            select(aliases)
            .where(
                aliases.c.account_id == place.account_id,
                aliases.c.region == place.region,
                aliases.c.target_key_id == place.key_id,
                aliases.c.name > after,
            )
            .order_by(aliases.c.name)
            .limit(limit)
        )
        return [_alias(row) for row in rows]

    def names_of(self, place: KeyPlace) -> list[str]:
        """Give the names of all aliases of a key, sorted."""
        statement = select(aliases.c.name).where(
            aliases.c.account_id == place.account_id,
            aliases.c.region == place.region,
            aliases.c.target_key_id == place.key_id,
        )
        return list(self._connection.scalars(statement.order_by(aliases.c.name)))

    def count_of_key(self, place: KeyPlace) -> int:
        """Count the aliases of a key."""
        statement = select(func.count()).where(
            aliases.c.account_id == place.account_id,
            aliases.c.region == place.region,
            aliases.c.target_key_id == place.key_id,
        )
        return self._connection.scalar(statement) or 0


class AliasWriter(AliasReader):
    """Changes aliases in one transaction, each change with its feed entries: also those of the keys that they name."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def _announce(self, account_id: str, region: str, name: str, key_ids: set[str]) -> None:
        announce(self._connection, "alias", (account_id, region, name), self._now)
        for key_id in sorted(key_ids):
            announce(self._connection, "key", (account_id, region, key_id), self._now)

    def _target(self, account_id: str, region: str, name: str) -> set[str]:
        return set(self._connection.scalars(select(aliases.c.target_key_id).where(_named(account_id, region, name))))

    def create(self, alias: Alias) -> None:
        """Add an alias."""
        values = {name: getattr(alias, name) for name in alias.__struct_fields__}
        self._connection.execute(insert(aliases).values(**values))
        self._announce(alias.account_id, alias.region, alias.name, {alias.target_key_id})

    def retarget(self, account_id: str, region: str, name: str, target_key_id: str) -> None:
        """Point an alias to another key."""
        before = self._target(account_id, region, name)
        self._connection.execute(
            update(aliases)
            .where(_named(account_id, region, name))
            .values(target_key_id=target_key_id, last_updated_date=self._now)
        )
        self._announce(account_id, region, name, {*before, target_key_id})

    def delete(self, account_id: str, region: str, name: str) -> None:
        """Delete an alias."""
        before = self._target(account_id, region, name)
        self._connection.execute(delete(aliases).where(_named(account_id, region, name)))
        self._announce(account_id, region, name, before)
