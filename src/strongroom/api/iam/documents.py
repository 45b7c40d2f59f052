"""Policy documents as clients put them and as answers show them.

Source: IAM User Guide, "IAM and AWS STS quotas": sizes count no white space; IAM API Reference: documents in answers
are percent-encoded as RFC 3986 says.
"""

from urllib.parse import quote

from strongroom.model.identity_errors import MalformedPolicyDocumentError
from strongroom.policy.document import parse_identity_policy
from strongroom.policy.syntax import PolicySyntaxError


def checked_identity_policy(text: str) -> str:
    """Give back the text of an identity-based policy. Raises MalformedPolicyDocumentError where it is none."""
    try:
        parse_identity_policy(text)
    except PolicySyntaxError as error:
        raise MalformedPolicyDocumentError(error.reason) from None
    return text


def size_of(text: str) -> int:
    """Count the characters of a policy that count towards quotas: all but white space."""
    return sum(not character.isspace() for character in text)


def shown_document(text: str) -> str:
    """Write a policy as answers show it."""
    return quote(text, safe="")
