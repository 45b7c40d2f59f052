"""A decision: the outcome, what decided, and what all policies say."""

import enum
from collections.abc import Iterator
from typing import Final

import msgspec

from strongroom.model.grant import Grant
from strongroom.policy.callers import Source
from strongroom.policy.findings import Contribution, Findings, PolicyEvaluation


class Cause(enum.StrEnum):
    """Why a request is allowed or refused. For a role's trust policy the causes of key policies are used."""

    KEY_POLICY_ALLOW = "key-policy-allow"
    DELEGATED_ALLOW = "delegated-allow"
    CROSS_ACCOUNT_ALLOW = "cross-account-allow"
    IDENTITY_ALLOW = "identity-allow"
    GRANT_ALLOW = "grant-allow"
    KEY_POLICY_DENY = "key-policy-deny"
    IDENTITY_DENY = "identity-deny"
    BOUNDARY_DENY = "boundary-deny"
    SESSION_DENY = "session-deny"
    SERVICE_CONTROL_DENY = "service-control-deny"
    NO_KEY_POLICY_ALLOW = "no-key-policy-allow"
    NO_IDENTITY_ALLOW = "no-identity-allow"
    NO_BOUNDARY_ALLOW = "no-boundary-allow"
    NO_SESSION_ALLOW = "no-session-allow"
    NO_SERVICE_CONTROL_ALLOW = "no-service-control-allow"
    NOT_CROSS_ACCOUNT = "not-cross-account"
    NO_SUCH_KEY = "no-such-key"


_ALLOWING: Final = frozenset(
    {
        Cause.KEY_POLICY_ALLOW,
        Cause.DELEGATED_ALLOW,
        Cause.CROSS_ACCOUNT_ALLOW,
        Cause.IDENTITY_ALLOW,
        Cause.GRANT_ALLOW,
    }
)


_BEFORE_GRANTS: Final = frozenset({Source.SERVICE_CONTROL_POLICY, Source.KEY_POLICY, Source.TRUST_POLICY})


class Deciding(msgspec.Struct, frozen=True):
    """A statement or grant that decided.

    Attributes:
        source: the kind of policy that it stands in.
        name: the policy's name, empty for the policy of the resource; of a grant, its id.
        index: the statement's place there, from 0; 0 for a grant.
        sid: the statement's id, or None.
    """

    source: Source
    name: str
    index: int
    sid: str | None


class Decision(msgspec.Struct, frozen=True):
    """The outcome, and what led to it.

    Attributes:
        cause: why.
        findings: what each policy says that was asked; None where none was.
        contributions: the statements that decided, by policy; none where it was the absence of any.
        grants: the grants that decided.
    """

    cause: Cause
    findings: Findings | None = None
    contributions: tuple[Contribution, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.cause in _ALLOWING

    @property
    def evaluations(self) -> tuple[PolicyEvaluation, ...]:
        """What each policy says that was asked, the policy of the resource first."""
        return () if self.findings is None else self.findings.evaluations

    @property
    def deciding(self) -> tuple[Deciding, ...]:
        """What decided: service control policies, the resource's policy, grants, and then the other policies."""
        first = [part for part in self.contributions if part.policy.source in _BEFORE_GRANTS]
        last = [part for part in self.contributions if part.policy.source not in _BEFORE_GRANTS]
        grants = (Deciding(Source.GRANT, grant.grant_id, 0, None) for grant in self.grants)
        return (*_statements(first), *grants, *_statements(last))


def _statements(contributions: list[Contribution]) -> Iterator[Deciding]:
    for part in contributions:
        for statement in part.statements:
            yield Deciding(part.policy.source, part.policy.name, statement.index, statement.sid)
