"""The role that a request asks for, and whom it trusts.

Source: STS API Reference, AssumeRole; IAM User Guide, "Roles terms and concepts".
"""

import re
from functools import lru_cache
from typing import Final

from strongroom.api.resources import Resource
from strongroom.model.errors import ValidationError
from strongroom.model.identity import Role
from strongroom.policy.document import Document, parse_stored_trust_policy
from strongroom.storage.store import Change, Reader

_ROLE_ARN: Final = re.compile(r"arn:aws:iam::([0-9]{12}):role/[!-~]+", re.ASCII)
# As if there were a role that trusts nobody, so that who is not trusted cannot tell whether there is a role.
_TRUSTS_NOBODY: Final = Document(id=None, statements=())


def account_of_role(arn: str) -> str:
    """Give the account in the ARN of a role. Raises ValidationError for what is none."""
    parts = _ROLE_ARN.fullmatch(arn)
    if parts is None:
        raise ValidationError(f"{arn} is invalid")
    return parts[1]


def role_resource(reader: Reader | Change, arn: str) -> Resource:
    """Give a role with its trust policy. Raises ValidationError for an ARN that is not a role's."""
    account_id = account_of_role(arn)
    role = reader.identities.by_arn(Role, arn)
    if role is None:
        return Resource(arn=arn, account_id=account_id, policy=_TRUSTS_NOBODY)
    return Resource(arn=arn, account_id=account_id, tags=role.tags, policy=_trust_policy(role.trust_policy))


def assumed_role(reader: Reader | Change, arn: str) -> Role:
    """Give the role of a request that its trust policy has allowed. Raises LookupError when there is none."""
    role = reader.identities.by_arn(Role, arn)
    if role is None:
        raise LookupError(arn)
    return role


@lru_cache(maxsize=4096)
def _trust_policy(text: str) -> Document:
    return parse_stored_trust_policy(text)
