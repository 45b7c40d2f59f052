"""A client of the API within this process: what it asks is signed, decided and recorded like any other request."""

from collections.abc import Mapping
from typing import Any, Final, Self
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import msgspec

from strongroom.api.endpoints import SERVICES
from strongroom.api.snapshots import Snapshots
from strongroom.app.installation import Opened
from strongroom.audit.trail import TrailFile
from strongroom.authn import sigv4
from strongroom.authn.timestamps import format_basic
from strongroom.authn.verify import Authenticator
from strongroom.custody.key_stores import KeyStores, KeyStoreSettings
from strongroom.model.clock import Clock
from strongroom.model.regions import REGIONS
from strongroom.model.request import Answer, Request
from strongroom.pipeline import Deferred, Pipeline
from strongroom.protocol import json_rpc, query

_HOST: Final = "localhost"
_VERSIONS: Final = {"iam": query.IAM_VERSION, "sts": query.STS_VERSION}
_OK: Final = 200


class RequestRefusedError(Exception):
    """The service refused what this process asked of it; the message is the service's."""


class Service:
    """The service, without sockets: its records go to a trail file of their own."""

    def __init__(self, opened: Opened, trail: TrailFile) -> None:
        """Serve an opened installation. For one thread."""
        # Keys in custom key stores are for the server.
        key_stores = KeyStores(KeyStoreSettings(), opened.store_keys, opened.clock)
        self._snapshots = Snapshots(opened.store, opened.store_keys, opened.clock, key_stores)
        authenticator = Authenticator(self._snapshots, opened.session_tokens(), SERVICES, REGIONS)
        self._pipeline = Pipeline(
            authenticator, self._snapshots, opened.store, opened.store_keys, opened.clock, key_stores=key_stores
        )
        self._trail = trail

    def handle(self, request: Request) -> Answer:
        """Answer a request, after its record was written."""
        self._snapshots.refresh()
        outcome = self._pipeline.handle(request)
        if isinstance(outcome, Deferred):
            outcome = outcome.run()
        if outcome.record is not None:
            self._trail.append([outcome.record])
        return outcome.answer

    def __enter__(self) -> Self:
        """Give the service, which is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self._snapshots.close()


class Client:
    """One principal in one Region."""

    def __init__(self, service: Service, clock: Clock, region: str, access_key: Mapping[str, str]) -> None:
        """Sign with an access key in the form in which IAM and STS answer it."""
        self._service = service
        self._clock = clock
        self._region = region
        self._access_key = access_key

    def kms(self, operation: str, **members: object) -> dict[str, Any]:
        """Call an operation of KMS; gives its answer. Raises RequestRefusedError."""
        headers = {"content-type": json_rpc.MEDIA_TYPE, "x-amz-target": f"TrentService.{operation}"}
        answer = self._send("kms", headers, msgspec.json.encode(members))
        found: dict[str, Any] = msgspec.json.decode(answer.body or b"{}")
        if answer.status != _OK:
            raise RequestRefusedError(f"{operation}: {found.get('Message') or found.get('message')}")
        return found

    def query(self, api: str, operation: str, **members: object) -> dict[str, str]:
        """Call an operation of IAM or STS.

        Gives the texts of its answer by the names of their elements, of which the last counts. Raises
        RequestRefusedError.
        """
        form = {"Action": operation, "Version": _VERSIONS[api], **_flat("", members)}
        answer = self._send(api, {"content-type": query.FORM_MEDIA_TYPE}, urlencode(form).encode())
        elements = ET.fromstring(answer.body).iter()  # noqa: S314 - this process has written it
        found = {element.tag.rpartition("}")[2]: element.text or "" for element in elements}
        if answer.status != _OK:
            raise RequestRefusedError(f"{operation}: {found.get('Message')}")
        return found

    def _send(self, api: str, headers: Mapping[str, str], body: bytes) -> Answer:
        time = format_basic(self._clock.wall())
        headers = {**headers, "host": _HOST, "x-amz-date": time, "user-agent": "strongroom"}
        names = sorted(headers)
        request = Request(
            method="POST", path="/", query="", headers=tuple(headers.items()), body=body, source_ip="127.0.0.1"
        )
        date = time[:8]
        scope = sigv4.credential_scope(date, self._region, api)
        to_sign = sigv4.string_to_sign(time, scope, sigv4.canonical_request(request, headers, names))
        secret = self._access_key["SecretAccessKey"]
        signature = sigv4.SigningKey(sigv4.signing_key(secret, date, self._region, api)).sign(to_sign)
        authorization = (
            f"{sigv4.ALGORITHM} Credential={self._access_key['AccessKeyId']}/{scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        signed = (*request.headers, ("authorization", authorization))
        return self._service.handle(msgspec.structs.replace(request, headers=signed))


def _flat(prefix: str, value: object) -> dict[str, str]:
    """Spell nested members as AWS Query does: `Tags.member.1.Key`."""
    if isinstance(value, dict):
        parts = [(f"{prefix}.{name}" if prefix else name, each) for name, each in value.items()]
    elif isinstance(value, list):
        parts = [(f"{prefix}.member.{number}", each) for number, each in enumerate(value, 1)]
    else:
        return {prefix: str(value)}
    return {name: text for name_of_part, each in parts for name, text in _flat(name_of_part, each).items()}
