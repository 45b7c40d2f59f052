"""What is known of a request on its way, and the audit record that comes of it."""

import msgspec

from strongroom.api.declare import Operation, audit_name
from strongroom.api.recording import recorded_parameters
from strongroom.api.resolve import Resolved
from strongroom.audit.record import Event, encode_event
from strongroom.authn.verify import Authenticated
from strongroom.model.errors import InternalError
from strongroom.model.principal import Principal
from strongroom.model.request import Request
from strongroom.protocol.structures import AwsStruct

_NOWHERE = ""


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

    @property
    def authenticated(self) -> Authenticated:
        """Who asks and by which credentials. Raises InternalError before that is known."""
        if self.caller is None:
            raise InternalError("Nobody was authenticated.")
        return self.caller

    @property
    def principal(self) -> Principal:
        """Who asks. Raises InternalError before that is known."""
        return self.authenticated.principal


def success_record(call: Call, elements: dict[str, object] | None, made: str | None = None) -> bytes:
    """Write the record of a request that succeeded, with what is shown of its response and the key that it made."""
    new = () if made is None else ((call.principal.account_id, made),)
    return encode_event(_event(call, call.resolved, new, elements))


def refusal_record(call: Call, code: str, message: str | None = None) -> bytes:
    """Write the record of a request that was refused or failed.

    What a name stands for in another account is not the caller's to know unless the request succeeds.
    """
    account_id = None if call.caller is None else call.caller.principal.account_id
    own = tuple(each for each in call.resolved if each.account_id == account_id)
    event = _event(call, own)
    return encode_event(msgspec.structs.replace(event, error_code=code, error_message=message))


def _event(
    call: Call,
    resolved: tuple[Resolved, ...],
    made: tuple[tuple[str, str], ...] = (),
    elements: dict[str, object] | None = None,
) -> Event:
    caller, operation, request = call.caller, call.operation, call.request
    return Event(
        name=call.name,
        time=call.time,
        request_id=call.request_id,
        region=_NOWHERE if caller is None else caller.region,
        source_ip=request.source_ip,
        user_agent=request.header("user-agent") or "",
        principal=None if caller is None else caller.principal,
        access_key_id=None if caller is None else caller.access_key_id,
        session_issued_at=None if caller is None else caller.session_issued_at,
        parameters=_parameters(operation, call.message, resolved),
        elements=elements,
        resources=(*call.aliases, *((each.account_id, each.arn) for each in resolved), *made),
        read_only=operation is None or not operation.changes,
    )


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
