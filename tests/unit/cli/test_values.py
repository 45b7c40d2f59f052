from __future__ import annotations

import pytest

from strongroom.cli import values
from strongroom.model.request import VpcEndpoint
from strongroom.server.listen import ListenAddress


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


@pytest.mark.parametrize(
    ("text", "host", "port", "endpoint_id", "vpc_id"),
    [
        ("vpce-1a2b3c4d@vpc-0a1b2c3d=10.0.0.5:4600", "10.0.0.5", 4600, "vpce-1a2b3c4d", "vpc-0a1b2c3d"),
        ("vpce-1a2b3c4d=[::1]:0", "::1", 0, "vpce-1a2b3c4d", None),
        (
            "vpce-1234abcdf5678c90a@vpc-0fedcba9876543210=kms.example:80",
            "kms.example",
            80,
            "vpce-1234abcdf5678c90a",
            "vpc-0fedcba9876543210",
        ),
    ],
)
def test_a_vpc_endpoint_has_an_id_and_an_address_and_may_name_its_vpc(
    text: str, host: str, port: int, endpoint_id: str, vpc_id: str | None
) -> None:
    vpc_endpoint = VpcEndpoint(endpoint_id=endpoint_id, vpc_id=vpc_id)
    assert values.vpc_endpoint(text) == ListenAddress(host=host, port=port, vpc_endpoint=vpc_endpoint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vpce-1a2b3c4d",
        "vpce-1a2b3c4d=",
        "127.0.0.1:4600",
        "vpc-1a2b3c4d=127.0.0.1:4600",
        "vpce-1A2B3C4D=127.0.0.1:4600",
        "vpce-1a2b3c4=127.0.0.1:4600",
        "vpce-1a2b3c4d5=127.0.0.1:4600",
        "vpce-1a2b3c4d@=127.0.0.1:4600",
        "vpce-1a2b3c4d@vpce-0a1b2c3d=127.0.0.1:4600",
        "vpce-1a2b3c4d@vpc-0a1b2c3d:127.0.0.1:4600",
        " vpce-1a2b3c4d=127.0.0.1:4600",
        "vpce-1a2b3c4d=127.0.0.1:4600\n",
    ],
)
def test_anything_else_is_no_vpc_endpoint(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected VPCE=HOST:PORT or VPCE@VPC=HOST:PORT, such as vpce-1a2b3c4d@vpc-"):
        values.vpc_endpoint(text)


@pytest.mark.parametrize("text", ["vpce-1a2b3c4d=4600", "vpce-1a2b3c4d=127.0.0.1:65536", "vpce-1a2b3c4d=a=b"])
def test_the_address_of_a_vpc_endpoint_is_host_and_port(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected HOST:PORT, such as 127.0.0.1:4599"):
        values.vpc_endpoint(text)


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


@pytest.mark.parametrize(("text", "read"), [("true", True), ("True", True), ("FALSE", False)])
def test_a_flag_is_true_or_false(text: str, read: bool) -> None:  # noqa: FBT001 - what is expected
    assert values.flag(text) is read


@pytest.mark.parametrize("text", ["", "1", "yes", "true "])
def test_anything_else_is_no_flag(text: str) -> None:
    with pytest.raises(ValueError, match="expected true or false"):
        values.flag(text)


def test_a_proxy_is_given_a_twentieth_of_a_second_to_ten_seconds() -> None:
    assert (values.proxy_seconds("0.05"), values.proxy_seconds("10")) == (0.05, 10.0)
    for text in ("0.04", "10.1", "nan", "inf", "-1"):
        with pytest.raises(ValueError, match=r"expected 0\.05 to 10 seconds"):
            values.proxy_seconds(text)
    with pytest.raises(ValueError, match="could not convert"):
        values.proxy_seconds("soon")
