import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.query import NO_CONTEXT
from strongroom.policy.variables import Template, has_variables, parse_template

IDENTITY = Dialect(kind=Kind.IDENTITY, variables=True)
CONTEXT = {"aws:username": ("Alice",), "aws:tagkeys": ("a", "b"), "aws:none": ()}


def template(text: str, *, wildcards: bool = True) -> Template:
    return parse_template(text, IDENTITY, wildcards=wildcards)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${aws:username}", "Alice"),
        ("home/${AWS:UserName}/x", "home/Alice/x"),
        ("${ aws:username }", "Alice"),
        ("${aws:username, 'Bob'}", "Alice"),
        ("${aws:other,'Bob'}", "Bob"),
        ("${aws:other, 'a ''b'' c' }", "a 'b' c"),
        ("${aws:none, ''}", ""),
        ("${aws:other, '*${aws:username}'}", "*${aws:username}"),
        ("${*}${?}${$}{x}", "*?${x}"),
        ("a${*}b", "a*b"),
        ("$x $ {aws:username}", "$x $ {aws:username}"),
        ("a*c?", "abbcd"),
    ],
)
def test_what_a_template_covers(text: str, value: str) -> None:
    assert template(text).match(value, CONTEXT) is True
    assert template(text).match(f"{value}/", CONTEXT) is False


@pytest.mark.parametrize(
    "text",
    ["${aws:other}", "${aws:tagkeys}", "${aws:tagkeys, 'a'}", "${}", "${aws:other, bob}", "${aws:username", "${x${y}"],
)
def test_what_has_no_value_is_undecided(text: str) -> None:
    assert template(f"a{text}").match("ab", CONTEXT) is None
    assert template(f"a{text}").match("b", CONTEXT) is False
    assert template(text).variables[0].value(CONTEXT) is None


@given(st.text(max_size=8), st.text("ab*?${}", max_size=8))
def test_values_are_text(value: str, other: str) -> None:
    for wildcards in (True, False):
        covered = template("${aws:username}", wildcards=wildcards).match(other, {"aws:username": (value,)})
        assert covered is (other == value)


@given(st.text("ab*?", max_size=8), st.text("ab*?", max_size=8))
def test_without_wildcards_text_covers_itself_alone(text: str, value: str) -> None:
    assert template(text, wildcards=False).match(value, NO_CONTEXT) is (text == value)


def test_case_is_ignored_in_values_too() -> None:
    assert template("a${aws:username}").match("AALICE", CONTEXT, ignore_case=True) is True
    assert template("aB*").match("Abc", CONTEXT, ignore_case=True) is True
    assert template("a${aws:username}").match("AALICE", CONTEXT) is False


def test_the_old_version_has_no_variables() -> None:
    old = Dialect(kind=Kind.IDENTITY)
    assert parse_template("${aws:username}*", old, wildcards=True).match("${aws:username}x", CONTEXT) is True
    assert has_variables("a${")
    assert not has_variables("$ {")


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "kms:ResourceAliases"])
def test_keys_that_key_policies_never_see_have_no_value(key: str) -> None:
    context = {key.lower(): ("blue",)}
    text = f"${{{key}}}"
    assert parse_template(text, Dialect(kind=Kind.KEY, variables=True), wildcards=False).match("blue", context) is None
    assert template(text).match("blue", context) is True


def test_only_colons_of_the_text_cut() -> None:
    segments = template("a:${aws:username, 'x:y'}b:c:d").segments(3)
    assert [segment.match(text, NO_CONTEXT) for segment, text in zip(segments, ["a", "x:yb", "c:d"], strict=True)] == [
        True,
        True,
        True,
    ]


@pytest.mark.timeout(60)  # where it takes quadratic time or worse, it would take hours
@pytest.mark.parametrize("text", ["${a,'" * 5000, "${a,'}" * 5000, "${" * 10_000, "${a,'''" * 4000, "${a" * 8000 + "}"])
def test_no_text_takes_long(text: str) -> None:
    template(text)


def test_what_would_take_too_long_cannot_be_told() -> None:
    gapped, plain = (parse_template(text, IDENTITY, wildcards=True) for text in ("*a?b*", "*ab*"))
    assert gapped.match("a" * 253 + "axb", {}) is True
    assert gapped.match("a" * 254 + "axb", {}) is None
    assert plain.match("a" * 254 + "ab", {}) is True
