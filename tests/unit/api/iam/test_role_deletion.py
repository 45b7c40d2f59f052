"""DeleteRole: what it needs, and that a role made anew under the name gains nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.support.in_process import Refused, allow, policy
from tests.unit.api.iam.makers import READ_ONLY, make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ANYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_it_needs_that_nothing_hangs_on_the_role(iam: Caller) -> None:
    make_role(iam)
    iam("AttachRolePolicy", RoleName="Clerk", PolicyArn=READ_ONLY)
    iam("PutRolePolicy", RoleName="Clerk", PolicyName="p", PolicyDocument=policy(ANYTHING))
    for remedy, operation, members in (
        ("must detach all policies first.", "DetachRolePolicy", {"PolicyArn": READ_ONLY}),
        ("must delete policies first.", "DeleteRolePolicy", {"PolicyName": "p"}),
    ):
        assert iam.refused("DeleteRole", RoleName="Clerk") == Refused(
            "DeleteConflict", f"Cannot delete entity, {remedy}"
        )
        iam(operation, RoleName="Clerk", **members)
    iam("DeleteRole", RoleName="clerk")
    assert iam.refused("GetRole", RoleName="Clerk").code == "NoSuchEntity"


def test_a_key_policy_keeps_whom_it_named(service: InProcess, iam: Caller) -> None:
    old = make_role(iam)
    alice = service.new_user("Alice", {"Version": "2012-10-17", "Statement": ANYTHING})
    kms = service.root()
    key = kms.key(Policy=policy(allow(), allow(old["Arn"], "kms:DescribeKey")))

    def clerk() -> Caller:
        sts = service.signing(alice, api="sts")
        return service.signing(sts("AssumeRole", RoleArn=old["Arn"], RoleSessionName="session")["Credentials"])

    clerk()("DescribeKey", KeyId=key)
    iam("DeleteRole", RoleName="Clerk")
    make_role(iam)
    kept = json.loads(kms("GetKeyPolicy", KeyId=key)["Policy"])
    assert kept["Statement"][1]["Principal"] == {"AWS": old["RoleId"]}
    assert clerk().refused("DescribeKey", KeyId=key).code == "AccessDeniedException"


def test_a_grant_keeps_whom_it_named(service: InProcess, iam: Caller) -> None:
    old = make_role(iam)
    kms = service.root()
    key = kms.key()
    kms("CreateGrant", KeyId=key, GranteePrincipal=old["Arn"], Operations=["DescribeKey"])
    iam("DeleteRole", RoleName="Clerk")
    make_role(iam)
    (grant,) = kms("ListGrants", KeyId=key)["Grants"]
    assert grant["GranteePrincipal"] == old["RoleId"]


def test_its_sessions_end(service: InProcess, iam: Caller) -> None:
    role = make_role(iam)
    alice = service.new_user("Alice", {"Version": "2012-10-17", "Statement": ANYTHING})
    sts = service.signing(alice, api="sts")
    session = service.signing(
        sts("AssumeRole", RoleArn=role["Arn"], RoleSessionName="session")["Credentials"], api="sts"
    )
    session("GetCallerIdentity")
    iam("DeleteRole", RoleName="Clerk")
    assert session.refused("GetCallerIdentity").code == "InvalidClientTokenId"
