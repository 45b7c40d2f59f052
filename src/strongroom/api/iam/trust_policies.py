"""What the trust policies of roles may be.

Source: IAM User Guide, "IAM and AWS STS quotas"; IAM API Reference, CreateRole and UpdateAssumeRolePolicy.
"""

from typing import Final

from strongroom.api.iam.documents import size_of
from strongroom.api.iam.entities import quota_exceeded
from strongroom.api.principals import UnknownPrincipalError, bind_policy
from strongroom.model.identity_errors import MalformedPolicyDocumentError
from strongroom.policy.document import parse_trust_policy
from strongroom.policy.syntax import PolicySyntaxError
from strongroom.storage.store import Change

TRUST_POLICY_SIZE: Final = 2048


def checked_trust_policy(change: Change, text: str) -> str:
    """Give a trust policy in the form in which it is kept.

    Raises:
        MalformedPolicyDocumentError: it is none, or names somebody who does not exist.
        LimitExceededError: it is too long.
    """
    try:
        parse_trust_policy(text)
        kept = bind_policy(change, text)
    except PolicySyntaxError as error:
        raise MalformedPolicyDocumentError(error.reason) from None
    except UnknownPrincipalError as error:
        raise MalformedPolicyDocumentError(f'Invalid principal in policy: "AWS":"{error}"') from None
    if size_of(text) > TRUST_POLICY_SIZE:
        raise quota_exceeded("ACLSizePerRole", TRUST_POLICY_SIZE)
    return kept
