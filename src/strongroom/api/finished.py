"""Answers, each with the audit record that must be kept before it leaves."""

import msgspec

from strongroom.api.call import Call, refusal_record, success_record
from strongroom.api.context import Context
from strongroom.api.declare import Operation
from strongroom.api.endpoints import Endpoint
from strongroom.api.recording import recorded_members
from strongroom.model.errors import DryRunOperation, ServiceError
from strongroom.model.request import Answer
from strongroom.protocol.json_rpc import MEDIA_TYPE, XML_MEDIA_TYPE, Refusal
from strongroom.protocol.structures import AwsStruct


class Finished(msgspec.Struct, frozen=True):
    """An answer and the record that must be kept before it leaves; None where it was committed with a change."""

    answer: Answer
    record: bytes | None


def succeeded(
    call: Call, operation: Operation, endpoint: Endpoint, context: Context, response: AwsStruct | None
) -> tuple[Answer, bytes]:
    """Give the answer to a request that has run, and its record; a dry run ends here."""
    if getattr(call.message, "dry_run", None):
        raise DryRunOperation("The request would have succeeded, but the DryRun option is set.")
    elements = None if operation.elements is None else recorded_members(operation.elements(context, response))
    made = None if operation.made is None else operation.made(response)
    additional = None if operation.additional is None else operation.additional(context, response)
    body = endpoint.write(operation, response, call.request_id)
    return _answer(call, 200, body, endpoint.media_type), success_record(call, elements, made, additional)


def refused(call: Call, endpoint: Endpoint, error: ServiceError) -> Finished:
    """Give the answer to a request that is refused, and its record."""
    if call.operation is None:
        # It is not known to be an operation, so what was asked for is recorded as it was sent.
        call.name = endpoint.asked(call.request)
    recorded = None if error.told_to_caller_only else error.message
    refusal = endpoint.refuse(error, call.request_id)
    answer = _answer(call, refusal.status, refusal.body, endpoint.media_type)
    return Finished(answer, refusal_record(call, refusal.code, recorded))


def not_of_the_protocol(call: Call, unreadable: Refusal) -> Finished:
    """Give the answer to what is no request of any protocol spoken here, and its record."""
    if call.request.method == "OPTIONS":
        return Finished(_answer(call, 204, b"", MEDIA_TYPE), success_record(call, None))
    answer = _answer(call, unreadable.status, unreadable.body, XML_MEDIA_TYPE)
    return Finished(answer, refusal_record(call, unreadable.code))


def _answer(call: Call, status: int, body: bytes, content_type: str) -> Answer:
    return Answer(status=status, body=body, content_type=content_type, request_id=call.request_id)
