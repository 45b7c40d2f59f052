"""Dates as clients write them."""

import contextlib
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.timestamps import Timestamp, format_basic, parse_basic, parse_http_date

MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - bounds are naive
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS)
def test_basic_form_is_read(moment: datetime) -> None:
    text = f"{moment:%Y%m%dT%H%M%SZ}"
    assert parse_basic(text) == Timestamp(text, int(moment.timestamp()))


@given(MOMENTS)
def test_a_date_header_has_either_form(moment: datetime) -> None:
    basic = parse_basic(f"{moment:%Y%m%dT%H%M%SZ}")
    assert parse_http_date(basic.text) == basic
    for zone in ("GMT", "+0000", "-0000"):
        assert parse_http_date(format_datetime(moment, usegmt=True).replace("GMT", zone)) == basic


@given(st.integers(0, 4_000_000_000))
def test_what_is_written_is_read_back(epoch: int) -> None:
    assert parse_basic(format_basic(epoch + 0.5)).epoch == epoch


@pytest.mark.parametrize(
    "text",
    [
        "",
        "201",
        "20150830",
        "20150830T123600",
        "20150830T123600z",
        "20150830t123600Z",
        "20150830T123600ZZ",
        "2015-08-30T12:36:00Z",
        "20151330T123600Z",
        "20150230T123600Z",
        "20150830T243600Z",
        "20150830T123660Z",
        "00000830T123600Z",
        "+0150830T123600Z",
        "2015_830T123600Z",
        "2015 830T123600Z",
        "\u0662\u0660\u0661\u06650830T123600Z",
    ],
)
def test_what_is_not_of_the_basic_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller makes the text
        parse_basic(text)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "",
        "GMT",
        "Sun, 30 Aug 2015 12:36:00",
        "Sun, 30 Aug 2015 12:36:00 +0100",
        "Sun, 30 Aug 2015 12:36:00 PST",
        "Mon, 30 Aug 2015 12:36:00 GMT",
        "30 Aug 2015 12:36:00 GMT",
        "Sun, 30 Aug 15 12:36:00 GMT",
        "Sunday, 30-Aug-15 12:36:00 GMT",
        "Sun Aug 30 12:36:00 2015",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 99999999999999999999 Jan 2015 00:00:00 GMT",
        "Mon, 01 Jan 2015 99999999999999999999:00:00 GMT",
        "01 Jan 2015 00 GMT",
    ],
)
def test_a_date_header_of_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller makes the text
        parse_http_date(text)


@given(st.text(st.characters(max_codepoint=255)) | st.from_regex(r"\A\w{3}, \d+ (Jan|Foo) \d+ \d+:\d+:\d+ GMT\Z"))
def test_whatever_a_date_header_holds_it_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        parse_http_date(text)
