"""The way of a request; `Pipeline.handle` is the map of the program.

receive → authenticate → parse → resolve keys → authorise → check state and usage → run → record → answer
"""

import logging
from collections.abc import Callable
from functools import partial

import msgspec

from strongroom.api.admission import admit
from strongroom.api.call import Call, refusal_record, success_record
from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Operation
from strongroom.api.kms import OPERATIONS, TARGET_PREFIX
from strongroom.api.recording import recorded_members
from strongroom.api.resolve import Scope
from strongroom.api.snapshots import Snapshots, TransactionDirectory
from strongroom.authn.sessions import EXPIRED_TOKEN, INVALID_TOKEN
from strongroom.authn.verify import Authenticator
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.clock import Clock
from strongroom.model.errors import (
    DependencyTimeout,
    DryRunOperation,
    ExpiredToken,
    InternalError,
    InvalidGrantToken,
    ServiceError,
    UnknownOperation,
    UnrecognizedClient,
)
from strongroom.model.failures import describe
from strongroom.model.ids import new_uuid
from strongroom.model.request import Answer, Request
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
from strongroom.storage.accounts import AccountReader
from strongroom.storage.store import Store, StoreBusyError

logger = logging.getLogger(__name__)


class Finished(msgspec.Struct, frozen=True):
    """An answer and the record that must be kept before it leaves; None where it was committed with a change."""

    answer: Answer
    record: bytes | None


class Deferred(msgspec.Struct, frozen=True):
    """A request that needs the database: one of `run`, off the event loop, and `refuse` is to be called, once."""

    changes: bool
    run: Callable[[], Finished]
    refuse: Callable[[ServiceError], Finished]


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
        call = self._call(request)
        if (unreadable := refusal(request.method, request.path, request.header("content-type"))) is not None:
            return _not_of_the_protocol(call, unreadable)
        return self._guarded(call, partial(self._handle, call))

    def fail(self, request: Request, error: ServiceError) -> Finished:
        """Refuse a request whoever asks, because the server cannot serve at all."""
        return _refused(self._call(request), error)

    def _call(self, request: Request) -> Call:
        # Until it is known to be an operation, what was asked for is recorded as it was sent.
        target = request.header("x-amz-target") if request.method == "POST" else None
        name = target or request.method
        return Call(request=request, request_id=new_uuid(), time=self._clock.now(), name=name)

    def _handle(self, call: Call) -> Finished | Deferred:
        operation = _receive(call)
        caller = call.caller = self._authenticator.authenticate(call.request, self._clock.wall())
        message = _parse(call, operation)
        scope = Scope(caller.principal.account_id, caller.region)
        keys = admit(call, operation, scope, self._snapshots)
        if operation.changes or operation.reads:
            proceed = self._change if operation.changes else self._read
            run = partial(self._off_loop, call, partial(proceed, call, operation, scope))
            return Deferred(operation.changes, run, partial(_refused, call))
        context = Context(caller=caller.principal, scope=scope, now=call.time, keys=keys)
        return Finished(*_succeeded(call, operation, context, operation.run(context, message)))

    def _off_loop(self, call: Call, proceed: Callable[[], Finished]) -> Finished:
        outcome = self._guarded(call, proceed)
        assert isinstance(outcome, Finished)  # noqa: S101 - what is off the loop is not deferred again
        return outcome

    def _read(self, call: Call, operation: Operation, scope: Scope) -> Finished:
        with self._store.read() as reader:
            self._confirm(call, reader.accounts)
            keys = admit(call, operation, scope, TransactionDirectory(reader))
            context = ReadContext(caller=call.principal, scope=scope, now=call.time, keys=keys, reader=reader)
            return Finished(*_succeeded(call, operation, context, operation.run(context, call.message)))

    def _change(self, call: Call, operation: Operation, scope: Scope) -> Finished:
        # Under the write lock nothing can change any more between the decision and the commit.
        with self._store.change() as change:
            self._confirm(call, change.accounts)
            keys = admit(call, operation, scope, TransactionDirectory(change))
            context = ChangeContext(
                caller=call.principal,
                scope=scope,
                now=change.now,
                keys=keys,
                change=change,
                store_keys=self._store_keys,
            )
            answer, record = _succeeded(call, operation, context, operation.run(context, call.message))
            change.outbox.append(record)
        return Finished(answer, None)

    def _confirm(self, call: Call, accounts: AccountReader) -> None:
        """Refuse credentials that were deactivated or have expired while the request waited for its turn."""
        caller = call.authenticated
        if caller.session_expires_at is not None:
            if self._clock.wall() >= caller.session_expires_at:
                raise ExpiredToken(EXPIRED_TOKEN)
            return
        access_key = accounts.find_access_key(caller.access_key_id)
        if access_key is None or access_key.status != "Active":
            raise UnrecognizedClient(f"{INVALID_TOKEN}.")

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


def _receive(call: Call) -> Operation:
    name = operation_name(call.request.header("x-amz-target"), TARGET_PREFIX)
    operation = OPERATIONS.get(name)
    if operation is None:
        raise UnknownOperation
    call.name, call.operation = name, operation
    return operation


def _parse(call: Call, operation: Operation) -> AwsStruct:
    message: AwsStruct = decode(operation.decoder, call.request.body)
    if operation.check is not None:
        operation.check(message)
    # Not before: what is within its limits can be recorded.
    call.message = message
    if getattr(message, "grant_tokens", None):
        raise InvalidGrantToken("No grant has this token.")
    return message


def _succeeded(call: Call, operation: Operation, context: Context, response: AwsStruct | None) -> tuple[Answer, bytes]:
    """Give the answer to a request that has run, and its record; a dry run ends here."""
    if getattr(call.message, "dry_run", None):
        raise DryRunOperation("The request would have succeeded, but the DryRun option is set.")
    elements = None if operation.elements is None else recorded_members(operation.elements(context, response))
    made = None if operation.made is None else operation.made(response)
    return _answer(call, 200, encode(response)), success_record(call, elements, made)


def _refused(call: Call, error: ServiceError) -> Finished:
    recorded = None if error.told_to_caller_only else error.message
    return Finished(_answer(call, error.status, error_body(error)), refusal_record(call, error.code, recorded))


def _not_of_the_protocol(call: Call, unreadable: Refusal) -> Finished:
    if call.request.method == "OPTIONS":
        return Finished(_answer(call, 204, b""), success_record(call, None))
    answer = _answer(call, unreadable.status, unreadable.body, XML_MEDIA_TYPE)
    return Finished(answer, refusal_record(call, unreadable.code))


def _answer(call: Call, status: int, body: bytes, content_type: str = MEDIA_TYPE) -> Answer:
    return Answer(status=status, body=body, content_type=content_type, request_id=call.request_id)
