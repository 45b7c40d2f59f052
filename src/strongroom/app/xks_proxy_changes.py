"""Changing what an XKS proxy serves; a proxy that runs acts on it with its next request."""

from pathlib import Path
from typing import Final

import msgspec

from strongroom.app.installation import Opened
from strongroom.app.operator_records import record_operator
from strongroom.app.xks_proxy_settings import ExternalKey, NewCredential, XksStore, editing, load, new_credential, save
from strongroom.model.arn import parse_kms_arn
from strongroom.model.key import KeyPlace
from strongroom.model.xks import SIGNING_SERVICE
from strongroom.storage.store import Reader

_SYMMETRIC: Final = "SYMMETRIC_DEFAULT"


class ProxyChangeError(Exception):
    """What was asked for cannot be; the message says why."""


def add_credential(opened: Opened, path: Path, uri_path: str) -> NewCredential:
    """Make one more credential for a URI path. Raises InstallationError."""
    with editing(path):
        settings = load(path)
        store = settings.store(uri_path)
        made = new_credential(opened.store_keys, uri_path)
        kept = msgspec.structs.replace(store, credentials=(*store.credentials, made.kept))
        _record(opened, "CreateXksProxyCredential", {"uriPath": uri_path, "accessKeyId": made.kept.access_key_id})
        save(path, settings.with_store(kept))
    return made


def remove_credential(opened: Opened, path: Path, access_key_id: str) -> None:
    """Let a credential be used no more. Raises ProxyChangeError when there is none of that id; InstallationError."""
    with editing(path):
        settings = load(path)
        for store in settings.stores:
            left = tuple(each for each in store.credentials if each.access_key_id != access_key_id)
            if left != store.credentials:
                _record(opened, "DeleteXksProxyCredential", {"uriPath": store.uri_path, "accessKeyId": access_key_id})
                save(path, settings.with_store(msgspec.structs.replace(store, credentials=left)))
                return
    raise ProxyChangeError(f"there is no credential {access_key_id}")


def add_key(opened: Opened, path: Path, uri_path: str, key: ExternalKey) -> None:
    """Serve a key at a URI path.

    Raises:
        ProxyChangeError: the name is taken, the key is not there or not symmetric, or the access key is not there.
        InstallationError: the settings cannot be read or written.
    """
    with opened.store.read() as reader:
        _check(reader, key)
    with editing(path):
        settings = load(path)
        store = settings.store(uri_path)
        if store.key(key.external_key_id) is not None:
            raise ProxyChangeError(f"there is a key {key.external_key_id} at {uri_path} already; remove it first")
        _record(opened, "CreateXksProxyKey", {"uriPath": uri_path, **_shown(key)}, key.key_arn)
        save(path, settings.with_store(msgspec.structs.replace(store, keys=(*store.keys, key))))


def remove_key(opened: Opened, path: Path, uri_path: str, external_key_id: str) -> None:
    """Serve a key no more; the key itself stays. Raises ProxyChangeError when it is not served; InstallationError."""
    with editing(path):
        settings = load(path)
        store = settings.store(uri_path)
        key = store.key(external_key_id)
        if key is None:
            raise ProxyChangeError(f"there is no key {external_key_id} at {uri_path}")
        _record(opened, "DeleteXksProxyKey", {"uriPath": uri_path, **_shown(key)}, key.key_arn)
        save(path, settings.with_store(_without(store, key)))


def _check(reader: Reader, key: ExternalKey) -> None:
    arn = parse_kms_arn(key.key_arn)
    found = reader.keys.find(KeyPlace(arn.account_id, arn.region, arn.name))
    if found is None:
        raise ProxyChangeError(f"there is no key {key.key_arn}")
    if found.key_spec != _SYMMETRIC:
        raise ProxyChangeError(f"{key.key_arn} is of spec {found.key_spec}; only {_SYMMETRIC} keys can be served")
    if found.custom_key_store_id is not None:
        raise ProxyChangeError(
            f"{key.key_arn} is in a custom key store itself; only keys that are held here can be served"
        )
    if reader.accounts.find_access_key(key.access_key_id) is None:
        raise ProxyChangeError(f"there is no access key {key.access_key_id}")


def _without(store: XksStore, key: ExternalKey) -> XksStore:
    return msgspec.structs.replace(store, keys=tuple(each for each in store.keys if each != key))


def _shown(key: ExternalKey) -> dict[str, object]:
    return {"externalKeyId": key.external_key_id, "keyArn": key.key_arn, "accessKeyId": key.access_key_id}


def _record(opened: Opened, name: str, elements: dict[str, object], key_arn: str | None = None) -> None:
    # Committed before the file is replaced, so that there is no change without a record.
    account_id = "" if key_arn is None else parse_kms_arn(key_arn).account_id
    with opened.store.change() as change:
        record_operator(change, name, account_id, elements, source=SIGNING_SERVICE)
