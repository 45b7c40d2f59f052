"""The way of a request; `Pipeline.handle` is the map of the program.

receive → authenticate → parse → resolve keys → authorise → check state and usage → run → record → answer
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from strongroom.api.admission import admit
from strongroom.api.attesting import Attesting
from strongroom.api.bearers import IssuerKeys, no_issuer_keys
from strongroom.api.call import Call
from strongroom.api.context import ChangeContext, Context, Prepared, ReadContext
from strongroom.api.declare import Operation
from strongroom.api.endpoints import Endpoint, endpoint_of
from strongroom.api.finished import Finished, not_of_the_protocol, refused, succeeded
from strongroom.api.key_snapshots import Directory, KeySnapshot, TransactionDirectory
from strongroom.api.kms.grant_tokens import check_grant_tokens
from strongroom.api.managed_keys import makes_managed_keys, with_managed_key
from strongroom.api.request_quotas import Quotas, Unlimited
from strongroom.api.resolve import ManagedKeyMissingError, Scope
from strongroom.api.second_factors import SecondFactors
from strongroom.api.snapshots import Snapshots
from strongroom.api.store_requests import Errand, StoreRequests
from strongroom.api.uses import Uses
from strongroom.authn.sessions import EXPIRED_TOKEN, INVALID_TOKEN
from strongroom.authn.verify import Authenticator
from strongroom.custody.key_stores import KeyStores
from strongroom.custody.store_keys import StoreKeys
from strongroom.model.clock import Clock
from strongroom.model.errors import (
    DependencyTimeout,
    ExpiredToken,
    InternalError,
    ServiceError,
    UnrecognizedClient,
)
from strongroom.model.failures import describe
from strongroom.model.ids import new_uuid
from strongroom.model.key import KeyUse
from strongroom.model.request import Request
from strongroom.protocol.json_rpc import Refusal
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.accounts import AccountReader
from strongroom.storage.store import Change, Store, StoreBusyError

logger = logging.getLogger(__name__)


class Deferred(msgspec.Struct, frozen=True):
    """A request that needs the database: one of `run`, off the event loop, and `refuse` is to be called, once.

    Attributes:
        asks_others: whether it may wait for somebody else on the network, for seconds.
        hashes: whether it hashes a password, which takes as much memory and time as nothing else.
    """

    changes: bool
    run: Callable[[], Finished]
    refuse: Callable[[ServiceError], Finished]
    asks_others: bool = False
    hashes: bool = False


class Pipeline:
    """Handles the requests of one worker.

    Attributes:
        uses: when credentials were used last, to be written down now and then.
    """

    def __init__(  # noqa: PLR0913 - the worker's parts
        self,
        authenticator: Authenticator,
        snapshots: Snapshots,
        store: Store,
        store_keys: StoreKeys,
        clock: Clock,
        *,
        issuer_keys: IssuerKeys = no_issuer_keys,
        attesting: Attesting = Attesting(),  # noqa: B008 - it never changes
        key_stores: KeyStores,
        quotas: Quotas = Unlimited(),  # noqa: B008 - it never changes
    ) -> None:
        """Take what requests are handled with; the snapshots must be fresh whenever `handle` is called."""
        self._authenticator = authenticator
        self._snapshots = snapshots
        self._store = store
        self._store_keys = store_keys
        self._clock = clock
        self._issuer_keys = issuer_keys
        self._attesting = attesting
        self._key_stores = key_stores
        self._quotas = quotas
        self._second_factors = SecondFactors(store_keys)
        self.uses = Uses()

    def handle(self, request: Request) -> Finished | Deferred:
        """Handle a request from memory, or say how to go on off the event loop. Never raises."""
        endpoint = endpoint_of(request)
        call = self._call(request)
        if isinstance(endpoint, Refusal):
            return not_of_the_protocol(call, endpoint)
        return self._guarded(call, endpoint, partial(self._handle, call, endpoint))

    def fail(self, request: Request, error: ServiceError) -> Finished:
        """Refuse a request whoever asks, because the server cannot serve at all."""
        endpoint = endpoint_of(request)
        call = self._call(request)
        return not_of_the_protocol(call, endpoint) if isinstance(endpoint, Refusal) else refused(call, endpoint, error)

    def _call(self, request: Request) -> Call:
        now, wall = self._clock.now(), self._clock.wall()
        return Call(request=request, request_id=new_uuid(), time=now, wall=wall, name=request.method)

    def _handle(self, call: Call, endpoint: Endpoint) -> Finished | Deferred:
        operation = call.operation = endpoint.operation(call.request)
        call.name = operation.name
        if not operation.unsigned:
            call.credentials = self._authenticator.authenticate(call.request, call.wall, operation.service)
            self.uses.note(call.credentials, call.time)
        message = _parse(call, operation, endpoint)
        recipient = getattr(message, "recipient", None)
        if recipient is not None:
            call.attestation = self._attesting.verify(recipient, call.wall)
        scope = Scope(call.account_id or "", call.region)
        if operation.found_in_store or operation.unsigned:
            self._quotas.check(call, ())
            return self._deferred(call, operation, endpoint, scope)
        try:
            keys = self._admit(call, operation, scope, self._snapshots)
        except ServiceError as error:
            # What is refused counts, too.
            self._quotas.check(call, ())
            if not isinstance(error, ManagedKeyMissingError) or not makes_managed_keys(operation, call.asking):
                raise
            call.missing_key = error
            return self._deferred(call, operation, endpoint, scope)
        self._quotas.check(call, keys)
        if operation.changes or operation.reads or _takes_long(operation, message, keys):
            return self._deferred(call, operation, endpoint, scope)
        # Spelt out, for this is the way of each cryptographic operation.
        context = Context(
            caller=call.caller,
            credentials=call.credentials,
            scope=scope,
            now=call.time,
            wall=call.wall,
            keys=keys,
            by_grants=call.by_grants,
            store_keys=self._store_keys,
            attestation=call.attestation,
        )
        finished = Finished(*succeeded(call, operation, endpoint, context, operation.run(context, message)))
        if operation.uses_keys:
            self._note_keys(call, keys)
        return finished

    def _note_keys(self, call: Call, keys: tuple[KeySnapshot, ...]) -> None:
        self.uses.note_keys(
            KeyUse(
                place=key.key.place,
                operation=call.name,
                date=call.time,
                event_id=call.event_id,
                request_id=call.request_id,
            )
            for key in keys
        )

    def _admit(self, call: Call, operation: Operation, scope: Scope, directory: Directory) -> tuple[KeySnapshot, ...]:
        keys = admit(call, operation, scope, directory)
        tokens = getattr(call.message, "grant_tokens", None)
        if tokens:
            check_grant_tokens(self._store_keys, directory, call.asking.principal, keys, tokens)
        return keys

    def _deferred(self, call: Call, operation: Operation, endpoint: Endpoint, scope: Scope) -> Deferred:
        changes = operation.changes or call.missing_key is not None
        slow = operation.context is Context and not operation.unsigned and not changes
        proceed = self._change if changes else self._run_slowly if slow else self._read
        run = partial(self._off_loop, call, endpoint, partial(proceed, call, operation, endpoint, scope))
        return Deferred(changes, run, partial(refused, call, endpoint), asks_others=operation.unsigned or slow)

    def _off_loop(self, call: Call, endpoint: Endpoint, proceed: Callable[[], Finished]) -> Finished:
        outcome = self._guarded(call, endpoint, proceed)
        assert isinstance(outcome, Finished)  # noqa: S101 - what is off the loop is not deferred again
        return outcome

    def _read(self, call: Call, operation: Operation, endpoint: Endpoint, scope: Scope) -> Finished:
        bearer = operation.bearer
        fetched = None if bearer is None else bearer.fetch(self._store, self._issuer_keys, call.message)
        with self._store.read() as reader:
            self._confirm(call, reader.accounts)
            if bearer is not None:
                call.caller = bearer.prove(reader, fetched, call.wall, call.message)
                scope = Scope(call.caller.principal.account_id, call.region)
            keys = self._admit(call, operation, scope, TransactionDirectory(reader))
            context = ReadContext(keys=keys, reader=reader, **self._given(call, scope))
            return Finished(*succeeded(call, operation, endpoint, context, operation.run(context, call.message)))

    def _run_slowly(self, call: Call, operation: Operation, endpoint: Endpoint, scope: Scope) -> Finished:
        # Admitted once more, for it has waited for its turn; then nobody waits for it.
        with self._store.read() as reader:
            self._confirm(call, reader.accounts)
            directory = TransactionDirectory(reader, self._store_keys, self._store_requests(call))
            keys = self._admit(call, operation, scope, directory)
        context = Context(keys=keys, **self._given(call, scope))
        finished = Finished(*succeeded(call, operation, endpoint, context, operation.run(context, call.message)))
        if operation.uses_keys:
            self._note_keys(call, keys)
        return finished

    def _change(self, call: Call, operation: Operation, endpoint: Endpoint, scope: Scope) -> Finished:
        factor = operation.second_factor
        if operation.found_in_store and (factor is None or not factor.sent(call.message)):
            # As from memory otherwise: a request that is refused never takes the write lock.
            with self._store.read() as reader:
                self._admit(call, operation, scope, TransactionDirectory(reader))
        stores = self._store_requests(call)
        prepared = None if operation.prepare is None or stores is None else operation.prepare(stores, call.message)
        try:
            return self._commit(call, operation, endpoint, scope, prepared)
        except BaseException:
            if prepared is not None:
                prepared.abandon()
            raise

    def _commit(
        self, call: Call, operation: Operation, endpoint: Endpoint, scope: Scope, prepared: Prepared | None
    ) -> Finished:
        # Under the write lock nothing can change any more between the decision and the commit.
        with self._store.change() as change:
            self._confirm(call, change.accounts)
            self._use_second_factor(call, operation, change)
            directory = TransactionDirectory(change)
            if call.missing_key is not None:
                directory = with_managed_key(change, self._store_keys, call.missing_key)
            keys = self._admit(call, operation, scope, directory)
            given = {**self._given(call, scope), "now": change.now}
            context = ChangeContext(keys=keys, change=change, prepared=prepared, **given)
            answer, record = succeeded(call, operation, endpoint, context, operation.run(context, call.message))
            change.outbox.append(record)
        return Finished(answer, None)

    def _use_second_factor(self, call: Call, operation: Operation, change: Change) -> None:
        factor, principal = operation.second_factor, call.authenticated.principal
        if factor is not None and self._second_factors.shown(factor, change, principal, call.wall, call.message):
            call.mfa_at = call.wall

    def _given(self, call: Call, scope: Scope) -> dict[str, Any]:
        return {
            "caller": call.caller,
            "credentials": call.credentials,
            "scope": scope,
            "now": call.time,
            "wall": call.wall,
            "by_grants": call.by_grants,
            "store_keys": self._store_keys,
            "attestation": call.attestation,
            "mfa_at": call.mfa_at,
            "conditions": call.conditions,
            "custom_key_stores": self._store_requests(call),
        }

    def _store_requests(self, call: Call) -> StoreRequests | None:
        if call.caller is None:
            return None
        errand = Errand(
            request_id=call.request_id,
            operation=call.name,
            caller=call.caller,
            region=call.region,
            vpc_endpoint=call.request.vpc_endpoint,
        )
        return StoreRequests(self._key_stores, self._store, errand)

    def _confirm(self, call: Call, accounts: AccountReader) -> None:
        """Refuse credentials that were deactivated or have expired while the request waited for its turn."""
        if call.credentials is None:
            return
        session = call.credentials.session
        if session is not None:
            if self._clock.wall() >= session.expires_at:
                raise ExpiredToken(EXPIRED_TOKEN)
            return
        access_key = accounts.find_access_key(call.credentials.access_key_id)
        if access_key is None or access_key.status != "Active":
            raise UnrecognizedClient(f"{INVALID_TOKEN}.")

    def _guarded(self, call: Call, endpoint: Endpoint, step: Callable[[], Finished | Deferred]) -> Finished | Deferred:
        try:
            return step()
        except ServiceError as error:
            return refused(call, endpoint, error)
        except StoreBusyError:
            logger.warning("The database was locked too long for request %s", call.request_id)
            return refused(
                call, endpoint, DependencyTimeout("The system timed out while trying to fulfill the request.")
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer
            logger.error("Request %s failed: %s", call.request_id, describe(error))  # noqa: TRY400 - without its message
            return refused(call, endpoint, InternalError("The request failed because of an internal error."))


def _takes_long(operation: Operation, message: AwsStruct, keys: tuple[KeySnapshot, ...]) -> bool:
    """Tell whether others must not wait for a request: its own work takes long, or that of a custom key store."""
    if operation.off_loop is not None and operation.off_loop(message):
        return True
    return operation.uses_keys and any(key.custom_key_store is not None for key in keys)


def _parse(call: Call, operation: Operation, endpoint: Endpoint) -> AwsStruct:
    message = endpoint.read(operation, call.request)
    if operation.check is not None:
        operation.check(message)
    # Not before: what is within its limits can be recorded.
    call.message = message
    return message
