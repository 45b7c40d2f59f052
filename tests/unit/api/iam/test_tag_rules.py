"""What tags may be."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.iam.tag_rules import checked_tags, tag_list, tag_page, with_tags, without_tags
from strongroom.api.iam.types import Tag
from strongroom.model.errors import ServiceError, ValidationError
from strongroom.model.identity_errors import InvalidInputError, LimitExceededError

CHARACTERS = st.characters(categories=["L", "Z", "N"]) | st.sampled_from("_.:/=+-@")
KEYS = st.text(CHARACTERS, min_size=1, max_size=128).filter(lambda key: not key.lower().startswith("aws:"))


def refusal(*tags: Tag) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        checked_tags(tags)
    return refused.value


@given(KEYS, st.text(CHARACTERS, max_size=256))
def test_letters_separators_numbers_and_some_signs_are_taken(key: str, value: str) -> None:
    assert checked_tags([Tag(key=key, value=value)]) == {key: value}


@given(st.characters(exclude_categories=["L", "Z", "N", "Cs"], exclude_characters="_.:/=+-@"))
def test_no_other_character_is(character: str) -> None:
    error = refusal(Tag(key="good", value=""), Tag(key=f"a{character}", value=""))
    assert isinstance(error, ValidationError)
    assert error.message == (
        f"1 validation error detected: Value 'a{character}' at 'tags.2.member.key' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+"
    )
    assert "'tags.1.member.value'" in str(refusal(Tag(key="a", value=character)))


@pytest.mark.parametrize("key", ["aws:tag", "AWS:tag"])
def test_the_prefix_of_aws_is_its_own(key: str) -> None:
    error = refusal(Tag(key=key, value=""))
    assert isinstance(error, ValidationError)
    assert error.message == "aws: prefixed tag key names are not allowed for external use."


def test_a_key_is_there_once_whatever_its_case() -> None:
    error = refusal(Tag(key="Team", value="1"), Tag(key="team", value="2"))
    assert isinstance(error, InvalidInputError)
    assert error.message == "Duplicate tag keys found. Please note that Tag keys are case insensitive."


def test_no_tags_are_none() -> None:
    assert checked_tags(None) == {}
    assert tag_list({}) is None


def test_a_new_value_brings_its_spelling_of_the_key() -> None:
    kept = with_tags({"Team": "1", "other": "2"}, {"team": "3"})
    assert kept == {"other": "2", "team": "3"}
    assert without_tags(kept, ["TEAM", "unknown"]) == {"other": "2"}


def test_an_entity_has_fifty_tags_at_most() -> None:
    fifty = {str(number): "" for number in range(50)}
    assert with_tags(fifty, {"7": "new"})["7"] == "new"
    with pytest.raises(LimitExceededError):
        with_tags(fifty, {"one more": ""})


@given(st.dictionaries(st.text(string.ascii_lowercase, min_size=1), st.just("")), st.integers(1, 10))
def test_pages_of_tags_are_all_tags(tags: dict[str, str], size: int) -> None:
    marker = None
    seen: list[str] = []
    while True:
        shown, marker = tag_page("tags", tags, marker, size)
        seen += [tag.key for tag in shown]
        if marker is None:
            break
    assert seen == sorted(tags)
    assert re.fullmatch("[a-z]*", "".join(seen))
