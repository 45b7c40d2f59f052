from __future__ import annotations

import pytest

from strongroom.cli import values


@pytest.mark.parametrize("text", ["111122223333", "000000000000"])
def test_an_account_id_has_12_digits(text: str) -> None:
    assert values.account_id(text) == text


@pytest.mark.parametrize("text", ["", "11112222333", "1111222233334", "11112222333x", "٣" * 12, "111122223333\n"])
def test_anything_else_is_no_account_id(text: str) -> None:
    with pytest.raises(ValueError, match="an account id has 12 digits"):
        values.account_id(text)


def test_a_region_is_one_of_aws() -> None:
    assert values.region("eu-central-1") == "eu-central-1"
    with pytest.raises(ValueError, match="'mars-north-1' is no Region; take one such as us-east-1"):
        values.region("mars-north-1")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:4599", ("127.0.0.1", 4599)),
        ("localhost:0", ("localhost", 0)),
        ("[::1]:65535", ("::1", 65535)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert values.listen(text) == address


@pytest.mark.parametrize("text", ["", "4599", ":4599", "host:", "host:x", "host:65536", "host:-1", "host:٣"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected HOST:PORT, such as 127.0.0.1:4599"):
        values.listen(text)


def test_there_are_1_to_256_workers() -> None:
    assert (values.workers("1"), values.workers("256")) == (1, 256)
    for text in ("0", "257", "-1", "two", "", "1.5", "٣"):
        with pytest.raises(ValueError, match="expected 1 to 256 workers"):
            values.workers(text)


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert values.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "30", "d", "30w", "-1d", "1.5d", "1d1h", " 1d", "1234567890d", "٣d", "1d\n"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 15m, 12h or 30d"):
        values.duration(text)


def test_a_log_level_is_one_of_logging() -> None:
    assert values.log_level("warning") == "WARNING"
    with pytest.raises(ValueError, match="expected a level such as INFO or WARNING, not 'loud'"):
        values.log_level("loud")
