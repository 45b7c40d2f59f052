"""Users, groups, roles and managed policies with all their policies, as GetAccountAuthorizationDetails shows them.

Source: IAM API Reference, UserDetail, GroupDetail, RoleDetail and ManagedPolicyDetail.
"""

from strongroom.api.iam.attached_policies import attached_to, shown_boundary
from strongroom.api.iam.documents import shown_document
from strongroom.api.iam.entities import AnyManagedPolicy
from strongroom.api.iam.instance_profiles import InstanceProfile
from strongroom.api.iam.policy_descriptions import PolicyVersionDescription, described_version, listed_policy
from strongroom.api.iam.policy_lookups import versions_of
from strongroom.api.iam.policy_usage import PolicyUsage
from strongroom.api.iam.role_descriptions import RoleLastUsed, last_use
from strongroom.api.iam.tag_rules import tag_list
from strongroom.api.iam.types import Arn, AttachedPermissionsBoundary, AttachedPolicy, Tag
from strongroom.api.principals import unbind_policy
from strongroom.model.identity import Group, Role, User
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp
from strongroom.storage.store import Reader


class PolicyDetail(AwsStruct, frozen=True, kw_only=True):
    """An inline policy; its document is percent-encoded."""

    policy_name: str
    policy_document: str


class UserDetail(AwsStruct, frozen=True, kw_only=True):
    """A user, with the names of its groups."""

    path: str
    user_name: str
    user_id: str
    arn: Arn
    create_date: Timestamp
    user_policy_list: list[PolicyDetail] | None = None
    group_list: list[str]
    attached_managed_policies: list[AttachedPolicy]
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag]


class GroupDetail(AwsStruct, frozen=True, kw_only=True):
    """A group."""

    path: str
    group_name: str
    group_id: str
    arn: Arn
    create_date: Timestamp
    group_policy_list: list[PolicyDetail]
    attached_managed_policies: list[AttachedPolicy]


class RoleDetail(AwsStruct, frozen=True, kw_only=True):
    """A role; its trust policy is percent-encoded."""

    path: str
    role_name: str
    role_id: str
    arn: Arn
    create_date: Timestamp
    assume_role_policy_document: str
    instance_profile_list: list[InstanceProfile]
    role_policy_list: list[PolicyDetail]
    attached_managed_policies: list[AttachedPolicy]
    permissions_boundary: AttachedPermissionsBoundary | None = None
    tags: list[Tag]
    role_last_used: RoleLastUsed


class ManagedPolicyDetail(AwsStruct, frozen=True, kw_only=True):
    """A managed policy with all its versions, the latest first."""

    policy_name: str
    policy_id: str
    arn: Arn
    path: str
    default_version_id: str
    attachment_count: int
    permissions_boundary_usage_count: int
    is_attachable: bool
    description: str | None = None
    create_date: Timestamp
    update_date: Timestamp
    policy_version_list: list[PolicyVersionDescription]


def user_detail(reader: Reader, user: User) -> UserDetail:
    """Tell all of a user."""
    groups = (reader.identities.by_id(Group, group_id) for group_id in user.group_ids)
    return UserDetail(
        path=user.path,
        user_name=user.user_name,
        user_id=user.user_id,
        arn=user.arn,
        create_date=timestamp(user.creation_date),
        user_policy_list=_inline(user) or None,
        group_list=sorted(group.group_name for group in groups if group is not None),
        attached_managed_policies=_attached(reader, user),
        permissions_boundary=shown_boundary(user.permissions_boundary),
        tags=tag_list(user.tags) or [],
    )


def group_detail(reader: Reader, group: Group) -> GroupDetail:
    """Tell all of a group."""
    return GroupDetail(
        path=group.path,
        group_name=group.group_name,
        group_id=group.group_id,
        arn=group.arn,
        create_date=timestamp(group.creation_date),
        group_policy_list=_inline(group),
        attached_managed_policies=_attached(reader, group),
    )


def role_detail(reader: Reader, role: Role) -> RoleDetail:
    """Tell all of a role."""
    return RoleDetail(
        path=role.path,
        role_name=role.role_name,
        role_id=role.role_id,
        arn=role.arn,
        create_date=timestamp(role.creation_date),
        assume_role_policy_document=shown_document(unbind_policy(reader, role.trust_policy)),
        instance_profile_list=[],
        role_policy_list=_inline(role),
        attached_managed_policies=_attached(reader, role),
        permissions_boundary=shown_boundary(role.permissions_boundary),
        tags=tag_list(role.tags) or [],
        role_last_used=last_use(role),
    )


def policy_detail(policy: AnyManagedPolicy, usage: PolicyUsage) -> ManagedPolicyDetail:
    """Tell all of a managed policy."""
    listed = listed_policy(policy, usage)
    return ManagedPolicyDetail(
        policy_name=listed.policy_name,
        policy_id=listed.policy_id,
        arn=listed.arn,
        path=listed.path,
        default_version_id=listed.default_version_id,
        attachment_count=listed.attachment_count,
        permissions_boundary_usage_count=listed.permissions_boundary_usage_count,
        is_attachable=listed.is_attachable,
        description=policy.description,
        create_date=listed.create_date,
        update_date=listed.update_date,
        policy_version_list=[described_version(policy, version) for version in reversed(versions_of(policy))],
    )


def _inline(entity: User | Group | Role) -> list[PolicyDetail]:
    return [
        PolicyDetail(policy_name=name, policy_document=shown_document(text))
        for name, text in sorted(entity.inline_policies.items())
    ]


def _attached(reader: Reader, entity: User | Group | Role) -> list[AttachedPolicy]:
    return [AttachedPolicy(policy_name=policy.name, policy_arn=policy.arn) for policy in attached_to(reader, entity)]
