from hypothesis import given
from hypothesis import strategies as st

from strongroom.policy.answers import Answer, any_of, every_of, opposite, unanimous

ANSWERS = st.lists(st.sampled_from([True, False, None]))


@given(ANSWERS)
def test_what_cannot_be_told_matters_only_where_the_others_leave_it_open(answers: list[Answer]) -> None:
    """Put in either truth for what cannot be told: only where both give the same is the answer known."""
    for combine, plain in ((any_of, any), (every_of, all)):
        outcomes = {plain(truth if answer is None else answer for answer in answers) for truth in (True, False)}
        assert combine(answers) == (outcomes.pop() if len(outcomes) == 1 else None)


@given(ANSWERS)
def test_any_and_every_are_opposites(answers: list[Answer]) -> None:
    assert any_of(answers) == opposite(every_of(map(opposite, answers)))


def test_no_more_is_asked_than_must_be() -> None:
    rest = iter([True, False, None])
    assert any_of(rest) is True
    assert list(rest) == [False, None]
    assert every_of(iter([None, False])) is False


@given(ANSWERS)
def test_answers_that_do_not_agree_tell_nothing(answers: list[Answer]) -> None:
    assert unanimous(answers) == (answers[0] if answers and all(each is answers[0] for each in answers) else None)
