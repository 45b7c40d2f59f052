"""ListInstanceProfiles, ListInstanceProfilesForRole, GetInstanceProfile: nothing here runs on instances.

Tools ask for the instance profiles of a role before they delete it.

Source: IAM API Reference, the operations' own pages.
"""

from typing import Annotated, Any, Final

from msgspec import Meta

from strongroom.api.context import Context, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.entities import find_role
from strongroom.api.iam.finders import role_resource
from strongroom.api.iam.role_descriptions import RoleDescription
from strongroom.api.iam.rules import NAME
from strongroom.api.iam.types import Arn, Marker, MaxItems, NextMarker, PathPrefix, RoleName, Tag
from strongroom.api.resources import Resource
from strongroom.model.arn import iam_arn
from strongroom.model.identity_errors import NoSuchEntityError
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct, Timestamp
from strongroom.storage.store import Change, Reader

_KIND: Final = "instance-profile"

InstanceProfileName = Annotated[str, Meta(min_length=1, max_length=128, extra={"rule": NAME})]


class InstanceProfile(AwsStruct, frozen=True, kw_only=True):
    """An instance profile, of which there are none."""

    path: str
    instance_profile_name: str
    instance_profile_id: str
    arn: Arn
    create_date: Timestamp
    roles: list[RoleDescription]
    tags: list[Tag] | None = None


class ListInstanceProfilesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListInstanceProfiles."""

    path_prefix: PathPrefix | None = None
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListInstanceProfilesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListInstanceProfiles."""

    instance_profiles: list[InstanceProfile]
    is_truncated: bool
    marker: NextMarker | None = None


class ListInstanceProfilesForRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """ListInstanceProfilesForRole."""

    role_name: RoleName
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListInstanceProfilesForRoleResponse(AwsStruct, frozen=True, kw_only=True):
    """ListInstanceProfilesForRole."""

    instance_profiles: list[InstanceProfile]
    is_truncated: bool
    marker: NextMarker | None = None


class GetInstanceProfileRequest(AwsStruct, frozen=True, kw_only=True):
    """GetInstanceProfile."""

    instance_profile_name: InstanceProfileName


class GetInstanceProfileResponse(AwsStruct, frozen=True, kw_only=True):
    """GetInstanceProfile."""

    instance_profile: InstanceProfile


def _all_profiles(_reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
    arn = iam_arn(caller.account_id, _KIND, request.path_prefix or "/", "")
    return Resource(arn=arn, account_id=caller.account_id)


def _named_profile(_reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
    arn = iam_arn(caller.account_id, _KIND, "/", request.instance_profile_name)
    return Resource(arn=arn, account_id=caller.account_id)


@operation(Needs("iam:ListInstanceProfiles", resource=_all_profiles), logs=("path_prefix", "marker", "max_items"))
def list_instance_profiles(_context: Context, _request: ListInstanceProfilesRequest) -> ListInstanceProfilesResponse:
    """List instance profiles: there are none."""
    return ListInstanceProfilesResponse(instance_profiles=[], is_truncated=False)


@operation(
    Needs("iam:ListInstanceProfilesForRole", resource=role_resource()), logs=("role_name", "marker", "max_items")
)
def list_instance_profiles_for_role(
    context: ReadContext, request: ListInstanceProfilesForRoleRequest
) -> ListInstanceProfilesForRoleResponse:
    """List the instance profiles of a role: it has none."""
    find_role(context.reader, context.scope.account_id, request.role_name)
    return ListInstanceProfilesForRoleResponse(instance_profiles=[], is_truncated=False)


@operation(Needs("iam:GetInstanceProfile", resource=_named_profile), logs=("instance_profile_name",))
def get_instance_profile(_context: Context, request: GetInstanceProfileRequest) -> GetInstanceProfileResponse:
    """Say that there is no such instance profile."""
    raise NoSuchEntityError(f"Instance Profile {request.instance_profile_name} cannot be found.")


OPERATIONS = (list_instance_profiles, list_instance_profiles_for_role, get_instance_profile)
