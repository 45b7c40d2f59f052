"""What is known of a request on its way, and the audit record that comes of it."""

import msgspec

from strongroom.api.declare import Operation
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
    def principal(self) -> Principal:
        """Who asks. Raises InternalError before that is known."""
        if self.caller is None:
            raise InternalError("Nobody was authenticated.")
        return self.caller.principal


def success_record(call: Call, elements: object) -> bytes:
    """Write the record of a request that succeeded, with what is shown of its response."""
    resources = (*call.aliases, *((each.account_id, each.arn) for each in call.resolved))
    return encode_event(_event(call, resources, elements=elements if isinstance(elements, dict) else None))


def refusal_record(call: Call, code: str, message: str | None = None) -> bytes:
    """Write the record of a request that was refused or failed.

    What a name stands for in another account is not the caller's to know unless the request succeeds.
    """
    own = None if call.caller is None else call.caller.principal.account_id
    resolved = ((each.account_id, each.arn) for each in call.resolved if each.account_id == own)
    return encode_event(_event(call, (*call.aliases, *resolved), error_code=code, error_message=message))


def _event(
    call: Call,
    resources: tuple[tuple[str, str], ...],
    *,
    elements: dict[str, object] | None = None,
    error_code: str | None = None,
    error_message: str | None = None,
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
        parameters=_parameters(operation, call.message),
        elements=elements,
        resources=resources,
        read_only=operation is None or not operation.changes,
        error_code=error_code,
        error_message=error_message,
    )


def _parameters(operation: Operation | None, message: AwsStruct | None) -> dict[str, object] | None:
    if operation is None or message is None:
        return None
    return recorded_parameters(operation, message)
