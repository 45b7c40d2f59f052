from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.readings import read_address, read_bytes, read_date, read_network, read_number, read_truth


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("-12", -12), ("+3", 3), ("90.5", Decimal("90.5")), ("1e3", 1000), ("1.5E-2", Decimal("0.015"))],
)
def test_numbers(text: str, number: Decimal) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "abc", "1.", ".5", "NaN", "Infinity", "inf", "0x1", "1_0", "\u0661", "1e9999"]
)
def test_no_numbers(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-05-06T07:08:09Z", 1714979289),
        ("2024-05-06T07:08:09", 1714979289),
        ("2024-05-06T09:08:09+02:00", 1714979289),
        ("2024-05-06T09:08:09+0200", 1714979289),
        ("2024-05-06T07:08:09.5Z", Decimal("1714979289.5")),
        ("2024-05-06T07:08Z", 1714979280),
        ("2024-05-06", 1714953600),
        ("2024-05", 1714521600),
        ("1714979289", 1714979289),
        ("1714979289.5", Decimal("1714979289.5")),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_dates(text: str, seconds: Decimal) -> None:
    assert read_date(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "today",
        "2024-13-01",
        "2024-02-30T00:00:00Z",
        "2024-05-06T25:00:00Z",
        "2024-05-06T00:00:00X",
        "2024-05T00:00:0Z",
        "0000-01-01",
        "9223372036854775808",
        "-9223372036854775808",
    ],
)
def test_no_dates(text: str) -> None:
    assert read_date(text) is None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001 (made aware below)
def test_dates_as_python_writes_them(moment: datetime) -> None:
    aware = moment.replace(microsecond=0, tzinfo=UTC)
    assert read_date(aware.isoformat()) == int(aware.timestamp())


def test_truths() -> None:
    assert [read_truth(text) for text in ("true", "False", "TRUE", "yes", "1", "")] == [
        True,
        False,
        True,
        None,
        None,
        None,
    ]


def test_bytes() -> None:
    assert read_bytes("YWJj") == b"abc"
    assert read_bytes("") == b""
    assert [read_bytes(text) for text in ("YWJ", "a b=", "ä", "YWJj\n")] == [None, None, None, None]


def test_addresses_and_networks() -> None:
    address, network = read_address("203.0.113.7"), read_network("203.0.113.9/24")
    assert address is not None
    assert network is not None
    assert address in network
    assert read_address("2001:db8::1") is not None
    assert read_network("2001:db8::/32") is not None
    assert [read_address(text) for text in ("", "203.0.113.0/24", "203.0.113", "host")] == [None] * 4
    assert [read_network(text) for text in ("", "*", "203.0.113.*", "203.0.113.0/33")] == [None] * 4


@pytest.mark.parametrize(
    ("network", "address", "inside"),
    [
        ("203.0.113.0/24", "::ffff:203.0.113.9", True),
        ("203.0.113.0/24", "::ffff:198.51.100.9", False),
        ("::ffff:203.0.113.0/120", "203.0.113.9", True),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("::ffff:0:0/96", "203.0.113.9", True),
        ("::/0", "203.0.113.9", False),
        ("0.0.0.0/0", "::1", False),
    ],
)
def test_ipv4_addresses_in_the_form_of_ipv6(network: str, address: str, *, inside: bool) -> None:
    wanted, found = read_network(network), read_address(address)
    assert wanted is not None
    assert found is not None
    assert (found in wanted) is inside


@pytest.mark.parametrize("text", ["10.0.0.0/255.0.0.0", "10.0.0.0/0.255.255.255", "10.0.0.0/0.0.0.0", "10.0.0.0/"])
def test_masks_are_no_networks(text: str) -> None:
    assert read_network(text) is None
