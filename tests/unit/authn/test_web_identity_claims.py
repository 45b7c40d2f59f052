"""What the claims of a web identity token become."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.authn.web_identity_claims import condition_values, session_tags_of, source_identity_of
from strongroom.model.errors import InvalidIdentityToken

GITHUB = "token.actions.githubusercontent.com"
TAGS = "https://aws.amazon.com/tags"


def test_scalars_and_lists_of_them_are_condition_values() -> None:
    claims = {
        "sub": "repo:example/app:ref:refs/heads/main",
        "repository_owner_id": 4711,
        "ratio": 0.5,
        "protected": True,
        "draft": False,
        "amr": ["pwd", "mfa"],
        "mixed": ["a", 1, True],
        "audiences": ("x", "y"),
    }
    assert condition_values(GITHUB, claims) == {
        f"{GITHUB}:sub": ("repo:example/app:ref:refs/heads/main",),
        f"{GITHUB}:repository_owner_id": ("4711",),
        f"{GITHUB}:ratio": ("0.5",),
        f"{GITHUB}:protected": ("true",),
        f"{GITHUB}:draft": ("false",),
        f"{GITHUB}:amr": ("pwd", "mfa"),
        f"{GITHUB}:mixed": ("a", "1", "true"),
        f"{GITHUB}:audiences": ("x", "y"),
    }


@pytest.mark.parametrize("value", [None, {}, {"a": "b"}, [], [None], ["a", None], ["a", {}], [["a"]]])
def test_what_has_no_text_is_no_condition_value(value: object) -> None:
    assert condition_values(GITHUB, {"claim": value}) == {}


def test_keys_are_in_lower_case_and_so_are_the_claims_that_count() -> None:
    claims = {"sub": "right", "Sub": "wrong", "SUB": "wrong", "UserName": "kept"}
    assert condition_values("Example.com/ID/A", claims) == {
        "example.com/id/a:sub": ("right",),
        "example.com/id/a:username": ("kept",),
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=5))
def test_any_claims_give_texts(claims: dict[str, Any]) -> None:
    for name, values in condition_values("Example.com", claims).items():
        assert name.startswith("example.com:")
        assert values
        assert all(isinstance(value, str) for value in values)


@pytest.mark.parametrize(
    "claims",
    [
        {TAGS: {"principal_tags": {"a": ["1"], "b": "2"}, "transitive_tag_keys": ["a"]}},
        {
            f"{TAGS}/principal_tags/a": "1",
            f"{TAGS}/principal_tags/b": ["2"],
            f"{TAGS}/transitive_tag_keys": ["a"],
        },
    ],
)
def test_session_tags_are_nested_or_flat(claims: dict[str, object]) -> None:
    tags = session_tags_of(claims)
    assert tags.values == {"a": "1", "b": "2"}
    assert tags.transitive == ("a",)


@pytest.mark.parametrize("claims", [{}, {TAGS: {}}, {"sub": "x"}])
def test_there_need_not_be_session_tags(claims: dict[str, object]) -> None:
    tags = session_tags_of(claims)
    assert (dict(tags.values), tags.transitive) == ({}, ())


@pytest.mark.parametrize(
    "claims",
    [
        {TAGS: "x"},
        {TAGS: None},
        {TAGS: {"principal_tags": []}},
        {TAGS: {"principal_tags": {"a": 1}}},
        {TAGS: {"principal_tags": {"a": []}}},
        {TAGS: {"principal_tags": {"a": ["1", "2"]}}},
        {TAGS: {"transitive_tag_keys": "a"}},
        {f"{TAGS}/principal_tags/a": 1},
        {f"{TAGS}/transitive_tag_keys": [1]},
    ],
)
def test_session_tags_of_another_form_are_refused(claims: dict[str, object]) -> None:
    with pytest.raises(InvalidIdentityToken, match="session tags"):
        session_tags_of(claims)


def test_a_source_identity_is_a_text() -> None:
    claim = "https://aws.amazon.com/source_identity"
    assert source_identity_of({claim: "alice"}) == "alice"
    assert source_identity_of({claim: None}) is None
    assert source_identity_of({}) is None
    with pytest.raises(InvalidIdentityToken, match="source identity"):
        source_identity_of({claim: ["alice"]})
