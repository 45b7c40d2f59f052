"""Inline and attached policies and permissions boundaries of roles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.in_process import ACCOUNT, Refused, policy
from tests.unit.api.iam.makers import make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

AWS: Final = "arn:aws:iam::aws:policy"
ANYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENIED: Final = {"Effect": "Deny", "Action": "*", "Resource": "*"}


@pytest.fixture
def role(iam: Caller) -> dict[str, Any]:
    return make_role(iam)


def session(service: InProcess, role: dict[str, Any]) -> Caller:
    """Give a client of IAM in a session of a role."""
    alice = service.new_user("Alice", {"Version": "2012-10-17", "Statement": ANYTHING})
    answer = service.signing(alice, api="sts")("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")
    return service.signing(answer["Credentials"], api="iam")


@pytest.mark.usefixtures("role")
def test_inline_policies_come_and_go(service: InProcess, iam: Caller) -> None:
    for name, statement in (("b", ANYTHING), ("a", ANYTHING), ("a", DENIED)):
        iam("PutRolePolicy", RoleName="clerk", PolicyName=name, PolicyDocument=policy(statement))
    assert service.records[-1]["requestParameters"] == {
        "roleName": "clerk",
        "policyName": "a",
        "policyDocument": policy(DENIED),
    }
    assert iam("GetRolePolicy", RoleName="clerk", PolicyName="a") == {
        "RoleName": "Clerk",
        "PolicyName": "a",
        "PolicyDocument": json.loads(policy(DENIED)),
    }
    first = iam("ListRolePolicies", RoleName="Clerk", MaxItems=1)
    assert (first["PolicyNames"], first["IsTruncated"]) == (["a"], True)
    assert iam("ListRolePolicies", RoleName="Clerk", Marker=first["Marker"])["PolicyNames"] == ["b"]
    iam("DeleteRolePolicy", RoleName="Clerk", PolicyName="a")
    for operation in ("GetRolePolicy", "DeleteRolePolicy"):
        assert iam.refused(operation, RoleName="Clerk", PolicyName="a") == Refused(
            "NoSuchEntity", "The role policy with name a cannot be found."
        )


@pytest.mark.usefixtures("role")
def test_inline_policies_have_a_size(iam: Caller) -> None:
    statement = {**ANYTHING, "Sid": "a" * 10240}
    assert iam.refused("PutRolePolicy", RoleName="Clerk", PolicyName="p", PolicyDocument=policy(statement)) == Refused(
        "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role Clerk"
    )


@pytest.mark.usefixtures("role")
def test_managed_policies_are_attached_and_detached(iam: Caller) -> None:
    for name in ("ReadOnlyAccess", "AdministratorAccess", "ReadOnlyAccess"):
        iam("AttachRolePolicy", RoleName="Clerk", PolicyArn=f"{AWS}/{name}")
    first = iam("ListAttachedRolePolicies", RoleName="Clerk", MaxItems=1)
    second = iam("ListAttachedRolePolicies", RoleName="Clerk", Marker=first["Marker"])
    attached = [each["PolicyName"] for each in first["AttachedPolicies"] + second["AttachedPolicies"]]
    assert attached == ["AdministratorAccess", "ReadOnlyAccess"]
    assert iam("ListAttachedRolePolicies", RoleName="Clerk", PathPrefix="/a/")["AttachedPolicies"] == []
    iam("DetachRolePolicy", RoleName="Clerk", PolicyArn=f"{AWS}/ReadOnlyAccess")
    assert iam.refused("DetachRolePolicy", RoleName="Clerk", PolicyArn=f"{AWS}/ReadOnlyAccess") == Refused(
        "NoSuchEntity", f"Policy {AWS}/ReadOnlyAccess was not found."
    )


def test_policies_count_with_the_next_request(service: InProcess, iam: Caller, role: dict[str, Any]) -> None:
    clerk = session(service, role)
    assert clerk.refused("ListUsers").code == "AccessDenied"
    iam("AttachRolePolicy", RoleName="Clerk", PolicyArn=f"{AWS}/IAMReadOnlyAccess")
    clerk("ListUsers")
    iam("PutRolePermissionsBoundary", RoleName="Clerk", PermissionsBoundary=f"{AWS}/IAMUserChangePassword")
    assert "no permissions boundary allows" in clerk.refused("ListUsers").message
    iam("DeleteRolePermissionsBoundary", RoleName="Clerk")
    iam("PutRolePolicy", RoleName="Clerk", PolicyName="p", PolicyDocument=policy(DENIED))
    assert "explicit deny" in clerk.refused("ListUsers").message


def test_a_version_in_force_counts_with_the_next_request(service: InProcess, iam: Caller, role: dict[str, Any]) -> None:
    clerk = session(service, role)
    arn = iam("CreatePolicy", PolicyName="p", PolicyDocument=policy(ANYTHING))["Policy"]["Arn"]
    iam("AttachRolePolicy", RoleName="Clerk", PolicyArn=arn)
    clerk("ListUsers")
    iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=policy(DENIED))
    clerk("ListUsers")
    iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    assert clerk.refused("ListUsers").code == "AccessDenied"


@pytest.mark.usefixtures("role")
def test_a_boundary_is_replaced_and_taken_away(iam: Caller) -> None:
    refusal = Refused("NoSuchEntity", "The role with name Clerk does not have a permissions boundary.")
    assert iam.refused("DeleteRolePermissionsBoundary", RoleName="Clerk") == refusal
    for name in ("ReadOnlyAccess", "PowerUserAccess"):
        iam("PutRolePermissionsBoundary", RoleName="Clerk", PermissionsBoundary=f"{AWS}/{name}")
        boundary = iam("GetRole", RoleName="Clerk")["Role"]["PermissionsBoundary"]
        assert boundary["PermissionsBoundaryArn"] == f"{AWS}/{name}"
    iam("DeleteRolePermissionsBoundary", RoleName="Clerk")
    assert "PermissionsBoundary" not in iam("GetRole", RoleName="Clerk")["Role"]
    for arn, refused in (
        ("twenty characters or more", Refused("InvalidInput", "ARN twenty characters or more is not valid.")),
        (
            f"arn:aws:iam::{ACCOUNT}:policy/no",
            Refused(
                "NoSuchEntity", f"Scope ARN: arn:aws:iam::{ACCOUNT}:policy/no does not exist or is not attachable."
            ),
        ),
    ):
        assert iam.refused("PutRolePermissionsBoundary", RoleName="Clerk", PermissionsBoundary=arn) == refused


@pytest.mark.usefixtures("role")
def test_conditions_see_the_policy_and_the_boundary(service: InProcess, iam: Caller) -> None:
    conditions = {
        "StringEquals": {"iam:PermissionsBoundary": f"{AWS}/ReadOnlyAccess"},
        "ArnLike": {"iam:PolicyARN": f"{AWS}/Read*"},
    }
    statement = {"Effect": "Allow", "Action": "iam:*RolePolicy", "Resource": "*", "Condition": conditions}
    admin = service.signing(service.new_user("Admin", {"Version": "2012-10-17", "Statement": statement}), api="iam")
    wanted = {"RoleName": "Clerk", "PolicyArn": f"{AWS}/ReadOnlyAccess"}
    assert admin.refused("AttachRolePolicy", **wanted).code == "AccessDenied"
    iam("PutRolePermissionsBoundary", RoleName="Clerk", PermissionsBoundary=f"{AWS}/ReadOnlyAccess")
    admin("AttachRolePolicy", **wanted)
    admin("DetachRolePolicy", **wanted)
    assert (
        admin.refused("AttachRolePolicy", RoleName="Clerk", PolicyArn=f"{AWS}/PowerUserAccess").code == "AccessDenied"
    )
