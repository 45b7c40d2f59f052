"""Session policies, and how much room they and the session tags take in a session token.

Source: IAM User Guide, "Session policies"; STS API Reference, AssumeRole. AWS does not publish how it packs them: here
it is their JSON, and the limit keeps a session token well within the headers that a request may have.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from strongroom.api.callers import compiled, managed_policy_text
from strongroom.api.sts.types import PolicyDescriptor
from strongroom.authn.sessions import Terms
from strongroom.model.errors import ValidationError
from strongroom.model.identity_errors import MalformedPolicyDocumentError
from strongroom.model.sts_errors import PackedPolicyTooLargeError
from strongroom.policy.syntax import PolicySyntaxError
from strongroom.protocol.constraints import NOT_NULL
from strongroom.protocol.validation import broken_constraint
from strongroom.storage.store import Change, Reader

PACKED_BYTES: Final = 6144
MOST_CHARACTERS: Final = 2048
MOST_MANAGED: Final = 10

_WHOLE: Final = 100


def check_policies(policy: str | None, policy_arns: Sequence[PolicyDescriptor] | None) -> None:
    """Check limits of session policies that the types do not have. Raises ValidationError."""
    if policy is not None and len(policy) > MOST_CHARACTERS:
        raise broken_constraint(policy, "policy", f"Member must have length less than or equal to {MOST_CHARACTERS}")
    arns = policy_arns or ()
    if len(arns) > MOST_MANAGED:
        raise ValidationError(f"A session can have at most {MOST_MANAGED} managed session policies.")
    for number, descriptor in enumerate(arns, start=1):
        if descriptor.arn is None:
            raise broken_constraint(None, f"policyArns.{number}.member.arn", NOT_NULL)


def check_inline_policy(policy: str | None) -> None:
    """Check that an inline session policy is a policy. Raises MalformedPolicyDocumentError."""
    if policy is None:
        return
    try:
        compiled(policy)
    except PolicySyntaxError as error:
        raise MalformedPolicyDocumentError(error.reason) from None


def managed_policies(
    reader: Reader | Change, account_id: str, policy_arns: Sequence[PolicyDescriptor] | None
) -> tuple[str, ...]:
    """Give the ARNs of managed session policies, each of which is AWS's or of the role's account.

    Raises:
        ValidationError: there is no such policy.
    """
    arns = dict.fromkeys(descriptor.arn or "" for descriptor in policy_arns or ())
    for arn in arns:
        own = arn.startswith((f"arn:aws:iam::{account_id}:policy/", "arn:aws:iam::aws:policy/"))
        if not own or managed_policy_text(reader, arn) is None:
            raise ValidationError(f"Policy {arn} does not exist or is not attachable.")
    return tuple(arns)


def packed_size(terms: Terms) -> int | None:
    """Tell how much of the room in a session token policies and tags take, in per cent; None where there are none.

    Raises:
        PackedPolicyTooLargeError: more than all.
    """
    policies = terms.policy is not None or bool(terms.policy_arns)
    if not policies and not terms.tags:
        return None
    size = len(msgspec.json.encode((terms.policy, terms.policy_arns, terms.tags)))
    percent = -(-size * _WHOLE // PACKED_BYTES)
    if percent > _WHOLE:
        if policies:
            raise PackedPolicyTooLargeError(
                f"Packed policy consumes {percent}% of allotted space, please use smaller policy."
            )
        raise PackedPolicyTooLargeError(f"Packed size of session tags consumes {percent}% of allotted space.")
    return percent
