"""What each statement of a policy says to a query."""

import msgspec

from strongroom.policy.document import Document, Effect, Statement
from strongroom.policy.match import (
    ACCOUNT_NAMED,
    Because,
    match_action,
    match_condition,
    match_principal,
    match_resource,
)
from strongroom.policy.query import Query


class Unmatched(msgspec.Struct, frozen=True):
    """A statement that does not cover the query, and the reason of each element that does not."""

    statement: Statement
    because: tuple[Because, ...]


class Evaluation(msgspec.Struct, frozen=True):
    """The statements of a document, sorted by what they say to a query.

    Attributes:
        document: the policy.
        query: what it was asked.
        deny: the statements that deny.
        allow: those that allow the principal itself.
        delegated: those that allow its account, and so count together with an identity-based policy.
    """

    document: Document
    query: Query
    deny: tuple[Statement, ...]
    allow: tuple[Statement, ...]
    delegated: tuple[Statement, ...]

    def unmatched(self) -> tuple[Unmatched, ...]:
        """Give all other statements and why they do not cover the query; worked out when asked."""
        explained = (Unmatched(statement, _mismatches(statement, self.query)) for statement in self.document.statements)
        return tuple(entry for entry in explained if entry.because)


def evaluate(document: Document, query: Query) -> Evaluation:
    """Ask every statement of the document."""
    principal, resource_arn = query.principal, query.resource_arn
    action = query.action.lower()
    deny: tuple[Statement, ...] = ()
    allow: tuple[Statement, ...] = ()
    delegated: tuple[Statement, ...] = ()
    for statement in document.statements:
        # The cheapest element that most often fails comes first.
        if not match_action(statement, action)[0] or not match_resource(statement, resource_arn)[0]:
            continue
        who = match_principal(statement, principal)
        if not who[0] or not match_condition(statement)[0]:
            continue
        if statement.effect is Effect.DENY:
            deny = (*deny, statement)
        elif who is ACCOUNT_NAMED:
            delegated = (*delegated, statement)
        else:
            allow = (*allow, statement)
    return Evaluation(document, query, deny, allow, delegated)


def _mismatches(statement: Statement, query: Query) -> tuple[Because, ...]:
    matches = (
        match_principal(statement, query.principal),
        match_action(statement, query.action.lower()),
        match_resource(statement, query.resource_arn),
        match_condition(statement),
    )
    return tuple(match.because for match in matches if not match.matched)
