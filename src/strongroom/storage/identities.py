"""Users, groups, roles, managed policies and what else an account keeps by kind and name; and services."""

from collections.abc import Iterable
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, select, update

from strongroom.model.account import AccountSettings, Service
from strongroom.model.identity import (
    Entity,
    Group,
    ManagedPolicy,
    OidcProvider,
    PathedEntity,
    Role,
    RoleUse,
    User,
    VirtualMfaDevice,
)
from strongroom.storage.feed import announce
from strongroom.storage.schema import accounts, identities, services

E = TypeVar("E", bound=Entity)
P = TypeVar("P", bound=PathedEntity)

_KINDS: Final[dict[str, type[Entity]]] = {
    kind.kind: kind for kind in (User, Group, Role, ManagedPolicy, OidcProvider, VirtualMfaDevice, AccountSettings)
}
_ARN_PARTS: Final = 6
_encode = msgspec.json.Encoder().encode


def _name_key(name: str) -> str:
    return name.lower()


def _of_kind(kind: type[Entity], account_id: str) -> ColumnElement[bool]:
    return and_(identities.c.account_id == account_id, identities.c.kind == kind.kind)


def _named(kind: type[Entity], account_id: str, name: str) -> ColumnElement[bool]:
    return and_(_of_kind(kind, account_id), identities.c.name_key == _name_key(name))


def _values(entity: Entity) -> dict[str, Any]:
    return {
        "name_key": _name_key(entity.name),
        "unique_id": entity.unique_id,
        "body": _encode(entity).decode(),
    }


class IdentityReader:
    """Reads entities in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def find(self, kind: type[E], account_id: str, name: str) -> E | None:
        """Give the entity of a kind and name, whatever the case of the name, or None."""
        body = self._connection.scalar(select(identities.c.body).where(_named(kind, account_id, name)))
        return None if body is None else msgspec.json.decode(body, type=kind)

    def by_id(self, kind: type[E], unique_id: str) -> E | None:
        """Give the entity that has a unique id, in whatever account, or None.

        A kind that is a base of others, such as PathedEntity, stands for all of them.
        """
        statement = select(identities.c.kind, identities.c.body).where(identities.c.unique_id == unique_id)
        row = self._connection.execute(statement).first()
        if row is None:
            return None
        found = msgspec.json.decode(row.body, type=_KINDS[row.kind])
        return found if isinstance(found, kind) else None

    def by_arn(self, kind: type[P], arn: str) -> P | None:
        """Give the entity that has an ARN, path and case included, or None; kinds are as in `by_id`."""
        parts = arn.split(":", _ARN_PARTS - 1)
        if len(parts) != _ARN_PARTS:
            return None
        resource_type, _, path_and_name = parts[-1].partition("/")
        wanted = _KINDS.get(resource_type)
        if wanted is None:
            return None
        # The name of a provider is its URL, slashes and all; it has no path.
        name = path_and_name if wanted is OidcProvider else path_and_name.rpartition("/")[2]
        found = self.find(wanted, parts[4], name)
        return found if isinstance(found, kind) and found.arn == arn else None

    def all(self, kind: type[E], account_id: str) -> list[E]:
        """Give all entities of a kind in an account, sorted by their names in lower case."""
        return self._list(kind, self._sorted(kind, account_id))

    def page(self, kind: type[E], account_id: str, after_name: str, limit: int) -> list[E]:
        """Give up to `limit` entities whose names sort after `after_name`, all in lower case."""
        statement = self._sorted(kind, account_id).where(identities.c.name_key > _name_key(after_name))
        return self._list(kind, statement.limit(limit))

    def account_of_alias(self, alias: str) -> str | None:
        """Give the id of the account that has an alias, or None."""
        return self._connection.scalar(select(accounts.c.account_id).where(accounts.c.alias == alias))

    def service(self, service: str) -> Service | None:
        """Give a service by its service principal, or None."""
        row = self._connection.execute(select(services).where(services.c.service == service)).first()
        return None if row is None else Service(service=row.service, managed_alias=row.managed_alias)

    def services(self) -> list[Service]:
        """Give all services, sorted by their names."""
        rows = self._connection.execute(select(services).order_by(services.c.service))
        return [Service(service=row.service, managed_alias=row.managed_alias) for row in rows]

    def _sorted(self, kind: type[Entity], account_id: str) -> Select[str]:
        return select(identities.c.body).where(_of_kind(kind, account_id)).order_by(identities.c.name_key)

    def _list(self, kind: type[E], statement: Select[str]) -> list[E]:
        return [msgspec.json.decode(body, type=kind) for body in self._connection.scalars(statement)]


class IdentityWriter(IdentityReader):
    """Changes entities in one transaction; their feed entry names the account."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def put(self, entity: Entity) -> None:
        """Add an entity, or replace the one of its kind and name."""
        if not self._replace(entity, entity.name):
            self._connection.execute(
                insert(identities).values(account_id=entity.account_id, kind=entity.kind, **_values(entity))
            )
        self._changed(entity)
        if isinstance(entity, AccountSettings):
            self._set_alias(entity.account_id, entity.alias)

    def rename(self, entity: Entity, old_name: str) -> None:
        """Replace the entity of an old name by the one of a new name. Raises LookupError when there is none."""
        if not self._replace(entity, old_name):
            raise LookupError(f"there is no {entity.kind} {old_name}")
        self._changed(entity)

    def delete(self, entity: Entity) -> None:
        """Delete an entity; one that is not there does not matter."""
        self._connection.execute(delete(identities).where(_named(type(entity), entity.account_id, entity.name)))
        self._changed(entity)
        if isinstance(entity, AccountSettings):
            self._set_alias(entity.account_id, None)

    def put_service(self, service: Service) -> None:
        """Add a service, or replace the one of its name."""
        self._remove_service(service.service)
        values = {"service": service.service, "managed_alias": service.managed_alias}
        self._connection.execute(insert(services).values(**values))
        announce(self._connection, "service", (), self._now)

    def delete_service(self, service: str) -> None:
        """Delete a service; one that is not there does not matter. Its access keys are of no use any more."""
        self._remove_service(service)
        announce(self._connection, "service", (), self._now)

    def record_use(self, uses: Iterable[RoleUse]) -> None:
        """Keep when roles were used last; an older use does not replace a later one. It is not announced."""
        for use in uses:
            role = self.by_id(Role, use.role_id)
            if role is not None and (role.last_used_date or 0) < use.date:
                used = msgspec.structs.replace(role, last_used_date=use.date, last_used_region=use.region)
                self._replace(used, used.name)

    def _remove_service(self, service: str) -> None:
        self._connection.execute(delete(services).where(services.c.service == service))

    def _replace(self, entity: Entity, name: str) -> bool:
        statement = update(identities).where(_named(type(entity), entity.account_id, name)).values(**_values(entity))
        return self._connection.execute(statement).rowcount == 1

    def _changed(self, entity: Entity) -> None:
        announce(self._connection, "identity", (entity.account_id,), self._now)

    def _set_alias(self, account_id: str, alias: str | None) -> None:
        self._connection.execute(update(accounts).where(accounts.c.account_id == account_id).values(alias=alias))
