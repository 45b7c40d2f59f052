"""Answers of the AWS Query protocol, as XML.

Source: Smithy, "AWS query protocol", with the names that IAM and STS give: `member` for the items of a list, and
`entry`, `key` and `value` for a map.
"""

from collections.abc import Callable
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import msgspec

from strongroom.protocol.plan import plan_of
from strongroom.protocol.query_scalars import SPELLINGS, write_string
from strongroom.protocol.shapes import Map, Scalar, ScalarList, Shape, Structure, StructureList
from strongroom.protocol.structures import AwsStruct

MEDIA_TYPE: Final = "text/xml"

Writer = Callable[[Any], str]
"""Gives the content of an element."""


def encode(operation_name: str, namespace: str, response: AwsStruct | None, request_id: str) -> bytes:
    """Write a response; None, of operations without output, has no result element.

    Raises TypeError when the response has a type that this protocol, or an explanation, does not know.
    """
    result = ""
    if response is not None:
        content = writer_of(type(response))(msgspec.to_builtins(response))
        result = f"<{operation_name}Result>{content}</{operation_name}Result>"
    return (
        f'<{operation_name}Response xmlns="{namespace}">{result}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation_name}Response>"
    ).encode()


def error_body(code: str, status: int, message: str | None, namespace: str, request_id: str) -> bytes:
    """Write an error with its code and HTTP status in this protocol, as `query_error` gives them."""
    fault = "Sender" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "Receiver"
    text = "" if message is None else f"<Message>{write_string(message)}</Message>"
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{fault}</Type><Code>{code}</Code>{text}</Error>'
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()


@cache
def writer_of(structure: type[AwsStruct]) -> Writer:
    """Compile what writes a response of a type, once per type. Raises TypeError where `encode` would.

    The writer takes the response as it would stand in JSON.
    """
    return _structure_writer(plan_of(structure))


def _writer(shape: Shape) -> Writer:
    return _WRITERS[type(shape)](shape)


def _scalar_writer(shape: Scalar) -> Writer:
    return SPELLINGS[shape.require].write


def _structure_writer(plan: Structure) -> Writer:
    writers = {name: _writer(member.shape) for name, member in plan.members.items()}

    def write(members: dict[str, object]) -> str:
        return "".join([f"<{name}>{writers[name](content)}</{name}>" for name, content in members.items()])

    return write


def _list_writer(shape: ScalarList | StructureList) -> Writer:
    write_item = _writer(shape.item)

    def write(items: list[object]) -> str:
        return "".join([f"<member>{write_item(item)}</member>" for item in items])

    return write


def _map_writer(shape: Map) -> Writer:
    write_key, write_value = _writer(shape.key), _writer(shape.value)

    def write(pairs: dict[str, object]) -> str:
        return "".join(
            [
                f"<entry><key>{write_key(key)}</key><value>{write_value(value)}</value></entry>"
                for key, value in pairs.items()
            ]
        )

    return write


_WRITERS: Final[dict[type[Shape], Callable[[Any], Writer]]] = {
    Scalar: _scalar_writer,
    ScalarList: _list_writer,
    StructureList: _list_writer,
    Map: _map_writer,
    Structure: _structure_writer,
}
