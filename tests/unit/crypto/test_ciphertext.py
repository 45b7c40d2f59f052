from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.ciphertext import EXTERNAL_VERSION, BlobHeader, decode_header, encode_header, seal, unseal
from strongroom.crypto.context import encode_context
from strongroom.crypto.xaes import NONCE_SIZE, TAG_SIZE, XaesKey

ACCOUNT = "111122223333"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
MULTI_REGION_ID = "mrk-1234abcd12ab34cd56ef1234567890ab"
MATERIAL_ID = "0123456789abcdef" * 4
HEADER = BlobHeader(ACCOUNT, KEY_ID, MATERIAL_ID)
KEY = XaesKey(bytes(range(32)))
SMALLEST = 56 + NONCE_SIZE + TAG_SIZE

HEADERS = st.builds(
    BlobHeader,
    st.integers(0, 10**12 - 1).map("{:012d}".format),
    st.uuids().map(str) | st.uuids().map(lambda value: "mrk-" + value.hex),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
)
CONTEXTS = st.none() | st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)


def blob_of(header: bytes) -> bytes:
    return header + bytes(NONCE_SIZE + TAG_SIZE)


@pytest.mark.parametrize(("key_id", "form"), [(KEY_ID, 0), (MULTI_REGION_ID, 1)])
def test_the_layout_of_a_header(key_id: str, form: int) -> None:
    encoded = encode_header(BlobHeader(ACCOUNT, key_id, MATERIAL_ID))
    assert encoded == b"".join(
        (
            bytes((1, form)),
            (111122223333).to_bytes(6),
            bytes.fromhex("1234abcd12ab34cd56ef1234567890ab"),
            bytes.fromhex(MATERIAL_ID),
        )
    )


def test_the_layout_of_a_blob() -> None:
    header = encode_header(HEADER)
    blob = seal(KEY, header, b"plaintext", {"a": "b"})
    nonce, ciphertext = blob[56:80], blob[80:]
    assert blob[:56] == header
    assert ciphertext == KEY.encrypt(nonce, b"plaintext", header + encode_context({"a": "b"}))


@given(HEADERS)
def test_headers_can_be_read_back(header: BlobHeader) -> None:
    encoded = encode_header(header)
    assert len(encoded) == 56
    assert decode_header(blob_of(encoded)) == header


@given(HEADERS, HEADERS)
def test_headers_differ_exactly_when_their_encodings_do(one: BlobHeader, other: BlobHeader) -> None:
    assert (encode_header(one) == encode_header(other)) == (one == other)


def test_a_multi_region_key_is_not_the_key_of_the_same_digits() -> None:
    other = BlobHeader(ACCOUNT, "mrk-" + uuid.UUID(KEY_ID).hex, MATERIAL_ID)
    assert encode_header(other) != encode_header(HEADER)


@pytest.mark.parametrize(
    "header",
    [
        BlobHeader("", KEY_ID, MATERIAL_ID),
        BlobHeader("12 digits no", KEY_ID, MATERIAL_ID),
        BlobHeader("11112222333", KEY_ID, MATERIAL_ID),
        BlobHeader("1_1112222333", KEY_ID, MATERIAL_ID),
        BlobHeader("-11112222333", KEY_ID, MATERIAL_ID),
        BlobHeader("1111222233334", KEY_ID, MATERIAL_ID),
        BlobHeader("9" * 30, KEY_ID, MATERIAL_ID),
        BlobHeader("\u0661\u0661\u0661\u0661\u0662\u0662\u0662\u0662\u0663\u0663\u0663\u0663", KEY_ID, MATERIAL_ID),
        BlobHeader(ACCOUNT, "", MATERIAL_ID),
        BlobHeader(ACCOUNT, KEY_ID.upper(), MATERIAL_ID),
        BlobHeader(ACCOUNT, KEY_ID.replace("-", ""), MATERIAL_ID),
        BlobHeader(ACCOUNT, "{" + KEY_ID + "}", MATERIAL_ID),
        BlobHeader(ACCOUNT, "mrk-", MATERIAL_ID),
        BlobHeader(ACCOUNT, "mrk-" + KEY_ID, MATERIAL_ID),
        BlobHeader(ACCOUNT, MULTI_REGION_ID[:-2], MATERIAL_ID),
        BlobHeader(ACCOUNT, MULTI_REGION_ID[:-2], MATERIAL_ID + "00"),
        BlobHeader(ACCOUNT, MULTI_REGION_ID + "00", MATERIAL_ID),
        BlobHeader(ACCOUNT, KEY_ID, ""),
        BlobHeader(ACCOUNT, KEY_ID, MATERIAL_ID[:-2]),
        BlobHeader(ACCOUNT, KEY_ID, MATERIAL_ID + "00"),
        BlobHeader(ACCOUNT, KEY_ID, MATERIAL_ID.upper()),
        BlobHeader(ACCOUNT, KEY_ID, "not hexadecimal"),
    ],
)
def test_what_is_no_id_has_no_header(header: BlobHeader) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode_header(header)


