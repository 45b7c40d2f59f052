"""Finding the managed policy that a request names by its ARN, or saying in AWS's words why there is none.

Source: IAM API Reference, the errors of the operations on policies; answers of IAM as recorded by its users.
"""

from typing import Final

from strongroom.api.iam.entities import AnyManagedPolicy, known_managed_policy
from strongroom.model.errors import AccessDenied
from strongroom.model.identity import ManagedPolicy, PolicyVersion
from strongroom.model.identity_errors import NoSuchEntityError
from strongroom.policy.aws_managed import AwsManagedPolicy
from strongroom.storage.store import Change, Reader

NOT_FOUND: Final = "was not found."
NOT_ATTACHABLE: Final = "does not exist or is not attachable."


def existing_policy(
    reader: Reader | Change, account_id: str, arn: str, missing: str = NOT_ATTACHABLE
) -> AnyManagedPolicy:
    """Give a managed policy, the account's own or AWS's; `missing` is what is said of one that is not there.

    Raises NoSuchEntityError.
    """
    policy = known_managed_policy(reader, account_id, arn)
    if policy is None:
        raise NoSuchEntityError(f"Policy {arn} {missing}")
    return policy


def own_policy(change: Change, account_id: str, arn: str, missing: str = NOT_ATTACHABLE) -> ManagedPolicy:
    """Give a policy that the account may change. Raises NoSuchEntityError, and AccessDenied for one of AWS."""
    policy = existing_policy(change, account_id, arn, missing)
    if isinstance(policy, AwsManagedPolicy):
        raise AccessDenied("Policy is outside your own account.")
    return policy


def existing_version(policy: AnyManagedPolicy, version_id: str) -> PolicyVersion:
    """Give a version of a policy. Raises NoSuchEntityError."""
    version = next((each for each in versions_of(policy) if each.version_id == version_id), None)
    if version is None:
        raise NoSuchEntityError(f"Policy {policy.arn} {no_version(version_id)}")
    return version


def no_version(version_id: str) -> str:
    """Say of a policy that it has no such version, as of one that is not there at all."""
    return f"version {version_id} {NOT_ATTACHABLE}"


def versions_of(policy: AnyManagedPolicy) -> tuple[PolicyVersion, ...]:
    """Give the versions of a policy, the oldest first; of one of AWS only the one in force is kept."""
    if isinstance(policy, ManagedPolicy):
        return policy.versions
    return (PolicyVersion(version_id=policy.version_id, document=policy.document, creation_date=policy.update_date),)


def default_version_id(policy: AnyManagedPolicy) -> str:
    """Give the id of the version in force."""
    return policy.default_version_id if isinstance(policy, ManagedPolicy) else policy.version_id
