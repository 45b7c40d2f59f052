import base64
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.errors import SerializationError
from strongroom.protocol import json_types

Require = Callable[[object], object]

NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to "
BOOLEAN = "class java.lang.Boolean can not be converted to "
STRING = "class java.lang.String can not be converted to "
LIST = "Start of list found where not expected"
MAP = "Start of structure or map found where not expected."
BLOB = "Value can not be converted to a Blob: "

REFUSED: list[tuple[Require, object, str]] = [
    (json_types.require_string, 1, NUMBER + "an String"),
    (json_types.require_string, 1.5, NUMBER + "an String"),
    (json_types.require_string, True, BOOLEAN + "an String"),
    (json_types.require_string, [], LIST),
    (json_types.require_string, {}, MAP),
    (json_types.require_integer, "1", STRING + "an Integer"),
    (json_types.require_integer, True, BOOLEAN + "an Integer"),
    (json_types.require_integer, 1.0, NUMBER + "an Integer"),
    (json_types.require_integer, [1], LIST),
    (json_types.require_integer, {"a": 1}, MAP),
    (json_types.require_boolean, "true", "'TRUE' can not be converted to an Boolean"),
    (json_types.require_boolean, 1, NUMBER + "an Boolean"),
    (json_types.require_boolean, 0.0, NUMBER + "an Boolean"),
    (json_types.require_boolean, [True], LIST),
    (json_types.require_boolean, {}, MAP),
    (json_types.require_timestamp, "2026-01-01T00:00:00Z", STRING + "milliseconds since epoch"),
    (json_types.require_timestamp, False, BOOLEAN + "milliseconds since epoch"),
    (json_types.require_timestamp, [], LIST),
    (json_types.require_timestamp, {}, MAP),
    (json_types.require_blob, 1, NUMBER + "a Blob"),
    (json_types.require_blob, True, BOOLEAN + "a Blob"),
    (json_types.require_blob, [], LIST),
    (json_types.require_blob, {}, MAP),
    (json_types.require_blob, "YQ", BLOB + "Base64 encoded length is expected a multiple of 4 bytes but found: 2"),
    (json_types.require_blob, "_w==", BLOB + "Invalid Base64 character: '_'"),
    (json_types.require_blob, "éééé", BLOB + "Invalid Base64 character: 'é'"),
    (json_types.require_blob, "YQ==YQ==", BLOB + "Invalid Base64 character: '='"),
    (json_types.require_blob, "Y===", BLOB + "Invalid last non-pad Base64 character dectected"),
    (json_types.as_list, "a", "Expected list or null"),
    (json_types.as_list, 1, "Expected list or null"),
    (json_types.as_list, False, "Expected list or null"),
    (json_types.as_list, {}, MAP),
    (json_types.as_map, "a", "Expected map or null"),
    (json_types.as_map, 1.5, "Expected map or null"),
    (json_types.as_map, [], LIST),
    (json_types.as_structure, "a", "Expected null"),
    (json_types.as_structure, 0, "Expected null"),
    (json_types.as_structure, [], LIST),
]


@pytest.mark.parametrize(("require", "value", "message"), REFUSED)
def test_wrong_types(require: Require, value: object, message: str) -> None:
    with pytest.raises(SerializationError) as raised:
        require(value)
    assert raised.value.message == message


TAKEN: list[tuple[Require, object]] = [
    (json_types.require_string, ""),
    (json_types.require_integer, -(10**30)),
    (json_types.require_boolean, False),
    (json_types.require_timestamp, 1_700_000_000),
    (json_types.require_timestamp, 1_700_000_000.123),
    (json_types.require_blob, ""),
    (json_types.require_blob, "YQ=="),
]


@pytest.mark.parametrize(("require", "value"), TAKEN)
def test_right_types(require: Require, value: object) -> None:
    require(value)


def test_aggregates_are_given_back() -> None:
    assert json_types.as_list([1]) == [1]
    assert json_types.as_map({"a": 1}) == {"a": 1}
    assert json_types.as_structure({"a": 1}) == {"a": 1}


@given(st.binary().map(lambda data: base64.b64encode(data).decode()))
def test_base64_is_a_blob(text: str) -> None:
    json_types.require_blob(text)


@given(st.text("AQgw+/=_ é", max_size=12))
def test_blobs_are_judged_as_the_decoder_judges_them(text: str) -> None:
    try:
        msgspec.json.decode(msgspec.json.encode(text), type=bytes)
    except msgspec.ValidationError:
        with pytest.raises(SerializationError):
            json_types.require_blob(text)
    else:
        json_types.require_blob(text)
