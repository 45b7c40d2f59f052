"""The rules of names and paths are checked in every request that has any."""

import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.api.iam import OPERATIONS
from strongroom.api.iam.rules import NAME, PATH, with_rules
from strongroom.api.iam.types import Path, UserName
from strongroom.model.errors import ValidationError
from strongroom.protocol.structures import AwsStruct

NAME_CHARACTERS = string.ascii_letters + string.digits + "_+=,.@-"


class Named(AwsStruct, frozen=True, kw_only=True):
    user_name: UserName | None = None
    path: Path
    other: str


def checked(further: object = None, **members: object) -> None:
    operation = msgspec.structs.replace(OPERATIONS["CreateUser"], request=Named, check=further)
    check = with_rules(operation).check
    assert check is not None
    check(msgspec.convert({"Path": "/", "Other": "any thing", **members}, Named))


@given(st.text(NAME_CHARACTERS, min_size=1, max_size=64))
def test_good_names_pass(name: str) -> None:
    checked(UserName=name)


@given(st.text(max_size=5), st.characters(exclude_characters=NAME_CHARACTERS), st.text(max_size=5))
def test_a_character_that_no_name_has_is_refused(before: str, character: str, after: str) -> None:
    with pytest.raises(ValidationError) as refused:
        checked(UserName=f"{before}{character}{after}")
    assert refused.value.message == (
        "The specified value for userName is invalid. "
        "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    )


def test_a_member_that_is_left_out_has_no_rule_to_break() -> None:
    checked()


@pytest.mark.parametrize("path", ["/", "/a/", "/a/b~c/", "/!/"])
def test_good_paths_pass(path: str) -> None:
    checked(Path=path)


@pytest.mark.parametrize("path", ["a", "/a", "//", "a/", "/a b/", "/ä/", "/a/\n"])
def test_bad_paths_are_refused(path: str) -> None:
    with pytest.raises(ValidationError, match=r"for path is invalid\. It must begin and end with / and"):
        checked(Path=path)


def test_the_check_of_the_operation_comes_after() -> None:
    seen: list[Named] = []
    checked(seen.append)
    assert [each.other for each in seen] == ["any thing"]
    with pytest.raises(ValidationError):
        checked(seen.append, Path="bad")
    assert len(seen) == 1


def test_an_operation_without_names_stays_as_it_is() -> None:
    operation = OPERATIONS["GetAccountPasswordPolicy"]
    assert with_rules(operation) is operation


def test_rules_are_of_whole_values() -> None:
    assert not NAME.pattern.fullmatch("a\n")
    assert not PATH.pattern.fullmatch("/\n")
