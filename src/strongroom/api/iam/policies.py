"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.arns import check_policy_arn
from strongroom.api.iam.entities import AnyManagedPolicy, check_account_quota
from strongroom.api.iam.finders import new_resource, policy_resource
from strongroom.api.iam.managed_policy_documents import checked_managed_policy
from strongroom.api.iam.paging import page
from strongroom.api.iam.policy_descriptions import PolicyDescription, described_policy, listed_policy
from strongroom.api.iam.policy_lookups import NOT_FOUND, existing_policy, own_policy
from strongroom.api.iam.policy_usage import PolicyUsage, UsageFilter, policy_usage
from strongroom.api.iam.tag_rules import checked_tags, tag_list
from strongroom.api.iam.types import (
    Marker,
    MaxItems,
    NextMarker,
    PolicyArn,
    PolicyDocument,
    PolicyName,
    PolicyPath,
    Tags,
)
from strongroom.api.supplies import TagsParameter
from strongroom.model.identity import POLICY_PREFIX, ManagedPolicy, PolicyVersion, new_unique_id
from strongroom.model.identity_errors import DeleteConflictError, EntityAlreadyExistsError
from strongroom.policy.aws_managed import MANAGED_POLICIES
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Reader

Scope = Literal["All", "AWS", "Local"]


class CreatePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """CreatePolicy."""

    policy_name: PolicyName
    path: PolicyPath | None = None
    policy_document: PolicyDocument
    description: Annotated[str, Meta(max_length=1000)] | None = None
    tags: Tags | None = None


class CreatePolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """CreatePolicy."""

    policy: PolicyDescription


class GetPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetPolicy."""

    policy_arn: PolicyArn


class GetPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetPolicy."""

    policy: PolicyDescription


class ListPoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListPolicies."""

    scope: Scope | None = None
    only_attached: bool | None = None
    path_prefix: PolicyPath | None = None
    policy_usage_filter: UsageFilter | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListPoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListPolicies."""

    policies: list[PolicyDescription]
    is_truncated: bool
    marker: NextMarker | None = None


class DeletePolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """DeletePolicy."""

    policy_arn: PolicyArn


_NEW_POLICY = new_resource(ManagedPolicy, "policy_name")


@operation(
    Needs("iam:CreatePolicy", resource=_NEW_POLICY, tags=TagsParameter("tags")),
    Needs("iam:TagPolicy", resource=_NEW_POLICY, tags=TagsParameter("tags"), when="tags"),
    logs=("policy_name", "path", "policy_document", "description", "tags"),
    elements=lambda _context, response: {"policy": response.policy},
)
def create_policy(context: ChangeContext, request: CreatePolicyRequest) -> CreatePolicyResponse:
    """Make a managed policy, which is attached to nobody yet."""
    account_id = context.scope.account_id
    tags = checked_tags(request.tags)
    document = checked_managed_policy(request.policy_document)
    if context.change.identities.find(ManagedPolicy, account_id, request.policy_name) is not None:
        raise EntityAlreadyExistsError(
            f"A policy called {request.policy_name} already exists. Duplicate names are not allowed."
        )
    check_account_quota(context.change, ManagedPolicy, account_id)
    policy = ManagedPolicy(
        account_id=account_id,
        path=request.path or "/",
        policy_name=request.policy_name,
        policy_id=new_unique_id(POLICY_PREFIX),
        creation_date=context.now,
        update_date=context.now,
        description=request.description,
        tags=tags,
        versions=(PolicyVersion(version_id="v1", document=document, creation_date=context.now),),
    )
    context.change.identities.put(policy)
    described = listed_policy(policy, PolicyUsage(attachments={}, boundaries={}))
    return CreatePolicyResponse(policy=msgspec.structs.replace(described, tags=tag_list(tags)))


@operation(Needs("iam:GetPolicy", resource=policy_resource()), check=check_policy_arn, logs=("policy_arn",))
def get_policy(context: ReadContext, request: GetPolicyRequest) -> GetPolicyResponse:
    """Tell of a managed policy."""
    account_id = context.scope.account_id
    policy = existing_policy(context.reader, account_id, request.policy_arn, NOT_FOUND)
    return GetPolicyResponse(policy=described_policy(policy, policy_usage(context.reader, account_id)))


@operation(
    Needs("iam:ListPolicies"),
    logs=("scope", "only_attached", "path_prefix", "policy_usage_filter", "marker", "max_items"),
)
def list_policies(context: ReadContext, request: ListPoliciesRequest) -> ListPoliciesResponse:
    """List managed policies, AWS's and the account's own."""
    usage = policy_usage(context.reader, context.scope.account_id)
    found = [
        policy
        for policy in _of_scope(context.reader, context.scope.account_id, request.scope or "All")
        if _is_asked_for(request, policy, usage)
    ]
    filters = (request.scope, request.only_attached, request.path_prefix, request.policy_usage_filter)
    shown, marker = page(f"ListPolicies {filters}", found, _position, request.marker, request.max_items)
    listed = [listed_policy(policy, usage) for policy in shown]
    return ListPoliciesResponse(policies=listed, is_truncated=marker is not None, marker=marker)


def _position(policy: AnyManagedPolicy) -> str:
    """Name a policy in a list, where one of AWS and one of the account may have the same name."""
    return f"{policy.name} {policy.arn}"


def _of_scope(reader: Reader, account_id: str, scope: Scope) -> list[AnyManagedPolicy]:
    own = [] if scope == "AWS" else reader.identities.all(ManagedPolicy, account_id)
    return [*own, *(() if scope == "Local" else MANAGED_POLICIES.values())]


def _is_asked_for(request: ListPoliciesRequest, policy: AnyManagedPolicy, usage: PolicyUsage) -> bool:
    if not policy.path.startswith(request.path_prefix or "/"):
        return False
    if request.policy_usage_filter is not None:
        return usage.is_used(policy.arn, request.policy_usage_filter)
    return not request.only_attached or usage.is_used(policy.arn, "PermissionsPolicy")


@operation(Needs("iam:DeletePolicy", resource=policy_resource()), check=check_policy_arn, logs=("policy_arn",))
def delete_policy(context: ChangeContext, request: DeletePolicyRequest) -> None:
    """Delete a managed policy that nobody uses, and that has no version but the one in force."""
    account_id = context.scope.account_id
    policy = own_policy(context.change, account_id, request.policy_arn)
    if policy_usage(context.change, account_id).is_used(policy.arn):
        raise DeleteConflictError("Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        raise DeleteConflictError(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy."
        )
    context.change.identities.delete(policy)


OPERATIONS = (create_policy, get_policy, list_policies, delete_policy)
