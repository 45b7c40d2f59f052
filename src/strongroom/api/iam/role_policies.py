"""What roles may do: inline policies, attached managed policies and permissions boundaries.

Source: IAM API Reference, the operations' own pages.
"""

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.attached_policies import (
    attach_policy,
    attached_policy_page,
    delete_boundary,
    detach_policy,
    put_boundary,
)
from strongroom.api.iam.entities import find_role
from strongroom.api.iam.finders import role_resource
from strongroom.api.iam.inline_policies import (
    delete_inline_policy,
    inline_policy,
    inline_policy_page,
    put_inline_policy,
)
from strongroom.api.iam.types import (
    Arn,
    AttachedPolicy,
    Marker,
    MaxItems,
    NextMarker,
    PolicyArn,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    RoleName,
)
from strongroom.api.supplies import Parameter
from strongroom.protocol.structures import AwsStruct


class PutRolePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """PutRolePolicy."""

    role_name: RoleName
    policy_name: PolicyName
    policy_document: PolicyDocument


class GetRolePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetRolePolicy."""

    role_name: RoleName
    policy_name: PolicyName


class GetRolePolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetRolePolicy; the document is percent-encoded."""

    role_name: str
    policy_name: str
    policy_document: str


class DeleteRolePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteRolePolicy."""

    role_name: RoleName
    policy_name: PolicyName


class ListRolePoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListRolePolicies."""

    role_name: RoleName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListRolePoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListRolePolicies."""

    policy_names: list[str]
    is_truncated: bool
    marker: NextMarker | None = None


class AttachRolePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """AttachRolePolicy."""

    role_name: RoleName
    policy_arn: PolicyArn


class DetachRolePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DetachRolePolicy."""

    role_name: RoleName
    policy_arn: PolicyArn


class ListAttachedRolePoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListAttachedRolePolicies."""

    role_name: RoleName
    path_prefix: PolicyPath | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAttachedRolePoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListAttachedRolePolicies."""

    attached_policies: list[AttachedPolicy]
    is_truncated: bool
    marker: NextMarker | None = None


class PutRolePermissionsBoundaryRequest(AwsStruct, frozen=True, kw_only=True):
    """PutRolePermissionsBoundary."""

    role_name: RoleName
    permissions_boundary: Arn


class DeleteRolePermissionsBoundaryRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteRolePermissionsBoundary."""

    role_name: RoleName


_CHANGED_ROLE = role_resource(boundary=True)
_POLICY_ARN = {"iam:policyarn": Parameter("policy_arn")}


@operation(Needs("iam:PutRolePolicy", resource=_CHANGED_ROLE), logs=("role_name", "policy_name", "policy_document"))
def put_role_policy(context: ChangeContext, request: PutRolePolicyRequest) -> None:
    """Add an inline policy to a role, or replace the one of its name."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    put_inline_policy(context, role, request.policy_name, request.policy_document)


@operation(Needs("iam:GetRolePolicy", resource=role_resource()), logs=("role_name", "policy_name"))
def get_role_policy(context: ReadContext, request: GetRolePolicyRequest) -> GetRolePolicyResponse:
    """Give an inline policy of a role."""
    role = find_role(context.reader, context.scope.account_id, request.role_name)
    return GetRolePolicyResponse(
        role_name=role.role_name,
        policy_name=request.policy_name,
        policy_document=inline_policy(role, request.policy_name),
    )


@operation(Needs("iam:DeleteRolePolicy", resource=_CHANGED_ROLE), logs=("role_name", "policy_name"))
def delete_role_policy(context: ChangeContext, request: DeleteRolePolicyRequest) -> None:
    """Delete an inline policy of a role."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    delete_inline_policy(context, role, request.policy_name)


@operation(Needs("iam:ListRolePolicies", resource=role_resource()), logs=("role_name", "marker", "max_items"))
def list_role_policies(context: ReadContext, request: ListRolePoliciesRequest) -> ListRolePoliciesResponse:
    """List the names of a role's inline policies."""
    role = find_role(context.reader, context.scope.account_id, request.role_name)
    names, marker = inline_policy_page(role, request.marker, request.max_items)
    return ListRolePoliciesResponse(policy_names=names, is_truncated=marker is not None, marker=marker)


@operation(
    Needs("iam:AttachRolePolicy", resource=_CHANGED_ROLE, supplies=_POLICY_ARN), logs=("role_name", "policy_arn")
)
def attach_role_policy(context: ChangeContext, request: AttachRolePolicyRequest) -> None:
    """Attach a managed policy to a role."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    attach_policy(context, role, request.policy_arn)


@operation(
    Needs("iam:DetachRolePolicy", resource=_CHANGED_ROLE, supplies=_POLICY_ARN), logs=("role_name", "policy_arn")
)
def detach_role_policy(context: ChangeContext, request: DetachRolePolicyRequest) -> None:
    """Detach a managed policy from a role."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    detach_policy(context, role, request.policy_arn)


@operation(
    Needs("iam:ListAttachedRolePolicies", resource=role_resource()),
    logs=("role_name", "path_prefix", "marker", "max_items"),
)
def list_attached_role_policies(
    context: ReadContext, request: ListAttachedRolePoliciesRequest
) -> ListAttachedRolePoliciesResponse:
    """List the managed policies that are attached to a role."""
    role = find_role(context.reader, context.scope.account_id, request.role_name)
    policies, marker = attached_policy_page(context, role, request.path_prefix, request.marker, request.max_items)
    return ListAttachedRolePoliciesResponse(attached_policies=policies, is_truncated=marker is not None, marker=marker)


@operation(
    Needs(
        "iam:PutRolePermissionsBoundary",
        resource=role_resource(),
        supplies={"iam:permissionsboundary": Parameter("permissions_boundary")},
    ),
    logs=("role_name", "permissions_boundary"),
)
def put_role_permissions_boundary(context: ChangeContext, request: PutRolePermissionsBoundaryRequest) -> None:
    """Set the most that a role may do, whatever its policies allow."""
    role = find_role(context.change, context.scope.account_id, request.role_name)
    put_boundary(context, role, request.permissions_boundary)


@operation(Needs("iam:DeleteRolePermissionsBoundary", resource=_CHANGED_ROLE), logs=("role_name",))
def delete_role_permissions_boundary(context: ChangeContext, request: DeleteRolePermissionsBoundaryRequest) -> None:
    """Take a role's permissions boundary away."""
    delete_boundary(context, find_role(context.change, context.scope.account_id, request.role_name))


OPERATIONS = (
    put_role_policy,
    get_role_policy,
    delete_role_policy,
    list_role_policies,
    attach_role_policy,
    detach_role_policy,
    list_attached_role_policies,
    put_role_permissions_boundary,
    delete_role_permissions_boundary,
)
