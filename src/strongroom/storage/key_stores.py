"""Custom key stores, and which keys are in them."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select, update

from strongroom.model.key_store import CloudHsmConfiguration, CustomKeyStore, KeyStorePlace, XksProxyConfiguration
from strongroom.storage.feed import announce
from strongroom.storage.schema import custom_key_stores, keys


class _Configuration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What depends on a store's type."""

    cloud_hsm: CloudHsmConfiguration | None = None
    xks_proxy: XksProxyConfiguration | None = None


def _at(place: KeyStorePlace) -> ColumnElement[bool]:
    table = custom_key_stores.c
    return and_(
        table.account_id == place.account_id,
        table.region == place.region,
        table.custom_key_store_id == place.custom_key_store_id,
    )


def _store(row: Row[Any]) -> CustomKeyStore:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    del values["xks_address"]
    place = KeyStorePlace(*(values.pop(name) for name in KeyStorePlace._fields))
    configuration = msgspec.json.decode(values.pop("configuration"), type=_Configuration)
    return CustomKeyStore(place=place, cloud_hsm=configuration.cloud_hsm, xks_proxy=configuration.xks_proxy, **values)


def _columns(store: CustomKeyStore) -> dict[str, Any]:
    apart = {"place", *_Configuration.__struct_fields__}
    proxy = store.xks_proxy
    configuration = _Configuration(cloud_hsm=store.cloud_hsm, xks_proxy=proxy)
    return {
        **store.place._asdict(),
        **{name: getattr(store, name) for name in store.__struct_fields__ if name not in apart},
        "configuration": msgspec.json.encode(configuration).decode(),
        "xks_address": None if proxy is None else f"{proxy.uri_endpoint}{proxy.uri_path}".lower(),
    }


class KeyStoreReader:
    """Reads custom key stores in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Read through a connection."""
        self._connection = connection

    def find(self, place: KeyStorePlace) -> CustomKeyStore | None:
        """Give a store, or None."""
        row = self._connection.execute(select(custom_key_stores).where(_at(place))).first()
        return None if row is None else _store(row)

    def named(self, account_id: str, region: str, name: str) -> CustomKeyStore | None:
        """Give the store of a name, or None."""
        table = custom_key_stores.c
        row = self._connection.execute(
            select(custom_key_stores).where(table.account_id == account_id, table.region == region, table.name == name)
        ).first()
        return None if row is None else _store(row)

    def page(self, account_id: str, region: str, after: str, limit: int) -> list[CustomKeyStore]:
        """Give up to `limit` stores of an account and Region whose ids sort after `after`."""
        table = custom_key_stores.c
        rows = self._connection.execute(
            select(custom_key_stores)
            .where(table.account_id == account_id, table.region == region, table.custom_key_store_id > after)
            .order_by(table.custom_key_store_id)
            .limit(limit)
        )
        return [_store(row) for row in rows]

    def count(self, account_id: str, region: str) -> int:
        """Count the stores of an account and Region."""
        table = custom_key_stores.c
        statement = select(func.count()).where(table.account_id == account_id, table.region == region)
        return self._connection.scalar(statement) or 0

    def at_xks_address(self, region: str, address: str) -> KeyStorePlace | None:
        """Give which external key store of a Region, whoever's it is, has its proxy at a URI, or None."""
        table = custom_key_stores.c
        row = self._connection.execute(
            select(table.account_id, table.region, table.custom_key_store_id).where(
                table.region == region, table.xks_address == address.lower()
            )
        ).first()
        return None if row is None else KeyStorePlace(*row)

    def changing(self, limit: int) -> list[CustomKeyStore]:
        """Give stores that are about to be connected or disconnected."""
        table = custom_key_stores.c
        rows = self._connection.execute(
            select(custom_key_stores)
            .where(table.connection_state.in_(("CONNECTING", "DISCONNECTING")))
            .order_by(table.account_id, table.region, table.custom_key_store_id)
            .limit(limit)
        )
        return [_store(row) for row in rows]

    def has_keys(self, place: KeyStorePlace) -> bool:
        """Tell whether any key is in a store, in whatever state."""
        return self._connection.scalar(select(keys.c.key_id).where(_in(place)).limit(1)) is not None

    def holds(self, place: KeyStorePlace, backing_key_id: str) -> bool:
        """Tell whether a key of a store stands for a key behind it."""
        statement = select(keys.c.key_id).where(_in(place), keys.c.backing_key_id == backing_key_id)
        return self._connection.scalar(statement.limit(1)) is not None


class KeyStoreWriter(KeyStoreReader):
    """Changes custom key stores in one transaction, each change with its feed entry."""

    def __init__(self, connection: Connection, now: float) -> None:
        """Change through a connection at a time."""
        super().__init__(connection)
        self._now = now

    def create(self, store: CustomKeyStore) -> None:
        """Add a store."""
        self._connection.execute(insert(custom_key_stores).values(**_columns(store)))
        self._announce(store.place)

    def update(self, store: CustomKeyStore) -> None:
        """Put a store in the place of what is kept of it; SQLite overwrites what was there."""
        self._connection.execute(update(custom_key_stores).where(_at(store.place)).values(**_columns(store)))
        self._announce(store.place)

    def delete(self, place: KeyStorePlace) -> None:
        """Delete a store; SQLite overwrites what it held."""
        self._connection.execute(delete(custom_key_stores).where(_at(place)))
        self._announce(place)

    def _announce(self, place: KeyStorePlace) -> None:
        announce(self._connection, "key_store", place, self._now)


def _in(place: KeyStorePlace) -> ColumnElement[bool]:
    return and_(
        keys.c.account_id == place.account_id,
        keys.c.region == place.region,
        keys.c.custom_key_store_id == place.custom_key_store_id,
    )
