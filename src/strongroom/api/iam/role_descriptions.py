"""Roles as answers show them.

Source: IAM API Reference, Role: lists leave tags, the permissions boundary and the last use out; answers of IAM as
recorded by its users: those to changes leave out more.
"""

import msgspec

from strongroom.api.iam.attached_policies import shown_boundary
from strongroom.api.iam.descriptions import shown_time
from strongroom.api.iam.documents import shown_document
from strongroom.api.iam.tag_rules import tag_list
from strongroom.api.iam.types import Arn, AttachedPermissionsBoundary, Tag
from strongroom.api.principals import unbind_policy
from strongroom.model.identity import Role
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.storage.store import Change, Reader


class RoleLastUsed(AwsStruct, frozen=True, kw_only=True):
    """When a session of the role last made a request, and in which Region; empty where none has."""

    last_used_date: Timestamp | None = None
    region: str | None = None


class RoleDescription(AwsStruct, frozen=True, kw_only=True):
    """A role; its trust policy is percent-encoded."""

    path: str
    role_name: str
    role_id: str
    arn: Arn
    create_date: Timestamp
    assume_role_policy_document: str
    description: str | None = None
    max_session_duration: int | None = None
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag] | None = None
    role_last_used: RoleLastUsed | None = None


def listed_role(reader: Reader | Change, role: Role) -> RoleDescription:
    """Describe a role as lists do."""
    return RoleDescription(
        path=role.path,
        role_name=role.role_name,
        role_id=role.role_id,
        arn=role.arn,
        create_date=timestamp(role.creation_date),
        assume_role_policy_document=shown_document(unbind_policy(reader, role.trust_policy)),
        description=role.description,
        max_session_duration=role.max_session_duration,
    )


def described_role(reader: Reader | Change, role: Role) -> RoleDescription:
    """Describe a role in full."""
    return msgspec.structs.replace(
        listed_role(reader, role),
        permissions_boundary=shown_boundary(role.permissions_boundary),
        tags=tag_list(role.tags),
        role_last_used=last_use(role),
    )


def changed_role(reader: Reader | Change, role: Role) -> RoleDescription:
    """Describe a role as the answer to a change of its description does."""
    return msgspec.structs.replace(listed_role(reader, role), max_session_duration=None)


def new_role(reader: Reader | Change, role: Role) -> RoleDescription:
    """Describe a role as the answer that it was made does."""
    return msgspec.structs.replace(
        changed_role(reader, role),
        description=None,
        permissions_boundary=shown_boundary(role.permissions_boundary),
        tags=tag_list(role.tags),
    )


def last_use(role: Role) -> RoleLastUsed:
    """Tell when a role was used last."""
    return RoleLastUsed(last_used_date=shown_time(role.last_used_date), region=role.last_used_region)
