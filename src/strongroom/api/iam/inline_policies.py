"""Inline policies of users, groups and roles.

Source: IAM API Reference, Put/Get/Delete/List…Policy; IAM User Guide, "IAM and AWS STS quotas".
"""

from typing import Final, TypeVar

import msgspec

from strongroom.api.context import ChangeContext
from strongroom.api.iam.documents import checked_identity_policy, shown_document, size_of
from strongroom.api.iam.paging import page
from strongroom.model.identity import Group, Role, User
from strongroom.model.identity_errors import LimitExceededError, NoSuchEntityError

E = TypeVar("E", User, Group, Role)

_MOST_CHARACTERS: Final = {User.kind: 2048, Group.kind: 5120, Role.kind: 10240}
_LIST_NAMES: Final = {User.kind: "ListUserPolicies", Group.kind: "ListGroupPolicies", Role.kind: "ListRolePolicies"}


def put_inline_policy(context: ChangeContext, entity: E, policy_name: str, document: str) -> None:
    """Add an inline policy to an entity, or replace the one of its name.

    Raises:
        MalformedPolicyDocumentError: it is not an identity-based policy.
        LimitExceededError: together with the entity's others it is too long.
    """
    policies = {**entity.inline_policies, policy_name: checked_identity_policy(document)}
    most = _MOST_CHARACTERS[entity.kind]
    if sum(map(size_of, policies.values())) > most:
        raise LimitExceededError(f"Maximum policy size of {most} bytes exceeded for {entity.kind} {entity.name}")
    context.change.identities.put(msgspec.structs.replace(entity, inline_policies=policies))


def inline_policy(entity: User | Group | Role, policy_name: str) -> str:
    """Give the document of an inline policy as answers show it. Raises NoSuchEntityError."""
    return shown_document(entity.inline_policies[_existing(entity, policy_name)])


def delete_inline_policy(context: ChangeContext, entity: E, policy_name: str) -> None:
    """Delete an inline policy of an entity. Raises NoSuchEntityError."""
    policies = dict(entity.inline_policies)
    del policies[_existing(entity, policy_name)]
    context.change.identities.put(msgspec.structs.replace(entity, inline_policies=policies))


def inline_policy_page(
    entity: User | Group | Role, marker: str | None, max_items: int | None
) -> tuple[list[str], str | None]:
    """Give a page of the names of an entity's inline policies, and the marker of the next. Raises ValidationError."""
    listing = f"{_LIST_NAMES[entity.kind]} {entity.unique_id}"
    return page(listing, entity.inline_policies, str, marker, max_items)


def _existing(entity: User | Group | Role, policy_name: str) -> str:
    if policy_name not in entity.inline_policies:
        raise NoSuchEntityError(f"The {entity.kind} policy with name {policy_name} cannot be found.")
    return policy_name
