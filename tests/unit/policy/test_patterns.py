import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.patterns import Patterns, action_patterns, arn_pattern
from strongroom.policy.patterns import resource_patterns as patterns_of
from strongroom.policy.query import NO_CONTEXT
from strongroom.policy.syntax import PolicySyntaxError

KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEY_POLICY = Dialect(kind=Kind.KEY, variables=True)
IDENTITY_POLICY = Dialect(kind=Kind.IDENTITY, variables=True)


def resource_patterns(texts: tuple[str, ...]) -> Patterns:
    return patterns_of(texts, KEY_POLICY)


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


@given(st.text("ab?*:/", max_size=10), st.text("ab:/", max_size=10))
def test_patterns_with_variables_match_like_those_without(pattern: str, value: str) -> None:
    prefix = "arn:aws:kms:us-east-1:111122223333:"
    patterns = resource_patterns((f"arn:aws:kms:${{aws:Region}}:111122223333:{pattern}",))
    assert patterns.match_templates(prefix + value, {"aws:region": ("us-east-1",)}) == plain_glob(pattern, value)


def test_characters_of_regular_expressions_mean_themselves() -> None:
    assert not resource_patterns(("arn:aws:kms:us.east.1:111122223333:key/*",)).match(KEY)
    assert resource_patterns(("arn:aws:kms:*:111122223333:key/[a](b)+|$*",)).match(
        "arn:aws:kms:us-east-1:111122223333:key/[a](b)+|$"
    )


@pytest.mark.timeout(60)  # where it takes quadratic time or worse, it would take hours
@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:kms:*:*:" + "a?" * 8_000 + "b",
        "arn:aws:kms:*:*:" + "*" + "a?" * 8_000 + "b*",
        "arn:aws:kms:*:*:" + "*a?b" * 8_000,
        "arn:aws:kms:*:*:" + "*" * 32_000 + "b",
        "arn:aws:kms:*:*:" + "*?" * 16_000,
        "arn:*:*:*:*:a*" + "a?" * 500 + "b*a",
        "arn:*:a:*:a:" + "*a?b" * 500,
    ],
    ids=lambda text: text[:40],
)
@pytest.mark.parametrize("value", ["a" * 2_000, ":a" * 1_000, "a:" * 1_000 + "a"], ids=["a", ":a", "a:"])
def test_hostile_patterns_take_linear_time(pattern: str, value: str) -> None:
    patterns = resource_patterns((pattern,))
    patterns.match(f"arn:aws:kms:us-east-1:111122223333:{value}")


@pytest.mark.timeout(60)  # where it takes quadratic time or worse, it would take hours
def test_many_stars_take_no_exponential_time() -> None:
    patterns = resource_patterns(("arn:aws:kms:*:*:" + "*a" * 40 + "*b",))
    assert not patterns.match("arn:aws:kms:us-east-1:111122223333:" + "a" * 200)


def test_the_cheap_ways_are_taken() -> None:
    patterns = action_patterns(("kms:Encrypt", "kms:Re*", "*", "kms:*Key"))
    assert patterns.exact == {"kms:encrypt"}
    assert patterns.prefixes == ("kms:re", "")
    assert len(patterns.others) == 1
    assert action_patterns(("kms:Encrypt",)).others == ()


def test_an_arn_without_wildcards_is_matched_exactly() -> None:
    patterns = resource_patterns((KEY, "*", "arn:aws:kms:eu-*:111122223333:key/*", "arn:aws:kms"))
    assert patterns.exact == {KEY}
    assert resource_patterns((KEY,)).others == ()


@pytest.mark.parametrize("text", ["key/*", "key", "", "1234abcd-12ab-34cd-56ef-1234567890ab", "arn:aws:s3:*"])
def test_what_is_no_arn_of_a_key_covers_nothing(text: str) -> None:
    assert not resource_patterns((text,)).match(KEY)


@pytest.mark.parametrize(
    "text", ["*", "**", "?*", "*:*", "arn:*", "arn:aws", "arn:aws:kms", "*:aws:kms:*:*:key/*", "arn:aws:kms:us-*"]
)
def test_what_covers_a_key(text: str) -> None:
    assert resource_patterns((text,)).match(KEY)


@pytest.mark.timeout(60)  # where it takes quadratic time or worse, it would take hours
def test_a_policy_full_of_patterns_costs_little() -> None:
    texts = tuple(f"arn:aws:kms:*:*:key/{number}*?{number}" for number in range(2000))
    patterns = resource_patterns(texts)
    assert not patterns.match(KEY)
    assert resource_patterns(("arn:aws:kms:*:*:" + "*?" * 15_000,)).match(KEY) is False


@pytest.mark.parametrize("value", ["arn:aws:kms:us-east-1", "arn:aws:kms:us-east-1:111122223333", "*", ""])
def test_what_has_too_few_segments_is_covered_by_no_complete_arn(value: str) -> None:
    patterns = resource_patterns(("arn:aws:kms:*:*:*", "arn:aws:kms:*:*:", "arn:*:kms", "arn:*:*::*?:"))
    assert not patterns.match(value)


