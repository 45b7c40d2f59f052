"""An XKS proxy in this process without sockets, over a service of the test's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from strongroom.app.xks_proxy import XksProxy
from strongroom.app.xks_proxy_changes import add_credential, add_key
from strongroom.app.xks_proxy_kms import ProxiedKms
from strongroom.app.xks_proxy_settings import FILE_NAME, ExternalKey
from strongroom.app.xks_proxy_stores import Stores
from strongroom.audit.trail import TrailFile
from strongroom.model.request import Request
from tests.support.xks_proxy_client import Answered, Credential, signed_headers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.support.in_process import InProcess

HOST = "proxy.test"
SOURCE_IP = "192.0.2.44"
URI_PATH = "/team-a/kms/xks/v1"
KEY = "payroll"


def request(method: str, path: str, body: bytes, headers: Mapping[str, str], query: str = "") -> Request:
    """Make a request as the server gives it."""
    return Request(
        method=method,
        path=path,
        query=query,
        headers=tuple((name.lower(), value) for name, value in headers.items()),
        body=body,
        source_ip=SOURCE_IP,
        secure=True,
    )


def signed(credential: Credential, path: str, message: object) -> Request:
    """Make a request that a client has signed."""
    body = json.dumps(message).encode()
    return request("POST", path, body, signed_headers(credential, HOST, path, body))


class Exchanged(NamedTuple):
    """An answer, and what was recorded of it."""

    answered: Answered
    records: list[dict[str, Any]]


class Proxied:
    """A proxy, with a key of the root user's and a client."""

    def __init__(self, service: InProcess) -> None:
        self.service = service
        self.settings: Path = service.folder.path / FILE_NAME
        self.root = service.root()
        self.arn = self.root.key()
        self.credential = self.new_credential()
        self.add_key(KEY, self.arn)
        self.kms = ProxiedKms(service.opened)
        self.trail = TrailFile(service.folder.trail / "xks-proxy-0.jsonl")
        self.stores = Stores(self.settings, service.opened.store_keys)
        self.proxy = XksProxy(self.kms, self.stores, self.trail)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kms.close()
        self.trail.close()

    def new_credential(self, uri_path: str = URI_PATH) -> Credential:
        made = add_credential(self.service.opened, self.settings, uri_path)
        return Credential(uri_path, made.kept.access_key_id, made.secret_access_key)

    def add_key(self, external_key_id: str, arn: str, access_key_id: str | None = None) -> None:
        by = access_key_id or self.service.created.credentials.access_key_id
        add_key(
            self.service.opened,
            self.settings,
            URI_PATH,
            ExternalKey(external_key_id=external_key_id, key_arn=arn, access_key_id=by),
        )

    def exchange(self, sent: Request) -> Exchanged:
        answer, records = self.proxy.answer(sent)
        assert answer.content_type == "application/json"
        return Exchanged(Answered(answer.status, json.loads(answer.body)), [json.loads(each) for each in records])

    def key(self, operation: str, message: object, external_key_id: str = KEY) -> Answered:
        """Call an operation on a key."""
        path = f"{URI_PATH}/keys/{external_key_id}/{operation}"
        return self.exchange(signed(self.credential, path, message)).answered
