"""Does a JSON value have the type that a member asks for? If not, what AWS's JSON reader says of it.

Each function takes a value as read from JSON, not null, and raises SerializationError when its type is wrong. Those
named `as_…` give the value back.

Source of the texts: answers of AWS's JSON front end as recorded by users of KMS, Kinesis and DynamoDB. AWS echoes a
blob that is not Base64; here the echo is left out, since it may be a mistyped secret.
"""

import re
from typing import NoReturn

import msgspec

from strongroom.model.errors import SerializationError

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]|=(?=[^=])")

_JAVA_CLASSES: dict[type, str] = {
    bool: "java.lang.Boolean",
    int: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    float: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    str: "java.lang.String",
}


def require_string(value: object) -> None:
    """Ask for a string."""
    if not isinstance(value, str):
        _refuse(value, "an String")


def require_integer(value: object) -> None:
    """Ask for a whole number, written without fraction or exponent."""
    if type(value) is not int:
        _refuse(value, "an Integer")


def require_boolean(value: object) -> None:
    """Ask for true or false."""
    if isinstance(value, str):
        raise SerializationError(f"'{value.upper()}' can not be converted to an Boolean")
    if not isinstance(value, bool):
        _refuse(value, "an Boolean")


def require_timestamp(value: object) -> None:
    """Ask for a number, in seconds since the epoch."""
    if type(value) not in {int, float}:
        _refuse(value, "milliseconds since epoch")


def require_blob(value: object) -> None:
    """Ask for a Base64 string of the standard alphabet, with its padding."""
    if not isinstance(value, str):
        _refuse(value, "a Blob")
    if len(value) % 4:
        _refuse_blob(f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(value)}")
    if found := _NOT_BASE64.search(value):
        _refuse_blob(f"Invalid Base64 character: '{found[0]}'")
    try:
        msgspec.convert(value, bytes)
    except msgspec.ValidationError:
        _refuse_blob("Invalid last non-pad Base64 character dectected")


def as_list(value: object) -> list[object]:
    """Ask for an array."""
    if isinstance(value, list):
        return value
    _refuse_aggregate(value)
    raise SerializationError("Expected list or null")


def as_map(value: object) -> dict[str, object]:
    """Ask for an object that is a map."""
    return _as_object(value, "Expected map or null")


def as_structure(value: object) -> dict[str, object]:
    """Ask for an object that is a structure."""
    return _as_object(value, "Expected null")


def _as_object(value: object, text: str) -> dict[str, object]:
    if isinstance(value, dict):
        return value
    _refuse_aggregate(value)
    raise SerializationError(text)


def _refuse(value: object, target: str) -> NoReturn:
    _refuse_aggregate(value)
    raise SerializationError(f"class {_JAVA_CLASSES[type(value)]} can not be converted to {target}")


def _refuse_aggregate(value: object) -> None:
    if isinstance(value, list):
        raise SerializationError("Start of list found where not expected")
    if isinstance(value, dict):
        raise SerializationError("Start of structure or map found where not expected.")


def _refuse_blob(reason: str) -> NoReturn:
    raise SerializationError(f"Value can not be converted to a Blob: {reason}")
