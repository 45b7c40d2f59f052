"""The installation, its store keys, accounts and access keys."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from strongroom.model.account import AccessKey, AccessKeyStatus, AccessKeyUse, Installation
from strongroom.storage.feed import announce
from strongroom.storage.schema import access_keys, accounts, installation, store_keys


class StoredStoreKey(msgspec.Struct, frozen=True):
    """A store key as it is kept: wrapped under the root key of that id."""

    version: int
    root_key_id: str
    sealed: bytes


def _access_key(row: Row[Any]) -> AccessKey:
    return AccessKey(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


class AccountReader:
    """Reads the installation, accounts and access keys in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def installation(self) -> Installation:
        """Give the installation. Raises LookupError when the database has none."""
        row = self._connection.execute(select(installation)).first()
        if row is None:
            raise LookupError("the database holds no installation")
        return Installation(
            id=row.id,
            mode=row.mode,
            default_region=row.default_region,
            creation_date=row.creation_date,
            clock_offset=row.clock_offset,
        )

    def store_keys(self) -> list[StoredStoreKey]:
        """Give all store keys."""
        rows = self._connection.execute(select(store_keys).order_by(store_keys.c.version))
        return [StoredStoreKey(row.version, row.root_key_id, row.sealed) for row in rows]

    def account_ids(self) -> list[str]:
        """Give the ids of all accounts, the first made first."""
        return list(
            self._connection.scalars(
                select(accounts.c.account_id).order_by(accounts.c.creation_date, accounts.c.account_id)
            )
        )

    def has_account(self, account_id: str) -> bool:
        """Tell whether there is an account."""
        statement = select(accounts.c.account_id).where(accounts.c.account_id == account_id)
        return self._connection.scalar(statement) is not None

    def find_access_key(self, access_key_id: str) -> AccessKey | None:
        """Give an access key, or None."""
        row = self._connection.execute(select(access_keys).where(access_keys.c.access_key_id == access_key_id)).first()
        return None if row is None else _access_key(row)

    def access_keys_of(self, owner_id: str) -> list[AccessKey]:
        """Give the access keys of a user, a root user or a service, oldest first."""
        rows = self._connection.execute(
            select(access_keys)
            .where(access_keys.c.owner_id == owner_id)
            .order_by(access_keys.c.creation_date, access_keys.c.access_key_id)
        )
        return [_access_key(row) for row in rows]


class AccountWriter(AccountReader):
    """Changes accounts in one transaction, each change with its feed entry."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def create_installation(self, new: Installation, store_key: StoredStoreKey) -> None:
        """Add the installation and its first store key."""
        values = {name: getattr(new, name) for name in new.__struct_fields__}
        self._connection.execute(insert(installation).values(row=1, **values))
        self._connection.execute(
            insert(store_keys).values(
                version=store_key.version, root_key_id=store_key.root_key_id, sealed=store_key.sealed
            )
        )

    def rewrap_store_keys(self, rewrapped: Iterable[StoredStoreKey]) -> None:
        """Keep store keys under another root key. It is not announced, as the store keys stay the same."""
        for store_key in rewrapped:
            self._connection.execute(
                update(store_keys)
                .where(store_keys.c.version == store_key.version)
                .values(root_key_id=store_key.root_key_id, sealed=store_key.sealed)
            )

    def set_clock_offset(self, seconds: float) -> None:
        """Set how far service time runs ahead of the wall."""
        self._connection.execute(update(installation).values(clock_offset=seconds))
        announce(self._connection, "installation", (), self._now)

    def create_account(self, account_id: str) -> None:
        """Add an account."""
        self._connection.execute(insert(accounts).values(account_id=account_id, creation_date=self._now))

    def create_access_key(self, access_key: AccessKey) -> None:
        """Add an access key."""
        values = {name: getattr(access_key, name) for name in access_key.__struct_fields__}
        self._connection.execute(insert(access_keys).values(**values))
        announce(self._connection, "access_key", (access_key.access_key_id,), self._now)

    def set_access_key_status(self, access_key_id: str, status: AccessKeyStatus) -> None:
        """Activate or deactivate an access key."""
        self._connection.execute(
            update(access_keys).where(access_keys.c.access_key_id == access_key_id).values(status=status)
        )
        announce(self._connection, "access_key", (access_key_id,), self._now)

    def delete_access_key(self, access_key_id: str) -> None:
        """Delete an access key; one that is not there does not matter."""
        self._connection.execute(delete(access_keys).where(access_keys.c.access_key_id == access_key_id))
        announce(self._connection, "access_key", (access_key_id,), self._now)

    def record_use(self, uses: Iterable[AccessKeyUse]) -> None:
        """Keep when access keys were used last; an older use does not replace a later one. It is not announced."""
        for use in uses:
            self._connection.execute(
                update(access_keys)
                .where(
                    access_keys.c.access_key_id == use.access_key_id,
                    or_(access_keys.c.last_used_date.is_(None), access_keys.c.last_used_date < use.date),
                )
                .values(last_used_date=use.date, last_used_region=use.region, last_used_service=use.service)
            )
