"""Grants."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, Select, delete, func, insert, select, tuple_

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.key import KeyPlace
from strongroom.storage.feed import announce
from strongroom.storage.keys import at_place, place_values
from strongroom.storage.schema import grants

_encode = msgspec.json.Encoder().encode
_decode_operations = msgspec.json.Decoder(tuple[str, ...]).decode
_decode_constraints = msgspec.json.Decoder(GrantConstraints | None).decode
_ENCODED: Final = ("operations", "constraints")


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        place=KeyPlace(row.account_id, row.region, row.key_id),
        grant_id=row.grant_id,
        name=row.name,
        grantee=row.grantee,
        retiring=row.retiring,
        operations=_decode_operations(row.operations),
        constraints=_decode_constraints(row.constraints),
        issuing_account=row.issuing_account,
        creation_date=row.creation_date,
    )


def _values(grant: Grant) -> dict[str, Any]:
    values = {name: getattr(grant, name) for name in grant.__struct_fields__ if name != "place"}
    return {**values, **{name: _encode(values[name]).decode() for name in _ENCODED}}


class GrantReader:
    """Reads grants in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def find(self, place: KeyPlace, grant_id: str) -> Grant | None:
        """Give a key's grant, or None."""
        statement = select(grants).where(at_place(grants, place), grants.c.grant_id == grant_id)
        row = self._connection.execute(statement).first()
        return None if row is None else _grant(row)

    def of_grantee(self, place: KeyPlace, grantee: str) -> tuple[Grant, ...]:
        """Give a key's grants to a grantee, by their ids."""
        statement = select(grants).where(at_place(grants, place), grants.c.grantee == grantee)
        return tuple(self._list(statement.order_by(grants.c.grant_id)))

    def named(self, place: KeyPlace, name: str, grantee: str) -> list[Grant]:
        """Give a key's grants to a grantee that have a name, the first made first."""
        statement = select(grants).where(at_place(grants, place), grants.c.grantee == grantee, grants.c.name == name)
        return self._list(statement.order_by(grants.c.creation_date, grants.c.grant_id))

    def page(
        self,
        place: KeyPlace,
        after_grant_id: str,
        limit: int,
        *,
        grantee: str | None = None,
        grant_id: str | None = None,
    ) -> list[Grant]:
        """Give up to `limit` grants of a key whose ids sort after one: all, a grantee's, or the one of an id."""
        statement = select(grants).where(at_place(grants, place), grants.c.grant_id > after_grant_id)
        if grantee is not None:
            statement = statement.where(grants.c.grantee == grantee)
        if grant_id is not None:
            statement = statement.where(grants.c.grant_id == grant_id)
        return self._list(statement.order_by(grants.c.grant_id).limit(limit))

    def retirable_page(self, region: str, retiring: str, after: tuple[str, str, str], limit: int) -> list[Grant]:
        """Give up to `limit` grants that a principal may retire, on keys of any account in a Region.

        Args:
            region: the Region.
            retiring: the principal, in stored form.
            after: account id, key id and grant id after which they sort; three empty texts for the first page.
            limit: how many at most.
        """
        order = (grants.c.account_id, grants.c.key_id, grants.c.grant_id)
        statement = select(grants).where(
            grants.c.region == region, grants.c.retiring == retiring, tuple_(*order) > tuple_(*after)
        )
        return self._list(statement.order_by(*order).limit(limit))

    def count(self, place: KeyPlace) -> int:
        """Count a key's grants."""
        return self._connection.scalar(select(func.count()).select_from(grants).where(at_place(grants, place))) or 0

    def _list(self, statement: Select[Any]) -> list[Grant]:
        return [_grant(row) for row in self._connection.execute(statement)]


class GrantWriter(GrantReader):
    """Changes grants in one transaction; their feed entry names the key and the grantee."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def create(self, grant: Grant) -> None:
        """Add a grant."""
        self._connection.execute(insert(grants).values(**place_values(grant.place), **_values(grant)))
        self._announce(grant)

    def delete(self, grant: Grant) -> None:
        """Delete a grant; one that is not there does not matter."""
        self._connection.execute(
            delete(grants).where(at_place(grants, grant.place), grants.c.grant_id == grant.grant_id)
        )
        self._announce(grant)

    def _announce(self, grant: Grant) -> None:
        announce(self._connection, "grant", (*grant.place, grant.grantee), self._now)
