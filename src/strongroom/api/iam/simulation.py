"""Simulations: policies asked about actions on resources as requests would ask them.

Source: IAM API Reference, EvaluationResult and ResourceSpecificResult; IAM User Guide, "Testing IAM policies with the
IAM policy simulator". Each action has one result, with those of its resources in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from strongroom.api.iam.simulation_policies import SimulatedPolicy
from strongroom.model.principal import Principal
from strongroom.policy.callers import CallerPolicies, NamedPolicy, Source
from strongroom.policy.decide import decide
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.document import Document
from strongroom.policy.query import Query
from strongroom.policy.vocabulary import KMS_ACTIONS

_EVERYTHING: Final = "*"
_ARN_PARTS: Final = 6
_ACCOUNT_PART: Final = 4
_ACCOUNT_DIGITS: Final = 12
_BY_RESOURCE_POLICY_ONLY: Final = ("kms:", "sts:")
_DENIED: Final = frozenset(
    {
        Cause.KEY_POLICY_DENY,
        Cause.IDENTITY_DENY,
        Cause.BOUNDARY_DENY,
        Cause.SESSION_DENY,
        Cause.SERVICE_CONTROL_DENY,
    }
)


class Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A policy with what its text means."""

    policy: SimulatedPolicy
    document: Document


class Simulation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What actions are asked about.

    Attributes:
        principal: who asks.
        identity: its identity-based policies.
        boundary: its permissions boundary, or None.
        levels: service control policies, of each level of an organization those that it has; none where there is none.
        resource_policy: that of each resource, or None.
        resource_source: the kind of that policy.
        resource_owner: id of the account of each resource whose ARN names none.
        context: condition keys by lower-case name.
    """

    principal: Principal
    identity: tuple[Compiled, ...]
    boundary: Compiled | None = None
    levels: tuple[tuple[Compiled, ...], ...] = ()
    resource_policy: Compiled | None = None
    resource_source: Source = Source.KEY_POLICY
    resource_owner: str | None = None
    context: Mapping[str, tuple[str, ...]] = {}

    def ask(self, action: str, resource_arn: str) -> "Outcome":
        """Ask about an action on a resource, `*` being no particular one."""
        owner = _owner(resource_arn) or self.resource_owner or self.principal.account_id
        known = KMS_ACTIONS.get(action)
        query = Query(
            principal=self.principal,
            action=action,
            resource_arn=resource_arn,
            resource_account=owner,
            cross_account=known is None or known.cross_account,
            context={"aws:resourceaccount": (owner,), **self.context},
        )
        decisions = [self._decide(query, level) for level in self.levels or (None,)]
        return Outcome(query=query, decision=max(decisions, key=_severity), by_level=tuple(decisions))

    def _decide(self, query: Query, level: tuple[Compiled, ...] | None) -> Decision:
        caller = CallerPolicies(
            identity=_named(self.identity, Source.IDENTITY_POLICY),
            boundary=None if self.boundary is None else _named((self.boundary,), Source.PERMISSIONS_BOUNDARY)[0],
            service_control=None if level is None else _named(level, Source.SERVICE_CONTROL_POLICY),
        )
        policy = None if self.resource_policy is None else self.resource_policy.document
        decision = decide(query, policy, caller, source=self.resource_source)
        own_may_do = decision.cause is Cause.NO_KEY_POLICY_ALLOW and not query.foreign
        if own_may_do and not query.action.startswith(_BY_RESOURCE_POLICY_ONLY):
            # But for keys and roles, an identity-based policy of the resource's own account is enough.
            return decide(query, None, caller)
        return decision


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an action on a resource comes to.

    Attributes:
        decision: the most restrictive of the decisions.
        by_level: one decision for each level of the organization.
    """

    query: Query
    decision: Decision
    by_level: tuple[Decision, ...]


def is_denied(decision: Decision) -> bool:
    """Whether a statement denies."""
    return decision.cause in _DENIED


def most_restrictive(outcomes: Iterable[Outcome]) -> Outcome:
    """Give the outcome that counts for all."""
    return max(outcomes, key=lambda outcome: _severity(outcome.decision))


def resources_of(arns: Sequence[str] | None) -> tuple[str, ...]:
    """Give the resources that are asked about: by default no particular one."""
    return tuple(dict.fromkeys(arns or (_EVERYTHING,)))


def _severity(decision: Decision) -> int:
    return 2 if is_denied(decision) else 0 if decision.allowed else 1


def _named(policies: tuple[Compiled, ...], source: Source) -> tuple[NamedPolicy, ...]:
    """Name policies by their place, for two may have the same id."""
    return tuple(
        NamedPolicy(source=source, name=str(index), document=each.document) for index, each in enumerate(policies)
    )


def _owner(arn: str) -> str | None:
    parts = arn.split(":", _ARN_PARTS - 1)
    account_id = parts[_ACCOUNT_PART] if len(parts) == _ARN_PARTS else ""
    return account_id if account_id.isdecimal() and len(account_id) == _ACCOUNT_DIGITS else None
