"""Pages of IAM's lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.iam.paging import page
from strongroom.model.errors import ValidationError

# Names of any characters, many of which differ by their case only or at their ends.
NAMES = st.text(min_size=1, max_size=8) | st.text("aAbB", min_size=1, max_size=3) | st.text("ab\U0001f511", min_size=90)


def pages(names: list[str], size: int | None, listing: str = "ListUsers /") -> list[list[str]]:
    found = []
    marker = None
    while True:
        shown, marker = page(listing, names, str, marker, size)
        found.append(shown)
        if marker is None:
            return found
        assert len(marker) <= 320
        assert marker.isascii()


@given(st.lists(NAMES, unique=True), st.integers(1, 5))
def test_all_pages_together_are_the_list_and_each_item_is_there_once(names: list[str], size: int) -> None:
    found = pages(names, size)
    assert sorted(name for shown in found for name in shown) == sorted(names)
    assert all(len(shown) == size for shown in found[:-1])
    assert len(found) == max(1, -(-len(names) // size))


@given(st.lists(st.text("abcXYZ0", min_size=1, max_size=20), unique_by=str.lower))
def test_lists_are_sorted_by_name_whatever_its_case(names: list[str]) -> None:
    assert pages(names, None)[0] == sorted(names, key=str.lower)


@given(st.lists(NAMES, unique=True, min_size=2), st.data())
def test_what_is_deleted_in_between_hides_nothing_else(names: list[str], data: st.DataObject) -> None:
    shown, marker = page("list", names, str, None, data.draw(st.integers(1, len(names) - 1)))
    rest, _ = page("list", set(names) - set(shown), str, marker, None)
    assert sorted(shown + rest) == sorted(names)


def test_a_page_has_a_hundred_items_unless_asked_otherwise() -> None:
    names = [f"{number:03}" for number in range(150)]
    assert [len(shown) for shown in pages(names, None)] == [100, 50]


@pytest.mark.parametrize("marker", ["nonsense", "*", "AAAA"])
def test_a_marker_that_was_not_made_here_is_refused(marker: str) -> None:
    with pytest.raises(ValidationError) as refused:
        page("list", ["a"], str, marker, None)
    assert refused.value.message == "Invalid Marker."


def test_a_marker_is_of_one_list_only() -> None:
    _, marker = page("ListUsers /", ["a", "b"], str, None, 1)
    with pytest.raises(ValidationError):
        page("ListUsers /a/", ["a", "b"], str, marker, 1)
