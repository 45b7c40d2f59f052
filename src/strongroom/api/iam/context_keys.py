"""The condition keys that policies name."""

from collections.abc import Iterator

from strongroom.policy.document import Document
from strongroom.policy.statements import Statement
from strongroom.policy.variables import Variable


def keys_of(document: Document) -> Iterator[str]:
    """Give the condition keys that a policy names, in conditions and as variables; some come twice."""
    for statement in document.statements:
        yield from keys_of_conditions(statement)
        for patterns in (statement.resources, statement.not_resources):
            if patterns is not None:
                yield from _keys_of_variables(patterns.variables)


def keys_of_conditions(statement: Statement) -> Iterator[str]:
    """Give the condition keys that the conditions of a statement name."""
    for condition in statement.conditions:
        yield condition.key
        yield from _keys_of_variables(condition.variables)


def _keys_of_variables(variables: tuple[Variable, ...]) -> Iterator[str]:
    for variable in variables:
        if variable.name is not None:
            yield variable.text.removeprefix("${").removesuffix("}").partition(",")[0].strip()
