"""AWS's check that whoever writes a key policy can write it again."""

from strongroom.model.principal import Principal
from strongroom.policy.decide import IdentityVerdict, decide
from strongroom.policy.document import Document
from strongroom.policy.query import Query


class _AllowsAll:
    """Identity-based policies taken to allow, as AWS counts a statement for the caller's account."""

    def verdict(self, _query: Query) -> IdentityVerdict:
        return IdentityVerdict.ALLOW


_ALLOWS_ALL = _AllowsAll()


def locks_out(document: Document, principal: Principal, key_arn: str) -> bool:
    """Whether the policy would keep this principal from a later kms:PutKeyPolicy.

    Source: AWS KMS API Reference, PutKeyPolicy, `BypassPolicyLockoutSafetyCheck`.
    """
    query = Query(
        principal=principal,
        action="kms:PutKeyPolicy",
        resource_arn=key_arn,
        resource_account=key_arn.split(":")[4],
    )
    return not decide(query, document, _ALLOWS_ALL).allowed
