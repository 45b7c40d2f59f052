"""CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, DeletePolicyVersion, SetDefaultPolicyVersion.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.arns import check_policy_arn
from strongroom.api.iam.finders import policy_resource
from strongroom.api.iam.managed_policy_documents import checked_managed_policy
from strongroom.api.iam.paging import page
from strongroom.api.iam.policy_descriptions import PolicyVersionDescription, described_version, listed_version
from strongroom.api.iam.policy_lookups import existing_policy, existing_version, no_version, own_policy, versions_of
from strongroom.api.iam.types import Marker, MaxItems, NextMarker, PolicyArn, PolicyDocument
from strongroom.model.identity import PolicyVersion
from strongroom.model.identity_errors import DeleteConflictError, LimitExceededError
from strongroom.protocol.structures import AwsStruct, whole

VERSIONS_PER_POLICY: Final = 5

# More than the number of any version: lists begin with the latest.
_NUMBERS: Final = 10**9

PolicyVersionId = Annotated[str, Meta(pattern=whole(r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?"))]


class CreatePolicyVersionRequest(AwsStruct, frozen=True, kw_only=True):
    """CreatePolicyVersion."""

    policy_arn: PolicyArn
    policy_document: PolicyDocument
    set_as_default: bool | None = None


class CreatePolicyVersionResponse(AwsStruct, frozen=True, kw_only=True):
    """CreatePolicyVersion."""

    policy_version: PolicyVersionDescription


class GetPolicyVersionRequest(AwsStruct, frozen=True, kw_only=True):
    """GetPolicyVersion."""

    policy_arn: PolicyArn
    version_id: PolicyVersionId


class GetPolicyVersionResponse(AwsStruct, frozen=True, kw_only=True):
    """GetPolicyVersion."""

    policy_version: PolicyVersionDescription


class ListPolicyVersionsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListPolicyVersions."""

    policy_arn: PolicyArn
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListPolicyVersionsResponse(AwsStruct, frozen=True, kw_only=True):
    """ListPolicyVersions."""

    versions: list[PolicyVersionDescription]
    is_truncated: bool
    marker: NextMarker | None = None


class DeletePolicyVersionRequest(AwsStruct, frozen=True, kw_only=True):
    """DeletePolicyVersion."""

    policy_arn: PolicyArn
    version_id: PolicyVersionId


class SetDefaultPolicyVersionRequest(AwsStruct, frozen=True, kw_only=True):
    """SetDefaultPolicyVersion."""

    policy_arn: PolicyArn
    version_id: PolicyVersionId


@operation(
    Needs("iam:CreatePolicyVersion", resource=policy_resource()),
    check=check_policy_arn,
    logs=("policy_arn", "policy_document", "set_as_default"),
    elements=lambda _context, response: {"policyVersion": response.policy_version},
)
def create_policy_version(context: ChangeContext, request: CreatePolicyVersionRequest) -> CreatePolicyVersionResponse:
    """Add a version to a managed policy, which is in force only if the request says so."""
    policy = own_policy(context.change, context.scope.account_id, request.policy_arn)
    document = checked_managed_policy(request.policy_document)
    if len(policy.versions) >= VERSIONS_PER_POLICY:
        raise LimitExceededError(
            f"A managed policy can have up to {VERSIONS_PER_POLICY} versions. "
            "Before you create a new version, you must delete an existing version."
        )
    version = PolicyVersion(version_id=f"v{policy.next_version}", document=document, creation_date=context.now)
    changed = msgspec.structs.replace(
        policy,
        versions=(*policy.versions, version),
        default_version_id=version.version_id if request.set_as_default else policy.default_version_id,
        next_version=policy.next_version + 1,
        update_date=context.now,
    )
    context.change.identities.put(changed)
    return CreatePolicyVersionResponse(policy_version=listed_version(changed, version))


@operation(
    Needs("iam:GetPolicyVersion", resource=policy_resource()), check=check_policy_arn, logs=("policy_arn", "version_id")
)
def get_policy_version(context: ReadContext, request: GetPolicyVersionRequest) -> GetPolicyVersionResponse:
    """Give a version of a managed policy, with its document."""
    missing = no_version(request.version_id)
    policy = existing_policy(context.reader, context.scope.account_id, request.policy_arn, missing)
    version = existing_version(policy, request.version_id)
    return GetPolicyVersionResponse(policy_version=described_version(policy, version))


@operation(
    Needs("iam:ListPolicyVersions", resource=policy_resource()),
    check=check_policy_arn,
    logs=("policy_arn", "marker", "max_items"),
)
def list_policy_versions(context: ReadContext, request: ListPolicyVersionsRequest) -> ListPolicyVersionsResponse:
    """List the versions of a managed policy, the latest first."""
    policy = existing_policy(context.reader, context.scope.account_id, request.policy_arn)
    shown, marker = page(
        f"ListPolicyVersions {policy.policy_id}", versions_of(policy), _latest_first, request.marker, request.max_items
    )
    versions = [listed_version(policy, version) for version in shown]
    return ListPolicyVersionsResponse(versions=versions, is_truncated=marker is not None, marker=marker)


def _latest_first(version: PolicyVersion) -> str:
    """Name a version so that later ones sort before earlier ones."""
    return f"{_NUMBERS - int(version.version_id.removeprefix('v')):010}"


@operation(
    Needs("iam:DeletePolicyVersion", resource=policy_resource()),
    check=check_policy_arn,
    logs=("policy_arn", "version_id"),
)
def delete_policy_version(context: ChangeContext, request: DeletePolicyVersionRequest) -> None:
    """Delete a version that is not in force."""
    missing = no_version(request.version_id)
    policy = own_policy(context.change, context.scope.account_id, request.policy_arn, missing)
    version = existing_version(policy, request.version_id)
    if version.version_id == policy.default_version_id:
        raise DeleteConflictError("Cannot delete the default version of a policy.")
    kept = tuple(each for each in policy.versions if each != version)
    context.change.identities.put(msgspec.structs.replace(policy, versions=kept))


@operation(
    Needs("iam:SetDefaultPolicyVersion", resource=policy_resource()),
    check=check_policy_arn,
    logs=("policy_arn", "version_id"),
)
def set_default_policy_version(context: ChangeContext, request: SetDefaultPolicyVersionRequest) -> None:
    """Put a version in force, for all whom the policy is attached to."""
    missing = no_version(request.version_id)
    policy = own_policy(context.change, context.scope.account_id, request.policy_arn, missing)
    version = existing_version(policy, request.version_id)
    context.change.identities.put(msgspec.structs.replace(policy, default_version_id=version.version_id))


OPERATIONS = (
    create_policy_version,
    get_policy_version,
    list_policy_versions,
    delete_policy_version,
    set_default_policy_version,
)
