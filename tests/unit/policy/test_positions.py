from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.positions import NotJsonError, Path, Place, place, scan

TEXT = """{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "a\\"{[", "Action": ["x", "y"]},
    {}, []
  ]
}"""


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ((), False, Place(1, 1)),
        (("Version",), False, Place(2, 14)),
        (("Version",), True, Place(2, 3)),
        (("Statement", 0), False, Place(4, 5)),
        (("Statement", 0), True, Place(4, 5)),
        (("Statement", 0, "Action", 1), False, Place(4, 38)),
        (("Statement", 0, "Action"), True, Place(4, 22)),
        (("Statement", 1), False, Place(5, 5)),
        (("Statement", 2), False, Place(5, 9)),
    ],
)
def test_where_things_stand(path: Path, name: bool, expected: Place) -> None:  # noqa: FBT001 - a column of the table
    source = scan(TEXT)
    assert place(TEXT, source.offset(path, name=name)) == expected


@pytest.mark.parametrize(
    ("text", "message", "expected"),
    [
        ("{", "Expecting property name enclosed in double quotes", Place(1, 2)),
        ('{"a":1,\n "b" 2}', "Expecting ':' delimiter", Place(2, 6)),
        ("", "Expecting value", Place(1, 1)),
        ("[" * 200_000, "nested too deeply", Place(1, 1)),
    ],
)
def test_what_is_not_json(text: str, message: str, expected: Place) -> None:
    with pytest.raises(NotJsonError) as caught:
        scan(text)
    assert (caught.value.message, place(text, caught.value.offset)) == (message, expected)


def test_what_json_does_not_have() -> None:
    source = scan('{"a": NaN, "b": {"a": [Infinity]},\n"\\u0061": -Infinity}')
    assert [(place(source.text, fault.offset), fault.message) for fault in source.faults] == [
        (Place(1, 7), "NaN is not JSON"),
        (Place(1, 24), "Infinity is not JSON"),
        (Place(2, 1), "member a stands twice"),
        (Place(2, 11), "-Infinity is not JSON"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def everything(value: object, path: Path = ()) -> dict[Path, object]:
    found = {path: value}
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, child in children:
        found |= everything(child, (*path, step))
    return found


@given(JSON, st.sampled_from([None, 2]), st.booleans())
def test_each_value_is_found_where_it_stands(value: object, indent: int | None, ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    source = scan(text)
    expected = everything(value)
    assert source.value == value
    assert source.faults == ()
    assert source.values.keys() == expected.keys()
    decoder = json.JSONDecoder(parse_int=float)
    assert {path: decoder.raw_decode(text, at)[0] for path, at in source.values.items()} == expected
    for path, at in source.names.items():
        assert decoder.raw_decode(text, at)[0] == path[-1]


@given(JSON, st.data())
def test_it_agrees_with_json_on_what_is_json(value: object, data: st.DataObject) -> None:
    text = json.dumps(value)
    at = data.draw(st.integers(0, len(text)))
    text = text[:at] + data.draw(st.sampled_from([*'{}[]",:\\ \n1x', ""])) + text[at + data.draw(st.integers(0, 1)) :]
    try:
        expected = json.loads(text, parse_int=float)
    except ValueError:
        with pytest.raises(NotJsonError):
            scan(text)
    else:
        assert scan(text).value == expected
