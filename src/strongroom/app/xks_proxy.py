"""Serving the XKS proxy API: keys of this installation, for external key stores of AWS KMS or of another Strongroom.

check method → authenticate → find store and key → read → ask KMS → record → answer
"""

import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from strongroom import __version__
from strongroom.app import xks_proxy_keys
from strongroom.app.dispatch import Exchange
from strongroom.app.xks_proxy_authentication import Client, authenticate
from strongroom.app.xks_proxy_kms import Inquiry, ProxiedKms
from strongroom.app.xks_proxy_stores import Stores
from strongroom.audit.record import Event, encode_event
from strongroom.audit.trail import TrailFile
from strongroom.model.arn import key_arn
from strongroom.model.failures import describe
from strongroom.model.ids import new_uuid
from strongroom.model.request import Answer, Request
from strongroom.model.xks import (
    MEDIA_TYPE,
    SIGNING_SERVICE,
    DecryptRequest,
    EkmFleetDetail,
    EncryptRequest,
    HealthRequest,
    HealthResponse,
)
from strongroom.protocol.xks import METHOD_NOT_ALLOWED, Message, Route, XksError, decode, error_body, route

logger = logging.getLogger(__name__)

_OK: Final = 200
_NAME: Final = "Strongroom"


class _Call(msgspec.Struct, kw_only=True):
    """What is known of a request so far; its record tells as much."""

    request: Request
    request_id: str
    client: Client | None = None
    route: Route | None = None
    message: Message | None = None
    inquiry: Inquiry | None = None


class XksProxy:
    """Answers the requests of one worker; for one thread. No answer leaves before its record is in the trail file."""

    def __init__(self, kms: ProxiedKms, stores: Stores, trail: TrailFile) -> None:
        """Take what is asked, what is served, and where records go."""
        self._kms = kms
        self._stores = stores
        self._trail = trail
        self._clock = kms.opened.clock

    def handle(self, exchanges: Sequence[Exchange]) -> None:
        """Answer each request, from memory."""
        for exchange in exchanges:
            answer, records = self.answer(exchange.request)
            if self._keep(records):
                exchange.answer(answer)
            else:
                exchange.abandon()

    def malformed(self, source_ip: str, answer_status: int, reason: str) -> bool:
        """Record a request that is not HTTP; False when it could not be recorded."""
        event = Event(
            name="MalformedRequest",
            time=self._clock.now(),
            request_id="",
            region="",
            source_ip=source_ip,
            user_agent="",
            service=SIGNING_SERVICE,
            read_only=True,
            error_code=f"HTTP {answer_status}",
            error_message=reason,
        )
        return self._keep([encode_event(event)])

    def answer(self, request: Request) -> tuple[Answer, list[bytes]]:
        """Give the answer to a request, and the records to keep before it leaves: those of KMS, and its own."""
        call = _Call(request=request, request_id=new_uuid())
        error: XksError | None = None
        try:
            status, body = _OK, msgspec.json.encode(self._run(call))
        except XksError as refused:
            error = refused
        except Exception as failure:  # noqa: BLE001 - whatever it is, the client gets an answer
            logger.error("Request %s failed: %s", call.request_id, describe(failure))  # noqa: TRY400 - no message
            error = XksError("InternalException")
        if error is not None:
            status, body = error.status, error_body(error)
        asked = [] if call.inquiry is None else call.inquiry.records
        answer = Answer(status=status, body=body, content_type=MEDIA_TYPE, request_id=call.request_id)
        return answer, [*asked, self._record(call, error)]

    def _run(self, call: _Call) -> msgspec.Struct:
        request = call.request
        if request.method != "POST":
            raise XksError("UnsupportedOperationException", "The method is not POST.", METHOD_NOT_ALLOWED)
        # Whoever cannot know that it is up to date must not decide.
        self._kms.refresh()
        self._stores.refresh()
        # Before the path is looked at: strangers are not told which paths there are.
        call.client = authenticate(request, self._stores.clients, self._clock.wall())
        call.route = route(request.path, request.query)
        if call.route.uri_path != call.client.uri_path:
            raise XksError("InvalidUriPathException")
        call.message = decode(call.route.operation, request.body)
        if isinstance(call.message, HealthRequest):
            return self._health()
        key = self._stores.store(call.route.uri_path).key(call.route.external_key_id)
        if key is None:
            raise XksError("KeyNotFoundException")
        call.inquiry = Inquiry(self._kms, key, request)
        return _ask(call.inquiry, call.message)

    def _health(self) -> HealthResponse:
        # All that an answer needs was looked at just before: the database, the store keys, the settings.
        manager = EkmFleetDetail(
            id=self._kms.opened.installation.id, model=f"{_NAME} {__version__}", health_status="ACTIVE"
        )
        return HealthResponse(
            xks_proxy_fleet_size=1,
            xks_proxy_vendor=_NAME,
            xks_proxy_model=f"{_NAME} XKS proxy {__version__}",
            ekm_vendor=_NAME,
            ekm_fleet_details=(manager,),
        )

    def _record(self, call: _Call, error: XksError | None) -> bytes:
        request, found, inquiry = call.request, call.route, call.inquiry
        arn = None if inquiry is None else inquiry.arn
        event = Event(
            name=request.method if found is None else found.operation,
            time=self._clock.now(),
            request_id=call.request_id,
            region="" if arn is None else arn.region,
            source_ip=request.source_ip,
            user_agent=request.header("user-agent") or "",
            service=SIGNING_SERVICE,
            parameters=_parameters(call),
            additional=_additional(call),
            resources=() if arn is None else ((arn.account_id, key_arn(arn.account_id, arn.region, arn.name)),),
            read_only=True,
            error_code=None if error is None else error.name,
            error_message=None if error is None else error.message,
        )
        return encode_event(event)

    def _keep(self, records: Sequence[bytes]) -> bool:
        try:
            self._trail.append(records)
        except OSError:
            logger.exception("The trail cannot be written; a request goes without an answer")
            return False
        return True


def _ask(inquiry: Inquiry, message: Message) -> msgspec.Struct:
    if isinstance(message, EncryptRequest):
        return xks_proxy_keys.encrypt(inquiry, message)
    if isinstance(message, DecryptRequest):
        return xks_proxy_keys.decrypt(inquiry, message)
    return xks_proxy_keys.metadata(inquiry)


def _parameters(call: _Call) -> dict[str, object] | None:
    if call.route is None:
        return None
    parameters: dict[str, object] = {"uriPath": call.route.uri_path}
    if call.route.external_key_id:
        parameters["externalKeyId"] = call.route.external_key_id
    if call.message is not None:
        parameters["requestMetadata"] = msgspec.to_builtins(call.message.request_metadata)
    return parameters


def _additional(call: _Call) -> dict[str, object] | None:
    if call.client is None:
        return None
    additional: dict[str, object] = {"proxyAccessKeyId": call.client.access_key_id}
    if call.inquiry is not None:
        additional["kmsRequestIds"] = call.inquiry.request_ids
    return additional
