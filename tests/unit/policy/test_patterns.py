import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from strongroom.policy.patterns import action_patterns, resource_patterns

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def plain_glob(pattern: str, value: str) -> bool:
    """Match by the definition of the two wildcards."""
    table = [[False] * (len(value) + 1) for _ in range(len(pattern) + 1)]
    table[0][0] = True
    for row, wildcard in enumerate(pattern, 1):
        table[row][0] = wildcard == "*" and table[row - 1][0]
        for column, character in enumerate(value, 1):
            if wildcard == "*":
                table[row][column] = table[row - 1][column] or table[row][column - 1]
            else:
                table[row][column] = wildcard in ("?", character) and table[row - 1][column - 1]
    return table[-1][-1]


@given(st.lists(st.text("ab?*", min_size=1, max_size=8), max_size=4), st.text("ab", max_size=8))
@example(["a*ba*ab"], "abaab")
def test_actions_match_as_defined(names: list[str], value: str) -> None:
    patterns = action_patterns(tuple(f"kms:{name}" for name in names))
    assert patterns.match(f"kms:{value}") == any(plain_glob(name, value) for name in names)


@given(st.text("ab?*:/", max_size=10), st.text("ab:/", max_size=10))
@example("*:a", "a:b:a")
def test_resources_match_as_defined_within_the_last_segment(pattern: str, value: str) -> None:
    prefix = "arn:aws:kms:us-east-1:111122223333:"
    assert resource_patterns((prefix + pattern,)).match(prefix + value) == plain_glob(pattern, value)


@given(st.text("a?*", max_size=6), st.text("a", max_size=6))
def test_resources_match_as_defined_within_another_segment(pattern: str, value: str) -> None:
    patterns = resource_patterns((f"arn:aws:kms:{pattern}:111122223333:key/a",))
    assert patterns.match(f"arn:aws:kms:{value}:111122223333:key/a") == plain_glob(pattern, value)


def test_characters_of_regular_expressions_mean_themselves() -> None:
    assert not resource_patterns(("arn:aws:kms:us.east.1:111122223333:key/*",)).match(KEY)
    assert resource_patterns(("arn:aws:kms:*:111122223333:key/[a](b)+|$*",)).match(
        "arn:aws:kms:us-east-1:111122223333:key/[a](b)+|$"
    )


def test_many_stars_take_no_exponential_time() -> None:
    patterns = resource_patterns(("arn:aws:kms:*:*:" + "*a" * 40 + "*b",))
    began = time.perf_counter()
    assert not patterns.match("arn:aws:kms:us-east-1:111122223333:" + "a" * 200)
    assert time.perf_counter() - began < 1


def test_the_cheap_ways_are_taken() -> None:
    patterns = action_patterns(("kms:Encrypt", "kms:Re*", "*", "kms:*Key"))
    assert patterns.exact == {"kms:encrypt"}
    assert patterns.prefixes == ("kms:re", "")
    assert patterns.others == ((("kms:", "key"),),)
    assert action_patterns(("kms:Encrypt",)).others == ()


def test_an_arn_without_wildcards_is_matched_exactly() -> None:
    patterns = resource_patterns((KEY, "*", "arn:aws:kms:eu-*:111122223333:key/*", "arn:aws:kms"))
    assert patterns.exact == {KEY}
    assert resource_patterns((KEY,)).others == ()


def test_what_is_no_arn_covers_nothing() -> None:
    assert not resource_patterns(("*:aws:kms:*:*:key/*", "*:*", "key/*", "")).match(KEY)


@pytest.mark.parametrize("text", ["arn:aws:kms:*:*:key/${aws:username}", "**", "*?", "?*", "*:key/*", "*:*"])
def test_what_aws_may_read_otherwise(text: str) -> None:
    assert resource_patterns(("*", text)).not_understood


@pytest.mark.parametrize("text", [KEY, "*", "arn:*", "arn:aws:kms:*:*:key/*", "key/*", ""])
def test_what_is_understood(text: str) -> None:
    assert not resource_patterns((text,)).not_understood


def test_a_policy_full_of_patterns_costs_little() -> None:
    texts = tuple(f"arn:aws:kms:*:*:key/{number}*?{number}" for number in range(2000))
    began = time.perf_counter()
    patterns = resource_patterns(texts)
    assert not patterns.match(KEY)
    assert resource_patterns(("arn:aws:kms:*:*:" + "*?" * 15_000,)).match(KEY) is False
    assert time.perf_counter() - began < 0.5


def test_what_has_too_few_segments_is_covered_by_no_arn() -> None:
    assert not resource_patterns(("arn:*:kms",)).match("arn:aws:kms")
