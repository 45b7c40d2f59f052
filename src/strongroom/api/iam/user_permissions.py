"""What users may do without any policy of their own: change their password, where the account lets all its users.

Source: IAM API Reference, PasswordPolicy: AllowUsersToChangePassword gives users iam:ChangePassword for themselves and
iam:GetAccountPasswordPolicy, at the level of the account. An explicit deny counts all the same.
"""

from functools import lru_cache
from typing import Final

import msgspec

from strongroom.api.iam.password_rules import password_policy
from strongroom.api.resources import Resource
from strongroom.model.principal import Principal
from strongroom.policy.document import Document, parse_stored_key_policy
from strongroom.storage.store import Change, Reader

_ACTIONS: Final = ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"]


def with_account_permissions(reader: Reader | Change, caller: Principal, resource: Resource) -> Resource:
    """Add the permissions that the account gives its users to what a user asks for; the user's own still count."""
    policy = password_policy(reader, caller.account_id)
    if caller.type != "IAMUser" or policy is None or not policy.allow_users_to_change_password:
        return resource
    return msgspec.structs.replace(resource, policy=_permissions(caller.account_id, caller.principal_id))


@lru_cache(maxsize=256)
def _permissions(account_id: str, user_id: str) -> Document:
    principals = (f"arn:aws:iam::{account_id}:root", user_id)
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": _ACTIONS, "Resource": "*"}
        for principal in principals
    ]
    return parse_stored_key_policy(msgspec.json.encode({"Version": "2012-10-17", "Statement": statements}).decode())
