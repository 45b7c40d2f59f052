from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.errors import SerializationError
from strongroom.protocol.query_scalars import (
    read_blob,
    read_boolean,
    read_integer,
    read_timestamp,
    write_boolean,
    write_string,
    write_timestamp,
)

IN_XML = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r")
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("false", False), ("0", False)])
def test_booleans(text: str, value: bool) -> None:  # noqa: FBT001 - it is the value
    assert read_boolean(text) is value


@pytest.mark.parametrize("text", ["TRUE", "True", " true", "yes", "2", "on"])
def test_no_booleans(text: str) -> None:
    with pytest.raises(SerializationError, match=r"^boolean must follow xsd1\.1 definition$"):
        read_boolean(text)


def test_a_boolean_without_value() -> None:
    with pytest.raises(SerializationError, match=r"^missing value for boolean type$"):
        read_boolean("")


@given(st.integers(-(2**31), 2**31 - 1))
def test_integers(value: int) -> None:
    assert read_integer(str(value)) == value


@pytest.mark.parametrize(
    "text",
    ["", " ", "1 ", "1.0", "1e3", "0x1", "--1", "abc", "٣", "1_000", "2147483648", "-2147483649", "9" * 5000, "1\n"],
)
def test_no_integers(text: str) -> None:
    with pytest.raises(SerializationError, match=r"^STRING_VALUE can not be converted to an Integer$"):
        read_integer(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24T13:48:02Z", 1_795_528_082),
        ("2026-11-24T13:48:02.5Z", 1_795_528_082.5),
        ("2026-11-24T15:48:02+02:00", 1_795_528_082),
        ("2026-11-24T08:18:02-0530", 1_795_528_082),
        ("1969-12-31T23:59:59Z", -1),
    ],
)
def test_timestamps(text: str, seconds: float) -> None:
    assert read_timestamp(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24",
        "2026-11-24T13:48:02",
        "2026-11-24 13:48:02Z",
        "20261124T134802Z",
        "2026-13-24T13:48:02Z",
        "2026-02-30T13:48:02Z",
        "2026-11-24T25:48:02Z",
        "1795528082",
        "2026-11-24T13:48:02Z\n",
        "٢٠٢٦-11-24T13:48:02Z",
    ],
)
def test_no_timestamps(text: str) -> None:
    with pytest.raises(SerializationError, match=r"^timestamp must follow ISO8601$"):
        read_timestamp(text)


@given(st.datetimes(timezones=OFFSETS))
def test_timestamps_of_any_zone(moment: datetime) -> None:
    assert read_timestamp(moment.isoformat()) == moment.timestamp()


@given(st.integers(0, 253_402_300_799))
def test_whole_seconds_come_back(seconds: int) -> None:
    assert read_timestamp(write_timestamp(seconds)) == seconds


def test_written_timestamps() -> None:
    assert write_timestamp(1_795_528_082.999) == "2026-11-24T13:48:02Z"
    assert write_timestamp(datetime(987, 1, 2, tzinfo=UTC).timestamp()) == "0987-01-02T00:00:00Z"


def test_blobs() -> None:
    assert read_blob("YQ==") == "YQ=="
    with pytest.raises(SerializationError, match=r"^Value can not be converted to a Blob: "):
        read_blob("YQ=")


def test_written_booleans() -> None:
    assert (write_boolean(True), write_boolean(False)) == ("true", "false")  # noqa: FBT003 - they are the values


def test_what_xml_cannot_express_is_replaced() -> None:
    assert write_string("\x00a\x0b\x1f\ud800\ufffe\uffff\U0001f511\x7f\x85\t\n") == "�a�����\U0001f511\x7f\x85\t\n"


def parsed(text: str) -> str:
    return ET.fromstring(f"<a>{write_string(text)}</a>".encode()).text or ""  # noqa: S314 - it is our own


@given(st.text(IN_XML))
def test_text_comes_back(text: str) -> None:
    assert parsed(text) == text


@given(st.text())
def test_any_text_is_well_formed(text: str) -> None:
    assert len(parsed(text)) == len(text)
