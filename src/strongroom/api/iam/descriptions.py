"""Users and groups as answers show them.

Source: IAM API Reference, User and Group; lists leave tags and permissions boundaries out.
"""

import msgspec

from strongroom.api.iam.attached_policies import shown_boundary
from strongroom.api.iam.tag_rules import tag_list
from strongroom.api.iam.types import Arn, AttachedPermissionsBoundary, Tag
from strongroom.model.identity import Group, User
from strongroom.model.principal import root_principal
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.storage.store import Change, Reader


class UserDescription(AwsStruct, frozen=True, kw_only=True):
    """A user; or a root user, which has neither path nor name."""

    path: str | None = None
    user_name: str | None = None
    user_id: str
    arn: Arn
    create_date: Timestamp
    password_last_used: Timestamp | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag] | None = None


class GroupDescription(AwsStruct, frozen=True, kw_only=True):
    """A group."""

    path: str
    group_name: str
    group_id: str
    arn: Arn
    create_date: Timestamp


def listed_user(user: User) -> UserDescription:
    """Describe a user as lists do."""
    return UserDescription(
        path=user.path,
        user_name=user.user_name,
        user_id=user.user_id,
        arn=user.arn,
        create_date=timestamp(user.creation_date),
        password_last_used=shown_time(user.password_last_used),
    )


def described_user(user: User) -> UserDescription:
    """Describe a user in full."""
    return msgspec.structs.replace(
        listed_user(user),
        permissions_boundary=shown_boundary(user.permissions_boundary),
        tags=tag_list(user.tags),
    )


def root_user(reader: Reader | Change, account_id: str) -> UserDescription:
    """Describe the root user of an account, who is there as long as the account."""
    created = reader.accounts.installation().creation_date
    return UserDescription(user_id=account_id, arn=root_principal(account_id).arn, create_date=timestamp(created))


def described_group(group: Group) -> GroupDescription:
    """Describe a group."""
    return GroupDescription(
        path=group.path,
        group_name=group.group_name,
        group_id=group.group_id,
        arn=group.arn,
        create_date=timestamp(group.creation_date),
    )


def shown_time(seconds: float | None) -> float | None:
    """Give a time as answers show it, or None for what never happened."""
    return None if seconds is None else timestamp(seconds)
