"""ListInstanceProfiles, ListInstanceProfilesForRole, GetInstanceProfile: there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.in_process import Refused
from tests.unit.api.iam.makers import make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller


def test_there_are_no_instance_profiles(iam: Caller) -> None:
    make_role(iam)
    nothing = {"InstanceProfiles": [], "IsTruncated": False}
    assert iam("ListInstanceProfiles") == nothing
    assert iam("ListInstanceProfiles", PathPrefix="/a/") == nothing
    assert iam("ListInstanceProfilesForRole", RoleName="Clerk") == nothing
    assert iam.refused("GetInstanceProfile", InstanceProfileName="Clerk") == Refused(
        "NoSuchEntity", "Instance Profile Clerk cannot be found."
    )
