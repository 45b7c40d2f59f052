"""The way of a request; `Pipeline.handle` is the map of the program.

receive → authenticate → parse → resolve keys → authorise → check state and usage → run → record → answer
"""

import logging
import uuid
from collections.abc import Callable
from functools import partial

import msgspec

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Operation
from strongroom.api.key_states import check_state
from strongroom.api.kms import OPERATIONS, TARGET_PREFIX
from strongroom.api.recording import recorded_parameters, recorded_value
from strongroom.api.resolve import Resolved, Scope
from strongroom.api.snapshots import Directory, KeySnapshot, Snapshots, TransactionDirectory
from strongroom.audit.record import Event, encode_event
from strongroom.authn.verify import Authenticated, Authenticator
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.arn import alias_arn
from strongroom.model.clock import Clock
from strongroom.model.errors import (
    AccessDenied,
    DependencyTimeout,
    DryRunOperation,
    InternalError,
    InvalidGrantToken,
    InvalidKeyUsage,
    ServiceError,
    UnknownOperation,
)
from strongroom.model.failures import describe
from strongroom.model.principal import Principal
from strongroom.model.request import Answer, Request
from strongroom.policy.decide import absent_key, decide
from strongroom.policy.denial import denial_message
from strongroom.policy.query import Query
from strongroom.protocol.json_rpc import (
    MEDIA_TYPE,
    XML_MEDIA_TYPE,
    Refusal,
    decode,
    encode,
    error_body,
    operation_name,
    refusal,
)
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Store, StoreBusyError

logger = logging.getLogger(__name__)

_NOWHERE = ""


class Finished(msgspec.Struct, frozen=True):
    """An answer and the record that must be kept before it leaves; None where it was committed with a change."""

    answer: Answer
    record: bytes | None


class Deferred(msgspec.Struct, frozen=True):
    """A request that needs the database: `run` is to be called off the event loop, once."""

    changes: bool
    run: Callable[[], Finished]


class Call(msgspec.Struct, kw_only=True):
    """What is known of a request so far; a refusal records as much as that."""

    request: Request
    request_id: str
    time: float
    name: str
    operation: Operation | None = None
    caller: Authenticated | None = None
    message: AwsStruct | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    resolved: tuple[Resolved, ...] = ()


class Pipeline:
    """Handles the requests of one worker."""

    def __init__(
        self, authenticator: Authenticator, snapshots: Snapshots, store: Store, store_keys: StoreKeys, clock: Clock
    ) -> None:
        """Take what requests are handled with; the snapshots must be fresh whenever `handle` is called."""
        self._authenticator = authenticator
        self._snapshots = snapshots
        self._store = store
        self._store_keys = store_keys
        self._clock = clock

    def handle(self, request: Request) -> Finished | Deferred:
        """Handle a request from memory, or say how to go on off the event loop. Never raises."""
        call = Call(request=request, request_id=str(uuid.uuid4()), time=self._clock.now(), name=request.method)
        if (unreadable := refusal(request.method, request.header("content-type"))) is not None:
            return _not_of_the_protocol(call, unreadable)
        return self._guarded(call, partial(self._handle, call))

    def fail(self, request: Request, error: ServiceError) -> Finished:
        """Refuse a request without looking at it, because the server cannot serve at all."""
        call = Call(request=request, request_id=str(uuid.uuid4()), time=self._clock.now(), name=request.method)
        return _refused(call, error)

    def _handle(self, call: Call) -> Finished | Deferred:
        operation = _receive(call)
        caller = call.caller = self._authenticator.authenticate(call.request, self._clock.wall())
        message = _parse(call, operation)
        scope = Scope(caller.principal.account_id, caller.region)
        keys = admit(call, operation, scope, self._snapshots)
        if operation.changes or operation.reads:
            proceed = self._change if operation.changes else self._read
            return Deferred(operation.changes, partial(self._off_loop, call, partial(proceed, call, operation, scope)))
        context = Context(caller=caller.principal, scope=scope, now=call.time, keys=keys)
        return _succeeded(call, operation, context, operation.run(context, message))

    def _off_loop(self, call: Call, proceed: Callable[[], Finished]) -> Finished:
        outcome = self._guarded(call, proceed)
        assert isinstance(outcome, Finished)  # noqa: S101 - what is off the loop is not deferred again
        return outcome

    def _read(self, call: Call, operation: Operation, scope: Scope) -> Finished:
        with self._store.read() as reader:
            keys = admit(call, operation, scope, TransactionDirectory(reader))
            context = ReadContext(caller=_principal(call), scope=scope, now=call.time, keys=keys, reader=reader)
            return _succeeded(call, operation, context, operation.run(context, call.message))

    def _change(self, call: Call, operation: Operation, scope: Scope) -> Finished:
        # Under the write lock nothing can change any more between the decision and the commit.
        with self._store.change() as change:
            keys = admit(call, operation, scope, TransactionDirectory(change))
            context = ChangeContext(
                caller=_principal(call),
                scope=scope,
                now=change.now,
                keys=keys,
                change=change,
                store_keys=self._store_keys,
            )
            finished = _succeeded(call, operation, context, operation.run(context, call.message))
            change.outbox.append(finished.record or b"")
        return Finished(finished.answer, None)

    def _guarded(self, call: Call, step: Callable[[], Finished | Deferred]) -> Finished | Deferred:
        try:
            return step()
        except ServiceError as error:
            return _refused(call, error)
        except StoreBusyError:
            logger.warning("The database was locked too long for request %s", call.request_id)
            return _refused(call, DependencyTimeout("The system timed out while trying to fulfill the request."))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            logger.error("Request %s failed: %s", call.request_id, describe(error))  # noqa: TRY400 - without its message
            return _refused(call, InternalError("The request failed because of an internal error."))


