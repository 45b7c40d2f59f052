"""Managed policies that are attached to users, groups and roles, as permissions or as a boundary.

Source: IAM API Reference, Attach/Detach…Policy, ListAttached…Policies, Put/Delete…PermissionsBoundary.
"""

from typing import Final, TypeVar

import msgspec

from strongroom.api.context import ChangeContext, ReadContext
from strongroom.api.iam.entities import AnyManagedPolicy, known_managed_policy, quota_exceeded
from strongroom.api.iam.paging import page
from strongroom.api.iam.types import AttachedPermissionsBoundary, AttachedPolicy
from strongroom.model.identity import Group, Role, User
from strongroom.model.identity_errors import InvalidInputError, NoSuchEntityError, PolicyNotAttachableError
from strongroom.policy.aws_managed import AwsManagedPolicy
from strongroom.storage.store import Change, Reader

E = TypeVar("E", User, Group, Role)
B = TypeVar("B", User, Role)

ATTACHED_PER_ENTITY: Final = 10
_QUOTAS: Final = {User.kind: "PoliciesPerUser", Group.kind: "PoliciesPerGroup", Role.kind: "PoliciesPerRole"}
_LIST_NAMES: Final = {
    User.kind: "ListAttachedUserPolicies",
    Group.kind: "ListAttachedGroupPolicies",
    Role.kind: "ListAttachedRolePolicies",
}
_ARN_START: Final = "arn:aws:iam::"


def attach_policy(context: ChangeContext, entity: E, policy_arn: str) -> None:
    """Attach a managed policy to an entity; one that is attached already does not matter.

    Raises:
        InvalidInputError: it is no ARN of IAM.
        NoSuchEntityError: there is no such policy.
        PolicyNotAttachableError: it is for a service-linked role.
        LimitExceededError: the entity has as many as it may.
    """
    attachable_policy(context.change, context.scope.account_id, policy_arn)
    if policy_arn in entity.attached:
        return
    if len(entity.attached) >= ATTACHED_PER_ENTITY:
        raise quota_exceeded(_QUOTAS[entity.kind], ATTACHED_PER_ENTITY)
    context.change.identities.put(msgspec.structs.replace(entity, attached=(*entity.attached, policy_arn)))


def detach_policy(context: ChangeContext, entity: E, policy_arn: str) -> None:
    """Detach a managed policy from an entity. Raises InvalidInputError and NoSuchEntityError."""
    _check_arn(policy_arn)
    if policy_arn not in entity.attached:
        raise NoSuchEntityError(f"Policy {policy_arn} was not found.")
    kept = tuple(arn for arn in entity.attached if arn != policy_arn)
    context.change.identities.put(msgspec.structs.replace(entity, attached=kept))


def attached_policy_page(
    context: ReadContext,
    entity: User | Group | Role,
    path_prefix: str | None,
    marker: str | None,
    max_items: int | None,
) -> tuple[list[AttachedPolicy], str | None]:
    """Give a page of the policies attached to an entity, sorted by name, and the marker of the next page.

    Raises:
        ValidationError: the marker is not one of this list.
    """
    prefix = path_prefix or "/"
    policies = [policy for policy in attached_to(context.reader, entity) if policy.path.startswith(prefix)]
    # A policy of AWS and one of the account may have the same name.
    listing = f"{_LIST_NAMES[entity.kind]} {entity.unique_id} {prefix}"
    shown, following = page(listing, policies, lambda policy: f"{policy.name} {policy.arn}", marker, max_items)
    return [AttachedPolicy(policy_name=policy.name, policy_arn=policy.arn) for policy in shown], following


def attached_to(reader: Reader | Change, entity: User | Group | Role) -> list[AnyManagedPolicy]:
    """Give the managed policies that are attached to an entity, the first attached first."""
    found = (known_managed_policy(reader, entity.account_id, arn) for arn in entity.attached)
    return [policy for policy in found if policy is not None]


def put_boundary(context: ChangeContext, entity: B, policy_arn: str) -> None:
    """Give an entity a permissions boundary in place of the one that it has.

    Raises InvalidInputError, NoSuchEntityError and PolicyNotAttachableError as `attach_policy` does.
    """
    boundary = checked_boundary(context, policy_arn)
    context.change.identities.put(msgspec.structs.replace(entity, permissions_boundary=boundary))


def checked_boundary(context: ChangeContext, policy_arn: str | None) -> str | None:
    """Give back the ARN of a permissions boundary, or None for none. Raises as `put_boundary` does."""
    if policy_arn is None:
        return None
    return attachable_policy(context.change, context.scope.account_id, policy_arn, "Scope ARN:").arn


def delete_boundary(context: ChangeContext, entity: B) -> None:
    """Take the permissions boundary from an entity. Raises NoSuchEntityError where it has none."""
    if entity.permissions_boundary is None:
        raise NoSuchEntityError(f"The {entity.kind} with name {entity.name} does not have a permissions boundary.")
    context.change.identities.put(msgspec.structs.replace(entity, permissions_boundary=None))


def shown_boundary(arn: str | None) -> AttachedPermissionsBoundary | None:
    """Show a permissions boundary as answers do."""
    if arn is None:
        return None
    return AttachedPermissionsBoundary(permissions_boundary_type="Policy", permissions_boundary_arn=arn)


def attachable_policy(reader: Reader | Change, account_id: str, arn: str, shown_as: str = "Policy") -> AnyManagedPolicy:
    """Give a managed policy that can be attached. Raises as `attach_policy` does; `shown_as` is what errors call it."""
    _check_arn(arn)
    policy = known_managed_policy(reader, account_id, arn)
    if policy is None:
        raise NoSuchEntityError(f"{shown_as} {arn} does not exist or is not attachable.")
    if isinstance(policy, AwsManagedPolicy) and not policy.attachable:
        raise PolicyNotAttachableError("Cannot attach a Service Role Policy to a Customer Role.")
    return policy


def _check_arn(arn: str) -> None:
    if not arn.startswith(_ARN_START):
        raise InvalidInputError(f"ARN {arn} is not valid.")
