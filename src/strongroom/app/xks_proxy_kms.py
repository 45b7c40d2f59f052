"""This installation's KMS as an XKS proxy asks it: each request is signed, decided and recorded like any other."""

from functools import partial
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from strongroom.api import kms
from strongroom.api.endpoints import JsonEndpoint
from strongroom.api.finished import Finished
from strongroom.api.kms.encryption import EncryptRequest
from strongroom.api.snapshots import Snapshots
from strongroom.app.installation import Opened
from strongroom.app.xks_proxy_settings import ExternalKey
from strongroom.authn import sigv4
from strongroom.authn.credentials import Credential
from strongroom.authn.timestamps import format_basic
from strongroom.authn.verify import Authenticator
from strongroom.custody.key_stores import KeyStores, KeyStoreSettings
from strongroom.model.arn import KmsArn, parse_kms_arn
from strongroom.model.key import KeyPlace
from strongroom.model.regions import REGIONS
from strongroom.model.request import Answer, Request
from strongroom.model.xks import MAX_PLAINTEXT
from strongroom.pipeline import Deferred, Pipeline
from strongroom.protocol import json_rpc
from strongroom.protocol.json_rpc import decoder_for
from strongroom.protocol.xks import XksError, error_of

_SERVICE: Final = "kms"
_HOST: Final = "localhost"
_OK: Final = 200


class ProxiedEncryptRequest(EncryptRequest, frozen=True, kw_only=True):
    """Encrypt, of as much as a proxy must take: KMS has encrypted the plaintext once already, so that it has grown."""

    plaintext: Annotated[bytes, Meta(min_length=1, max_length=MAX_PLAINTEXT, extra={"sensitive": True})]


_ENCRYPT: Final = msgspec.structs.replace(
    kms.OPERATIONS["Encrypt"], request=ProxiedEncryptRequest, decoder=decoder_for(ProxiedEncryptRequest)
)
_ENDPOINT: Final = JsonEndpoint(
    kms.TARGET_PREFIX,
    {"Encrypt": _ENCRYPT, **{name: kms.OPERATIONS[name] for name in ("Decrypt", "DescribeKey")}},
)


class _ProxiedPipeline(Pipeline):
    """The pipeline, for the operations of a proxy only."""

    def handle(self, request: Request) -> Finished | Deferred:
        call = self._call(request)
        return self._guarded(call, _ENDPOINT, partial(self._handle, call, _ENDPOINT))


class ProxiedKms:
    """KMS within the process, for one thread; the records of what it answers are handed out with the answers.

    Attributes:
        uses: when access keys and keys were used last, to be written down now and then.
    """

    def __init__(self, opened: Opened) -> None:
        """Serve an opened installation."""
        self.opened = opened
        # Keys in custom key stores are for the server.
        key_stores = KeyStores(KeyStoreSettings(), opened.store_keys, opened.clock)
        self._snapshots = Snapshots(opened.store, opened.store_keys, opened.clock, key_stores)
        authenticator = Authenticator(self._snapshots, opened.session_tokens(), frozenset({_SERVICE}), REGIONS)
        self._pipeline = _ProxiedPipeline(
            authenticator, self._snapshots, opened.store, opened.store_keys, opened.clock, key_stores=key_stores
        )
        self.uses = self._pipeline.uses

    def refresh(self) -> None:
        """Drop what others have changed since the last call. Raises StoreError when that cannot be known."""
        self._snapshots.refresh()

    def credential(self, access_key_id: str) -> Credential | None:
        """Give an access key of the installation, or None."""
        return self._snapshots.find(access_key_id)

    def material_ids(self, arn: KmsArn) -> tuple[str, ...]:
        """Give the ids of the materials of a key that can decrypt; they are no secret."""
        key = self._snapshots.key(KeyPlace(arn.account_id, arn.region, arn.name))
        return () if key is None else tuple(key.materials)

    def handle(self, request: Request) -> Finished:
        """Answer a request; its record is to be kept before its answer is used."""
        outcome = self._pipeline.handle(request)
        return outcome.run() if isinstance(outcome, Deferred) else outcome

    def close(self) -> None:
        """Close the watch on the store."""
        self._snapshots.close()


class Inquiry:
    """What is asked of KMS for one request of a client, in the name of an external key's access key.

    The request comes, as far as policies see, over TLS from the client's address.

    Attributes:
        arn: of the key.
        records: of what was asked.
        request_ids: likewise.
    """

    def __init__(self, service: ProxiedKms, key: ExternalKey, arrived: Request) -> None:
        """Ask about a key for a request that arrived."""
        self.service = service
        self.arn = parse_kms_arn(key.key_arn)
        self.records: list[bytes] = []
        self.request_ids: list[str] = []
        self._key = key
        self._arrived = arrived

    def ask(self, operation: str, **members: object) -> dict[str, Any]:
        """Call an operation on the key; gives its answer. Raises XksError, of the name that its error has there."""
        credential = self.service.credential(self._key.access_key_id)
        if credential is None:
            raise XksError("AccessDeniedException")
        answer = self._send(credential, operation, {"KeyId": self._key.key_arn, **members})
        found: dict[str, Any] = msgspec.json.decode(answer.body)
        if answer.status != _OK:
            raise error_of(str(found.get("__type")))
        return found

    def _send(self, credential: Credential, operation: str, members: dict[str, object]) -> Answer:
        time = format_basic(self.service.opened.clock.wall())
        headers = {
            "content-type": json_rpc.MEDIA_TYPE,
            "host": _HOST,
            "user-agent": "strongroom xks-proxy",
            "x-amz-date": time,
            "x-amz-target": f"{kms.TARGET_PREFIX}.{operation}",
        }
        request = Request(
            method="POST",
            path="/",
            query="",
            headers=tuple(headers.items()),
            body=msgspec.json.encode(members),
            source_ip=self._arrived.source_ip,
            secure=self._arrived.secure,
            vpc_endpoint=self._arrived.vpc_endpoint,
        )
        signed = ("authorization", _authorization(request, headers, credential, time, self.arn.region))
        finished = self.service.handle(msgspec.structs.replace(request, headers=(*request.headers, signed)))
        if finished.record is not None:
            self.records.append(finished.record)
        self.request_ids.append(finished.answer.request_id)
        return finished.answer


def _authorization(request: Request, headers: dict[str, str], credential: Credential, time: str, region: str) -> str:
    names, date = sorted(headers), time[:8]
    scope = sigv4.credential_scope(date, region, _SERVICE)
    to_sign = sigv4.string_to_sign(time, scope, sigv4.canonical_request(request, headers, names))
    key = sigv4.SigningKey(sigv4.signing_key(credential.secret, date, region, _SERVICE))
    return (
        f"{sigv4.ALGORITHM} Credential={credential.access_key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={key.sign(to_sign)}"
    )
