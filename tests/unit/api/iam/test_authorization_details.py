"""GetAccountAuthorizationDetails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.policy.aws_managed import MANAGED_POLICIES
from tests.support.in_process import ACCOUNT, policy
from tests.unit.api.iam.makers import DOCUMENT, READ_ONLY, ROOT, make_policy, make_role, trusting

if TYPE_CHECKING:
    from tests.support.in_process import Caller

INLINE: Final = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
TAGS: Final = [{"Key": "team", "Value": "payments"}]
BOUNDARY: Final = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY}
LISTS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


@pytest.fixture
def account(iam: Caller) -> str:
    """Make one of each kind with all that it can have; gives the ARN of the policy."""
    arn: str = make_policy(iam, Description="Lists keys")["Arn"]
    iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=INLINE)
    iam("CreateUser", UserName="Bob", PermissionsBoundary=READ_ONLY, Tags=TAGS)
    iam("CreateUser", UserName="Ann")
    for group in ("b", "Devs"):
        iam("CreateGroup", GroupName=group)
        iam("AddUserToGroup", GroupName=group, UserName="Bob")
    make_role(iam, PermissionsBoundary=READ_ONLY, Tags=TAGS)
    for kind, name in (("User", "Bob"), ("Group", "Devs"), ("Role", "Clerk")):
        iam(f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=arn)
        iam(f"Put{kind}Policy", **{f"{kind}Name": name}, PolicyName="p", PolicyDocument=INLINE)
    return arn


def found(answer: dict[str, Any]) -> list[str]:
    members = ("UserName", "GroupName", "RoleName", "PolicyName")
    return [each[member] for name, member in zip(LISTS, members, strict=True) for each in answer[name]]


def test_it_tells_everything(iam: Caller, account: str) -> None:
    answer = iam("GetAccountAuthorizationDetails")
    attached = [{"PolicyName": "Keys", "PolicyArn": account}]
    inline = [{"PolicyName": "p", "PolicyDocument": json.loads(INLINE)}]
    ann, bob = answer["UserDetailList"]
    del bob["CreateDate"]
    assert bob == {
        "Path": "/",
        "UserName": "Bob",
        "UserId": iam("GetUser", UserName="Bob")["User"]["UserId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/Bob",
        "UserPolicyList": inline,
        "GroupList": ["Devs", "b"],
        "AttachedManagedPolicies": attached,
        "PermissionsBoundary": BOUNDARY,
        "Tags": TAGS,
    }
    assert (ann["GroupList"], ann["AttachedManagedPolicies"], ann["Tags"]) == ([], [], [])
    assert ann.keys().isdisjoint({"UserPolicyList", "PermissionsBoundary"})
    idle, devs = answer["GroupDetailList"]
    assert (idle["GroupName"], idle["GroupPolicyList"], idle["AttachedManagedPolicies"]) == ("b", [], [])
    assert (devs["GroupPolicyList"], devs["AttachedManagedPolicies"]) == (inline, attached)
    (role,) = answer["RoleDetailList"]
    del role["CreateDate"]
    assert role == {
        "Path": "/",
        "RoleName": "Clerk",
        "RoleId": iam("GetRole", RoleName="Clerk")["Role"]["RoleId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/Clerk",
        "AssumeRolePolicyDocument": json.loads(trusting(ROOT)),
        "InstanceProfileList": [],
        "RolePolicyList": inline,
        "AttachedManagedPolicies": attached,
        "PermissionsBoundary": BOUNDARY,
        "Tags": TAGS,
        "RoleLastUsed": {},
    }
    assert answer["IsTruncated"] is False


def test_policies_have_all_their_versions(iam: Caller, account: str) -> None:
    keys, read_only = iam("GetAccountAuthorizationDetails")["Policies"]
    listed = iam("GetPolicy", PolicyArn=account)["Policy"]
    del listed["Tags"]
    versions = keys.pop("PolicyVersionList")
    assert keys == listed
    assert keys["AttachmentCount"] == 3
    assert [(each["VersionId"], each["IsDefaultVersion"], each["Document"]) for each in versions] == [
        ("v2", False, json.loads(INLINE)),
        ("v1", True, json.loads(DOCUMENT)),
    ]
    assert (read_only["Arn"], read_only["PermissionsBoundaryUsageCount"]) == (READ_ONLY, 2)
    (version,) = read_only["PolicyVersionList"]
    assert version["Document"] == json.loads(MANAGED_POLICIES[READ_ONLY].document)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["User"], ["Ann", "Bob"]),
        (["Group"], ["b", "Devs"]),
        (["Role"], ["Clerk"]),
        (["LocalManagedPolicy"], ["Keys"]),
        (["AWSManagedPolicy"], ["ReadOnlyAccess"]),
        (["Role", "User"], ["Ann", "Bob", "Clerk"]),
    ],
)
@pytest.mark.usefixtures("account")
def test_filters_leave_others_out(iam: Caller, kinds: list[str], expected: list[str]) -> None:
    assert found(iam("GetAccountAuthorizationDetails", Filter=kinds)) == expected


@pytest.mark.usefixtures("account")
def test_pages_go_over_all_kinds(iam: Caller) -> None:
    expected = found(iam("GetAccountAuthorizationDetails"))
    pages: list[list[str]] = []
    marker: dict[str, str] = {}
    while True:
        answer = iam("GetAccountAuthorizationDetails", MaxItems=3, **marker)
        pages.append(found(answer))
        if not answer["IsTruncated"]:
            break
        marker = {"Marker": answer["Marker"]}
    assert [len(each) for each in pages] == [3, 3, 1]
    assert [name for each in pages for name in each] == expected
    refused = iam.refused("GetAccountAuthorizationDetails", Filter=["User"], **marker)
    assert refused.message == "Invalid Marker."
