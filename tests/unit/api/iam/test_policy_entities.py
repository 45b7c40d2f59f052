"""ListEntitiesForPolicy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.api.iam.makers import READ_ONLY, make_policy, make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller


@pytest.fixture
def arn(iam: Caller) -> str:
    arn: str = make_policy(iam)["Arn"]
    iam("CreateUser", UserName="Bob", Path="/eu/", PermissionsBoundary=arn)
    iam("CreateUser", UserName="Ann")
    iam("CreateUser", UserName="Idle")
    iam("CreateGroup", GroupName="Devs")
    make_role(iam, PermissionsBoundary=arn)
    for kind, name in (("User", "Ann"), ("User", "Bob"), ("Group", "Devs")):
        iam(f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=arn)
    return arn


def found(iam: Caller, **members: object) -> list[str]:
    answer = iam("ListEntitiesForPolicy", **members)
    return [each[f"{kind}Name"] for kind in ("Group", "User", "Role") for each in answer[f"Policy{kind}s"]]


def test_it_tells_of_all_who_use_it_by_name_and_id(iam: Caller, arn: str) -> None:
    answer = iam("ListEntitiesForPolicy", PolicyArn=arn)
    assert answer == {
        "PolicyGroups": [{"GroupName": "Devs", "GroupId": iam("GetGroup", GroupName="Devs")["Group"]["GroupId"]}],
        "PolicyUsers": [
            {"UserName": name, "UserId": iam("GetUser", UserName=name)["User"]["UserId"]} for name in ("Ann", "Bob")
        ],
        "PolicyRoles": [{"RoleName": "Clerk", "RoleId": iam("GetRole", RoleName="Clerk")["Role"]["RoleId"]}],
        "IsTruncated": False,
    }


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"EntityFilter": "User"}, ["Ann", "Bob"]),
        ({"EntityFilter": "Group"}, ["Devs"]),
        ({"EntityFilter": "Role"}, ["Clerk"]),
        ({"EntityFilter": "LocalManagedPolicy"}, []),
        ({"EntityFilter": "AWSManagedPolicy"}, []),
        ({"PathPrefix": "/eu/"}, ["Bob"]),
        ({"PolicyUsageFilter": "PermissionsPolicy"}, ["Devs", "Ann", "Bob"]),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, ["Bob", "Clerk"]),
        ({"EntityFilter": "User", "PolicyUsageFilter": "PermissionsBoundary"}, ["Bob"]),
    ],
)
def test_filters_leave_others_out(iam: Caller, arn: str, members: dict[str, str], expected: list[str]) -> None:
    assert found(iam, PolicyArn=arn, **members) == expected


def test_it_is_in_pages(iam: Caller, arn: str) -> None:
    first = iam("ListEntitiesForPolicy", PolicyArn=arn, MaxItems=2)
    assert first["IsTruncated"] is True
    both = found(iam, PolicyArn=arn, MaxItems=2) + found(iam, PolicyArn=arn, Marker=first["Marker"])
    assert sorted(both) == ["Ann", "Bob", "Clerk", "Devs"]


def test_nobody_may_use_it(iam: Caller) -> None:
    assert found(iam, PolicyArn=READ_ONLY) == []
