"""What all policies and grants that bear on a query say, before it is combined into one decision."""

from collections.abc import Iterable, Sequence

import msgspec

from strongroom.model.grant import Grant
from strongroom.policy.callers import NO_POLICIES, CallerPolicies, NamedPolicy, Source
from strongroom.policy.document import Document
from strongroom.policy.evaluate import Evaluation, evaluate
from strongroom.policy.grants import covering, match_grantee
from strongroom.policy.match import ACCOUNT_NAMED, ROLE_NAMED
from strongroom.policy.query import Query
from strongroom.policy.statements import Statement


class PolicyEvaluation(msgspec.Struct, frozen=True):
    """What one policy says.

    Attributes:
        source: its kind.
        name: what it is called; empty for the policy of the resource.
        evaluation: its statements, sorted.
    """

    source: Source
    name: str
    evaluation: Evaluation


class Contribution(msgspec.Struct, frozen=True):
    """Statements of one policy that decided."""

    policy: PolicyEvaluation
    statements: tuple[Statement, ...]


Layer = tuple[PolicyEvaluation, ...]
"""Policies of one kind, any of which may allow."""


class CoveringGrants(msgspec.Struct, frozen=True):
    """The grants that cover a query, by how they name the principal: itself, its role, or its account."""

    direct: tuple[Grant, ...] = ()
    by_role: tuple[Grant, ...] = ()
    delegated: tuple[Grant, ...] = ()


_NO_GRANTS = CoveringGrants()


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What policies and grants say to a query.

    Attributes:
        resource: the policy of the key or role; None for an action without one.
        grants: those that cover the query.
        identity: the identity-based policies.
        boundary, session, service_control: the limits; None where there is no such limit.
        unrestricted: whether the identity side allows all.
    """

    query: Query
    resource: PolicyEvaluation | None
    grants: CoveringGrants
    identity: Layer
    boundary: Layer | None
    session: Layer | None
    service_control: Layer | None
    unrestricted: bool

    @property
    def evaluations(self) -> tuple[PolicyEvaluation, ...]:
        """All of the policies."""
        resource = () if self.resource is None else (self.resource,)
        return (*resource, *self.identity, *(self.boundary or ()), *(self.session or ()), *(self.service_control or ()))

    @property
    def resource_allows(self) -> bool:
        """Whether the policy of the resource or a grant allows, and that policy does not deny."""
        if self.resource is None:
            return False
        said = self.resource.evaluation
        allowed = said.allow or said.allow_role or said.delegated or self.grants != _NO_GRANTS
        return bool(allowed) and not said.deny

    @property
    def limits(self) -> tuple[Layer, ...]:
        """What has to allow beside a statement that names the caller's role."""
        return (self.boundary or (), self.session or ())

    @property
    def identity_side(self) -> tuple[Layer, ...]:
        """What has to allow beside a statement that names the caller's account."""
        return (self.identity, *self.limits)

    @property
    def identity_allows(self) -> bool:
        """Whether the identity-based policies allow, limits aside."""
        return self.unrestricted or layer_allows(self.identity)


def find(
    query: Query, resource_policy: Document | None, caller: CallerPolicies, grants: Sequence[Grant], source: Source
) -> Findings:
    """Ask all policies and grants. A service belongs to no account whose policies would bear on it."""
    if query.principal.type == "AWSService":
        caller = NO_POLICIES
    bounded = caller.boundary is not None
    resource = (
        None
        if resource_policy is None
        else PolicyEvaluation(source, "", evaluate(resource_policy, query, bounded=bounded))
    )
    return Findings(
        query=query,
        resource=resource,
        grants=_sort(covering(grants, query), query) if grants else _NO_GRANTS,
        identity=_ask(caller.identity, query) if caller.identity else (),
        boundary=None if caller.boundary is None else _ask((caller.boundary,), query),
        session=None if caller.session is None else _ask(caller.session, query),
        service_control=None if caller.service_control is None else _ask(caller.service_control, query),
        unrestricted=caller.unrestricted,
    )


def layer_allows(layer: Layer) -> bool:
    """Whether any of the policies allows."""
    return any(entry.evaluation.allow for entry in layer)


def allows_of(layer: Layer) -> tuple[Contribution, ...]:
    """Give the statements that allow."""
    return tuple(Contribution(entry, entry.evaluation.allow) for entry in layer if entry.evaluation.allow)


def denies_of(layer: Layer) -> tuple[Contribution, ...]:
    """Give the statements that deny."""
    return tuple(Contribution(entry, entry.evaluation.deny) for entry in layer if entry.evaluation.deny)


def _ask(policies: Iterable[NamedPolicy], query: Query) -> Layer:
    return tuple(PolicyEvaluation(policy.source, policy.name, evaluate(policy.document, query)) for policy in policies)


def _sort(grants: tuple[Grant, ...], query: Query) -> CoveringGrants:
    kinds = [match_grantee(grant.grantee, query.principal) for grant in grants]
    return CoveringGrants(
        direct=tuple(
            grant for grant, kind in zip(grants, kinds, strict=True) if kind not in {ROLE_NAMED, ACCOUNT_NAMED}
        ),
        by_role=tuple(grant for grant, kind in zip(grants, kinds, strict=True) if kind is ROLE_NAMED),
        delegated=tuple(grant for grant, kind in zip(grants, kinds, strict=True) if kind is ACCOUNT_NAMED),
    )