def reaching_glob(pattern: str, value: str) -> bool:
    """Match segments as defined: by trying all numbers of segments that each star at an end may take in."""

    def fits(patterns: list[str], found: list[str]) -> bool:
        if not patterns:
            return not found
        if not found:
            return False
        if len(patterns) == 1 and complete:
            return plain_glob(patterns[0], ":".join(found))
        first, *others = patterns
        taken = range(1, len(found) + 1) if first.endswith("*") else range(1, 2)
        return plain_glob(first, found[0]) and any(fits(others, found[number:]) for number in taken)

    segments = pattern.split(":", 5)
    complete = len(segments) == 6
    missing = ["*"] * (6 - len(segments))
    return fits(segments, value.split(":")) or (bool(missing) and fits(segments + missing, value.split(":")))


@given(
    st.lists(st.text("ab?*", max_size=3), min_size=1, max_size=7).map(":".join),
    st.lists(st.text("ab", max_size=3), min_size=6, max_size=9).map(":".join),
)
@example("a*:b:*", "a:a:a:a:a:b:a:b")
@example("*:::::a*b", ":::::a:::::a:b")
@settings(max_examples=500)
def test_a_star_at_the_end_of_a_segment_reaches_over_others(pattern: str, value: str) -> None:
    pattern, value = f"b:{pattern}", f"b:{value}"
    assert resource_patterns((pattern,)).match(value) == reaching_glob(pattern, value)
    dialect = Dialect(kind=Kind.KEY, variables=True)
    template = patterns_of((f"${{aws:B}}{pattern[1:]}", f"b:{pattern[2:]}${{aws:Nothing}}"), dialect)
    context = {"aws:b": ("b",), "aws:nothing": ("",)}
    if "*" in pattern and pattern.count(":") >= 5:
        assert template.match_templates(value, context) == reaching_glob(pattern, value)


@pytest.mark.parametrize(
    ("text", "value", "covered"),
    [
        ("arn:aws:kms:*:*:key/${aws:Key}", "1234", True),
        ("arn:aws:kms:us-east-1:111122223333:key/${aws:Key}", "1234", True),
        ("arn:aws:kms:us-east-1:111122223333:key/${aws:Key}", "12345", False),
        ("arn:aws:kms:*:*:key/${aws:Other}", "1234", None),
        ("arn:aws:s3:*:*:key/${aws:Other}", "1234", False),
        ("arn:aws:kms:${aws:Other}", "1234", None),
        ("arn:aws:kms:${aws:Region}", "1234", True),
        ("${aws:Arn}", "1234", True),
        ("${aws:Arn}*", "1234", False),
    ],
    ids=str,
)
def test_templates(text: str, value: str, *, covered: bool | None) -> None:
    prefix = "arn:aws:kms:us-east-1:111122223333:key/"
    context = {"aws:key": ("1234",), "aws:region": ("us-east-1",), "aws:arn": (f"{prefix}1234",)}
    patterns = resource_patterns((text,))
    assert patterns.match_templates(prefix + value, context) is covered
    assert not patterns.match(prefix + value)


def test_one_template_that_covers_is_enough() -> None:
    texts = ("arn:aws:kms:*:*:key/${aws:Other}", "arn:aws:kms:*:*:key/${aws:Key}")
    patterns = resource_patterns(texts)
    assert patterns.match_templates("arn:aws:kms:us-east-1:111122223333:key/a", {"aws:key": ("a",)}) is True
    assert [variable.text for variable in patterns.variables] == ["${aws:Other}", "${aws:Key}"]


def test_what_is_no_arn_is_covered_by_no_template() -> None:
    assert resource_patterns(("arn:aws:kms:*:*:${aws:Key}",)).match_templates("*", {"aws:key": ("a",)}) is False


def test_variables_are_text_in_the_old_version() -> None:
    patterns = patterns_of(("arn:aws:kms:*:*:key/${aws:Key}",), Dialect(kind=Kind.KEY))
    assert patterns.templates == ()
    assert patterns.match("arn:aws:kms:us-east-1:111122223333:key/${aws:Key}")


def test_an_arn_in_a_condition_is_not_completed() -> None:
    assert arn_pattern("arn:aws:kms:*", KEY_POLICY).match(KEY, NO_CONTEXT) is False


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("key/1", 'Resource key/1 must be in ARN format or "*".'),
        ("", 'Resource  must be in ARN format or "*".'),
        ("arn:", 'Resource arn: must be in ARN format or "*".'),
        ("${aws:Arn}", 'Resource ${aws:Arn} must be in ARN format or "*".'),
        ("arn:azure:kms:::", 'Partition "azure" is not valid for resource "arn:azure:kms:::".'),
        ("arn:aws:*", "Resource vendor must be fully qualified and cannot contain regexes."),
        ("arn:aws:k?s:*", "Resource vendor must be fully qualified and cannot contain regexes."),
    ],
)
def test_resources_that_iam_refuses(text: str, reason: str) -> None:
    with pytest.raises(PolicySyntaxError) as caught:
        patterns_of((text,), IDENTITY_POLICY)
    assert caught.value.reason == reason
    assert resource_patterns((text,))


@pytest.mark.parametrize("text", ["*", KEY, "arn:aws:kms:*", "arn:aws-cn:iam::111122223333:user/*", "arn:*:kms:*:*:*"])
def test_resources_that_iam_accepts(text: str) -> None:
    assert patterns_of((text,), IDENTITY_POLICY).texts == (text,)
