from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.paging import check_limit, cut, decode_marker, encode_marker
from strongroom.model.errors import InvalidMarker, ValidationError

LISTINGS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
ITEMS = st.text(st.characters(exclude_categories=["Cs"]), max_size=128)


@given(LISTINGS, ITEMS)
def test_a_marker_gives_back_the_item_after_which_a_page_starts(listing: str, item: str) -> None:
    assert decode_marker(listing, encode_marker(listing, item)) == item


@given(st.from_regex("ListResourceTags [0-9a-f-]{36}", fullmatch=True), ITEMS)
def test_a_marker_is_a_marker_of_the_api(listing: str, item: str) -> None:
    assert re.fullmatch("[\\u0020-\\u00FF]{1,1024}", encode_marker(listing, item))


@given(LISTINGS, LISTINGS, ITEMS)
def test_a_marker_belongs_to_one_listing(listing: str, other: str, item: str) -> None:
    if listing != other:
        with pytest.raises(InvalidMarker):
            decode_marker(other, encode_marker(listing, item))


@given(st.text(min_size=1))
def test_what_is_no_marker(text: str) -> None:
    with pytest.raises(InvalidMarker):
        decode_marker("ListKeys", text)


@pytest.mark.parametrize("raw", [b"", b"ListKeys", b"ListKeys SELF\0x", b"\0x", b"\xff\0x"])
def test_base64_that_is_no_marker(raw: bytes) -> None:
    with pytest.raises(InvalidMarker) as caught:
        decode_marker("ListKeys", base64.urlsafe_b64encode(raw).decode())
    assert caught.value.message is None


def test_the_first_page_has_no_marker() -> None:
    assert decode_marker("ListKeys", None) == ""


@pytest.mark.parametrize("limit", [None, 1, 50])
def test_limits_within_the_bound(limit: int | None) -> None:
    check_limit(limit, 50)


def test_a_limit_beyond_the_bound() -> None:
    with pytest.raises(ValidationError, match=r"Value '51' at 'limit' .* less than or equal to 50$"):
        check_limit(51, 50)


@pytest.mark.parametrize(
    ("items", "page", "more"), [([], [], False), ([1], [1], False), ([1, 2], [1, 2], False), ([1, 2, 3], [1, 2], True)]
)
def test_a_list_is_cut_to_its_page(items: list[int], page: list[int], *, more: bool) -> None:
    assert cut(items, 2) == (page, more)
