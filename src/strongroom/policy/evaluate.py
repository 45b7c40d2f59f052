"""What each statement of a policy says to a query."""

import msgspec

from strongroom.policy.conditions import ConditionMismatch, explain, missing_variables
from strongroom.policy.document import Document
from strongroom.policy.match import (
    ACCOUNT_NAMED,
    ROLE_NAMED,
    Because,
    match_action,
    match_conditions,
    match_principal,
    match_resource,
)
from strongroom.policy.query import Query
from strongroom.policy.statements import Effect, Statement


class Unmatched(msgspec.Struct, frozen=True):
    """A statement that does not cover the query.

    Attributes:
        statement: the statement.
        because: the reason of each element that does not, in the order principal, action, resource, condition.
        conditions: those of its conditions that do not hold.
        missing_variables: the policy variables in its resources that have no value.
    """

    statement: Statement
    because: tuple[Because, ...]
    conditions: tuple[ConditionMismatch, ...] = ()
    missing_variables: tuple[str, ...] = ()


class Evaluation(msgspec.Struct, frozen=True):
    """The statements of a document, sorted by what they say to a query.

    Attributes:
        document: the policy.
        query: what it was asked.
        deny: the statements that deny.
        allow: those that allow the principal itself.
        allow_role: those that allow the role of which the principal is a session.
        delegated: those that allow its account, and so count together with an identity-based policy.
        bounded: whether the principal has a permissions boundary.
    """

    document: Document
    query: Query
    deny: tuple[Statement, ...]
    allow: tuple[Statement, ...]
    allow_role: tuple[Statement, ...]
    delegated: tuple[Statement, ...]
    bounded: bool = False

    def unmatched(self) -> tuple[Unmatched, ...]:
        """Give all other statements and why they do not cover the query; worked out when asked."""
        explained = (_explain(statement, self.query, bounded=self.bounded) for statement in self.document.statements)
        return tuple(entry for entry in explained if entry.because)


def evaluate(document: Document, query: Query, *, bounded: bool = False) -> Evaluation:
    """Ask every statement of the document. The context is asked only where all elements without one match.

    Args:
        document: the policy.
        query: what it is asked.
        bounded: whether the principal has a permissions boundary.
    """
    principal, resource_arn, context = query.principal, query.resource_arn, query.context
    action = query.action.lower()
    deny: tuple[Statement, ...] = ()
    allow: tuple[Statement, ...] = ()
    allow_role: tuple[Statement, ...] = ()
    delegated: tuple[Statement, ...] = ()
    for statement in document.statements:
        # The cheapest element that most often fails comes first, and conditions last.
        if not match_action(statement, action)[0]:
            continue
        who = match_principal(statement, principal, bounded=bounded)
        if not who[0] or not match_resource(statement, resource_arn, context)[0]:
            continue
        if not match_conditions(statement, context)[0]:
            continue
        if statement.effect is Effect.DENY:
            deny = (*deny, statement)
        elif who is ACCOUNT_NAMED:
            delegated = (*delegated, statement)
        elif who is ROLE_NAMED:
            allow_role = (*allow_role, statement)
        else:
            allow = (*allow, statement)
    return Evaluation(document, query, deny, allow, allow_role, delegated, bounded)


def _explain(statement: Statement, query: Query, *, bounded: bool) -> Unmatched:
    context = query.context
    resource = match_resource(statement, query.resource_arn, context)
    conditions = match_conditions(statement, context)
    matches = (
        match_principal(statement, query.principal, bounded=bounded),
        match_action(statement, query.action.lower()),
        resource,
        conditions,
    )
    return Unmatched(
        statement,
        tuple(match.because for match in matches if not match.matched),
        () if conditions.matched else _condition_mismatches(statement, query),
        () if resource.because is not Because.RESOURCE_VARIABLE_MISSING else _missing_variables(statement, query),
    )


def _condition_mismatches(statement: Statement, query: Query) -> tuple[ConditionMismatch, ...]:
    does_not_hold = (False,) if statement.effect is Effect.DENY else (False, None)
    return tuple(
        explain(condition, query.context)
        for condition in statement.conditions
        if condition.holds(query.context) in does_not_hold
    )


def _missing_variables(statement: Statement, query: Query) -> tuple[str, ...]:
    patterns = (statement.resources, statement.not_resources)
    variables = [variable for entry in patterns if entry is not None for variable in entry.variables]
    return missing_variables(variables, query.context)