def admit(call: Call, operation: Operation, scope: Scope, directory: Directory) -> tuple[KeySnapshot, ...]:
    """Resolve the keys of a request, authorise it for each, and check their states and usages.

    Raises NotFound, InvalidArn or InvalidCiphertext for keys that are not there, AccessDenied, and the errors of
    states and usages, in this order.
    """
    call.aliases = tuple(
        (scope.account_id, alias_arn(*scope, getattr(call.message, needs.alias)))
        for needs in operation.needs
        if needs.alias is not None
    )
    call.resolved = tuple(
        needs.key.resolve(directory, scope, call.message) for needs in operation.needs if needs.key is not None
    )
    keys = _authorise(call, operation, scope)
    needing = [needs for needs in operation.needs if needs.key is not None]
    for needs, key in zip(needing, keys, strict=True):
        check_state(needs.states, key.key)
    for needs, key in zip(needing, keys, strict=True):
        if needs.usage is not None and key.key.key_usage != needs.usage:
            raise InvalidKeyUsage(
                f"{key.arn} key usage is {key.key.key_usage} which is not valid for {operation.name}."
            )
    return keys


def _receive(call: Call) -> Operation:
    target = call.request.header("x-amz-target")
    call.name = target or call.name
    name = operation_name(target, TARGET_PREFIX)
    operation = OPERATIONS.get(name)
    if operation is None:
        raise UnknownOperation
    call.name, call.operation = name, operation
    return operation


def _parse(call: Call, operation: Operation) -> AwsStruct:
    message: AwsStruct = decode(operation.decoder, call.request.body)
    call.message = message
    if operation.check is not None:
        operation.check(message)
    if getattr(message, "grant_tokens", None):
        raise InvalidGrantToken("No grant has this token.")
    return message


def _authorise(call: Call, operation: Operation, scope: Scope) -> tuple[KeySnapshot, ...]:
    found = iter(call.resolved)
    keys = []
    for needs in operation.needs:
        if needs.key is None:
            _authorise_without_key(call, needs.action, needs.alias, scope)
            continue
        resolved = next(found)
        query = Query(
            principal=_principal(call),
            action=needs.action,
            resource_arn=resolved.arn,
            resource_account=resolved.account_id,
            cross_account=needs.cross_account,
        )
        key = resolved.key
        decision = absent_key() if key is None else decide(query, key.policy)
        if key is None or not decision.allowed:
            raise AccessDenied(denial_message(decision, query, by_ciphertext=resolved.by_ciphertext))
        keys.append(key)
    return tuple(keys)


def _authorise_without_key(call: Call, action: str, alias: str | None, scope: Scope) -> None:
    resource = "*" if alias is None else alias_arn(*scope, getattr(call.message, alias))
    query = Query(principal=_principal(call), action=action, resource_arn=resource, resource_account=scope.account_id)
    decision = decide(query, None)
    if not decision.allowed:
        raise AccessDenied(denial_message(decision, query))


def _principal(call: Call) -> Principal:
    if call.caller is None:
        raise InternalError("Nobody was authenticated.")
    return call.caller.principal


def _succeeded(call: Call, operation: Operation, context: Context, response: AwsStruct | None) -> Finished:
    if getattr(call.message, "dry_run", None):
        raise DryRunOperation("The request would have succeeded, but the DryRun option is set.")
    elements = None if operation.elements is None else recorded_value(operation.elements(context, response))
    answer = Answer(status=200, body=encode(response), content_type=MEDIA_TYPE, request_id=call.request_id)
    return Finished(answer, _record(call, elements=elements))


def _refused(call: Call, error: ServiceError) -> Finished:
    answer = Answer(status=error.status, body=error_body(error), content_type=MEDIA_TYPE, request_id=call.request_id)
    return Finished(answer, _record(call, error_code=error.code, error_message=error.message))


def _not_of_the_protocol(call: Call, unreadable: Refusal) -> Finished:
    if call.request.method == "OPTIONS":
        answer = Answer(status=204, body=b"", content_type=MEDIA_TYPE, request_id=call.request_id)
        return Finished(answer, _record(call))
    answer = Answer(
        status=unreadable.status, body=unreadable.body, content_type=XML_MEDIA_TYPE, request_id=call.request_id
    )
    return Finished(answer, _record(call, error_code=unreadable.code))


def _record(
    call: Call, *, elements: object = None, error_code: str | None = None, error_message: str | None = None
) -> bytes:
    caller, operation, request = call.caller, call.operation, call.request
    return encode_event(
        Event(
            name=call.name,
            time=call.time,
            request_id=call.request_id,
            region=_NOWHERE if caller is None else caller.region,
            source_ip=request.source_ip,
            user_agent=request.header("user-agent") or "",
            principal=None if caller is None else caller.principal,
            access_key_id=None if caller is None else caller.access_key_id,
            parameters=_parameters(operation, call.message),
            elements=elements if isinstance(elements, dict) else None,
            resources=(*call.aliases, *((each.account_id, each.arn) for each in call.resolved)),
            read_only=operation is None or not operation.changes,
            error_code=error_code,
            error_message=error_message,
        )
    )


def _parameters(operation: Operation | None, message: AwsStruct | None) -> dict[str, object] | None:
    if operation is None or message is None:
        return None
    return recorded_parameters(operation, message)
