"""Policy decides, for the operations on users, groups and credentials: what each needs, and for which resource."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from strongroom.api.iam import OPERATIONS
from tests.support.conformance import Conformance, misfits
from tests.support.in_process import ACCOUNT, Caller, InProcess, Refused
from tests.support.one_time_codes import codes

if TYPE_CHECKING:
    from collections.abc import Mapping

USER: Final = "USER"
GROUP: Final = "GROUP"
DEVICE: Final = "DEVICE"
ARN: Final = f"arn:aws:iam::{ACCOUNT}"
POLICY: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DOCUMENT: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
)
TAGS: Final = [{"Key": "team", "Value": "payments"}]
FORMER: Final = "former-Passw0rd"
ANOTHER: Final = "another-Passw0rd"
PLANTED: Final = ("planted-Passw0rd", "planted-2-Passw0rd")


class Sample(NamedTuple):
    """An operation, the resources that it needs its permission for, its members, and permissions that it needs more."""

    operation: str
    resources: tuple[str, ...]
    members: Mapping[str, Any]
    more: tuple[str, ...] = ()


# USER, GROUP and DEVICE stand for those that a test makes.
# Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM".
SAMPLES: Final = (
    Sample("CreateUser", (f"{ARN}:user/a/New",), {"UserName": "New", "Path": "/a/", "Tags": TAGS}, ("iam:TagUser",)),
    Sample("GetUser", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("ListUsers", (f"{ARN}:user/x/",), {"PathPrefix": "/x/"}),
    Sample("UpdateUser", (f"{ARN}:user/x/USER", f"{ARN}:user/x/M-USER"), {"UserName": USER, "NewUserName": "M-USER"}),
    Sample("DeleteUser", (f"{ARN}:user/Idle-USER",), {"UserName": "Idle-USER"}),
    Sample("TagUser", (f"{ARN}:user/x/USER",), {"UserName": USER, "Tags": TAGS}),
    Sample("UntagUser", (f"{ARN}:user/x/USER",), {"UserName": USER, "TagKeys": ["team"]}),
    Sample("ListUserTags", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("PutUserPolicy", (f"{ARN}:user/x/USER",), {"UserName": USER, "PolicyName": "q", "PolicyDocument": DOCUMENT}),
    Sample("GetUserPolicy", (f"{ARN}:user/x/USER",), {"UserName": USER, "PolicyName": "p"}),
    Sample("DeleteUserPolicy", (f"{ARN}:user/x/USER",), {"UserName": USER, "PolicyName": "p"}),
    Sample("ListUserPolicies", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("AttachUserPolicy", (f"{ARN}:user/x/USER",), {"UserName": USER, "PolicyArn": POLICY}),
    Sample("DetachUserPolicy", (f"{ARN}:user/x/USER",), {"UserName": USER, "PolicyArn": POLICY}),
    Sample("ListAttachedUserPolicies", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("PutUserPermissionsBoundary", (f"{ARN}:user/x/USER",), {"UserName": USER, "PermissionsBoundary": POLICY}),
    Sample("DeleteUserPermissionsBoundary", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("CreateGroup", (f"{ARN}:group/a/New",), {"GroupName": "New", "Path": "/a/"}),
    Sample("GetGroup", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP}),
    Sample("ListGroups", (f"{ARN}:group/",), {}),
    Sample("UpdateGroup", (f"{ARN}:group/x/GROUP", f"{ARN}:group/y/GROUP"), {"GroupName": GROUP, "NewPath": "/y/"}),
    Sample("DeleteGroup", (f"{ARN}:group/Idle-GROUP",), {"GroupName": "Idle-GROUP"}),
    Sample("AddUserToGroup", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "UserName": USER}),
    Sample("RemoveUserFromGroup", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "UserName": USER}),
    Sample("ListGroupsForUser", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample(
        "PutGroupPolicy", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "PolicyName": "q", "PolicyDocument": DOCUMENT}
    ),
    Sample("GetGroupPolicy", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "PolicyName": "p"}),
    Sample("DeleteGroupPolicy", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "PolicyName": "p"}),
    Sample("ListGroupPolicies", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP}),
    Sample("AttachGroupPolicy", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "PolicyArn": POLICY}),
    Sample("DetachGroupPolicy", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP, "PolicyArn": POLICY}),
    Sample("ListAttachedGroupPolicies", (f"{ARN}:group/x/GROUP",), {"GroupName": GROUP}),
    Sample("CreateAccessKey", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample(
        "UpdateAccessKey",
        (f"{ARN}:user/x/USER",),
        {"UserName": USER, "AccessKeyId": "ACCESS_KEY", "Status": "Inactive"},
    ),
    Sample("DeleteAccessKey", (f"{ARN}:user/x/USER",), {"UserName": USER, "AccessKeyId": "ACCESS_KEY"}),
    Sample("ListAccessKeys", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("GetAccessKeyLastUsed", (f"{ARN}:user/x/USER",), {"AccessKeyId": "ACCESS_KEY"}),
    Sample("CreateLoginProfile", (f"{ARN}:user/Idle-USER",), {"UserName": "Idle-USER", "Password": ANOTHER}),
    Sample("GetLoginProfile", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("UpdateLoginProfile", (f"{ARN}:user/x/USER",), {"UserName": USER, "PasswordResetRequired": True}),
    Sample("DeleteLoginProfile", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("ChangePassword", (f"{ARN}:user/Alice",), {"OldPassword": "PASSWORD", "NewPassword": ANOTHER}),
    Sample("GetAccountPasswordPolicy", ("*",), {}),
    Sample("UpdateAccountPasswordPolicy", ("*",), {"MinimumPasswordLength": 8}),
    Sample("DeleteAccountPasswordPolicy", ("*",), {}),
    Sample(
        "CreateVirtualMFADevice",
        (f"{ARN}:mfa/New",),
        {"VirtualMFADeviceName": "New", "Tags": TAGS},
        ("iam:TagMFADevice",),
    ),
    Sample(
        "EnableMFADevice",
        (f"{ARN}:user/Idle-USER",),
        {
            "UserName": "Idle-USER",
            "SerialNumber": "IDLE_DEVICE",
            "AuthenticationCode1": "CODE1",
            "AuthenticationCode2": "CODE2",
        },
    ),
    Sample("DeactivateMFADevice", (f"{ARN}:user/x/USER",), {"UserName": USER, "SerialNumber": DEVICE}),
    Sample("DeleteVirtualMFADevice", ("IDLE_DEVICE",), {"SerialNumber": "IDLE_DEVICE"}),
    Sample("ListMFADevices", (f"{ARN}:user/x/USER",), {"UserName": USER}),
    Sample("ListVirtualMFADevices", ("*",), {}),
    Sample("GetMFADevice", (f"{ARN}:user/x/USER",), {"UserName": USER, "SerialNumber": DEVICE}),
    Sample("TagMFADevice", (DEVICE,), {"SerialNumber": DEVICE, "Tags": TAGS}),
    Sample("UntagMFADevice", (DEVICE,), {"SerialNumber": DEVICE, "TagKeys": ["team"]}),
    Sample("ListMFADeviceTags", (DEVICE,), {"SerialNumber": DEVICE}),
)
NUMBERS: Final = itertools.count()
CONFORMANCE: Final = Conformance("iam", {}, {}, frozenset())
# What the answers of AWS itself have otherwise than the model says.
KNOWN_MISFITS: Final = "'Policy' is none of ['PermissionsBoundaryPolicy']"


def make_world(iam: Caller) -> dict[str, str]:
    """Make a user and a group with all that can hang on them, and others that are idle; gives what stands for them."""
    number = next(NUMBERS)
    user, group = f"User{number}", f"Group{number}"
    iam("CreateUser", UserName=user, Path="/x/", PermissionsBoundary=POLICY)
    iam("CreateUser", UserName=f"Idle-{user}")
    iam("CreateGroup", GroupName=group, Path="/x/")
    iam("CreateGroup", GroupName=f"Idle-{group}")
    iam("AddUserToGroup", GroupName=group, UserName=user)
    for kind, name in (("User", user), ("Group", group)):
        iam(f"Put{kind}Policy", **{f"{kind}Name": name}, PolicyName="p", PolicyDocument=DOCUMENT)
        iam(f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=POLICY)
    iam("CreateLoginProfile", UserName=user, Password=FORMER)
    iam("UpdateAccountPasswordPolicy")
    device, idle = (
        iam("CreateVirtualMFADevice", VirtualMFADeviceName=f"{name}{number}")["VirtualMFADevice"]
        for name in ("Device", "Idle")
    )
    first, second = codes(device["Base32StringSeed"])
    iam(
        "EnableMFADevice",
        UserName=user,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=first,
        AuthenticationCode2=second,
    )
    idle_first, idle_second = codes(idle["Base32StringSeed"])
    return {
        "USER": user,
        "GROUP": group,
        "IDLE_DEVICE": idle["SerialNumber"],
        "DEVICE": device["SerialNumber"],
        "ACCESS_KEY": iam("CreateAccessKey", UserName=user)["AccessKey"]["AccessKeyId"],
        "CODE1": idle_first,
        "CODE2": idle_second,
        "PASSWORD": FORMER,
    }


def filled(value: Any, world: Mapping[str, str]) -> Any:  # noqa: ANN401 - members of any kind
    if not isinstance(value, str):
        return value
    for name, stands_for in world.items():
        if value == name or value.endswith((f"/{name}", f"-{name}")):
            return value.removesuffix(name) + stands_for
    return value


@pytest.fixture(scope="module")
def alice(shared_service: InProcess) -> Caller:
    """Give a user without policies, who has a password."""
    root = shared_service.root(api="iam")
    access_key = shared_service.new_user("Alice")
    root("CreateLoginProfile", UserName="Alice", Password=FORMER)
    return shared_service.signing(access_key, api="iam")


def test_every_operation_on_users_groups_and_credentials_is_here() -> None:
    modules = {
        "users",
        "user_policies",
        "groups",
        "group_members",
        "group_policies",
        "access_keys",
        "login_profiles",
        "password_policy",
        "mfa_devices",
        "mfa_device_tags",
        "mfa_assignments",
    }
    of_modules = {name for name, each in OPERATIONS.items() if each.run.__module__.rpartition(".")[2] in modules}
    assert of_modules - {"ResyncMFADevice"} == {sample.operation for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.operation)
def test_each_needs_its_permission_for_its_resources(
    shared_service: InProcess, shared_iam: Caller, alice: Caller, sample: Sample
) -> None:
    world = make_world(shared_iam)
    members = {name: filled(value, world) for name, value in sample.members.items()}
    action = f"iam:{sample.operation}"
    granted: list[dict[str, object]] = []
    needed = [(action, filled(resource, world)) for resource in sample.resources]
    needed += [(more, filled(sample.resources[0], world)) for more in sample.more]
    for needed_action, resource in needed:
        assert alice.refused(sample.operation, **members) == Refused(
            "AccessDenied",
            f"User: {ARN}:user/Alice is not authorized to perform: {needed_action} on resource: {resource} "
            f"because no identity-based policy allows the {needed_action} action",
        )
        assert shared_service.records[-1]["errorCode"] == "AccessDenied"
        granted.append({"Effect": "Allow", "Action": needed_action, "Resource": resource})
        shared_iam(
            "PutUserPolicy",
            UserName="Alice",
            PolicyName="granted",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": granted}),
        )
    answer = alice(sample.operation, **members)
    assert shared_service.records[-1]["eventName"] == sample.operation
    assert "errorCode" not in shared_service.records[-1]
    shape = CONFORMANCE.operation(sample.operation).output_shape
    if shape is None:
        assert answer == {}
    else:
        faults = [fault for fault in misfits(answer, shape, sample.operation) if KNOWN_MISFITS not in fault]
        assert faults == []
    shared_iam("DeleteUserPolicy", UserName="Alice", PolicyName="granted")


def test_no_record_holds_a_secret(shared_service: InProcess, shared_iam: Caller) -> None:
    made = shared_iam("CreateUser", UserName="Sam")["User"]
    secret = shared_iam("CreateAccessKey", UserName="Sam")["AccessKey"]["SecretAccessKey"]
    shared_iam("CreateLoginProfile", UserName="Sam", Password=PLANTED[0])
    shared_iam("UpdateLoginProfile", UserName="Sam", Password=PLANTED[1])
    device = shared_iam("CreateVirtualMFADevice", VirtualMFADeviceName="Sams")["VirtualMFADevice"]
    trail = json.dumps(shared_service.records)
    assert made["UserId"] in trail
    assert device["SerialNumber"] in trail
    for planted in (secret, *PLANTED, device["Base32StringSeed"].decode()):
        assert planted not in trail
