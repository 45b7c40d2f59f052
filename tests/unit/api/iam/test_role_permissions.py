"""Policy decides, for the operations on roles, policies, providers and the account: what each needs, and for what."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from strongroom.api.iam import OPERATIONS
from tests.support.conformance import Conformance, misfits
from tests.support.in_process import ACCOUNT, Caller, InProcess, Refused
from tests.unit.api.iam.makers import DOCUMENT, READ_ONLY, ROOT, trusting

if TYPE_CHECKING:
    from collections.abc import Mapping

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
ROLE: Final = f"{ARN}:role/x/NAME"
POLICY: Final = f"{ARN}:policy/x/NAME"
PROVIDER: Final = f"{ARN}:oidc-provider/NAME.example.com"
TAGS: Final = [{"Key": "team", "Value": "payments"}]
NUMBERS: Final = itertools.count()
CONFORMANCE: Final = Conformance("iam", {}, {}, frozenset())
# What the answers of AWS itself have otherwise than the model says.
KNOWN_MISFITS: Final = "'Policy' is none of ['PermissionsBoundaryPolicy']"
MODULES: Final = {
    "account_aliases",
    "account_summary",
    "authorization_details",
    "credential_reports",
    "instance_profiles",
    "oidc_provider_changes",
    "oidc_providers",
    "policies",
    "policy_entities",
    "policy_tags",
    "policy_versions",
    "role_policies",
    "role_tags",
    "roles",
}


class Sample(NamedTuple):
    """An operation, the resource that it needs its permission for, its members, and a permission that it needs more."""

    operation: str
    resource: str
    members: Mapping[str, Any] = {}
    more: str | None = None


def of_role(operation: str, **members: object) -> Sample:
    return Sample(operation, ROLE, {"RoleName": "NAME", **members})


def of_policy(operation: str, **members: object) -> Sample:
    return Sample(operation, POLICY, {"PolicyArn": POLICY, **members})


def of_provider(operation: str, **members: object) -> Sample:
    return Sample(operation, PROVIDER, {"OpenIDConnectProviderArn": PROVIDER, **members})


# NAME stands for what a test makes.
# Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS IAM".
SAMPLES: Final = (
    Sample(
        "CreateRole",
        f"{ARN}:role/a/New-NAME",
        {"RoleName": "New-NAME", "Path": "/a/", "AssumeRolePolicyDocument": trusting(ROOT), "Tags": TAGS},
        "iam:TagRole",
    ),
    of_role("GetRole"),
    Sample("ListRoles", f"{ARN}:role/x/", {"PathPrefix": "/x/"}),
    of_role("UpdateRole", Description="Reads"),
    of_role("UpdateRoleDescription", Description="Reads"),
    of_role("UpdateAssumeRolePolicy", PolicyDocument=trusting(ROOT)),
    Sample("DeleteRole", f"{ARN}:role/Idle-NAME", {"RoleName": "Idle-NAME"}),
    of_role("TagRole", Tags=TAGS),
    of_role("UntagRole", TagKeys=["team"]),
    of_role("ListRoleTags"),
    of_role("PutRolePolicy", PolicyName="q", PolicyDocument=DOCUMENT),
    of_role("GetRolePolicy", PolicyName="p"),
    of_role("DeleteRolePolicy", PolicyName="p"),
    of_role("ListRolePolicies"),
    of_role("AttachRolePolicy", PolicyArn=READ_ONLY),
    of_role("DetachRolePolicy", PolicyArn=READ_ONLY),
    of_role("ListAttachedRolePolicies"),
    of_role("PutRolePermissionsBoundary", PermissionsBoundary=READ_ONLY),
    of_role("DeleteRolePermissionsBoundary"),
    Sample("ListInstanceProfiles", f"{ARN}:instance-profile/", {}),
    of_role("ListInstanceProfilesForRole"),
    Sample(
        "CreatePolicy",
        f"{ARN}:policy/a/New-NAME",
        {"PolicyName": "New-NAME", "Path": "/a/", "PolicyDocument": DOCUMENT, "Tags": TAGS},
        "iam:TagPolicy",
    ),
    of_policy("GetPolicy"),
    Sample("ListPolicies", "*"),
    Sample("DeletePolicy", f"{ARN}:policy/Idle-NAME", {"PolicyArn": f"{ARN}:policy/Idle-NAME"}),
    of_policy("CreatePolicyVersion", PolicyDocument=DOCUMENT),
    of_policy("GetPolicyVersion", VersionId="v1"),
    of_policy("ListPolicyVersions"),
    of_policy("DeletePolicyVersion", VersionId="v2"),
    of_policy("SetDefaultPolicyVersion", VersionId="v2"),
    of_policy("ListEntitiesForPolicy"),
    of_policy("TagPolicy", Tags=TAGS),
    of_policy("UntagPolicy", TagKeys=["team"]),
    of_policy("ListPolicyTags"),
    Sample(
        "CreateOpenIDConnectProvider",
        f"{ARN}:oidc-provider/new-NAME.example.com",
        {"Url": "https://new-NAME.example.com", "Tags": TAGS},
        "iam:TagOpenIDConnectProvider",
    ),
    of_provider("GetOpenIDConnectProvider"),
    Sample("ListOpenIDConnectProviders", "*"),
    of_provider("DeleteOpenIDConnectProvider"),
    of_provider("UpdateOpenIDConnectProviderThumbprint", ThumbprintList=[]),
    of_provider("AddClientIDToOpenIDConnectProvider", ClientID="a"),
    of_provider("RemoveClientIDFromOpenIDConnectProvider", ClientID="a"),
    of_provider("TagOpenIDConnectProvider", Tags=TAGS),
    of_provider("UntagOpenIDConnectProvider", TagKeys=["team"]),
    of_provider("ListOpenIDConnectProviderTags"),
    Sample("CreateAccountAlias", "*", {"AccountAlias": "fresh"}),
    Sample("DeleteAccountAlias", "*", {"AccountAlias": "present"}),
    Sample("ListAccountAliases", "*"),
    Sample("GetAccountSummary", "*"),
    Sample("GetAccountAuthorizationDetails", "*"),
    Sample("GenerateCredentialReport", "*"),
    Sample("GetCredentialReport", "*"),
)


def make_world(iam: Caller) -> str:
    """Make a role, a policy and a provider with all that can hang on them, and others that are idle."""
    name = f"thing{next(NUMBERS)}"
    trust = trusting(ROOT)
    iam("CreateRole", RoleName=name, Path="/x/", AssumeRolePolicyDocument=trust, PermissionsBoundary=READ_ONLY)
    iam("CreateRole", RoleName=f"Idle-{name}", AssumeRolePolicyDocument=trust)
    iam("PutRolePolicy", RoleName=name, PolicyName="p", PolicyDocument=DOCUMENT)
    iam("AttachRolePolicy", RoleName=name, PolicyArn=READ_ONLY)
    iam("CreatePolicy", PolicyName=name, Path="/x/", PolicyDocument=DOCUMENT)
    iam("CreatePolicy", PolicyName=f"Idle-{name}", PolicyDocument=DOCUMENT)
    iam("CreatePolicyVersion", PolicyArn=filled(POLICY, name), PolicyDocument=DOCUMENT)
    iam("CreateOpenIDConnectProvider", Url=f"https://{name}.example.com")
    if iam("ListAccountAliases")["AccountAliases"] != ["present"]:
        iam("CreateAccountAlias", AccountAlias="present")
    return name


def filled(value: Any, name: str) -> Any:  # noqa: ANN401 - members of any kind
    return value.replace("NAME", name) if isinstance(value, str) else value


@pytest.fixture(scope="module")
def alice(shared_service: InProcess) -> Caller:
    """Give a user without policies."""
    return shared_service.signing(shared_service.new_user("Alice"), api="iam")


def test_every_operation_of_these_modules_is_here() -> None:
    of_modules = {name for name, each in OPERATIONS.items() if each.run.__module__.rpartition(".")[2] in MODULES}
    assert of_modules - {"GetInstanceProfile"} == {sample.operation for sample in SAMPLES}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.operation)
def test_each_needs_its_permission_for_its_resource(
    shared_service: InProcess, shared_iam: Caller, alice: Caller, sample: Sample
) -> None:
    name = make_world(shared_iam)
    members = {member: filled(value, name) for member, value in sample.members.items()}
    resource = filled(sample.resource, name)
    actions = [f"iam:{sample.operation}", *([] if sample.more is None else [sample.more])]
    for number, action in enumerate(actions):
        assert alice.refused(sample.operation, **members) == Refused(
            "AccessDenied",
            f"User: {ARN}:user/Alice is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action",
        )
        assert shared_service.records[-1]["errorCode"] == "AccessDenied"
        granted = {"Effect": "Allow", "Action": actions[: number + 1], "Resource": resource}
        text = json.dumps({"Version": "2012-10-17", "Statement": granted})
        shared_iam("PutUserPolicy", UserName="Alice", PolicyName="granted", PolicyDocument=text)
    answer = alice(sample.operation, **members)
    assert shared_service.records[-1]["eventName"] == sample.operation
    assert "errorCode" not in shared_service.records[-1]
    shape = CONFORMANCE.operation(sample.operation).output_shape
    if shape is None:
        assert answer == {}
    else:
        assert [fault for fault in misfits(answer, shape, sample.operation) if KNOWN_MISFITS not in fault] == []
    shared_iam("DeleteUserPolicy", UserName="Alice", PolicyName="granted")


def test_an_instance_profile_is_not_even_missed_without_permission(
    shared_service: InProcess, alice: Caller, shared_iam: Caller
) -> None:
    assert alice.refused("GetInstanceProfile", InstanceProfileName="x") == Refused(
        "AccessDenied",
        f"User: {ARN}:user/Alice is not authorized to perform: iam:GetInstanceProfile on resource: "
        f"{ARN}:instance-profile/x because no identity-based policy allows the iam:GetInstanceProfile action",
    )
    assert shared_service.records[-1]["errorCode"] == "AccessDenied"
    assert shared_iam.refused("GetInstanceProfile", InstanceProfileName="x").code == "NoSuchEntity"


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("Role", {"RoleName": "NAME"}),
        ("Policy", {"PolicyArn": POLICY}),
        ("OpenIDConnectProvider", {"OpenIDConnectProviderArn": PROVIDER}),
    ],
)
def test_conditions_see_tags(
    shared_service: InProcess, shared_iam: Caller, kind: str, named: Mapping[str, str]
) -> None:
    name = make_world(shared_iam)
    members = {member: filled(value, name) for member, value in named.items()}
    only_team = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    statements = [
        {"Effect": "Allow", "Action": f"iam:Tag{kind}", "Resource": "*", "Condition": only_team},
        {
            "Effect": "Allow",
            "Action": f"iam:Get{kind}",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:ResourceTag/team": "payments"}},
        },
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    admin = shared_service.signing(shared_service.new_user(f"Admin-{name}", document), api="iam")
    assert admin.refused(f"Tag{kind}", **members, Tags=[{"Key": "other", "Value": "x"}]).code == "AccessDenied"
    assert admin.refused(f"Get{kind}", **members).code == "AccessDenied"
    admin(f"Tag{kind}", **members, Tags=TAGS)
    admin(f"Get{kind}", **members)
