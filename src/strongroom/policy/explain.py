"""A decision explained: what every statement of every policy that was asked says, and what decided."""

import enum
from collections.abc import Iterator, Sequence

import msgspec

from strongroom.model.grant import Grant
from strongroom.policy.callers import Source
from strongroom.policy.conditions import explain as told
from strongroom.policy.decision import Cause, Deciding, Decision
from strongroom.policy.evaluate import Evaluation, Unmatched
from strongroom.policy.explain_causes import changes, sentence
from strongroom.policy.explain_grants import grants_that_bear_on, reasons_against_grant
from strongroom.policy.explain_words import Names, held, reasons_against
from strongroom.policy.findings import PolicyEvaluation
from strongroom.policy.query import Query
from strongroom.policy.statements import Effect, Statement


class Standing(enum.StrEnum):
    """What a statement or grant has to do with a decision."""

    DECIDED = "decided"
    MATCHED = "matched"
    UNMATCHED = "unmatched"


class StatementExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """A statement and a decision.

    Attributes:
        index: place in the document, from 0.
        line: where it starts in the text, from 1; None where the text is not known.
        reasons: why it does not match, why it does although that is not plain, or why it did not matter.
    """

    index: int
    sid: str | None
    line: int | None
    effect: Effect
    standing: Standing
    reasons: tuple[str, ...]


class PolicyExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """A policy that was asked; its name is empty where it is the resource's."""

    source: Source
    name: str
    statements: tuple[StatementExplanation, ...]


class GrantExplanation(msgspec.Struct, frozen=True, kw_only=True):
    """A grant that is for the principal or for the operation; `name` is what who made it calls it."""

    grant_id: str
    name: str
    grantee: str
    standing: Standing
    reasons: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision explained.

    Attributes:
        summary: the cause in one sentence.
        changes: what would have to change for a refused request to be allowed.
        policies: all that were asked, the resource's first.
    """

    allowed: bool
    cause: Cause
    summary: str
    changes: tuple[str, ...]
    policies: tuple[PolicyExplanation, ...]
    grants: tuple[GrantExplanation, ...]


_NO_NAMES = Names()


def explain(decision: Decision, query: Query, grants: Sequence[Grant] = (), names: Names = _NO_NAMES) -> Explanation:
    """Explain a decision.

    Args:
        decision: as `decide` gives it, with its findings.
        query: what was asked.
        grants: all grants on the key, whether they cover the query or not.
        names: how policies and principals are called.
    """
    bearing = grants_that_bear_on(grants, query)
    return Explanation(
        allowed=decision.allowed,
        cause=decision.cause,
        summary=sentence(decision, query, names),
        changes=changes(decision, query, bearing, names),
        policies=tuple(_policy(policy, decision, query, names) for policy in decision.evaluations),
        grants=tuple(_grant(grant, decision, query, names) for grant in bearing),
    )


def _policy(policy: PolicyEvaluation, decision: Decision, query: Query, names: Names) -> PolicyExplanation:
    unmatched = {entry.statement.index: entry for entry in policy.evaluation.unmatched()}
    return PolicyExplanation(
        source=policy.source,
        name=policy.name,
        statements=tuple(
            _statement(statement, unmatched.get(statement.index), policy, decision, query, names)
            for statement in policy.evaluation.document.statements
        ),
    )


def _statement(  # noqa: PLR0913, PLR0917 - what is said of a statement hangs on all of these
    statement: Statement,
    unmatched: Unmatched | None,
    policy: PolicyEvaluation,
    decision: Decision,
    query: Query,
    names: Names,
) -> StatementExplanation:
    decided = Deciding(policy.source, policy.name, statement.index, statement.sid) in decision.deciding
    if unmatched is not None:
        standing, reasons = Standing.UNMATCHED, reasons_against(unmatched, query, names)
    elif decided:
        standing, reasons = Standing.DECIDED, tuple(_held_against(statement, query))
    else:
        standing, reasons = Standing.MATCHED, (_did_not_matter(statement, policy.evaluation, decision),)
    return StatementExplanation(
        index=statement.index,
        sid=statement.sid,
        line=names.line(policy.source, policy.name, statement.index),
        effect=statement.effect,
        standing=standing,
        reasons=reasons,
    )


def _held_against(statement: Statement, query: Query) -> Iterator[str]:
    """Tell why a Deny covers the request, for its conditions may hold by what the request lacks."""
    if statement.effect is Effect.DENY:
        yield from (held(told(condition, query.context)) for condition in statement.conditions)


def _did_not_matter(statement: Statement, evaluation: Evaluation, decision: Decision) -> str:
    if statement.effect is Effect.DENY:
        return "it denies too"
    if decision.allowed:
        return "it allows too, which was not needed"
    if statement in evaluation.delegated:
        return "it lets the account decide, so that an identity-based policy has to allow"
    if decision.contributions:
        return "it allows, but a Deny counts more"
    return "it allows, but that alone is not enough"


def _grant(grant: Grant, decision: Decision, query: Query, names: Names) -> GrantExplanation:
    reasons = reasons_against_grant(grant, query, names)
    decided = any(each.grant_id == grant.grant_id for each in decision.grants)
    standing = Standing.UNMATCHED if reasons else Standing.DECIDED if decided else Standing.MATCHED
    return GrantExplanation(
        grant_id=grant.grant_id,
        name=grant.name,
        grantee=names.principal(grant.grantee),
        standing=standing,
        reasons=reasons,
    )
