"""What a key policy must fulfil to be kept.

Source: AWS KMS Developer Guide, "Key policies in AWS KMS"; AWS KMS API Reference, PutKeyPolicy.
"""

from strongroom.api.context import ChangeContext
from strongroom.api.kms.quotas import POLICY_BYTES
from strongroom.api.principals import UnknownPrincipalError, bind_policy
from strongroom.model.errors import LimitExceeded, MalformedPolicyDocument
from strongroom.policy.document import parse_key_policy, parse_stored_key_policy
from strongroom.policy.lockout import locks_out
from strongroom.policy.syntax import PolicySyntaxError


def checked_policy(context: ChangeContext, text: str, arn: str, *, bypass_lockout_check: bool) -> str:
    """Refuse a policy that AWS refuses, and give it in the form in which it is kept.

    Raises LimitExceeded or MalformedPolicyDocument.
    """
    if len(text.encode()) > POLICY_BYTES:
        raise LimitExceeded(f"The key policy is longer than {POLICY_BYTES} bytes.")
    try:
        parse_key_policy(text)
    except PolicySyntaxError as error:
        raise MalformedPolicyDocument(str(error)) from None
    try:
        kept = bind_policy(context.change, text)
    except UnknownPrincipalError:
        raise MalformedPolicyDocument("Policy contains a statement with one or more invalid principals.") from None
    document = parse_stored_key_policy(kept)
    if not bypass_lockout_check and locks_out(document, context.principal, arn, context.conditions):
        raise MalformedPolicyDocument("The new key policy will not allow you to update the key policy in the future.")
    return kept
