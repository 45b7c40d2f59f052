"""ListEntitiesForPolicy.

Source: IAM API Reference, the operation's own page.
"""

from collections.abc import Iterator
from typing import Final, Literal

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.arns import check_policy_arn
from strongroom.api.iam.finders import policy_resource
from strongroom.api.iam.paging import page
from strongroom.api.iam.policy_lookups import existing_policy
from strongroom.api.iam.policy_usage import UsageFilter, uses_policy
from strongroom.api.iam.types import Marker, MaxItems, NextMarker, Path, PolicyArn
from strongroom.model.identity import Group, Role, User
from strongroom.protocol.structures import AwsStruct

EntityType = Literal["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"]

_KINDS: Final[dict[EntityType, type[User | Group | Role]]] = {"Group": Group, "User": User, "Role": Role}


class PolicyGroup(AwsStruct, frozen=True, kw_only=True):
    """A group that a policy is attached to."""

    group_name: str
    group_id: str


class PolicyUser(AwsStruct, frozen=True, kw_only=True):
    """A user that a policy is attached to or limits."""

    user_name: str
    user_id: str


class PolicyRole(AwsStruct, frozen=True, kw_only=True):
    """A role that a policy is attached to or limits."""

    role_name: str
    role_id: str


class ListEntitiesForPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """ListEntitiesForPolicy."""

    policy_arn: PolicyArn
    entity_filter: EntityType | None = None
    path_prefix: Path | None = None
    policy_usage_filter: UsageFilter | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListEntitiesForPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """ListEntitiesForPolicy."""

    policy_groups: list[PolicyGroup]
    policy_users: list[PolicyUser]
    policy_roles: list[PolicyRole]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(
    Needs("iam:ListEntitiesForPolicy", resource=policy_resource()),
    check=check_policy_arn,
    logs=("policy_arn", "entity_filter", "path_prefix", "policy_usage_filter", "marker", "max_items"),
)
def list_entities_for_policy(
    context: ReadContext, request: ListEntitiesForPolicyRequest
) -> ListEntitiesForPolicyResponse:
    """List the users, groups and roles that a managed policy is attached to, or whose permissions boundary it is."""
    existing_policy(context.reader, context.scope.account_id, request.policy_arn)
    filters = (request.policy_arn, request.entity_filter, request.path_prefix, request.policy_usage_filter)
    shown, marker = page(
        f"ListEntitiesForPolicy {filters}",
        _entities(context, request),
        lambda entity: f"{entity.kind} {entity.name}",
        request.marker,
        request.max_items,
    )
    return ListEntitiesForPolicyResponse(
        policy_groups=[
            PolicyGroup(group_name=each.group_name, group_id=each.group_id) for each in shown if isinstance(each, Group)
        ],
        policy_users=[
            PolicyUser(user_name=each.user_name, user_id=each.user_id) for each in shown if isinstance(each, User)
        ],
        policy_roles=[
            PolicyRole(role_name=each.role_name, role_id=each.role_id) for each in shown if isinstance(each, Role)
        ],
        is_truncated=marker is not None,
        marker=marker,
    )


def _entities(context: ReadContext, request: ListEntitiesForPolicyRequest) -> Iterator[User | Group | Role]:
    for name, kind in _KINDS.items():
        if request.entity_filter not in {None, name}:
            continue
        for entity in context.reader.identities.all(kind, context.scope.account_id):
            under_path = entity.path.startswith(request.path_prefix or "/")
            if under_path and uses_policy(entity, request.policy_arn, request.policy_usage_filter):
                yield entity


OPERATIONS = (list_entities_for_policy,)
