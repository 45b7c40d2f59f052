"""CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.attached_policies import checked_boundary
from strongroom.api.iam.entities import check_account_quota, check_name_is_free, find_role
from strongroom.api.iam.finders import listing_resource, new_resource, role_resource
from strongroom.api.iam.paging import page
from strongroom.api.iam.role_descriptions import RoleDescription, changed_role, described_role, listed_role, new_role
from strongroom.api.iam.tag_rules import checked_tags
from strongroom.api.iam.trust_policies import checked_trust_policy
from strongroom.api.iam.types import Arn, Marker, MaxItems, NextMarker, Path, PathPrefix, PolicyDocument, RoleName, Tags
from strongroom.api.supplies import Parameter, TagsParameter
from strongroom.model.identity import ROLE_PREFIX, Role, new_unique_id
from strongroom.model.identity_errors import DeleteConflictError
from strongroom.protocol.structures import AwsStruct, whole

RoleDescriptionText = Annotated[
    str, Meta(max_length=1000, pattern=whole(r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*"))
]
MaxSessionDuration = Annotated[int, Meta(ge=3600, le=43200)]


class CreateRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateRole."""

    path: Path | None = None
    role_name: RoleName
    assume_role_policy_document: PolicyDocument
    description: RoleDescriptionText | None = None
    max_session_duration: MaxSessionDuration | None = None
    permissions_boundary: Arn | None = None
    tags: Tags | None = None


class CreateRoleResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateRole."""

    role: RoleDescription


class GetRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """GetRole."""

    role_name: RoleName


class GetRoleResponse(AwsStruct, frozen=True, kw_only=True):
    """GetRole."""

    role: RoleDescription


class ListRolesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListRoles."""

    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListRolesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListRoles."""

    roles: list[RoleDescription]
    is_truncated: bool
    marker: NextMarker | None = None


class UpdateRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateRole."""

    role_name: RoleName
    description: RoleDescriptionText | None = None
    max_session_duration: MaxSessionDuration | None = None


class UpdateRoleResponse(AwsStruct, frozen=True, kw_only=True):
    """UpdateRole."""


class UpdateRoleDescriptionRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateRoleDescription."""

    role_name: RoleName
    description: RoleDescriptionText


class UpdateRoleDescriptionResponse(AwsStruct, frozen=True, kw_only=True):
    """UpdateRoleDescription."""

    role: RoleDescription


class UpdateAssumeRolePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """UpdateAssumeRolePolicy."""

    role_name: RoleName
    policy_document: PolicyDocument


class DeleteRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteRole."""

    role_name: RoleName


_NEW_ROLE = new_resource(Role, "role_name")


@operation(
    Needs(
        "iam:CreateRole",
        resource=_NEW_ROLE,
        supplies={"iam:permissionsboundary": Parameter("permissions_boundary")},
        tags=TagsParameter("tags"),
    ),
    Needs("iam:TagRole", resource=_NEW_ROLE, tags=TagsParameter("tags"), when="tags"),
    logs=(
        "path",
        "role_name",
        "assume_role_policy_document",
        "description",
        "max_session_duration",
        "permissions_boundary",
        "tags",
    ),
    elements=lambda _context, response: {"role": response.role},
)
def create_role(context: ChangeContext, request: CreateRoleRequest) -> CreateRoleResponse:
    """Make a role, which whom its trust policy names may assume, and which may do nothing yet."""
    account_id = context.scope.account_id
    tags = checked_tags(request.tags)
    check_name_is_free(context.change, Role, account_id, request.role_name, "Role")
    check_account_quota(context.change, Role, account_id)
    role = Role(
        account_id=account_id,
        path=request.path or "/",
        role_name=request.role_name,
        role_id=new_unique_id(ROLE_PREFIX),
        creation_date=context.now,
        trust_policy=checked_trust_policy(context.change, request.assume_role_policy_document),
        description=request.description,
        max_session_duration=request.max_session_duration or 3600,
        tags=tags,
        permissions_boundary=checked_boundary(context, request.permissions_boundary),
    )
    context.change.identities.put(role)
    return CreateRoleResponse(role=new_role(context.change, role))


@operation(Needs("iam:GetRole", resource=role_resource()), logs=("role_name",))
def get_role(context: ReadContext, request: GetRoleRequest) -> GetRoleResponse:
    """Tell of a role."""
    role = find_role(context.reader, context.scope.account_id, request.role_name)
    return GetRoleResponse(role=described_role(context.reader, role))


@operation(Needs("iam:ListRoles", resource=listing_resource(Role)), logs=("path_prefix", "marker", "max_items"))
def list_roles(context: ReadContext, request: ListRolesRequest) -> ListRolesResponse:
    """List the roles of the account under a path."""
    prefix = request.path_prefix or "/"
    roles = [
        role for role in context.reader.identities.all(Role, context.scope.account_id) if role.path.startswith(prefix)
    ]
    shown, marker = page(f"ListRoles {prefix}", roles, lambda role: role.name, request.marker, request.max_items)
    listed = [listed_role(context.reader, role) for role in shown]
    return ListRolesResponse(roles=listed, is_truncated=marker is not None, marker=marker)


@operation(Needs("iam:UpdateRole", resource=role_resource()), logs=("role_name", "description", "max_session_duration"))
def update_role(context: ChangeContext, request: UpdateRoleRequest) -> UpdateRoleResponse:
    """Change a role's description and how long its sessions may last; what is left out stays."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    updated = msgspec.structs.replace(
        role,
        description=role.description if request.description is None else request.description,
        max_session_duration=request.max_session_duration or role.max_session_duration,
    )
    context.change.identities.put(updated)
    return UpdateRoleResponse()


@operation(Needs("iam:UpdateRoleDescription", resource=role_resource()), logs=("role_name", "description"))
def update_role_description(
    context: ChangeContext, request: UpdateRoleDescriptionRequest
) -> UpdateRoleDescriptionResponse:
    """Replace a role's description."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    updated = msgspec.structs.replace(role, description=request.description)
    context.change.identities.put(updated)
    return UpdateRoleDescriptionResponse(role=changed_role(context.change, updated))


@operation(Needs("iam:UpdateAssumeRolePolicy", resource=role_resource()), logs=("role_name", "policy_document"))
def update_assume_role_policy(context: ChangeContext, request: UpdateAssumeRolePolicyRequest) -> None:
    """Replace a role's trust policy."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    kept = checked_trust_policy(context.change, request.policy_document)
    context.change.identities.put(msgspec.structs.replace(role, trust_policy=kept))


@operation(Needs("iam:DeleteRole", resource=role_resource()), logs=("role_name",))
def delete_role(context: ChangeContext, request: DeleteRoleRequest) -> None:
    """Delete a role that has no policies any more; its sessions end with their next request."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    if role.attached:
        raise DeleteConflictError("Cannot delete entity, must detach all policies first.")
    if role.inline_policies:
        raise DeleteConflictError("Cannot delete entity, must delete policies first.")
    context.change.identities.delete(role)


OPERATIONS = (
    create_role,
    get_role,
    list_roles,
    update_role,
    update_role_description,
    update_assume_role_policy,
    delete_role,
)
