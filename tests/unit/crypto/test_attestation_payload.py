from __future__ import annotations

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.attestation_payload import decode_payload

MEMBERS: dict[str, Any] = {
    "module_id": "i-1234567890abcdef0-enc1234567890abcde",
    "digest": "SHA384",
    "timestamp": 1_700_000_000_000,
    "pcrs": {0: bytes(48)},
    "certificate": b"certificate",
    "cabundle": [b"root"],
}
OPTIONAL = {"public_key": b"key", "user_data": b"data", "nonce": b"nonce"}
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.lists(st.binary())


def decode(**changes: object) -> Any:  # noqa: ANN401 - attributes are looked up by name
    members = MEMBERS | changes
    return decode_payload(cbor2.dumps({name: value for name, value in members.items() if value is not ...}))


@pytest.mark.parametrize("optional", [{}, OPTIONAL, dict.fromkeys(OPTIONAL)])
def test_members_are_read(optional: dict[str, Any]) -> None:
    payload = decode(**optional)
    for name, value in (dict.fromkeys(OPTIONAL) | MEMBERS | optional).items():
        assert getattr(payload, name) == value
    assert payload.registers == MEMBERS["pcrs"]


def test_the_registers_of_a_nitrotpm_have_a_name_of_their_own() -> None:
    payload = decode(pcrs=..., nitrotpm_pcrs={4: bytes(48)})
    assert (payload.pcrs, payload.registers) == (None, {4: bytes(48)})


def test_the_map_may_be_of_indefinite_length() -> None:
    members = b"".join(cbor2.dumps(name) + cbor2.dumps(value) for name, value in MEMBERS.items())
    assert decode_payload(b"\xbf" + members + b"\xff") == decode()


@pytest.mark.parametrize(
    "change",
    [
        {"module_id": "i"},
        {"timestamp": 1},
        {"timestamp": 2**64 - 1},
        {"pcrs": {index: bytes(48) for index in range(32)}},
        {"pcrs": {0: bytes(32), 31: bytes(64)}},
        {"certificate": bytes(1024)},
        {"cabundle": [b"1", bytes(1024)]},
        {"public_key": b"1"},
        {"public_key": bytes(1024)},
        {"user_data": b""},
        {"user_data": bytes(512)},
        {"nonce": b""},
        {"nonce": bytes(512)},
    ],
)
def test_the_limits_themselves_are_allowed(change: dict[str, Any]) -> None:
    ((name, value),) = change.items()
    assert getattr(decode(**change), name) == value


@pytest.mark.parametrize("name", ["module_id", "digest", "timestamp", "certificate", "cabundle"])
@pytest.mark.parametrize("value", [..., None, True, 1.5, {}])
def test_mandatory_members_are_of_their_type(name: str, value: object) -> None:
    with pytest.raises(ValueError, match="not as specified"):
        decode(**{name: value})


@pytest.mark.parametrize(
    "change",
    [
        {"module_id": ""},
        {"module_id": b"i"},
        {"digest": "SHA256"},
        {"timestamp": 0},
        {"timestamp": -1},
        {"timestamp": 2**64},
        {"timestamp": 1.0},
        {"timestamp": "1"},
        {"pcrs": {}},
        {"pcrs": [bytes(48)]},
        {"pcrs": {32: bytes(48)}},
        {"pcrs": {-1: bytes(48)}},
        {"pcrs": {"0": bytes(48)}},
        {"pcrs": {0.0: bytes(48)}},
        {"pcrs": {False: bytes(48)}},
        {"pcrs": {0: "0" * 48}},
        {"pcrs": {0: None}},
        {"certificate": b""},
        {"certificate": bytes(1025)},
        {"certificate": "text"},
        {"cabundle": []},
        {"cabundle": [b""]},
        {"cabundle": [bytes(1025)]},
        {"cabundle": b"root"},
        {"public_key": b""},
        {"public_key": bytes(1025)},
        {"public_key": "text"},
        {"user_data": bytes(513)},
        {"user_data": "text"},
        {"nonce": bytes(513)},
        {"nonce": "text"},
        {"unknown": None},
    ],
)
def test_what_is_not_as_specified_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not as specified|not valid CBOR"):
        decode(**change)


@pytest.mark.parametrize("size", [0, 31, 33, 47, 49, 63, 65])
@pytest.mark.parametrize("name", ["pcrs", "nitrotpm_pcrs"])
def test_registers_have_the_size_of_a_digest(name: str, size: int) -> None:
    with pytest.raises(ValueError, match="32, 48 or 64 bytes"):
        decode(**({"pcrs": ...} | {name: {0: bytes(48), 1: bytes(size)}}))


@pytest.mark.parametrize("change", [{"pcrs": ...}, {"pcrs": None}, {"nitrotpm_pcrs": {0: bytes(48)}}])
def test_a_document_is_of_one_kind(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either of an enclave or of a NitroTPM"):
        decode(**change)


def test_a_member_given_twice_is_refused() -> None:
    encoded = cbor2.dumps(MEMBERS)
    again = bytes((encoded[0] + 1,)) + encoded[1:] + cbor2.dumps("digest") + cbor2.dumps("SHA384")
    with pytest.raises(ValueError, match="not valid CBOR"):
        decode_payload(again)


@pytest.mark.parametrize("item", [[], "text", None, 1])
def test_what_is_no_map_is_refused(item: object) -> None:
    with pytest.raises(ValueError, match="not as specified"):
        decode_payload(cbor2.dumps(item))


def test_refusals_do_not_quote_the_document() -> None:
    with pytest.raises(ValueError, match=r"^its members are not as specified$"):
        decode(**{"<script>": 1})


@given(st.sampled_from(sorted(MEMBERS | OPTIONAL)), VALUES)
def test_any_value_is_read_as_it_is_or_refused(name: str, value: object) -> None:
    try:
        payload = decode(**{name: value})
    except ValueError:
        return
    assert getattr(payload, name) == value
