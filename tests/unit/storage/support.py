"""Databases for the tests of the store, by the name of their engine, and what is kept in them."""

from __future__ import annotations

import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Engine, event

from strongroom.model.account import AccessKey, Installation
from strongroom.model.grant import Grant
from strongroom.model.identity import Group, Role, User
from strongroom.model.key import Alias, Key, KeyMaterial, KeyPlace, KeyUse
from strongroom.model.key_store import CustomKeyStore, KeyStorePlace, XksProxyConfiguration
from strongroom.storage.accounts import StoredStoreKey
from strongroom.storage.engine import sqlite_engine
from strongroom.storage.schema import metadata
from strongroom.storage.store import Change, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
REGION = "us-east-1"
OTHER_REGION = "eu-west-1"
NOW = 1_700_000_000.0
ROOT = Path(__file__).parents[3]


class Database(Protocol):
    """A database of one engine."""

    def open(self) -> Engine:
        """Open it, as every process does for itself."""

    def open_impatiently(self) -> Engine:
        """Open it so that locks are waited for only a moment."""

    def files(self) -> Iterable[Path]:
        """All files that hold a part of it."""


@dataclass(frozen=True)
class SqliteDatabase:
    """A database in a folder of its own."""

    folder: Path

    def open(self) -> Engine:
        return sqlite_engine(self.folder / "strongroom.db")

    def open_impatiently(self) -> Engine:
        engine = self.open()

        @event.listens_for(engine, "connect")
        def shorten(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
            connection.execute("PRAGMA busy_timeout=20")

        return engine

    def files(self) -> Iterable[Path]:
        return self.folder.iterdir()


ENGINES: dict[str, Callable[[Path], Database]] = {"sqlite": SqliteDatabase}


class StillClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        raise AssertionError("changes are dated by service time")


def fill(store: Store) -> None:
    """Add what all else refers to: the installation, a store key and two accounts."""
    with store.change() as change:
        change.accounts.create_installation(new_installation(), StoredStoreKey(1, "root", b"sealed 1"))
        change.accounts.create_account(ACCOUNT)
        change.accounts.create_account(OTHER_ACCOUNT)


def new_installation(**values: Any) -> Installation:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "id": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "mode": "dev",
        "default_region": REGION,
        "creation_date": NOW,
    }
    return Installation(**{**members, **values})


def place(number: int = 1, account_id: str = ACCOUNT, region: str = REGION) -> KeyPlace:
    return KeyPlace(account_id, region, str(uuid.UUID(int=number)))


def new_key(at: KeyPlace, **values: Any) -> Key:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "description": "Ünïcode and\nlines",
        "key_spec": "SYMMETRIC_DEFAULT",
        "key_usage": "ENCRYPT_DECRYPT",
        "origin": "AWS_KMS",
        "manager": "CUSTOMER",
        "state": "Enabled",
        "creation_date": NOW + 0.25,
        "policy": '{"Version":"2012-10-17"}',
        "current_material_id": "a" * 64,
    }
    return Key(place=at, **{**members, **values})


def new_material(at: KeyPlace, **values: Any) -> KeyMaterial:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "material_id": "a" * 64,
        "store_key": 1,
        "wrapped": b"wrapped \0 material of " + at.key_id.encode(),
        "creation_date": NOW + 0.25,
    }
    return KeyMaterial(place=at, **{**members, **values})


def new_key_use(at: KeyPlace, **values: Any) -> KeyUse:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {"operation": "Decrypt", "date": NOW, "event_id": "event", "request_id": "request"}
    return KeyUse(place=at, **{**members, **values})


def new_key_store(number: int = 1, **values: Any) -> CustomKeyStore:  # noqa: ANN401 - of any member's type
    proxy = XksProxyConfiguration(
        connectivity="PUBLIC_ENDPOINT",
        uri_endpoint=f"https://proxy{number}.example.com",
        uri_path="/kms/xks/v1",
        access_key_id="EXAMPLEACCESSKEYID22",
    )
    members: dict[str, Any] = {
        "place": KeyStorePlace(ACCOUNT, REGION, f"cks-{number:017x}"),
        "name": f"store {number}",
        "type": "EXTERNAL_KEY_STORE",
        "creation_date": NOW,
        "xks_proxy": proxy,
        "store_key": 1,
        "wrapped_secret": b"wrapped",
    }
    return CustomKeyStore(**{**members, **values})


def new_alias(name: str, at: KeyPlace, **values: Any) -> Alias:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {"creation_date": NOW, "last_updated_date": NOW}
    return Alias(
        account_id=at.account_id,
        region=at.region,
        name=f"alias/{name}",
        target_key_id=at.key_id,
        **{**members, **values},
    )


def new_access_key(access_key_id: str = "AKIAEXAMPLE", **values: Any) -> AccessKey:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "owner_id": ACCOUNT,
        "account_id": ACCOUNT,
        "status": "Active",
        "store_key": 1,
        "wrapped_secret": b"wrapped \0 secret",
        "creation_date": NOW,
    }
    return AccessKey(access_key_id=access_key_id, **{**members, **values})


def new_user(user_name: str = "Bob", **values: Any) -> User:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {"account_id": ACCOUNT, "user_id": "AIDAEXAMPLE", "creation_date": NOW}
    return User(user_name=user_name, **{**members, **values})


def new_group(group_name: str = "Group", **values: Any) -> Group:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {"account_id": ACCOUNT, "group_id": "AGPAEXAMPLE", "creation_date": NOW}
    return Group(group_name=group_name, **{**members, **values})


def new_role(role_name: str = "Role", **values: Any) -> Role:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "account_id": ACCOUNT,
        "role_id": "AROAEXAMPLE",
        "creation_date": NOW,
        "trust_policy": '{"Version":"2012-10-17"}',
    }
    return Role(role_name=role_name, **{**members, **values})


def new_grant(at: KeyPlace, number: int = 1, **values: Any) -> Grant:  # noqa: ANN401 - of any member's type
    members: dict[str, Any] = {
        "name": "",
        "grantee": "AIDAALICE",
        "retiring": None,
        "operations": ("Decrypt", "Encrypt"),
        "constraints": None,
        "issuing_account": ACCOUNT,
        "creation_date": NOW + 0.25,
    }
    return Grant(place=at, grant_id=f"{number:064x}", **{**members, **values})


def add_key(change: Change, at: KeyPlace, **values: Any) -> None:  # noqa: ANN401 - of any member's type
    change.keys.create(new_key(at, **values), new_material(at))


def content(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows of all tables."""
    with engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def increment(store: Store) -> None:
    """Read a number, the value of a tag, and write the next."""
    with store.change() as change:
        [(_, value)] = change.tags.page(place(), "", 10)
        change.tags.put(place(), {"number": str(int(value) + 1)})


def start_incrementing(engine: str, folder: Path, times: int) -> subprocess.Popen[bytes]:
    """Increment in a process of its own."""
    command = [sys.executable, "-m", "tests.unit.storage.support", engine, str(folder), str(times)]
    return subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - this very file


def _increment(engine: str, folder: str, times: str) -> None:
    opened = ENGINES[engine](Path(folder)).open()
    store = Store(opened, StillClock())
    for _ in range(int(times)):
        increment(store)
    store.close()


if __name__ == "__main__":
    _increment(*sys.argv[1:])
