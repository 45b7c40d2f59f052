"""What the documents of managed policies may be.

Source: IAM User Guide, "IAM and AWS STS quotas"; answers of IAM as recorded by its users: a managed policy, other than
an inline one, must say the version of the policy language.
"""

from typing import Final

from strongroom.api.iam.documents import checked_identity_policy, size_of
from strongroom.api.iam.entities import quota_exceeded
from strongroom.model.identity_errors import MalformedPolicyDocumentError
from strongroom.policy.syntax import read_object

POLICY_SIZE: Final = 6144

_VERSION: Final = "2012-10-17"


def checked_managed_policy(text: str) -> str:
    """Give back the text of a managed policy.

    Raises:
        MalformedPolicyDocumentError: it is not an identity-based policy of the present version.
        LimitExceededError: it is too long.
    """
    checked_identity_policy(text)
    if read_object(text).get("Version") != _VERSION:
        raise MalformedPolicyDocumentError(f"Policy document must be version {_VERSION} or greater.")
    if size_of(text) > POLICY_SIZE:
        raise quota_exceeded("PolicySize", POLICY_SIZE)
    return text
