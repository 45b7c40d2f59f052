import msgspec
import pytest

from strongroom.api.supplies import ContextParameter, Parameter, TagsParameter, condition_values


class Sent(msgspec.Struct):
    member: object = None


class KmsTag(msgspec.Struct):
    tag_key: str
    tag_value: str


class IamTag(msgspec.Struct):
    key: str
    value: str


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("text", ("text",)),
        (True, ("true",)),
        (False, ("false",)),
        (30, ("30",)),
        (1_700_000_000.9, ("1700000000",)),
        (["a", "b"], ("a", "b")),
        ((), ()),
    ],
)
def test_values_are_spelt_as_conditions_compare_them(value: object, spelt: tuple[str, ...]) -> None:
    assert condition_values(value) == spelt
    assert Parameter("member")(Sent(value)) == spelt


def test_a_parameter_left_out_counts_with_its_default_if_it_has_one() -> None:
    assert Parameter("member", "30")(Sent()) == ("30",)
    assert Parameter("member")(Sent()) is None


def test_a_context_left_out_has_no_pairs() -> None:
    assert ContextParameter("member").pairs(Sent()) == {}
    assert ContextParameter("member").pairs(Sent({"a": "b"})) == {"a": "b"}


def test_tags_of_both_apis_and_keys_alone() -> None:
    tags = TagsParameter("member")
    assert tags.tags(Sent([KmsTag("a", "1"), KmsTag("b", "")])) == {"a": "1", "b": ""}
    assert tags.tags(Sent([IamTag("a", "1")])) == {"a": "1"}
    assert tags.tags(Sent(["a", "b"])) == {"a": None, "b": None}
    assert tags.tags(Sent()) == {}
