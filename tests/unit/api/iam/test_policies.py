"""CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, and tags of policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.iam import entities, managed_policy_documents
from strongroom.policy.aws_managed import MANAGED_POLICIES
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused
from tests.unit.api.iam.makers import DOCUMENT, READ_ONLY, make_policy, make_role

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
MISSING: Final = f"{ARN}:policy/missing"
NO_ARN: Final = "twenty characters or more"
OLD_VERSION: Final = '{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
NO_VERSION: Final = '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'


def names(answer: dict[str, Any]) -> list[str]:
    return [each["PolicyName"] for each in answer["Policies"]]


class TestCreatePolicy:
    def test_the_answer_has_what_that_of_aws_has(self, service: InProcess, iam: Caller) -> None:
        made = make_policy(iam, Path="/app/", Description="Lists keys", Tags=[{"Key": "team", "Value": "payments"}])
        assert re.fullmatch("ANPA[A-Z2-7]{17}", made["PolicyId"])
        assert made == {
            "PolicyName": "Keys",
            "PolicyId": made["PolicyId"],
            "Arn": f"{ARN}:policy/app/Keys",
            "Path": "/app/",
            "DefaultVersionId": "v1",
            "AttachmentCount": 0,
            "PermissionsBoundaryUsageCount": 0,
            "IsAttachable": True,
            "CreateDate": made["CreateDate"],
            "UpdateDate": made["CreateDate"],
            "Tags": [{"Key": "team", "Value": "payments"}],
        }
        assert service.records[-1]["responseElements"]["policy"]["policyId"] == made["PolicyId"]
        assert service.records[-1]["requestParameters"]["policyDocument"] == DOCUMENT
        assert iam("GetPolicy", PolicyArn=made["Arn"])["Policy"] == {**made, "Description": "Lists keys"}

    def test_only_get_policy_shows_that_there_are_no_tags(self, iam: Caller) -> None:
        made = make_policy(iam)
        assert "Tags" not in made
        assert iam("GetPolicy", PolicyArn=made["Arn"])["Policy"] == {**made, "Tags": []}

    def test_a_name_is_taken_whatever_its_case_and_path(self, iam: Caller) -> None:
        make_policy(iam)
        assert iam.refused("CreatePolicy", PolicyName="KEYS", Path="/a/", PolicyDocument=DOCUMENT) == Refused(
            "EntityAlreadyExists", "A policy called KEYS already exists. Duplicate names are not allowed."
        )

    def test_an_account_has_a_quota_of_policies(self, iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(entities, "_QUOTAS", {"policy": ("PoliciesPerAccount", 1)})
        make_policy(iam)
        assert iam.refused("CreatePolicy", PolicyName="b", PolicyDocument=DOCUMENT) == Refused(
            "LimitExceeded", "Cannot exceed quota for PoliciesPerAccount: 1"
        )

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{", "This policy contains invalid Json"),
            (OLD_VERSION, "Policy document must be version 2012-10-17 or greater."),
            (NO_VERSION, "Policy document must be version 2012-10-17 or greater."),
        ],
    )
    def test_what_is_no_policy_is_refused(self, iam: Caller, text: str, reason: str) -> None:
        arn = make_policy(iam)["Arn"]
        refusal = Refused("MalformedPolicyDocument", reason)
        assert iam.refused("CreatePolicy", PolicyName="b", PolicyDocument=text) == refusal
        assert iam.refused("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=text) == refusal

    def test_policies_have_a_size_that_counts_no_white_space(
        self, iam: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(managed_policy_documents, "POLICY_SIZE", len(DOCUMENT))
        make_policy(iam, PolicyDocument=DOCUMENT.replace(",", " ,\n"))
        longer = DOCUMENT.replace("ListKeys", "ListKeys*")
        assert iam.refused("CreatePolicy", PolicyName="b", PolicyDocument=longer) == Refused(
            "LimitExceeded", f"Cannot exceed quota for PolicySize: {len(DOCUMENT)}"
        )


class TestCounts:
    def test_they_tell_who_uses_a_policy(self, iam: Caller) -> None:
        arn = make_policy(iam)["Arn"]
        make_role(iam, PermissionsBoundary=arn)
        iam("CreateUser", UserName="Bob", PermissionsBoundary=arn)
        iam("CreateGroup", GroupName="Devs")
        for kind, name in (("User", "Bob"), ("Group", "Devs"), ("Role", "Clerk")):
            iam(f"Attach{kind}Policy", **{f"{kind}Name": name}, PolicyArn=arn)
        found = iam("GetPolicy", PolicyArn=arn)["Policy"]
        assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == (3, 2)
        (listed,) = iam("ListPolicies", Scope="Local")["Policies"]
        assert listed == {name: value for name, value in found.items() if name != "Tags"}

    def test_they_count_the_account_of_who_asks_only(self, service: InProcess, iam: Caller) -> None:
        service.add_account()
        iam("CreateUser", UserName="Bob")
        iam("AttachUserPolicy", UserName="Bob", PolicyArn=READ_ONLY)
        other = service.root(account_id=OTHER_ACCOUNT, api="iam")
        assert iam("GetPolicy", PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 1
        assert other("GetPolicy", PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 0


class TestListPolicies:
    def test_it_has_those_of_aws_and_of_the_account(self, iam: Caller) -> None:
        make_policy(iam, "AdministratorAccess")
        make_policy(iam, "zebra", Path="/app/")
        everything = names(iam("ListPolicies"))
        assert everything == sorted(everything, key=str.lower)
        assert everything.count("AdministratorAccess") == 2
        assert names(iam("ListPolicies", Scope="Local")) == ["AdministratorAccess", "zebra"]
        assert len(names(iam("ListPolicies", Scope="AWS"))) == len(MANAGED_POLICIES)
        assert names(iam("ListPolicies", PathPrefix="/app/")) == ["zebra"]

    def test_it_is_in_pages(self, iam: Caller) -> None:
        found: list[str] = []
        marker: dict[str, str] = {}
        while True:
            answer = iam("ListPolicies", Scope="AWS", MaxItems=5, **marker)
            found += names(answer)
            if not answer["IsTruncated"]:
                break
            marker = {"Marker": answer["Marker"]}
        assert sorted(found) == sorted(each.name for each in MANAGED_POLICIES.values())
        assert iam.refused("ListPolicies", MaxItems=5, **marker) == Refused("ValidationError", "Invalid Marker.")

    def test_it_can_tell_those_in_use_only(self, iam: Caller) -> None:
        attached, bounding = make_policy(iam, "attached")["Arn"], make_policy(iam, "bounding")["Arn"]
        make_policy(iam, "idle")
        iam("CreateUser", UserName="Bob", PermissionsBoundary=bounding)
        iam("AttachUserPolicy", UserName="Bob", PolicyArn=attached)
        iam("AttachUserPolicy", UserName="Bob", PolicyArn=READ_ONLY)
        assert names(iam("ListPolicies", OnlyAttached=True)) == ["attached", "ReadOnlyAccess"]
        assert names(iam("ListPolicies", OnlyAttached=False, Scope="Local")) == ["attached", "bounding", "idle"]
        assert names(iam("ListPolicies", PolicyUsageFilter="PermissionsPolicy")) == ["attached", "ReadOnlyAccess"]
        assert names(iam("ListPolicies", PolicyUsageFilter="PermissionsBoundary")) == ["bounding"]

    def test_one_for_service_linked_roles_is_not_attachable(self, iam: Caller) -> None:
        (linked, *_) = iam("ListPolicies", PathPrefix="/aws-service-role/")["Policies"]
        assert linked["IsAttachable"] is False


class TestDeletePolicy:
    def test_it_needs_that_nobody_uses_the_policy(self, iam: Caller) -> None:
        arn = make_policy(iam)["Arn"]
        iam("CreateUser", UserName="Bob", PermissionsBoundary=arn)
        make_role(iam)
        iam("AttachRolePolicy", RoleName="Clerk", PolicyArn=arn)
        in_use = Refused("DeleteConflict", "Cannot delete a policy attached to entities.")
        assert iam.refused("DeletePolicy", PolicyArn=arn) == in_use
        iam("DetachRolePolicy", RoleName="Clerk", PolicyArn=arn)
        assert iam.refused("DeletePolicy", PolicyArn=arn) == in_use
        iam("DeleteUserPermissionsBoundary", UserName="Bob")
        iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=DOCUMENT)
        assert iam.refused("DeletePolicy", PolicyArn=arn) == Refused(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's "
            "versions. The default version is deleted with the policy.",
        )
        iam("DeletePolicyVersion", PolicyArn=arn, VersionId="v2")
        iam("DeletePolicy", PolicyArn=arn)
        assert iam.refused("GetPolicy", PolicyArn=arn) == Refused("NoSuchEntity", f"Policy {arn} was not found.")


@pytest.mark.parametrize(
    ("operation", "members", "text"),
    [
        ("GetPolicy", {}, "was not found."),
        ("DeletePolicy", {}, "does not exist or is not attachable."),
        ("CreatePolicyVersion", {"PolicyDocument": DOCUMENT}, "does not exist or is not attachable."),
        ("ListPolicyVersions", {}, "does not exist or is not attachable."),
        ("GetPolicyVersion", {"VersionId": "v1"}, "version v1 does not exist or is not attachable."),
        ("DeletePolicyVersion", {"VersionId": "v1"}, "version v1 does not exist or is not attachable."),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}, "version v1 does not exist or is not attachable."),
        ("ListEntitiesForPolicy", {}, "does not exist or is not attachable."),
        ("TagPolicy", {"Tags": []}, "was not found."),
        ("UntagPolicy", {"TagKeys": []}, "was not found."),
        ("ListPolicyTags", {}, "was not found."),
    ],
)
def test_the_policy_must_be_there(shared_iam: Caller, operation: str, members: dict[str, object], text: str) -> None:
    assert shared_iam.refused(operation, PolicyArn=MISSING, **members) == Refused(
        "NoSuchEntity", f"Policy {MISSING} {text}"
    )
    assert shared_iam.refused(operation, PolicyArn=NO_ARN, **members) == Refused(
        "InvalidInput", f"ARN {NO_ARN} is not valid."
    )


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("DeletePolicy", {}),
        ("CreatePolicyVersion", {"PolicyDocument": DOCUMENT}),
        ("DeletePolicyVersion", {"VersionId": "v1"}),
        ("SetDefaultPolicyVersion", {"VersionId": "v1"}),
        ("TagPolicy", {"Tags": []}),
        ("UntagPolicy", {"TagKeys": []}),
    ],
)
def test_those_of_aws_and_of_others_do_not_change(
    shared_service: InProcess, shared_iam: Caller, operation: str, members: dict[str, object]
) -> None:
    assert shared_iam.refused(operation, PolicyArn=READ_ONLY, **members) == Refused(
        "AccessDenied", "Policy is outside your own account."
    )
    shared_service.add_account()
    other = shared_service.root(account_id=OTHER_ACCOUNT, api="iam")
    made = make_policy(other, operation)
    assert shared_iam.refused(operation, PolicyArn=made["Arn"], **members).code == "AccessDenied"


def test_tags_come_and_go(iam: Caller) -> None:
    arn = make_policy(iam, Tags=[{"Key": "a", "Value": "1"}])["Arn"]
    iam("TagPolicy", PolicyArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert iam("GetPolicy", PolicyArn=arn)["Policy"]["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": ""},
    ]
    first = iam("ListPolicyTags", PolicyArn=arn, MaxItems=1)
    assert first["Tags"] == [{"Key": "a", "Value": "2"}]
    assert iam("ListPolicyTags", PolicyArn=arn, Marker=first["Marker"])["Tags"] == [{"Key": "b", "Value": ""}]
    iam("UntagPolicy", PolicyArn=arn, TagKeys=["a", "none"])
    assert iam("ListPolicyTags", PolicyArn=arn) == {"Tags": [{"Key": "b", "Value": ""}], "IsTruncated": False}
    assert iam("ListPolicyTags", PolicyArn=READ_ONLY) == {"Tags": [], "IsTruncated": False}
