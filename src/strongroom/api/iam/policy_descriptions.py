"""Managed policies and their versions as answers show them.

Source: IAM API Reference, Policy and PolicyVersion: only GetPolicy shows the description; lists show no tags and no
documents.
"""

import msgspec

from strongroom.api.iam.documents import shown_document
from strongroom.api.iam.entities import AnyManagedPolicy
from strongroom.api.iam.policy_lookups import default_version_id
from strongroom.api.iam.policy_usage import PolicyUsage
from strongroom.api.iam.tag_rules import tag_list
from strongroom.api.iam.types import Arn, Tag
from strongroom.model.identity import ManagedPolicy, PolicyVersion
from strongroom.policy.aws_managed import AwsManagedPolicy
from strongroom.protocol.structures import AwsStruct, Timestamp, timestamp


class PolicyDescription(AwsStruct, frozen=True, kw_only=True):
    """A managed policy."""

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
    tags: list[Tag] | None = None


class PolicyVersionDescription(AwsStruct, frozen=True, kw_only=True):
    """A version of a managed policy; its document is percent-encoded."""

    document: str | None = None
    version_id: str
    is_default_version: bool
    create_date: Timestamp


def listed_policy(policy: AnyManagedPolicy, usage: PolicyUsage) -> PolicyDescription:
    """Describe a policy as lists do."""
    return PolicyDescription(
        policy_name=policy.name,
        policy_id=policy.policy_id,
        arn=policy.arn,
        path=policy.path,
        default_version_id=default_version_id(policy),
        attachment_count=usage.attachment_count(policy.arn),
        permissions_boundary_usage_count=usage.boundary_count(policy.arn),
        is_attachable=is_attachable(policy),
        create_date=timestamp(policy.creation_date),
        update_date=timestamp(policy.update_date),
    )


def described_policy(policy: AnyManagedPolicy, usage: PolicyUsage) -> PolicyDescription:
    """Describe a policy in full; a list of tags is there even if it is empty."""
    return msgspec.structs.replace(
        listed_policy(policy, usage), description=policy.description, tags=tag_list(policy_tags(policy)) or []
    )


def listed_version(policy: AnyManagedPolicy, version: PolicyVersion) -> PolicyVersionDescription:
    """Describe a version without its document."""
    return PolicyVersionDescription(
        version_id=version.version_id,
        is_default_version=version.version_id == default_version_id(policy),
        create_date=timestamp(version.creation_date),
    )


def described_version(policy: AnyManagedPolicy, version: PolicyVersion) -> PolicyVersionDescription:
    """Describe a version with its document."""
    return msgspec.structs.replace(listed_version(policy, version), document=shown_document(version.document))


def policy_tags(policy: AnyManagedPolicy) -> dict[str, str]:
    """Give the tags of a policy; AWS's have none."""
    return policy.tags if isinstance(policy, ManagedPolicy) else {}


def is_attachable(policy: AnyManagedPolicy) -> bool:
    """Tell whether a policy can be attached to users, groups and roles."""
    return not isinstance(policy, AwsManagedPolicy) or policy.attachable
