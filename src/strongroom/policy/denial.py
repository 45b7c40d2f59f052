"""The texts in which AWS refuses.

Source: IAM User Guide, "Troubleshoot access denied error messages", and AWS KMS's own answers.
"""

from typing import Final

from strongroom.policy.decide import Cause, Decision
from strongroom.policy.query import Query

_CIPHERTEXT: Final = "on the resource associated with this ciphertext"
# One text for a missing key, a missing Allow and a Deny: other accounts cannot tell them apart.
_HIDDEN: Final = (
    "because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)


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
    action = query.action
    refusal = f"User: {query.principal.arn} is not authorized to perform: {action}"
    resource = _CIPHERTEXT if by_ciphertext else f"on resource: {query.resource_arn}"
    if decision.cause is Cause.NO_IDENTITY_ALLOW:
        return f"{refusal} {resource} because no identity-based policy allows the {action} action"
    if by_ciphertext:
        return f"{refusal} {resource} {_HIDDEN}"
    if query.foreign or decision.cause is Cause.NO_SUCH_KEY:
        return f"{refusal} on this resource {_HIDDEN}"
    if decision.cause is Cause.KEY_POLICY_DENY:
        return f"{refusal} {resource} with an explicit deny in a resource-based policy"
    return f"{refusal} {resource} because no resource-based policy allows the {action} action"
