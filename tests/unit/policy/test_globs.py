from hypothesis import example, given
from hypothesis import strategies as st

from strongroom.policy.globs import Token, Wildcard, covers, glob_of_text, glob_of_tokens

TOKENS: dict[str, Token] = {wildcard.value: wildcard for wildcard in Wildcard}


@given(st.text("ab?*", max_size=12), st.text("ab?*", max_size=12))
@example("", "")
@example("?*?", "a")
def test_tokens_and_text_are_cut_alike(pattern: str, value: str) -> None:
    tokens = [TOKENS.get(character, character) for character in pattern]
    assert covers(glob_of_tokens(tokens), value) == covers(glob_of_text(pattern), value)


@given(st.text(max_size=12), st.text(max_size=12))
def test_text_covers_itself_alone(text: str, value: str) -> None:
    assert covers(glob_of_tokens([text]), value) == (text == value)


@given(st.text("ab*?", max_size=5), st.text("ab*?", max_size=5), st.text("ab*?", max_size=5))
def test_a_star_covers_any_run(start: str, middle: str, end: str) -> None:
    glob = glob_of_tokens([start, Wildcard.ANY_RUN, end])
    assert covers(glob, start + middle + end)
    assert covers(glob, middle) == (
        len(middle) >= len(start + end) and middle.startswith(start) and middle.endswith(end)
    )


@given(st.text("ab?", max_size=6), st.text("ab", max_size=14))
@example("a?a?b", "aaaaab")
def test_a_run_is_found_wherever_it_is(run: str, value: str) -> None:
    fits = [
        at
        for at in range(len(value) - len(run) + 1)
        if all(wanted in {"?", found} for wanted, found in zip(run, value[at:], strict=False))
    ]
    assert covers(glob_of_text(f"*{run}*"), value) == bool(fits)
    # Its first place leaves most to what follows.
    assert covers(glob_of_text(f"*{run}*" + "?" * 3), value) == bool(fits and fits[0] + len(run) + 3 <= len(value))


def test_a_run_with_question_marks_is_put_where_it_fits() -> None:
    glob = glob_of_text("*a?c*d")
    assert covers(glob, "abab-abc-d")
    assert not covers(glob, "abab-ab-d")
    assert not covers(glob, "d")
