"""By which way, and under which conditions, somebody may do something with a key."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import msgspec

from strongroom.api.callers import Caller
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.app.access_principals import Somebody
from strongroom.app.explaining import decide_as_requests_are
from strongroom.app.known_conditions import Known, certain, known_for, possible, rewritten, unknown_conditions
from strongroom.app.questions import Asked, AskedConditions, asked_call, permission
from strongroom.model.grant import Grant, GrantConstraints
from strongroom.policy.callers import CallerPolicies, Source
from strongroom.policy.conditions import Condition
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.document import Document
from strongroom.policy.explain_words import Names, listed
from strongroom.policy.query import Query
from strongroom.policy.statements import Statement

By = Literal["key-policy", "iam", "cross-account", "grant"]
Originals = Mapping[tuple[Source, str], Document]
Rewrite = Callable[[Document, Known], Document]

_BY: Final[Mapping[Cause, By]] = {
    Cause.KEY_POLICY_ALLOW: "key-policy",
    Cause.DELEGATED_ALLOW: "iam",
    Cause.CROSS_ACCOUNT_ALLOW: "cross-account",
    Cause.GRANT_ALLOW: "grant",
}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way by which something is allowed.

    Attributes:
        by: `iam` and `cross-account` are the key policy together with identity-based policies.
        through: the statements and grants that allow.
        conditions: all of which have to hold; none where it is allowed at any rate.
    """

    by: By
    through: tuple[str, ...]
    conditions: tuple[str, ...]


class Ways:
    """Finds ways to one key."""

    def __init__(self, key: KeySnapshot, grants: Sequence[Grant], names: Names) -> None:
        """Take the key and all its grants."""
        self._key = key
        self._grants = tuple(grants)
        self._unconstrained = tuple(msgspec.structs.replace(grant, constraints=None) for grant in grants)
        self._names = names
        # With each document that was rewritten, for otherwise its id could come to be another's.
        self._rewritten: dict[tuple[int, str, bool, Rewrite], tuple[Document, Document]] = {}

    def way(self, somebody: Somebody, action: str) -> Way | None:
        """Give the way by which somebody may do something, or None where there is none."""
        asked = permission(action)
        query = self._query(somebody.caller, asked)
        known_principal = somebody.kind != "anybody"
        possibly = self._decide(somebody.caller, asked, query, possible, known_principal=known_principal)
        if not possibly.allowed:
            return None
        certainly = self._decide(somebody.caller, asked, query, certain, known_principal=known_principal)
        decision = certainly if certainly.allowed else possibly
        through = tuple(
            self._names.statement(part.source, part.name, part.index, part.sid) for part in decision.deciding
        )
        if certainly.allowed:
            return Way(by=_BY[decision.cause], through=through, conditions=())
        originals = _originals(self._key, somebody.caller.policies)
        known = known_for(action, principal=known_principal)
        conditions = (*self._ifs(possibly, originals, known), *_unlesses(certainly, originals, known))
        return Way(by=_BY[decision.cause], through=through, conditions=tuple(dict.fromkeys(conditions)))

    def _query(self, caller: Caller, asked: Asked) -> Query:
        key, needs = self._key, asked.needs
        call = asked_call(asked, caller, key, key.arn, key.key.place.region, 0.0)
        return Query(
            principal=caller.principal,
            action=needs.action,
            resource_arn=key.arn,
            resource_account=key.key.place.account_id,
            cross_account=needs.cross_account,
            context=AskedConditions(call, needs, key, {}),
        )

    def _decide(
        self, caller: Caller, asked: Asked, query: Query, rewrite: Rewrite, *, known_principal: bool
    ) -> Decision:
        known = known_for(query.action, principal=known_principal)

        def rewrite_once(document: Document) -> Document:
            name = (id(document), query.action, known_principal, rewrite)
            if name not in self._rewritten:
                self._rewritten[name] = (document, rewrite(document, known))
            return self._rewritten[name][1]

        key = msgspec.structs.replace(self._key, policy=rewrite_once(self._key.policy))
        asking = msgspec.structs.replace(caller, policies=rewritten(caller.policies, rewrite_once))
        grants = self._unconstrained if rewrite is possible else self._grants
        return decide_as_requests_are(asked, query, key, asking, grants)

    def _ifs(self, possibly: Decision, originals: Originals, known: Known) -> Iterator[str]:
        """Give one condition for each kind of policy of which all deciding statements have some."""
        by_source: dict[Source, list[str]] = {}
        for part in possibly.contributions:
            policy = originals[part.policy.source, part.policy.name]
            alternatives = by_source.setdefault(part.policy.source, [])
            alternatives.extend(_conditions_text(_original(policy, each), known) for each in part.statements)
        constrained = {grant.grant_id: grant.constraints for grant in self._grants}
        for grant in possibly.grants:
            by_source.setdefault(Source.GRANT, []).append(_constraints_text(constrained[grant.grant_id]))
        for alternatives in by_source.values():
            if all(alternatives):
                yield " or ".join(dict.fromkeys(alternatives))


def _unlesses(certainly: Decision, originals: Originals, known: Known) -> Iterator[str]:
    """Give the conditions of each Deny that would cover the request if they held."""
    for policy in certainly.evaluations:
        for statement in policy.evaluation.deny:
            text = _conditions_text(_original(originals[policy.source, policy.name], statement), known)
            yield f"not ({text})"


def _originals(key: KeySnapshot, policies: CallerPolicies) -> Originals:
    boundary = () if policies.boundary is None else (policies.boundary,)
    named = (*policies.identity, *boundary, *(policies.service_control or ()))
    return {
        (Source.KEY_POLICY, ""): key.policy,
        **{(policy.source, policy.name): policy.document for policy in named},
    }


def _original(policy: Document, statement: Statement) -> Statement:
    return policy.statements[statement.index]


def _conditions_text(statement: Statement, known: Known) -> str:
    return " and ".join(map(_condition_text, unknown_conditions(statement, known)))


def _condition_text(condition: Condition) -> str:
    return f"{condition.operator} {condition.key} {listed(condition.wanted)}"


def _constraints_text(constraints: GrantConstraints | None) -> str:
    return "" if constraints is None else " and ".join(_constraints(constraints))


def _constraints(constraints: GrantConstraints) -> Iterable[str]:
    for kind, pairs in (
        ("equals", constraints.encryption_context_equals),
        ("has", constraints.encryption_context_subset),
    ):
        if pairs is not None:
            yield f"the encryption context {kind} {msgspec.json.encode(pairs).decode()}"
    if constraints.source_arn is not None:
        yield f'the source ARN is like "{constraints.source_arn}"'
