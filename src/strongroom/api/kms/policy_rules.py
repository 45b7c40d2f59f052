"""What a key policy must fulfil to be kept.

Source: AWS KMS Developer Guide, "Key policies in AWS KMS"; AWS KMS API Reference, PutKeyPolicy.
"""

from strongroom.api.context import ChangeContext
from strongroom.api.kms.quotas import POLICY_BYTES
from strongroom.model.errors import LimitExceeded, MalformedPolicyDocument
from strongroom.policy.document import Document, parse_key_policy
from strongroom.policy.lockout import locks_out
from strongroom.policy.syntax import PolicySyntaxError


def check_policy(context: ChangeContext, text: str, arn: str, *, bypass_lockout_check: bool) -> None:
    """Refuse a policy that AWS refuses. Raises LimitExceeded or MalformedPolicyDocument."""
    if len(text.encode()) > POLICY_BYTES:
        raise LimitExceeded(f"The key policy is longer than {POLICY_BYTES} bytes.")
    try:
        document = parse_key_policy(text)
    except PolicySyntaxError as error:
        raise MalformedPolicyDocument(str(error)) from None
    if not _principals_exist(context, document):
        raise MalformedPolicyDocument("Policy contains a statement with one or more invalid principals.")
    if not bypass_lockout_check and locks_out(document, context.caller, arn):
        raise MalformedPolicyDocument("The new key policy will not allow you to update the key policy in the future.")


def _principals_exist(context: ChangeContext, document: Document) -> bool:
    """Whether all that are named exist: accounts have a root user, and no other users or roles."""
    accounts = {f"arn:aws:iam::{account_id}:root" for account_id in context.change.accounts.account_ids()}
    return accounts.issuperset(document.principal_arns())
