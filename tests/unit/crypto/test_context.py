from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strongroom.crypto.context import encode_context, encode_fields

CONTEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=5)
FIELDS = st.lists(st.text(max_size=6), max_size=5)


def read_fields(encoded: bytes) -> list[bytes]:
    """Read an encoding back, as its description says; what can be read back is injective."""
    fields = []
    while encoded:
        end = 4 + int.from_bytes(encoded[:4])
        assert len(encoded) >= end
        fields.append(encoded[4:end])
        encoded = encoded[end:]
    return fields


def read_context(encoded: bytes) -> list[tuple[bytes, bytes]]:
    fields = read_fields(encoded[4:])
    assert len(fields) == 2 * int.from_bytes(encoded[:4])
    return list(zip(fields[::2], fields[1::2], strict=True))


@pytest.mark.parametrize(
    ("context", "encoded"),
    [
        (None, b"\0\0\0\0"),
        ({}, b"\0\0\0\0"),
        ({"": ""}, b"\0\0\0\1\0\0\0\0\0\0\0\0"),
        ({"a": "bc"}, b"\0\0\0\1\0\0\0\1a\0\0\0\2bc"),
        ({"ab": "c"}, b"\0\0\0\1\0\0\0\2ab\0\0\0\1c"),
        ({"é": "€"}, b"\0\0\0\1\0\0\0\2\xc3\xa9\0\0\0\3\xe2\x82\xac"),
        ({"b": "2", "a": "1"}, b"\0\0\0\2\0\0\0\1a\0\0\0\0011\0\0\0\1b\0\0\0\0012"),
    ],
)
def test_the_encoding(context: dict[str, str] | None, encoded: bytes) -> None:
    assert encode_context(context) == encoded


@given(CONTEXTS)
def test_an_encoding_can_be_read_back(context: dict[str, str]) -> None:
    pairs = read_context(encode_context(context))
    assert {key.decode(): value.decode() for key, value in pairs} == context
    assert pairs == sorted(pairs)


@given(CONTEXTS, CONTEXTS)
@example({"a": "bc"}, {"ab": "c"})
@example({"a": "b"}, {"b": "a"})
@example({"a": "", "b": ""}, {"a": "b", "": ""})
@example({}, {"": ""})
@example({"a": "1"}, {"A": "1"})
@example({"\u00e9": ""}, {"e\u0301": ""})
def test_contexts_differ_exactly_when_their_encodings_do(one: dict[str, str], other: dict[str, str]) -> None:
    assert (encode_context(one) == encode_context(other)) == (one == other)


@given(st.permutations([("a", "1"), ("aa", "2"), ("z", "3"), ("\U00010000", "4"), ("\uffff", "5")]))
def test_the_order_of_pairs_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    assert encode_context(dict(pairs)) == encode_context(dict(sorted(pairs)))


def test_what_is_not_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        encode_context({"key": "\ud800"})


def test_no_fields_are_nothing() -> None:
    assert encode_fields(()) == b""


@given(FIELDS)
def test_fields_can_be_read_back(fields: list[str]) -> None:
    assert [field.decode() for field in read_fields(encode_fields(fields))] == fields


@given(FIELDS, FIELDS)
@example(["ab", "c"], ["a", "bc"])
@example([""], [])
def test_fields_differ_exactly_when_their_encodings_do(one: list[str], other: list[str]) -> None:
    assert (encode_fields(one) == encode_fields(other)) == (one == other)
