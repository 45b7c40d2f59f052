from __future__ import annotations

from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.cose import Sign1, decode_cbor, decode_sign1, is_signed_by
from tests.support.attestation import sign

KEY = ec.generate_private_key(ec.SECP384R1())
PROTECTED = bytes.fromhex("a1013822")
SIGNATURE = bytes(96)
ITEMS = st.recursive(
    st.integers(-(2**64), 2**64 - 1) | st.binary() | st.text() | st.booleans() | st.none(),
    lambda items: st.lists(items, max_size=3) | st.dictionaries(st.text() | st.integers(0, 100), items, max_size=3),
    max_leaves=4,
)


def depth(item: Any) -> int:  # noqa: ANN401 - data of any shape
    inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return 1 + max(map(depth, inner), default=0) if isinstance(item, (dict, list)) else 0


@given(ITEMS.filter(lambda item: depth(item) <= 4))
def test_items_can_be_read_back(item: object) -> None:
    assert decode_cbor(cbor2.dumps(item)) == item


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "42 00",
        "a2 01 02 01 03",
        "a2 01 02 18 01 03",
        "a1 01 a2 41 00 01 41 00 02",
        "81 81 81 81 81 00",
        "5f 41 00 ff",
        "9f ff",
        "bf 01 02 ff",
        "61 ff",
        "ff",
        "c1 00",
        "c2 41 01",
        "c4 82 00 01",
        "d8 1c 80",
        "d8 23 61 28",
        "d9 01 02 80",
        "d9 d9 f7 00",
        "d9 ff ff 00",
    ],
)
def test_what_is_not_plain_data_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError, match=r"^not valid CBOR$"):
        decode_cbor(bytes.fromhex(encoded))


def test_bytes_after_the_item_are_refused() -> None:
    with pytest.raises(ValueError, match="follow"):
        decode_cbor(b"\x00\x00")


def test_indefinite_lengths_are_read_where_they_are_allowed() -> None:
    assert decode_cbor(bytes.fromhex("bf 01 02 ff"), allow_indefinite=True) == {1: 2}
    with pytest.raises(ValueError, match=r"^not valid CBOR$"):
        decode_cbor(bytes.fromhex("bf 01 02 01 03 ff"), allow_indefinite=True)


@given(st.binary(max_size=200))
def test_nothing_but_value_errors_comes_of_any_bytes(data: bytes) -> None:
    for read in (decode_cbor, decode_sign1):
        try:
            read(data)
        except ValueError:
            continue


@pytest.mark.parametrize("tagged", [False, True])
def test_a_message_is_read_with_and_without_its_tag(*, tagged: bool) -> None:
    message = decode_sign1(sign(b"payload", KEY, tagged=tagged))
    assert (message.protected, message.payload) == (PROTECTED, b"payload")
    assert is_signed_by(message, KEY.public_key())


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({}, "COSE_Sign1"),
        ([PROTECTED, {}, b""], "COSE_Sign1"),
        ([PROTECTED, {}, b"", SIGNATURE, b""], "COSE_Sign1"),
        (cbor2.CBORTag(98, [PROTECTED, {}, b"", SIGNATURE]), "CBOR"),
        ([b"", {}, b"", SIGNATURE], "CBOR"),
        ([{1: -35}, {}, b"", SIGNATURE], "ES384"),
        ([cbor2.dumps({}), {}, b"", SIGNATURE], "ES384"),
        ([cbor2.dumps({1: -7}), {}, b"", SIGNATURE], "ES384"),
        ([cbor2.dumps({1: -35, 4: b"kid"}), {}, b"", SIGNATURE], "ES384"),
        ([PROTECTED, {1: -35}, b"", SIGNATURE], "unprotected"),
        ([PROTECTED, None, b"", SIGNATURE], "unprotected"),
        ([PROTECTED, {}, None, SIGNATURE], "payload"),
        ([PROTECTED, {}, "text", SIGNATURE], "payload"),
        ([PROTECTED, {}, b"", bytes(95)], "signature"),
        ([PROTECTED, {}, b"", None], "signature"),
    ],
)
def test_other_messages_are_refused(message: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode_sign1(cbor2.dumps(message))


@pytest.mark.parametrize(
    "change",
    [
        {"payload": b"other"},
        {"protected": bytes.fromhex("a101 3822 00")},
        {"signature": bytes(96)},
        {"signature": b"\xff" * 96},
    ],
)
def test_a_changed_message_is_not_signed(change: dict[str, bytes]) -> None:
    signed = decode_sign1(sign(b"payload", KEY))
    parts = {"protected": signed.protected, "payload": signed.payload, "signature": signed.signature}
    assert not is_signed_by(Sign1(**(parts | change)), KEY.public_key())


def test_another_key_has_not_signed() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    assert not is_signed_by(decode_sign1(sign(b"payload", KEY)), other)
