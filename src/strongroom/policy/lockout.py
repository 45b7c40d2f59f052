"""AWS's check that whoever writes a key policy can write it again."""

from strongroom.model.principal import Principal
from strongroom.policy.callers import UNRESTRICTED
from strongroom.policy.decide import decide
from strongroom.policy.document import Document
from strongroom.policy.query import NO_CONTEXT, ConditionContext, Query


def locks_out(document: Document, principal: Principal, key_arn: str, context: ConditionContext = NO_CONTEXT) -> bool:
    """Whether the policy would keep this principal from a later kms:PutKeyPolicy.

    Identity-based policies are taken to allow, as AWS counts a statement for the caller's account. The context is
    that of such a request.

    Source: AWS KMS API Reference, PutKeyPolicy, `BypassPolicyLockoutSafetyCheck`.
    """
    query = Query(
        principal=principal,
        action="kms:PutKeyPolicy",
        resource_arn=key_arn,
        resource_account=key_arn.split(":")[4],
        context=context,
    )
    return not decide(query, document, UNRESTRICTED).allowed
