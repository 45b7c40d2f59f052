"""Whose access keys and MFA devices a request is about: a user's, or those of the root user who asks.

Source: IAM API Reference, CreateAccessKey: without a user name it is about who signed the request, the root user too.
"""

from typing import Final

import msgspec

from strongroom.api.iam.entities import find_user, own_user_name
from strongroom.model.identity import User
from strongroom.model.principal import Principal
from strongroom.storage.store import Change, Reader

ROOT_NAME: Final = "root"
"""What answers call a root user where they have to give a user name."""


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Who owns credentials.

    Attributes:
        owner_id: unique id of the user, the account id of a root user.
        name: the user's.
    """

    owner_id: str
    name: str


def find_owner(reader: Reader | Change, principal: Principal, user_name: str | None) -> Owner:
    """Give the user of a name, by default who asks.

    Raises:
        NoSuchEntityError: there is no such user.
        ValidationError: no name was given, and who asks is neither a user nor a root user.
    """
    if user_name is None and principal.type == "Root":
        return Owner(owner_id=principal.account_id, name=ROOT_NAME)
    user = find_user(reader, principal.account_id, user_name or own_user_name(principal))
    return Owner(owner_id=user.user_id, name=user.user_name)


def owner_name(reader: Reader | Change, owner_id: str) -> str:
    """Give the name of who owns something."""
    user = reader.identities.by_id(User, owner_id)
    return ROOT_NAME if user is None else user.user_name
