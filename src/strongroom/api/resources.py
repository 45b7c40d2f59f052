"""What the actions of IAM and STS are done to.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM" and "… for AWS STS".
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from strongroom.model.principal import Principal
from strongroom.policy.callers import Source
from strongroom.policy.document import Document
from strongroom.storage.store import Change, Reader

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource.

    Attributes:
        arn: its ARN, of its name as given where there is no such resource.
        account_id: whose it is.
        tags: its tags, which iam:ResourceTag/KEY and aws:ResourceTag/KEY stand for.
        conditions: more condition keys, by their lower-case names.
        policy: its resource-based policy: of a role its trust policy.
        source: the kind of that policy.
    """

    arn: str
    account_id: str
    tags: Mapping[str, str] = _NOTHING
    conditions: Mapping[str, tuple[str, ...]] = _NOTHING
    policy: Document | None = None
    source: Source = Source.TRUST_POLICY


class ResourceFinder(Protocol):
    """Finds the resource that a request names."""

    def __call__(self, reader: Reader | Change, caller: Principal, request: Any, /) -> Resource:  # noqa: ANN401 - any request
        """Find it. A resource that does not exist is no error here: who may not ask is not told."""
