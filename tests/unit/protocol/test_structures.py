import math
import re
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.protocol.structures import AwsStruct, Timestamp, as_modelled, check_declaration, timestamp, whole


class Sample(AwsStruct, frozen=True, kw_only=True):
    key_id: str
    aws_account_id: str | None = msgspec.field(default=None, name="AWSAccountId")
    creation_date: Timestamp | None = None
    enabled: bool | None = None


class Inner(AwsStruct, frozen=True, kw_only=True):
    sample: Sample | None = None


def test_names_on_the_wire() -> None:
    sample = Sample(key_id="k", aws_account_id="111122223333", creation_date=1.5, enabled=False)
    body = b'{"KeyId":"k","AWSAccountId":"111122223333","CreationDate":1.5,"Enabled":false}'
    assert msgspec.json.encode(sample) == body
    assert msgspec.json.decode(body, type=Sample) == sample


def test_none_is_not_written_at_any_depth() -> None:
    assert msgspec.json.encode(Inner(sample=Sample(key_id="k"))) == b'{"Sample":{"KeyId":"k"}}'
    assert msgspec.json.encode(Inner()) == b"{}"


def test_false_zero_and_empty_are_written() -> None:
    class Listing(AwsStruct, frozen=True, kw_only=True):
        keys: list[str]
        truncated: bool
        limit: int | None = None
        marker: str | None = None

    listing = Listing(keys=[], truncated=False, limit=0, marker="")
    assert msgspec.json.encode(listing) == b'{"Keys":[],"Truncated":false,"Limit":0,"Marker":""}'


def test_null_counts_as_absent_and_unknown_members_are_ignored() -> None:
    body = b'{"KeyId":"k","CreationDate":null,"Sense":{"of":["life",null]}}'
    assert msgspec.json.decode(body, type=Sample) == Sample(key_id="k")


def test_a_structure_cannot_be_changed() -> None:
    sample = Sample(key_id="k")
    with pytest.raises(AttributeError):
        sample.key_id = "other"  # type: ignore[misc]  # that it is refused is the test


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1_700_000_000.123456, b"1700000000.123"), (1_700_000_000.9996, b"1700000001.0"), (0.0, b"0.0")],
)
def test_timestamps_have_three_decimals(seconds: float, text: bytes) -> None:
    assert msgspec.json.encode(timestamp(seconds)) == text


@given(st.floats(min_value=0, max_value=253_402_300_799))
def test_no_timestamp_is_written_longer(seconds: float) -> None:
    text = msgspec.json.encode(timestamp(seconds)).decode()
    assert re.fullmatch(r"\d+\.\d{1,3}", text)
    assert abs(float(text) - seconds) <= 0.000_5 + math.ulp(seconds)


def test_only_none_may_be_a_default() -> None:
    class Wrong(AwsStruct, frozen=True, kw_only=True):
        truncated: bool = False

    class Factory(AwsStruct, frozen=True, kw_only=True):
        keys: list[str] = msgspec.field(default_factory=list)

    check_declaration(Sample)
    with pytest.raises(TypeError, match=r"Wrong\.truncated: None is the only default"):
        check_declaration(Wrong)
    with pytest.raises(TypeError, match=r"Factory\.keys: None is the only default"):
        check_declaration(Factory)


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("^[a-z]+$", "abc", "abc\n"),
        ("[a-z]+", "abc", "abc1"),
        ("a|b", "b", "bc"),
        (r"[\w]+", "a_1", "é"),
        (r"^\d{2}$", "12", "١٢"),
    ],
)
def test_whole_patterns_match_as_aws_does(pattern: str, good: str, bad: str) -> None:
    annotated = Annotated[str, msgspec.Meta(pattern=whole(pattern))]
    assert msgspec.convert(good, annotated) == good
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(bad, annotated)


@given(st.text())
def test_a_pattern_is_shown_as_modelled(pattern: str) -> None:
    assert as_modelled(whole(pattern)) == pattern


def test_a_plain_pattern_is_shown_as_it_is() -> None:
    assert as_modelled("^[a-z]+$") == "^[a-z]+$"
