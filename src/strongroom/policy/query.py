"""The question that a policy is asked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

import msgspec

from strongroom.model.principal import Principal


class ConditionContext(Protocol):
    """The condition keys of a request. A mapping of the same content is one."""

    def get(self, name: str, /) -> tuple[str, ...] | None:
        """Give the values of a condition key, by its lower-case name; None where the request does not have it.

        Values are texts: `true` and `false`, decimal numbers, ARNs, times as ISO 8601 in UTC.
        """


NO_CONTEXT: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The question whether a principal may do an action on a resource.

    Attributes:
        principal: who asks.
        action: such as `kms:Encrypt`.
        resource_arn: ARN of the key, alias or role, or `*` for an action without a resource.
        resource_account: id of the account that owns the resource; the caller's own for `*`.
        cross_account: whether the action may be used on another account's resource.
        context: condition keys of the request and their values.
        encryption_context: the pairs that grant constraints are held against; None where the operation takes none.
    """

    principal: Principal
    action: str
    resource_arn: str
    resource_account: str
    cross_account: bool = False
    context: ConditionContext = NO_CONTEXT
    encryption_context: Mapping[str, str] | None = None

    @property
    def foreign(self) -> bool:
        """Whether the resource is another account's. A service belongs to none, so nothing is foreign to it."""
        return self.resource_account != self.principal.account_id and self.principal.type != "AWSService"
