"""What the users of groups may do: inline policies and attached managed policies.

Source: IAM API Reference, the operations' own pages.
"""

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.attached_policies import (
    attach_policy,
    attached_policy_page,
    detach_policy,
)
from strongroom.api.iam.entities import find_group
from strongroom.api.iam.finders import group_resource
from strongroom.api.iam.inline_policies import (
    delete_inline_policy,
    inline_policy,
    inline_policy_page,
    put_inline_policy,
)
from strongroom.api.iam.types import (
    AttachedPolicy,
    GroupName,
    Marker,
    MaxItems,
    NextMarker,
    PolicyArn,
    PolicyDocument,
    PolicyName,
    PolicyPath,
)
from strongroom.api.supplies import Parameter
from strongroom.protocol.structures import AwsStruct


class PutGroupPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """PutGroupPolicy."""

    group_name: GroupName
    policy_name: PolicyName
    policy_document: PolicyDocument


class GetGroupPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetGroupPolicy."""

    group_name: GroupName
    policy_name: PolicyName


class GetGroupPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetGroupPolicy; the document is percent-encoded."""

    group_name: str
    policy_name: str
    policy_document: str


class DeleteGroupPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DeleteGroupPolicy."""

    group_name: GroupName
    policy_name: PolicyName


class ListGroupPoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListGroupPolicies."""

    group_name: GroupName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListGroupPoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListGroupPolicies."""

    policy_names: list[str]
    is_truncated: bool
    marker: NextMarker | None = None


class AttachGroupPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """AttachGroupPolicy."""

    group_name: GroupName
    policy_arn: PolicyArn


class DetachGroupPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DetachGroupPolicy."""

    group_name: GroupName
    policy_arn: PolicyArn


class ListAttachedGroupPoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListAttachedGroupPolicies."""

    group_name: GroupName
    path_prefix: PolicyPath | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListAttachedGroupPoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListAttachedGroupPolicies."""

    attached_policies: list[AttachedPolicy]
    is_truncated: bool
    marker: NextMarker | None = None


_POLICY_ARN = {"iam:policyarn": Parameter("policy_arn")}


@operation(
    Needs("iam:PutGroupPolicy", resource=group_resource()), logs=("group_name", "policy_name", "policy_document")
)
def put_group_policy(context: ChangeContext, request: PutGroupPolicyRequest) -> None:
    """Add an inline policy to a group, or replace the one of its name."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    put_inline_policy(context, group, request.policy_name, request.policy_document)


@operation(Needs("iam:GetGroupPolicy", resource=group_resource()), logs=("group_name", "policy_name"))
def get_group_policy(context: ReadContext, request: GetGroupPolicyRequest) -> GetGroupPolicyResponse:
    """Give an inline policy of a group."""
    group = find_group(context.reader, context.scope.account_id, request.group_name)
    return GetGroupPolicyResponse(
        group_name=group.group_name,
        policy_name=request.policy_name,
        policy_document=inline_policy(group, request.policy_name),
    )


@operation(Needs("iam:DeleteGroupPolicy", resource=group_resource()), logs=("group_name", "policy_name"))
def delete_group_policy(context: ChangeContext, request: DeleteGroupPolicyRequest) -> None:
    """Delete an inline policy of a group."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    delete_inline_policy(context, group, request.policy_name)


@operation(Needs("iam:ListGroupPolicies", resource=group_resource()), logs=("group_name", "marker", "max_items"))
def list_group_policies(context: ReadContext, request: ListGroupPoliciesRequest) -> ListGroupPoliciesResponse:
    """List the names of a group's inline policies."""
    group = find_group(context.reader, context.scope.account_id, request.group_name)
    names, marker = inline_policy_page(group, request.marker, request.max_items)
    return ListGroupPoliciesResponse(policy_names=names, is_truncated=marker is not None, marker=marker)


@operation(
    Needs("iam:AttachGroupPolicy", resource=group_resource(), supplies=_POLICY_ARN), logs=("group_name", "policy_arn")
)
def attach_group_policy(context: ChangeContext, request: AttachGroupPolicyRequest) -> None:
    """Attach a managed policy to a group."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    attach_policy(context, group, request.policy_arn)


@operation(
    Needs("iam:DetachGroupPolicy", resource=group_resource(), supplies=_POLICY_ARN), logs=("group_name", "policy_arn")
)
def detach_group_policy(context: ChangeContext, request: DetachGroupPolicyRequest) -> None:
    """Detach a managed policy from a group."""
    group = find_group(context.change, context.scope.account_id, request.group_name)
    detach_policy(context, group, request.policy_arn)


@operation(
    Needs("iam:ListAttachedGroupPolicies", resource=group_resource()),
    logs=("group_name", "path_prefix", "marker", "max_items"),
)
def list_attached_group_policies(
    context: ReadContext, request: ListAttachedGroupPoliciesRequest
) -> ListAttachedGroupPoliciesResponse:
    """List the managed policies that are attached to a group."""
    group = find_group(context.reader, context.scope.account_id, request.group_name)
    policies, marker = attached_policy_page(context, group, request.path_prefix, request.marker, request.max_items)
    return ListAttachedGroupPoliciesResponse(attached_policies=policies, is_truncated=marker is not None, marker=marker)


OPERATIONS = (
    put_group_policy,
    get_group_policy,
    delete_group_policy,
    list_group_policies,
    attach_group_policy,
    detach_group_policy,
    list_attached_group_policies,
)
