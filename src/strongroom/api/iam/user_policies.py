"""What users may do: inline policies, attached managed policies and permissions boundaries.

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
from strongroom.api.iam.entities import find_user
from strongroom.api.iam.finders import user_resource
from strongroom.api.iam.inline_policies import (
    delete_inline_policy,
    inline_policy,
    inline_policy_page,
    put_inline_policy,
)
from strongroom.api.iam.types import (
    Arn,
    AttachedPolicy,
    ExistingUserName,
    Marker,
    MaxItems,
    NextMarker,
    PolicyArn,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    UserName,
)
from strongroom.api.supplies import Parameter
from strongroom.protocol.structures import AwsStruct


class PutUserPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """PutUserPolicy."""

    user_name: ExistingUserName
    policy_name: PolicyName
    policy_document: PolicyDocument


class GetUserPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetUserPolicy."""

    user_name: ExistingUserName
    policy_name: PolicyName


class GetUserPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetUserPolicy; the document is percent-encoded."""

    user_name: str
    policy_name: str
    policy_document: str


class DeleteUserPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteUserPolicy."""

    user_name: ExistingUserName
    policy_name: PolicyName


class ListUserPoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListUserPolicies."""

    user_name: ExistingUserName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListUserPoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListUserPolicies."""

    policy_names: list[str]
    is_truncated: bool
    marker: NextMarker | None = None


class AttachUserPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """AttachUserPolicy."""

    user_name: UserName
    policy_arn: PolicyArn


class DetachUserPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DetachUserPolicy."""

    user_name: UserName
    policy_arn: PolicyArn


class ListAttachedUserPoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListAttachedUserPolicies."""

    user_name: UserName
    path_prefix: PolicyPath | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAttachedUserPoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListAttachedUserPolicies."""

    attached_policies: list[AttachedPolicy]
    is_truncated: bool
    marker: NextMarker | None = None


class PutUserPermissionsBoundaryRequest(AwsStruct, frozen=True, kw_only=True):
    """PutUserPermissionsBoundary."""

    user_name: UserName
    permissions_boundary: Arn


class DeleteUserPermissionsBoundaryRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteUserPermissionsBoundary."""

    user_name: UserName


_CHANGED_USER = user_resource(boundary=True)
_POLICY_ARN = {"iam:policyarn": Parameter("policy_arn")}


@operation(Needs("iam:PutUserPolicy", resource=_CHANGED_USER), logs=("user_name", "policy_name", "policy_document"))
def put_user_policy(context: ChangeContext, request: PutUserPolicyRequest) -> None:
    """Add an inline policy to a user, or replace the one of its name."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    put_inline_policy(context, user, request.policy_name, request.policy_document)


@operation(Needs("iam:GetUserPolicy", resource=user_resource()), logs=("user_name", "policy_name"))
def get_user_policy(context: ReadContext, request: GetUserPolicyRequest) -> GetUserPolicyResponse:
    """Give an inline policy of a user."""
    user = find_user(context.reader, context.scope.account_id, request.user_name)
    return GetUserPolicyResponse(
        user_name=user.user_name,
        policy_name=request.policy_name,
        policy_document=inline_policy(user, request.policy_name),
    )


@operation(Needs("iam:DeleteUserPolicy", resource=_CHANGED_USER), logs=("user_name", "policy_name"))
def delete_user_policy(context: ChangeContext, request: DeleteUserPolicyRequest) -> None:
    """Delete an inline policy of a user."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    delete_inline_policy(context, user, request.policy_name)


@operation(Needs("iam:ListUserPolicies", resource=user_resource()), logs=("user_name", "marker", "max_items"))
def list_user_policies(context: ReadContext, request: ListUserPoliciesRequest) -> ListUserPoliciesResponse:
    """List the names of a user's inline policies."""
    user = find_user(context.reader, context.scope.account_id, request.user_name)
    names, marker = inline_policy_page(user, request.marker, request.max_items)
    return ListUserPoliciesResponse(policy_names=names, is_truncated=marker is not None, marker=marker)


@operation(
    Needs("iam:AttachUserPolicy", resource=_CHANGED_USER, supplies=_POLICY_ARN), logs=("user_name", "policy_arn")
)
def attach_user_policy(context: ChangeContext, request: AttachUserPolicyRequest) -> None:
    """Attach a managed policy to a user."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    attach_policy(context, user, request.policy_arn)


@operation(
    Needs("iam:DetachUserPolicy", resource=_CHANGED_USER, supplies=_POLICY_ARN), logs=("user_name", "policy_arn")
)
def detach_user_policy(context: ChangeContext, request: DetachUserPolicyRequest) -> None:
    """Detach a managed policy from a user."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    detach_policy(context, user, request.policy_arn)


@operation(
    Needs("iam:ListAttachedUserPolicies", resource=user_resource()),
    logs=("user_name", "path_prefix", "marker", "max_items"),
)
def list_attached_user_policies(
    context: ReadContext, request: ListAttachedUserPoliciesRequest
) -> ListAttachedUserPoliciesResponse:
    """List the managed policies that are attached to a user."""
    user = find_user(context.reader, context.scope.account_id, request.user_name)
    policies, marker = attached_policy_page(context, user, request.path_prefix, request.marker, request.max_items)
    return ListAttachedUserPoliciesResponse(attached_policies=policies, is_truncated=marker is not None, marker=marker)


@operation(
    Needs(
        "iam:PutUserPermissionsBoundary",
        resource=user_resource(),
        supplies={"iam:permissionsboundary": Parameter("permissions_boundary")},
    ),
    logs=("user_name", "permissions_boundary"),
)
def put_user_permissions_boundary(context: ChangeContext, request: PutUserPermissionsBoundaryRequest) -> None:
    """Set the most that a user may do, whatever its policies allow."""
    user = find_user(context.change, context.scope.account_id, request.user_name)
    put_boundary(context, user, request.permissions_boundary)


@operation(Needs("iam:DeleteUserPermissionsBoundary", resource=_CHANGED_USER), logs=("user_name",))
def delete_user_permissions_boundary(context: ChangeContext, request: DeleteUserPermissionsBoundaryRequest) -> None:
    """Take a user's permissions boundary away."""
    delete_boundary(context, find_user(context.change, context.scope.account_id, request.user_name))


OPERATIONS = (
    put_user_policy,
    get_user_policy,
    delete_user_policy,
    list_user_policies,
    attach_user_policy,
    detach_user_policy,
    list_attached_user_policies,
    put_user_permissions_boundary,
    delete_user_permissions_boundary,
)
