"""Who may do what needs no policy of a key, written as a policy, so that it is decided with all others.

Source: AWS KMS Developer Guide, "Retiring and revoking grants".
"""

from collections.abc import Iterable

import msgspec

from strongroom.api.kms.grant_principals import account_root, is_service
from strongroom.model.grant import Grant
from strongroom.policy.document import Document, parse_stored_key_policy


def retirement_policy(grant: Grant) -> Document:
    """Give who may retire a grant: the account that made it, its retiring principal, and a grantee that it lets.

    By the account, its root user may, and whom an identity-based policy of the account allows to.
    """
    principals = [account_root(grant.issuing_account)]
    if grant.retiring is not None:
        principals.append(grant.retiring)
    if "RetireGrant" in grant.operations:
        principals.append(grant.grantee)
    return _allowing("kms:RetireGrant", principals)


def service_policy(action: str, service: str) -> Document:
    """Give a policy that allows an action to a service."""
    return _allowing(action, [service])


def _allowing(action: str, principals: Iterable[str]) -> Document:
    by_kind: dict[str, list[str]] = {}
    for principal in principals:
        by_kind.setdefault("Service" if is_service(principal) else "AWS", []).append(principal)
    statement = {"Effect": "Allow", "Principal": by_kind, "Action": action, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return parse_stored_key_policy(msgspec.json.encode(policy).decode())
