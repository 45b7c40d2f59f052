"""The texts in which AWS refuses.

Source: IAM User Guide, "Troubleshoot access denied error messages", and AWS KMS's own answers.
"""

from typing import Final

from strongroom.policy.callers import Source
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.findings import Findings
from strongroom.policy.query import Query

_CIPHERTEXT: Final = "on the resource associated with this ciphertext"
# One text for a missing key, a missing Allow and a Deny: other accounts cannot tell them apart.
_HIDDEN: Final = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)
_DENIED_BY_CALLERS: Final = {
    Cause.IDENTITY_DENY: "an identity-based policy",
    Cause.BOUNDARY_DENY: "a permissions boundary",
    Cause.SESSION_DENY: "a session policy",
    Cause.SERVICE_CONTROL_DENY: "a service control policy",
}
_NOT_ALLOWED_BY_CALLERS: Final = {
    Cause.NO_IDENTITY_ALLOW: "identity-based policy",
    Cause.NO_BOUNDARY_ALLOW: "permissions boundary",
    Cause.NO_SESSION_ALLOW: "session policy",
    Cause.NO_SERVICE_CONTROL_ALLOW: "service control policy",
}


def denial_message(decision: Decision, query: Query, *, by_ciphertext: bool = False) -> str:
    """Give the message of the AccessDeniedException for a refusal.

    Args:
        decision: the refusal.
        query: what was asked.
        by_ciphertext: whether the key was found by a ciphertext and not named by the caller.

    Raises:
        ValueError: the decision allows.
    """
    if decision.allowed:
        raise ValueError("an allowed request has no denial message")
    refusal = f"User: {query.principal.arn} is not authorized to perform: {query.action}"
    resource = _CIPHERTEXT if by_ciphertext else f"on resource: {query.resource_arn}"
    if _is_hidden(decision, query):
        return f"{refusal} {_by_resource(decision, query, resource, by_ciphertext=by_ciphertext)}"
    if decision.cause in _DENIED_BY_CALLERS:
        return f"{refusal} {resource} with an explicit deny in {_DENIED_BY_CALLERS[decision.cause]}"
    if decision.cause in _NOT_ALLOWED_BY_CALLERS:
        missing = _NOT_ALLOWED_BY_CALLERS[decision.cause]
        return f"{refusal} {resource} because no {missing} allows the {query.action} action"
    return f"{refusal} {_by_resource(decision, query, resource, by_ciphertext=by_ciphertext)}"


def _is_hidden(decision: Decision, query: Query) -> bool:
    """Whether another account's resource does not let the caller know what is true of it.

    Or the conditions of a Deny that somebody writes for itself would tell of any resource whether there is one, and
    what its tags are.
    """
    return query.foreign and not (decision.findings is not None and decision.findings.resource_allows)


def _by_resource(decision: Decision, query: Query, resource: str, *, by_ciphertext: bool) -> str:
    """Tell that the policy of the resource refuses, or hide that."""
    if by_ciphertext:
        return f"{resource} {_HIDDEN}"
    if query.foreign or decision.cause is Cause.NO_SUCH_KEY:
        # Only KMS has a text for this; the others say no more across accounts.
        return f"on this resource {_HIDDEN}" if query.action.startswith("kms:") else resource
    if decision.findings is not None and _of_role(decision.findings):
        return _by_role(decision, query)
    if decision.cause is Cause.KEY_POLICY_DENY:
        return f"{resource} with an explicit deny in a resource-based policy"
    return f"{resource} because no resource-based policy allows the {query.action} action"


def _of_role(findings: Findings) -> bool:
    return findings.resource is not None and findings.resource.source is Source.TRUST_POLICY


def _by_role(decision: Decision, query: Query) -> str:
    if decision.cause is Cause.KEY_POLICY_DENY:
        return "with an explicit deny in the role trust policy"
    return f"because no role trust policy allows the {query.action} action"
