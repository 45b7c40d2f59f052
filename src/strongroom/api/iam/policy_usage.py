"""What managed policies are used for in an account: as permissions, and as permissions boundaries.

Source: IAM API Reference, Policy: AttachmentCount and PermissionsBoundaryUsageCount; the PolicyUsageFilter of lists.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import msgspec

from strongroom.model.identity import Group, Role, User
from strongroom.storage.store import Change, Reader

UsageFilter = Literal["PermissionsPolicy", "PermissionsBoundary"]


class PolicyUsage(msgspec.Struct, frozen=True, kw_only=True):
    """How many users, groups and roles use each managed policy, by its ARN; who does not count is left out."""

    attachments: Mapping[str, int]
    boundaries: Mapping[str, int]

    def attachment_count(self, arn: str) -> int:
        """Count the users, groups and roles that a policy is attached to."""
        return self.attachments.get(arn, 0)

    def boundary_count(self, arn: str) -> int:
        """Count the users and roles whose permissions boundary a policy is."""
        return self.boundaries.get(arn, 0)

    def is_used(self, arn: str, usage: UsageFilter | None = None) -> bool:
        """Tell whether a policy is used, by default in any way."""
        attached = usage != "PermissionsBoundary" and self.attachment_count(arn) > 0
        bounding = usage != "PermissionsPolicy" and self.boundary_count(arn) > 0
        return attached or bounding


def policy_usage(reader: Reader | Change, account_id: str) -> PolicyUsage:
    """Count how an account uses managed policies."""
    entities = reader.identities
    users, roles = entities.all(User, account_id), entities.all(Role, account_id)
    holders: list[User | Group | Role] = [*users, *roles, *entities.all(Group, account_id)]
    limited: list[User | Role] = [*users, *roles]
    boundaries = (entity.permissions_boundary for entity in limited)
    return PolicyUsage(
        attachments=Counter(arn for entity in holders for arn in entity.attached),
        boundaries=Counter(arn for arn in boundaries if arn is not None),
    )


def uses_policy(entity: User | Group | Role, arn: str, usage: UsageFilter | None) -> bool:
    """Tell whether a user, group or role uses a policy, where `usage` is None in any way."""
    attached = usage != "PermissionsBoundary" and arn in entity.attached
    bounded = usage != "PermissionsPolicy" and not isinstance(entity, Group) and entity.permissions_boundary == arn
    return attached or bounded
