"""The combination of what policies and grants say into one decision.

Source: AWS KMS Developer Guide, "Policy evaluation"; IAM User Guide, "Policy evaluation logic".
IAM policies count only where the key policy delegates to the account, and across accounts both
sides must allow.
"""

from collections.abc import Sequence
from typing import Final

from strongroom.model.grant import Grant
from strongroom.policy.callers import CallerPolicies, Source
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.document import Document
from strongroom.policy.findings import (
    Contribution,
    Findings,
    Layer,
    PolicyEvaluation,
    allows_of,
    denies_of,
    find,
    layer_allows,
)
from strongroom.policy.query import Query
from strongroom.policy.statements import Statement

_DENIES_OF_LAYERS: Final = (
    Cause.IDENTITY_DENY,
    Cause.BOUNDARY_DENY,
    Cause.SESSION_DENY,
    Cause.SERVICE_CONTROL_DENY,
)


def decide(
    query: Query,
    resource_policy: Document | None,
    caller: CallerPolicies,
    grants: Sequence[Grant] = (),
    *,
    source: Source = Source.KEY_POLICY,
) -> Decision:
    """Decide a query.

    Args:
        query: what is asked.
        resource_policy: the policy of the key or role; None for an action without one, such as kms:ListKeys.
        caller: the policies of the caller's own account.
        grants: grants on the key; those that do not cover the query are passed over.
        source: the kind of `resource_policy`.
    """
    findings = find(query, resource_policy, caller, grants, source)
    denial = _explicit_deny(findings)
    if denial is not None:
        return denial
    foreign = query.foreign
    if foreign and not (query.cross_account and findings.resource is not None):
        return _refusal(findings, Cause.NOT_CROSS_ACCOUNT)
    if findings.service_control is not None and not layer_allows(findings.service_control):
        return _refusal(findings, Cause.NO_SERVICE_CONTROL_ALLOW)
    if findings.resource is None:
        return _by_identity(findings)
    key = findings.resource
    return _across_accounts(findings, key) if foreign else _within_account(findings, key)


def absent_key() -> Decision:
    """Decide a query on a key of another account that does not exist; who asks must not learn that."""
    return Decision(Cause.NO_SUCH_KEY)


def _explicit_deny(findings: Findings) -> Decision | None:
    key = findings.resource
    if key is not None and key.evaluation.deny:
        return Decision(Cause.KEY_POLICY_DENY, findings, (Contribution(key, key.evaluation.deny),))
    layers = (findings.identity, findings.boundary, findings.session, findings.service_control)
    for layer, cause in zip(layers, _DENIES_OF_LAYERS, strict=True):
        contributions = denies_of(layer) if layer else ()
        if contributions:
            return Decision(cause, findings, contributions)
    return None


def _by_identity(findings: Findings) -> Decision:
    missing = _missing_on_identity_side(findings)
    if missing:
        return _refusal(findings, missing)
    return _allow(findings, Cause.IDENTITY_ALLOW, layers=findings.identity_side)


def _within_account(findings: Findings, key: PolicyEvaluation) -> Decision:
    """Decide on a resource of the caller's account, or on any for a service.

    What names the principal itself is not limited by what its other policies leave out; what names its role is
    limited by boundary and session; what names its account counts together with the whole identity side.
    """
    policy, granted = key.evaluation, findings.grants
    if policy.allow:
        return _allow(findings, Cause.KEY_POLICY_ALLOW, (Contribution(key, policy.allow),))
    if granted.direct:
        return _allow(findings, Cause.GRANT_ALLOW, grants=granted.direct)
    if policy.allow_role or granted.by_role:
        return _by_role(findings, key)
    if policy.delegated or granted.delegated:
        return _by_delegation(findings, key)
    return _refusal(findings, Cause.NO_KEY_POLICY_ALLOW)


def _by_role(findings: Findings, key: PolicyEvaluation) -> Decision:
    missing = _missing_limit(findings)
    if missing:
        return _refusal(findings, missing)
    statements = key.evaluation.allow_role
    if statements:
        return _allow(findings, Cause.KEY_POLICY_ALLOW, (Contribution(key, statements),), findings.limits)
    return _allow(findings, Cause.GRANT_ALLOW, layers=findings.limits, grants=findings.grants.by_role)


def _by_delegation(findings: Findings, key: PolicyEvaluation) -> Decision:
    missing = _missing_on_identity_side(findings)
    if missing:
        return _refusal(findings, missing)
    statements = key.evaluation.delegated
    if statements:
        return _allow(findings, Cause.DELEGATED_ALLOW, (Contribution(key, statements),), findings.identity_side)
    return _allow(findings, Cause.GRANT_ALLOW, layers=findings.identity_side, grants=findings.grants.delegated)


def _across_accounts(findings: Findings, key: PolicyEvaluation) -> Decision:
    """Decide on another account's resource: its side must allow, and the caller's own.

    On the caller's side a grant to the caller that its own account issued does as well as an identity-based policy.
    """
    policy, granted = key.evaluation, findings.grants
    statements = _merge(policy.allow, policy.allow_role, policy.delegated)
    to_caller = granted.direct + granted.by_role
    if not statements and not to_caller and not granted.delegated:
        return _refusal(findings, Cause.NO_KEY_POLICY_ALLOW)
    account_id = findings.query.principal.account_id
    own = tuple(grant for grant in to_caller if grant.issuing_account == account_id)
    missing = _missing_limit(findings) if own else _missing_on_identity_side(findings)
    if missing:
        return _refusal(findings, missing)
    for_the_key = () if statements else to_caller + granted.delegated
    grants = for_the_key if findings.identity_allows else own
    if not statements:
        return _allow(findings, Cause.GRANT_ALLOW, layers=findings.identity_side, grants=grants)
    resource = (Contribution(key, statements),)
    return _allow(findings, Cause.CROSS_ACCOUNT_ALLOW, resource, findings.identity_side, grants)


def _missing_on_identity_side(findings: Findings) -> Cause | None:
    return _missing_limit(findings) if findings.identity_allows else Cause.NO_IDENTITY_ALLOW


def _missing_limit(findings: Findings) -> Cause | None:
    if findings.boundary is not None and not layer_allows(findings.boundary):
        return Cause.NO_BOUNDARY_ALLOW
    if findings.session is not None and not layer_allows(findings.session):
        return Cause.NO_SESSION_ALLOW
    return None


def _allow(
    findings: Findings,
    cause: Cause,
    resource: tuple[Contribution, ...] = (),
    layers: tuple[Layer, ...] = (),
    grants: tuple[Grant, ...] = (),
) -> Decision:
    """Allow by statements of the resource's policy, by grants, and by those layers of the caller's that had to."""
    contributions = allows_of(findings.service_control or ()) + resource
    for layer in layers:
        contributions += allows_of(layer)
    return Decision(cause, findings, contributions, grants)


def _refusal(findings: Findings, cause: Cause) -> Decision:
    return Decision(cause, findings)


def _merge(*groups: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """Put groups of statements into the order of the document."""
    return tuple(sorted((entry for group in groups for entry in group), key=lambda entry: entry.index))
