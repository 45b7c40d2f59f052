"""The AWS JSON 1.1 protocol: target header and JSON body in, JSON body out.

Source: Smithy, "AWS JSON 1.1 protocol"; the bodies of refusals are those that AWS's JSON front end is known to give.
"""

from functools import cache
from typing import TypeVar

import msgspec

from strongroom.model.errors import ServiceError, UnknownOperation
from strongroom.protocol.plan import plan_of
from strongroom.protocol.structures import AwsStruct
from strongroom.protocol.validation import explain

MEDIA_TYPE = "application/x-amz-json-1.1"
XML_MEDIA_TYPE = "application/xml"

S = TypeVar("S", bound=AwsStruct)

_encode = msgspec.json.Encoder().encode


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a request that is not of this protocol, whose client therefore cannot be told in JSON.

    `code` is the AWS error code, for the record; `body` is XML, its media type is `XML_MEDIA_TYPE`.
    """

    code: str
    status: int
    body: bytes


def xml_error(code: str, message: str | None = None) -> bytes:
    """Render an error as the front end does before it knows the client's protocol; both texts must be plain."""
    if message is None:
        return f"<{code}/>\n".encode()
    return f"<{code}>\n  <Message>{message}</Message>\n</{code}>\n".encode()


NOT_POST = Refusal(
    code="AccessDeniedException",
    status=403,
    body=xml_error("AccessDeniedException", "Unable to determine service/operation name to be authorized"),
)
WRONG_PLACE = Refusal(
    code="UnknownOperationException",
    status=404,
    body=xml_error("UnknownOperationException"),
)


def refusal(method: str, path: str, content_type: str | None) -> Refusal | None:
    """Tell how to refuse a request by its method, path and media type, or None where all are right.

    Parameters of the media type, such as `charset`, do not matter.
    """
    if method != "POST":
        return NOT_POST
    if path != "/":
        return WRONG_PLACE
    if content_type == MEDIA_TYPE:
        return None
    if content_type is None or content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        return WRONG_PLACE
    return None


def operation_name(target: str | None, prefix: str) -> str:
    """Take the operation's name out of an `X-Amz-Target` header, None where the header is absent.

    `prefix` is the service's target prefix without the dot, such as `TrentService`. Raises UnknownOperation when the
    header is not `PREFIX.NAME`; whether NAME exists is for the caller to say.
    """
    service, _, name = (target or "").rpartition(".")
    if service != prefix or not name:
        raise UnknownOperation
    return name


@cache
def decoder_for(structure: type[S]) -> msgspec.json.Decoder[S]:
    """Compile a request type, once per type.

    Raises TypeError when the type has an annotation or a default whose violation could not be explained to a client.
    """
    plan_of(structure)
    return msgspec.json.Decoder(structure)


def decode(decoder: msgspec.json.Decoder[S], body: bytes) -> S:
    """Read a request with what `decoder_for` gave; an empty body counts as `{}`.

    Raises SerializationError when the body is not a JSON object or a member has the wrong JSON type, and
    ValidationError, naming them as AWS does, when members break constraints.
    """
    try:
        return decoder.decode(body or b"{}")
    # Bad JSON is a msgspec.DecodeError and invalid UTF-8 a UnicodeDecodeError: both are ValueErrors.
    except (ValueError, RecursionError):
        pass
    # Outside the handler, so that no traceback of the answer carries the decoder's error, and with it the body.
    raise explain(decoder.type, body or b"{}")


def encode(response: AwsStruct | None) -> bytes:
    """Write a response; None, of operations without output, is an empty payload."""
    return b"" if response is None else _encode(response)


def error_body(error: ServiceError) -> bytes:
    """Write an error: its short code as `__type`, and its message where it has one."""
    if error.message is None:
        return _encode({"__type": error.code})
    return _encode({"__type": error.code, error.message_member: error.message})
