"""What is known of a request on its way, and the audit record that comes of it."""

import msgspec

from strongroom.api.callers import Caller
from strongroom.api.declare import Operation, audit_name
from strongroom.api.recording import recorded_parameters
from strongroom.api.resolve import ManagedKeyMissingError, Resolved
from strongroom.api.resources import Resource
from strongroom.audit.record import Event, encode_event
from strongroom.authn.sessions import NO_TERMS
from strongroom.authn.verify import Authenticated
from strongroom.crypto.attestation import Attestation, recorded
from strongroom.model.errors import InternalError
from strongroom.model.grant import Grant
from strongroom.model.ids import new_uuid
from strongroom.model.principal import Principal
from strongroom.model.request import Request
from strongroom.policy.query import NO_CONTEXT, ConditionContext
from strongroom.protocol.structures import AwsStruct

_NOWHERE = ""


class Call(msgspec.Struct, kw_only=True):
    """What is known of a request so far; a refusal records as much as that.

    Attributes:
        time: service time in epoch seconds.
        event_id: of its audit record.
        wall: time on the wall in epoch seconds.
        credentials: by what it was signed.
        caller: who asks, as of now.
        resource: of an action of IAM or STS.
        conditions: the condition keys that the last permission was decided by.
        missing_key: the AWS managed key that is made first, if the request may use it.
        by_grants: the grants that allowed what nothing else did.
        mfa_at: when a second factor was shown with this very request, in seconds since the epoch.
        attestation: whom the secrets of the answer are for, where it is not the caller.
    """

    request: Request
    request_id: str
    event_id: str = msgspec.field(default_factory=new_uuid)
    time: float
    wall: float
    name: str
    operation: Operation | None = None
    credentials: Authenticated | None = None
    caller: Caller | None = None
    message: AwsStruct | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    resolved: tuple[Resolved, ...] = ()
    resource: Resource | None = None
    missing_key: ManagedKeyMissingError | None = None
    by_grants: tuple[Grant, ...] = ()
    conditions: ConditionContext = NO_CONTEXT
    mfa_at: float | None = None
    attestation: Attestation | None = None

    @property
    def authenticated(self) -> Authenticated:
        """By what it was signed. Raises InternalError before that is known."""
        if self.credentials is None:
            raise InternalError("Nobody was authenticated.")
        return self.credentials

    @property
    def asking(self) -> Caller:
        """Who asks. Raises InternalError before that is known."""
        if self.caller is None:
            raise InternalError("Nobody was authenticated.")
        return self.caller

    @property
    def principal(self) -> Principal | None:
        """Who asks, as far as it is known."""
        if self.caller is not None:
            return self.caller.principal
        return None if self.credentials is None else self.credentials.principal

    @property
    def region(self) -> str:
        """The Region of the request's credential scope; empty where it has none."""
        return _NOWHERE if self.credentials is None else self.credentials.region

    @property
    def account_id(self) -> str | None:
        """The account that asks, as far as it is known."""
        principal = self.principal
        return None if principal is None else principal.account_id


def success_record(
    call: Call,
    elements: dict[str, object] | None,
    made: str | None = None,
    additional: dict[str, object] | None = None,
) -> bytes:
    """Write the record of a request that succeeded, with what is shown of its response and the key that it made."""
    new = () if made is None else ((call.account_id or _NOWHERE, made),)
    return encode_event(_event(call, call.resolved, new, elements, additional))


def refusal_record(call: Call, code: str, message: str | None = None) -> bytes:
    """Write the record of a request that was refused or failed.

    What a name stands for in another account is not the caller's to know unless the request succeeds.
    """
    own = tuple(each for each in call.resolved if each.account_id == call.account_id)
    event = _event(call, own)
    return encode_event(msgspec.structs.replace(event, error_code=code, error_message=message))


def _event(
    call: Call,
    resolved: tuple[Resolved, ...],
    made: tuple[tuple[str, str], ...] = (),
    elements: dict[str, object] | None = None,
    additional: dict[str, object] | None = None,
) -> Event:
    signed, operation, request = call.credentials, call.operation, call.request
    session = None if signed is None else signed.session
    terms = NO_TERMS if session is None else session.terms
    return Event(
        name=call.name,
        event_id=call.event_id,
        time=call.time,
        request_id=call.request_id,
        region=call.region,
        source_ip=request.source_ip,
        user_agent=request.header("user-agent") or "",
        principal=call.principal,
        access_key_id=None if signed is None else signed.access_key_id,
        session_issued_at=None if session is None else session.issued_at,
        mfa_authenticated=terms.mfa_at is not None,
        source_identity=terms.source_identity,
        invoked_by=None if terms.service_call is None else terms.service_call.service,
        parameters=_parameters(operation, call.message, resolved),
        additional=_with_recipient(call, additional) or None,
        elements=elements,
        resources=(*call.aliases, *((each.account_id, each.arn) for each in resolved), *_other(call), *made),
        read_only=operation is None or operation.read_only or not operation.changes,
        service="kms" if operation is None else operation.service,
    )


def _with_recipient(call: Call, additional: dict[str, object] | None) -> dict[str, object] | None:
    if call.attestation is None:
        return additional
    return {**(additional or {}), "recipient": recorded(call.attestation)}


def _other(call: Call) -> tuple[tuple[str, str], ...]:
    resource = call.resource
    if resource is None or not resource.arn.startswith("arn:"):
        return ()
    # Whose it is says its ARN; for the decision a grant counts as its retiring principal's.
    account_id = resource.arn.split(":", 5)[4:5]
    return ((account_id[0] if account_id else resource.account_id, resource.arn),)


def _parameters(
    operation: Operation | None, message: AwsStruct | None, resolved: tuple[Resolved, ...]
) -> dict[str, object] | None:
    if operation is None or message is None:
        return None
    shown = recorded_parameters(operation, message)
    for each in resolved:
        if each.by_ciphertext is not None:
            shown[audit_name(operation.request, each.by_ciphertext)] = each.arn
    return shown or None
