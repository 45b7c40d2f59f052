"""The question that a policy is asked."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from strongroom.model.principal import Principal

_NO_CONTEXT: Mapping[str, tuple[str, ...]] = MappingProxyType({})


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The question whether a principal may do an action on a resource.

    Attributes:
        principal: who asks.
        action: such as `kms:Encrypt`.
        resource_arn: ARN of the key or alias, or `*` for an action without a resource.
        resource_account: id of the account that owns the resource; the caller's own for `*`.
        cross_account: whether the action may be used on another account's resource.
        context: condition keys of the request and their values.
    """

    principal: Principal
    action: str
    resource_arn: str
    resource_account: str
    cross_account: bool = False
    context: Mapping[str, tuple[str, ...]] = _NO_CONTEXT

    @property
    def foreign(self) -> bool:
        """Whether the resource is another account's. A service belongs to none, so nothing is foreign to it."""
        return self.resource_account != self.principal.account_id and self.principal.type != "AWSService"
