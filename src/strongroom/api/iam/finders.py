"""Finders of the resources of IAM's actions.

An operation whose resource is `*` needs none. What does not exist has the ARN of its name as it was given.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM".
"""

from collections.abc import Mapping
from typing import Any, Final

from strongroom.api.iam.entities import own_user_name
from strongroom.api.resources import Resource, ResourceFinder
from strongroom.model.arn import iam_arn
from strongroom.model.identity import (
    Group,
    ManagedPolicy,
    OidcProvider,
    PathedEntity,
    Role,
    User,
    VirtualMfaDevice,
)
from strongroom.model.principal import Principal
from strongroom.storage.store import Change, Reader

_BOUNDARY: Final = "iam:permissionsboundary"
_ARN_PARTS: Final = 6
_ACCOUNT_PART: Final = 4
_AWS: Final = "aws"


def user_resource(member: str = "user_name", *, boundary: bool = False) -> ResourceFinder:
    """Find the user that a member names; where the request leaves it out, who asks.

    With `boundary` it supplies iam:PermissionsBoundary, the one that the user has.
    """

    def find(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
        name = getattr(request, member)
        if name is not None:
            return _named(reader, User, caller.account_id, name, boundary=boundary)
        if caller.type == "Root":
            return Resource(arn=caller.arn, account_id=caller.account_id)
        return _named(reader, User, caller.account_id, own_user_name(caller), boundary=boundary)

    return find


def group_resource(member: str = "group_name") -> ResourceFinder:
    """Find the group that a member names."""
    return _by_name(Group, member, boundary=False)


def role_resource(member: str = "role_name", *, boundary: bool = False) -> ResourceFinder:
    """Find the role that a member names; `boundary` is as in `user_resource`."""
    return _by_name(Role, member, boundary=boundary)


def policy_resource(member: str = "policy_arn") -> ResourceFinder:
    """Find the managed policy whose ARN a member holds; AWS's belong to every account."""
    return _by_arn(ManagedPolicy, member)


def oidc_provider_resource(member: str = "open_id_connect_provider_arn") -> ResourceFinder:
    """Find the OpenID Connect provider whose ARN a member holds."""
    return _by_arn(OidcProvider, member)


def mfa_device_resource(member: str = "serial_number") -> ResourceFinder:
    """Find the virtual MFA device whose ARN a member holds."""
    return _by_arn(VirtualMfaDevice, member)


def new_resource(kind: type[PathedEntity], name: str, path: str = "path") -> ResourceFinder:
    """Name what the request makes, by the members that hold its name and its path; it has no tags yet."""

    def find(_reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
        arn = iam_arn(caller.account_id, kind.kind, getattr(request, path) or "/", getattr(request, name))
        return Resource(arn=arn, account_id=caller.account_id)

    return find


def renamed_resource(kind: type[PathedEntity], name: str) -> ResourceFinder:
    """Name what an entity becomes by the members `new_…` and `new_path`, where the request has them."""

    def find(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
        entity = reader.identities.find(kind, caller.account_id, getattr(request, name))
        old_name, old_path = (getattr(request, name), "/") if entity is None else (entity.name, entity.path)
        new_name = getattr(request, f"new_{name}") or old_name
        arn = iam_arn(caller.account_id, kind.kind, request.new_path or old_path, new_name)
        return Resource(arn=arn, account_id=caller.account_id, tags=_tags(entity))

    return find


def listing_resource(kind: type[PathedEntity]) -> ResourceFinder:
    """Name all entities of a kind under the path of the request, as AWS does in lists: `arn:aws:iam::ACCT:user/`."""

    def find(_reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
        arn = iam_arn(caller.account_id, kind.kind, request.path_prefix or "/", "")
        return Resource(arn=arn, account_id=caller.account_id)

    return find


def _by_name(kind: type[PathedEntity], member: str, *, boundary: bool) -> ResourceFinder:
    def find(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
        return _named(reader, kind, caller.account_id, getattr(request, member), boundary=boundary)

    return find


def _named(
    reader: Reader | Change, kind: type[PathedEntity], account_id: str, name: str, *, boundary: bool
) -> Resource:
    entity = reader.identities.find(kind, account_id, name)
    if entity is None:
        return Resource(arn=iam_arn(account_id, kind.kind, "/", name), account_id=account_id)
    conditions = _boundary(entity) if boundary else {}
    return Resource(arn=entity.arn, account_id=account_id, tags=_tags(entity), conditions=conditions)


def _by_arn(kind: type[PathedEntity], member: str) -> ResourceFinder:
    def find(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
        arn: str = getattr(request, member)
        return Resource(arn=arn, account_id=_owner(arn, caller), tags=_tags(reader.identities.by_arn(kind, arn)))

    return find


def _owner(arn: str, caller: Principal) -> str:
    """Give the account of an ARN; of AWS's own and of what is no ARN, the caller's."""
    parts = arn.split(":", _ARN_PARTS - 1)
    account_id = parts[_ACCOUNT_PART] if len(parts) == _ARN_PARTS else _AWS
    return caller.account_id if account_id == _AWS else account_id


def _tags(entity: PathedEntity | None) -> Mapping[str, str]:
    return getattr(entity, "tags", {})


def _boundary(entity: PathedEntity) -> Mapping[str, tuple[str, ...]]:
    arn = getattr(entity, "permissions_boundary", None)
    return {} if arn is None else {_BOUNDARY: (arn,)}
