"""CreateGroup, GetGroup, ListGroups, UpdateGroup, DeleteGroup, and who is in which group."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from strongroom.api.iam import entities
from tests.support.in_process import ACCOUNT, Refused

if TYPE_CHECKING:
    import pytest

    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
POLICY: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
ANYTHING: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)


def names(groups: list[dict[str, str]]) -> list[str]:
    return [group["GroupName"] for group in groups]


def test_a_new_group_is_as_asked(service: InProcess, iam: Caller) -> None:
    made = iam("CreateGroup", GroupName="Devs", Path="/a/")["Group"]
    assert made["Arn"] == f"{ARN}:group/a/Devs"
    assert made["GroupId"].startswith("AGPA")
    assert service.records[-1]["responseElements"]["group"]["groupId"] == made["GroupId"]
    assert iam("GetGroup", GroupName="dEVS") == {"Group": made, "Users": [], "IsTruncated": False}
    assert iam.refused("CreateGroup", GroupName="devs") == Refused(
        "EntityAlreadyExists", "Group with name devs already exists."
    )


def test_an_account_has_a_quota_of_groups(iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "_QUOTAS", {"group": ("GroupsPerAccount", 1)})
    iam("CreateGroup", GroupName="a")
    assert iam.refused("CreateGroup", GroupName="b") == Refused(
        "LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 1"
    )


def test_lists_are_sorted_and_in_pages(iam: Caller) -> None:
    for name, path in (("b", "/"), ("A", "/eu/"), ("c", "/eu/")):
        iam("CreateGroup", GroupName=name, Path=path)
    assert names(iam("ListGroups")["Groups"]) == ["A", "b", "c"]
    assert names(iam("ListGroups", PathPrefix="/eu/")["Groups"]) == ["A", "c"]
    first = iam("ListGroups", MaxItems=2)
    assert first["IsTruncated"] is True
    assert names(iam("ListGroups", MaxItems=2, Marker=first["Marker"])["Groups"]) == ["c"]


def test_users_come_and_go(iam: Caller) -> None:
    for group in ("g1", "g2"):
        iam("CreateGroup", GroupName=group)
    for user in ("b", "A"):
        iam("CreateUser", UserName=user)
        iam("AddUserToGroup", GroupName="g1", UserName=user)
        iam("AddUserToGroup", GroupName="g1", UserName=user)
    iam("AddUserToGroup", GroupName="g2", UserName="A")
    listed = iam("GetGroup", GroupName="g1")["Users"]
    assert [user["UserName"] for user in listed] == ["A", "b"]
    first = iam("GetGroup", GroupName="g1", MaxItems=1)
    second = iam("GetGroup", GroupName="g1", MaxItems=1, Marker=first["Marker"])
    assert first["Users"] + second["Users"] == listed
    assert names(iam("ListGroupsForUser", UserName="A")["Groups"]) == ["g1", "g2"]
    page = iam("ListGroupsForUser", UserName="A", MaxItems=1)
    assert names(iam("ListGroupsForUser", UserName="A", Marker=page["Marker"])["Groups"]) == ["g2"]
    for _ in range(2):
        iam("RemoveUserFromGroup", GroupName="g1", UserName="A")
    assert names(iam("ListGroupsForUser", UserName="A")["Groups"]) == ["g2"]


def test_a_user_is_in_ten_groups_at_most(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    for number in range(10):
        iam("CreateGroup", GroupName=f"g{number}")
        iam("AddUserToGroup", GroupName=f"g{number}", UserName="Bob")
    iam("CreateGroup", GroupName="last")
    assert iam.refused("AddUserToGroup", GroupName="last", UserName="Bob") == Refused(
        "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10"
    )


def test_what_is_not_there_cannot_be_found(iam: Caller) -> None:
    iam("CreateGroup", GroupName="devs")
    no_group = Refused("NoSuchEntity", "The group with name x cannot be found.")
    no_user = Refused("NoSuchEntity", "The user with name y cannot be found.")
    assert iam.refused("GetGroup", GroupName="x") == no_group
    assert iam.refused("UpdateGroup", GroupName="x") == no_group
    assert iam.refused("DeleteGroup", GroupName="x") == no_group
    for operation in ("AddUserToGroup", "RemoveUserFromGroup"):
        assert iam.refused(operation, GroupName="x", UserName="y") == no_group
        assert iam.refused(operation, GroupName="devs", UserName="y") == no_user
    assert iam.refused("ListGroupsForUser", UserName="y") == no_user


def test_a_renamed_group_keeps_its_users(iam: Caller) -> None:
    iam("CreateGroup", GroupName="devs")
    iam("CreateGroup", GroupName="ops")
    iam("CreateUser", UserName="Bob")
    iam("AddUserToGroup", GroupName="devs", UserName="Bob")
    iam("UpdateGroup", GroupName="devs", NewGroupName="Engineers", NewPath="/a/")
    (group,) = iam("ListGroupsForUser", UserName="Bob")["Groups"]
    assert group["Arn"] == f"{ARN}:group/a/Engineers"
    iam("UpdateGroup", GroupName="engineers", NewGroupName="ENGINEERS")
    assert iam("GetGroup", GroupName="engineers")["Group"]["GroupName"] == "ENGINEERS"
    assert iam.refused("UpdateGroup", GroupName="Engineers", NewGroupName="OPS") == Refused(
        "EntityAlreadyExists", "Group with name OPS already exists."
    )


def test_a_group_is_deleted_when_nothing_hangs_on_it(iam: Caller) -> None:
    iam("CreateGroup", GroupName="devs")
    iam("CreateUser", UserName="Bob")
    iam("AddUserToGroup", GroupName="devs", UserName="Bob")
    iam("AttachGroupPolicy", GroupName="devs", PolicyArn=POLICY)
    iam("PutGroupPolicy", GroupName="devs", PolicyName="p", PolicyDocument=ANYTHING)
    for remedy, operation, members in (
        ("must remove users from group first.", "RemoveUserFromGroup", {"UserName": "Bob"}),
        ("must detach all policies first.", "DetachGroupPolicy", {"PolicyArn": POLICY}),
        ("must delete policies first.", "DeleteGroupPolicy", {"PolicyName": "p"}),
    ):
        assert iam.refused("DeleteGroup", GroupName="devs") == Refused(
            "DeleteConflict", f"Cannot delete entity, {remedy}"
        )
        iam(operation, GroupName="devs", **members)
    iam("DeleteGroup", GroupName="devs")
    assert iam("ListGroups")["Groups"] == []
