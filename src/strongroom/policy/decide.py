"""The combination of what the policies say into one decision.

Source: AWS KMS Developer Guide, "Policy evaluation"; IAM User Guide, "Policy evaluation logic".
IAM policies count only where the key policy delegates to the account, and across accounts both
sides must allow.
"""

import enum
from typing import Final, Protocol

import msgspec

from strongroom.policy.document import Document, Statement
from strongroom.policy.evaluate import Evaluation, evaluate
from strongroom.policy.query import Query


class Source(enum.StrEnum):
    """A kind of policy that can decide."""

    KEY_POLICY = "key-policy"


class Cause(enum.StrEnum):
    """Why a request is allowed or refused."""

    KEY_POLICY_ALLOW = "key-policy-allow"
    DELEGATED_ALLOW = "delegated-allow"
    CROSS_ACCOUNT_ALLOW = "cross-account-allow"
    IDENTITY_ALLOW = "identity-allow"
    KEY_POLICY_DENY = "key-policy-deny"
    NO_KEY_POLICY_ALLOW = "no-key-policy-allow"
    NO_IDENTITY_ALLOW = "no-identity-allow"
    NOT_CROSS_ACCOUNT = "not-cross-account"
    NO_SUCH_KEY = "no-such-key"


_ALLOWING: Final = frozenset(
    {Cause.KEY_POLICY_ALLOW, Cause.DELEGATED_ALLOW, Cause.CROSS_ACCOUNT_ALLOW, Cause.IDENTITY_ALLOW}
)


class Deciding(msgspec.Struct, frozen=True):
    """A statement that decided.

    Attributes:
        source: the policy that it stands in.
        index: its place there, from 0.
        sid: its id, or None.
    """

    source: Source
    index: int
    sid: str | None


class Decision(msgspec.Struct, frozen=True):
    """The outcome, and what led to it.

    Attributes:
        cause: why.
        evaluation: what the key policy says, or None where no key policy was asked.
    """

    cause: Cause
    evaluation: Evaluation | None = None

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.cause in _ALLOWING

    @property
    def deciding(self) -> tuple[Deciding, ...]:
        """The statements that decided, in the order of the document; none where it was the absence of any."""
        return tuple(Deciding(Source.KEY_POLICY, statement.index, statement.sid) for statement in self._statements())

    def _statements(self) -> tuple[Statement, ...]:
        if self.evaluation is None:
            return ()
        if self.cause is Cause.KEY_POLICY_DENY:
            return self.evaluation.deny
        if self.cause is Cause.KEY_POLICY_ALLOW:
            return self.evaluation.allow
        if self.cause is Cause.DELEGATED_ALLOW:
            return self.evaluation.delegated
        if self.cause is Cause.CROSS_ACCOUNT_ALLOW:
            return tuple(sorted(self.evaluation.allow + self.evaluation.delegated, key=lambda entry: entry.index))
        return ()


class IdentityVerdict(enum.Enum):
    """What the policies of the caller's own account say to a query."""

    ALLOW = enum.auto()
    NO_ALLOW = enum.auto()


class IdentitySide(Protocol):
    """The policies of the caller's own account."""

    def verdict(self, query: Query) -> IdentityVerdict:
        """Ask them."""


class RootOnly:
    """An account without identity-based policies: its root user may do all, others nothing."""

    def verdict(self, query: Query) -> IdentityVerdict:
        """Allow the root user."""
        return IdentityVerdict.ALLOW if query.principal.type == "Root" else IdentityVerdict.NO_ALLOW


ROOT_ONLY: Final = RootOnly()


def decide(query: Query, key_policy: Document | None, identity: IdentitySide = ROOT_ONLY) -> Decision:
    """Decide a query; `key_policy` is None for an action without a key, such as kms:ListKeys."""
    if key_policy is None:
        return Decision(_without_key(query, identity))
    evaluation = evaluate(key_policy, query)
    return Decision(_with_key(evaluation, identity), evaluation)


def absent_key() -> Decision:
    """Decide a query on a key of another account that does not exist; who asks must not learn that."""
    return Decision(Cause.NO_SUCH_KEY)


def _without_key(query: Query, identity: IdentitySide) -> Cause:
    if query.foreign:
        return Cause.NOT_CROSS_ACCOUNT
    return Cause.IDENTITY_ALLOW if _identity_allows(query, identity) else Cause.NO_IDENTITY_ALLOW


def _with_key(evaluation: Evaluation, identity: IdentitySide) -> Cause:
    if evaluation.deny:
        return Cause.KEY_POLICY_DENY
    if evaluation.query.foreign:
        return _across_accounts(evaluation, identity)
    if evaluation.allow:
        return Cause.KEY_POLICY_ALLOW
    if not evaluation.delegated:
        return Cause.NO_KEY_POLICY_ALLOW
    return Cause.DELEGATED_ALLOW if _identity_allows(evaluation.query, identity) else Cause.NO_IDENTITY_ALLOW


def _across_accounts(evaluation: Evaluation, identity: IdentitySide) -> Cause:
    if not evaluation.query.cross_account:
        return Cause.NOT_CROSS_ACCOUNT
    if not evaluation.allow and not evaluation.delegated:
        return Cause.NO_KEY_POLICY_ALLOW
    return Cause.CROSS_ACCOUNT_ALLOW if _identity_allows(evaluation.query, identity) else Cause.NO_IDENTITY_ALLOW


def _identity_allows(query: Query, identity: IdentitySide) -> bool:
    return identity.verdict(query) is IdentityVerdict.ALLOW
