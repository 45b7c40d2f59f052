from __future__ import annotations

from strongroom.model import sign_in_errors as module
from strongroom.model.sign_in_errors import SignInError


def kinds() -> list[type[SignInError]]:
    found = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, SignInError)]
    return [each for each in found if each is not SignInError]


def test_each_is_told_apart_and_says_what_to_do() -> None:
    assert len({each.code for each in kinds()}) == len(kinds()) > 0
    for each in kinds():
        assert each().message == str(each()) == each.text
        assert each("else").message == "else"
        assert 400 <= each.status <= 500


def test_only_wrong_guesses_count() -> None:
    assert {each.code for each in kinds() if each.counts} == {"InvalidSignIn", "InvalidMfaCode"}
