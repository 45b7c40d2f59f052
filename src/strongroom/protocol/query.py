"""The AWS Query protocol of IAM and STS: form parameters in, XML out.

All that other layers need of the protocol is here: a request is read by `parameters`, `operation_name` and `decode`,
and answered by `encode`, or by `query_error` and `error_body`.

Source: Smithy, "AWS query protocol"; IAM API Reference and STS API Reference.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from strongroom.model.errors import UnknownOperation
from strongroom.protocol.query_errors import IAM_NAMESPACE, STS_NAMESPACE, MissingActionError, query_error
from strongroom.protocol.query_form import FORM_MEDIA_TYPE, parameters
from strongroom.protocol.query_tree import nest, reader_of
from strongroom.protocol.query_xml import MEDIA_TYPE, encode, error_body
from strongroom.protocol.structures import AwsStruct
from strongroom.protocol.validation import explain_value

__all__ = [
    "FORM_MEDIA_TYPE",
    "IAM_NAMESPACE",
    "IAM_VERSION",
    "MEDIA_TYPE",
    "STS_NAMESPACE",
    "STS_VERSION",
    "decode",
    "encode",
    "error_body",
    "operation_name",
    "parameters",
    "query_error",
    "unknown_operation",
]

IAM_VERSION: Final = "2010-05-08"
STS_VERSION: Final = "2011-06-15"

_NO_VERSION: Final = "NO_VERSION_SPECIFIED"

S = TypeVar("S", bound=AwsStruct)


def operation_name(given: Mapping[str, str], version: str) -> str:
    """Take the operation's name out of the parameters; whether the service has it is for the caller to say.

    Raises MissingActionError when there is none, and UnknownOperation when `Version` is not the service's `version`.
    """
    name = given.get("Action")
    if not name:
        raise MissingActionError("Missing Action")
    asked = given.get("Version", _NO_VERSION)
    if asked != version:
        raise unknown_operation(name, asked)
    return name


def unknown_operation(name: str, version: str) -> UnknownOperation:
    """Make the error of an operation that the service does not have in this version."""
    return UnknownOperation(f"Could not find operation {name} for version {version}")


def decode(structure: type[S], given: Mapping[str, str]) -> S:
    """Read a request out of the parameters; those that it does not name are ignored.

    Raises SerializationError when the nesting or a scalar's text is wrong, and ValidationError, naming them as AWS
    does, when members break constraints; TypeError when `structure` has an annotation that could not be explained.
    """
    value = reader_of(structure)(nest(given))
    try:
        return msgspec.convert(value, structure)
    except msgspec.ValidationError:
        pass
    # Outside the handler, so that no traceback of the answer carries the converter's error, and with it the values.
    raise explain_value(structure, value)
