"""GetAccountAuthorizationDetails: all identities of the account, with all their policies.

Source: IAM API Reference, the operation's own page. Of AWS's managed policies it tells those that are used.
"""

from collections.abc import Iterator
from typing import Final

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.entities import AnyManagedPolicy
from strongroom.api.iam.entity_details import (
    GroupDetail,
    ManagedPolicyDetail,
    RoleDetail,
    UserDetail,
    group_detail,
    policy_detail,
    role_detail,
    user_detail,
)
from strongroom.api.iam.paging import page
from strongroom.api.iam.policy_entities import EntityType
from strongroom.api.iam.policy_usage import PolicyUsage, policy_usage
from strongroom.api.iam.types import Marker, MaxItems, NextMarker
from strongroom.model.identity import Group, ManagedPolicy, Role, User
from strongroom.policy.aws_managed import MANAGED_POLICIES, AwsManagedPolicy
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Reader

AnyEntity = User | Group | Role | AnyManagedPolicy

_KINDS: Final[dict[EntityType, type[User | Group | Role | ManagedPolicy]]] = {
    "User": User,
    "Group": Group,
    "Role": Role,
    "LocalManagedPolicy": ManagedPolicy,
}


class GetAccountAuthorizationDetailsRequest(AwsStruct, frozen=True, kw_only=True):
    """GetAccountAuthorizationDetails."""

    filter: list[EntityType] | None = None
    max_items: MaxItems | None = None
    marker: Marker | None = None


class GetAccountAuthorizationDetailsResponse(AwsStruct, frozen=True, kw_only=True):
    """GetAccountAuthorizationDetails."""

    user_detail_list: list[UserDetail]
    group_detail_list: list[GroupDetail]
    role_detail_list: list[RoleDetail]
    policies: list[ManagedPolicyDetail]
    is_truncated: bool
    marker: NextMarker | None = None


@operation(Needs("iam:GetAccountAuthorizationDetails"), logs=("filter", "max_items", "marker"))
def get_account_authorization_details(
    context: ReadContext, request: GetAccountAuthorizationDetailsRequest
) -> GetAccountAuthorizationDetailsResponse:
    """Tell of all users, groups, roles and managed policies, or of those that the filter names."""
    reader, account_id = context.reader, context.scope.account_id
    usage = policy_usage(reader, account_id)
    wanted = frozenset(request.filter or (*_KINDS, "AWSManagedPolicy"))
    shown, marker = page(
        f"GetAccountAuthorizationDetails {sorted(wanted)}",
        _entities(reader, account_id, wanted, usage),
        _position,
        request.marker,
        request.max_items,
    )
    return GetAccountAuthorizationDetailsResponse(
        user_detail_list=[user_detail(reader, each) for each in shown if isinstance(each, User)],
        group_detail_list=[group_detail(reader, each) for each in shown if isinstance(each, Group)],
        role_detail_list=[role_detail(reader, each) for each in shown if isinstance(each, Role)],
        policies=[policy_detail(each, usage) for each in shown if isinstance(each, ManagedPolicy | AwsManagedPolicy)],
        is_truncated=marker is not None,
        marker=marker,
    )


def _entities(
    reader: Reader, account_id: str, wanted: frozenset[EntityType], usage: PolicyUsage
) -> Iterator[AnyEntity]:
    for name, kind in _KINDS.items():
        if name in wanted:
            yield from reader.identities.all(kind, account_id)
    if "AWSManagedPolicy" in wanted:
        yield from (policy for policy in MANAGED_POLICIES.values() if usage.is_used(policy.arn))


def _position(entity: AnyEntity) -> str:
    """Name an entity among all kinds: users first, AWS's policies last."""
    kinds = (User, Group, Role, ManagedPolicy, AwsManagedPolicy)
    return f"{kinds.index(type(entity))} {entity.name}"


OPERATIONS = (get_account_authorization_details,)
