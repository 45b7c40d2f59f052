"""Answers of which some cannot be told, as Kleene's three-valued logic has them.

True, False, or None where it cannot be told: a policy variable has no value, or a text is not of the type wanted. At
the end that fails closed: an Allow does not apply, a Deny does.
"""

from collections.abc import Iterable

Answer = bool | None


def any_of(answers: Iterable[Answer]) -> Answer:
    """Whether any is True; asks for no more than it must."""
    undecided = False
    for answer in answers:
        if answer:
            return True
        undecided = undecided or answer is None
    return None if undecided else False


def every_of(answers: Iterable[Answer]) -> Answer:
    """Whether every one is True; asks for no more than it must."""
    undecided = False
    for answer in answers:
        if answer is False:
            return False
        undecided = undecided or answer is None
    return None if undecided else True


def unanimous(answers: Iterable[Answer]) -> Answer:
    """Give what all say; None where they do not agree."""
    said = set(answers)
    return said.pop() if len(said) == 1 else None


def opposite(answer: Answer) -> Answer:
    """Negate it."""
    return None if answer is None else not answer