def test_the_header_of_a_key_in_an_external_key_store_tells_so() -> None:
    external = BlobHeader(ACCOUNT, KEY_ID, MATERIAL_ID, EXTERNAL_VERSION)
    encoded = encode_header(external)
    assert (encoded[0], encoded[1:]) == (2, encode_header(HEADER)[1:])
    assert decode_header(blob_of(encoded)) == external
    with pytest.raises(ValueError, match="not a ciphertext blob"):
        encode_header(BlobHeader(ACCOUNT, KEY_ID, MATERIAL_ID, 3))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        blob_of(encode_header(HEADER))[:-1],
        b"\0" + blob_of(encode_header(HEADER))[1:],
        b"\3" + blob_of(encode_header(HEADER))[1:],
        b"\1\2" + blob_of(encode_header(HEADER))[2:],
        b"\1\0" + (10**12).to_bytes(6) + blob_of(encode_header(HEADER))[8:],
        b"\1\0" + b"\xff" * 6 + blob_of(encode_header(HEADER))[8:],
        b"not a ciphertext at all".ljust(SMALLEST),
    ],
)
def test_what_has_no_header_is_refused(blob: bytes) -> None:
    with pytest.raises(ValueError, match=r"^not a"):
        decode_header(blob)


@given(st.binary(max_size=SMALLEST + 20))
def test_whatever_has_a_header_is_read_as_it_is_written(blob: bytes) -> None:
    try:
        header = decode_header(blob)
    except ValueError:
        return
    assert encode_header(header) == blob[:56]


@given(HEADERS, st.binary(max_size=4096), CONTEXTS)
def test_what_was_sealed_opens(header: BlobHeader, plaintext: bytes, context: dict[str, str] | None) -> None:
    blob = seal(KEY, encode_header(header), plaintext, context)
    assert decode_header(blob) == header
    assert unseal(KEY, blob, context) == plaintext


def test_no_context_is_the_empty_context() -> None:
    assert unseal(KEY, seal(KEY, encode_header(HEADER), b"plaintext", None), {}) == b"plaintext"


@given(CONTEXTS, CONTEXTS)
def test_another_context_does_not_open(one: dict[str, str] | None, other: dict[str, str] | None) -> None:
    blob = seal(KEY, encode_header(HEADER), b"plaintext", one)
    if (one or {}) == (other or {}):
        assert unseal(KEY, blob, other) == b"plaintext"
    else:
        with pytest.raises(ValueError, match=r"^not authentic$"):
            unseal(KEY, blob, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "bc"}, {"ab": "c"}),
        ({"a": "b"}, {"a": "B"}),
        ({"a": "b"}, {"A": "b"}),
        ({"a": "b"}, {"a": "b", "c": "d"}),
        ({"a": "b", "c": "d"}, {"a": "d", "c": "b"}),
        ({"a": "b"}, None),
        (None, {"": ""}),
    ],
)
def test_contexts_are_not_confused(one: dict[str, str] | None, other: dict[str, str] | None) -> None:
    for sealed_with, opened_with in ((one, other), (other, one)):
        with pytest.raises(ValueError, match=r"^not authentic$"):
            unseal(KEY, seal(KEY, encode_header(HEADER), b"plaintext", sealed_with), opened_with)


def test_any_flipped_bit_of_a_blob_is_refused() -> None:
    blob = seal(KEY, encode_header(HEADER), b"plaintext", {"a": "b"})
    number = int.from_bytes(blob)
    for bit in range(8 * len(blob)):
        changed = (number ^ (1 << bit)).to_bytes(len(blob))
        with pytest.raises(ValueError, match=r"^not authentic$"):
            unseal(KEY, changed, {"a": "b"})


def test_a_cut_or_longer_blob_is_refused() -> None:
    blob = seal(KEY, encode_header(HEADER), b"plaintext", None)
    for changed in (*(blob[:end] for end in range(len(blob))), blob + b"\0", b"\0" + blob):
        with pytest.raises(ValueError, match=r"authentic|too short"):
            unseal(KEY, changed, None)


def test_the_header_of_another_key_does_not_fit() -> None:
    blob = seal(KEY, encode_header(HEADER), b"plaintext", None)
    others = [
        BlobHeader("111122223334", KEY_ID, MATERIAL_ID),
        BlobHeader(ACCOUNT, MULTI_REGION_ID, MATERIAL_ID),
        BlobHeader(ACCOUNT, KEY_ID, "f" * 64),
    ]
    for other in others:
        with pytest.raises(ValueError, match=r"^not authentic$"):
            unseal(KEY, encode_header(other) + blob[56:], None)


def test_another_key_does_not_open() -> None:
    blob = seal(KEY, encode_header(HEADER), b"plaintext", None)
    with pytest.raises(ValueError, match=r"^not authentic$"):
        unseal(XaesKey(bytes(32)), blob, None)
