"""CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, and tags of roles."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.iam import entities, trust_policies
from strongroom.model.identity import RoleUse
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused, policy
from tests.unit.api.iam.makers import DOCUMENT, READ_ONLY, ROOT, make_role, trusting

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
NO_ROLE: Final = Refused("NoSuchEntity", "The role with name x cannot be found.")


def shown(iam: Caller, name: str = "Clerk") -> dict[str, Any]:
    role: dict[str, Any] = iam("GetRole", RoleName=name)["Role"]
    return role


def names(answer: dict[str, Any]) -> list[str]:
    return [role["RoleName"] for role in answer["Roles"]]


class TestCreateRole:
    def test_the_answer_has_what_that_of_aws_has(self, service: InProcess, iam: Caller) -> None:
        made = make_role(
            iam,
            Path="/app/",
            Description="Writes",
            MaxSessionDuration=7200,
            PermissionsBoundary=READ_ONLY,
            Tags=[{"Key": "team", "Value": "payments"}],
        )
        assert set(made) == {
            "Path",
            "RoleName",
            "RoleId",
            "Arn",
            "CreateDate",
            "AssumeRolePolicyDocument",
            "PermissionsBoundary",
            "Tags",
        }
        assert made["Arn"] == f"{ARN}:role/app/Clerk"
        assert re.fullmatch("AROA[A-Z2-7]{17}", made["RoleId"])
        assert made["AssumeRolePolicyDocument"] == json.loads(trusting(ROOT))
        record = service.records[-1]
        assert record["requestParameters"]["assumeRolePolicyDocument"] == trusting(ROOT)
        assert record["responseElements"]["role"]["roleId"] == made["RoleId"]

    def test_get_role_tells_everything(self, iam: Caller) -> None:
        made = make_role(iam, Description="Writes", MaxSessionDuration=7200, PermissionsBoundary=READ_ONLY)
        boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY}
        assert shown(iam) == {
            **made,
            "Description": "Writes",
            "MaxSessionDuration": 7200,
            "PermissionsBoundary": boundary,
            "RoleLastUsed": {},
        }

    def test_what_is_left_out_has_a_default(self, iam: Caller) -> None:
        make_role(iam)
        role = shown(iam)
        assert (role["Path"], role["MaxSessionDuration"]) == ("/", 3600)
        assert role.keys().isdisjoint({"Description", "Tags", "PermissionsBoundary"})

    def test_a_name_is_taken_whatever_its_case(self, iam: Caller) -> None:
        make_role(iam)
        assert iam.refused("CreateRole", RoleName="cLERK", AssumeRolePolicyDocument=trusting(ROOT)) == Refused(
            "EntityAlreadyExists", "Role with name cLERK already exists."
        )

    def test_an_account_has_a_quota_of_roles(self, iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(entities, "_QUOTAS", {"role": ("RolesPerAccount", 1)})
        make_role(iam)
        assert iam.refused("CreateRole", RoleName="b", AssumeRolePolicyDocument=trusting(ROOT)) == Refused(
            "LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1"
        )

    def test_names_are_told_in_a_sentence(self, iam: Caller) -> None:
        assert iam.refused("CreateRole", RoleName="a b", AssumeRolePolicyDocument=trusting(ROOT)) == Refused(
            "ValidationError",
            "The specified value for roleName is invalid. "
            "It must contain only alphanumeric characters and/or the following: +=,.@_-",
        )

    def test_a_boundary_must_be_a_policy_that_is_there(self, iam: Caller) -> None:
        members = {"RoleName": "a", "AssumeRolePolicyDocument": trusting(ROOT)}
        missing = f"{ARN}:policy/missing"
        assert iam.refused("CreateRole", **members, PermissionsBoundary=missing) == Refused(
            "NoSuchEntity", f"Scope ARN: {missing} does not exist or is not attachable."
        )

    def test_a_session_lasts_from_one_to_twelve_hours(self, iam: Caller) -> None:
        for seconds in (3599, 43201):
            members = {"RoleName": "a", "AssumeRolePolicyDocument": trusting(ROOT), "MaxSessionDuration": seconds}
            assert "at 'maxSessionDuration' failed" in iam.refused("CreateRole", **members).message


class TestTrustPolicies:
    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{", "This policy contains invalid Json"),
            (
                policy({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:Encrypt"}),
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (
                policy({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole", "Resource": "*"}),
                "Has prohibited field Resource",
            ),
            (trusting(f"{ARN}:role/missing"), f'Invalid principal in policy: "AWS":"{ARN}:role/missing"'),
        ],
    )
    def test_what_is_no_trust_policy_is_refused(self, iam: Caller, text: str, reason: str) -> None:
        make_role(iam)
        refusal = Refused("MalformedPolicyDocument", reason)
        assert iam.refused("CreateRole", RoleName="a", AssumeRolePolicyDocument=text) == refusal
        assert iam.refused("UpdateAssumeRolePolicy", RoleName="Clerk", PolicyDocument=text) == refusal
        assert shown(iam)["AssumeRolePolicyDocument"] == json.loads(trusting(ROOT))

    def test_they_have_a_size_that_counts_no_white_space(self, iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
        text = trusting(ROOT)
        monkeypatch.setattr(trust_policies, "TRUST_POLICY_SIZE", len(text.replace(" ", "")))
        make_role(iam)
        longer = trusting(ROOT, ROOT)
        assert iam.refused("UpdateAssumeRolePolicy", RoleName="Clerk", PolicyDocument=longer) == Refused(
            "LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {trust_policies.TRUST_POLICY_SIZE}"
        )

    def test_a_new_one_takes_the_place_of_the_old(self, iam: Caller) -> None:
        make_role(iam)
        iam("CreateUser", UserName="Bob")
        iam("UpdateAssumeRolePolicy", RoleName="Clerk", PolicyDocument=trusting(f"{ARN}:user/Bob"))
        assert shown(iam)["AssumeRolePolicyDocument"] == json.loads(trusting(f"{ARN}:user/Bob"))

    def test_it_goes_on_naming_a_user_of_another_name_and_nobody_made_anew(self, iam: Caller) -> None:
        user_id = iam("CreateUser", UserName="Bob")["User"]["UserId"]
        make_role(iam, AssumeRolePolicyDocument=trusting(f"{ARN}:user/Bob"))

        def trusted() -> str:
            principals: list[str] = shown(iam)["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
            return principals[0]

        iam("UpdateUser", UserName="Bob", NewUserName="Bobby")
        assert trusted() == f"{ARN}:user/Bobby"
        iam("DeleteUser", UserName="Bobby")
        iam("CreateUser", UserName="Bobby")
        assert trusted() == user_id


class TestUpdates:
    def test_what_is_left_out_stays(self, iam: Caller) -> None:
        make_role(iam, Description="Writes")
        assert iam("UpdateRole", RoleName="Clerk", MaxSessionDuration=7200) == {}
        assert (shown(iam)["Description"], shown(iam)["MaxSessionDuration"]) == ("Writes", 7200)
        iam("UpdateRole", RoleName="Clerk", Description="")
        assert (shown(iam)["Description"], shown(iam)["MaxSessionDuration"]) == ("", 7200)

    def test_a_description_is_replaced(self, iam: Caller) -> None:
        make_role(iam, PermissionsBoundary=READ_ONLY)
        answer = iam("UpdateRoleDescription", RoleName="Clerk", Description="Reads")["Role"]
        assert answer["Description"] == shown(iam)["Description"] == "Reads"
        assert answer.keys().isdisjoint({"MaxSessionDuration", "RoleLastUsed", "PermissionsBoundary"})


class TestLists:
    def test_they_are_sorted_in_pages_and_short(self, iam: Caller) -> None:
        for name, path in (("b", "/"), ("A", "/eu/"), ("c", "/eu/")):
            make_role(iam, name, Path=path, Tags=[{"Key": "k", "Value": "v"}])
        listed = iam("ListRoles")
        assert names(listed) == ["A", "b", "c"]
        assert listed["Roles"][0]["MaxSessionDuration"] == 3600
        assert listed["Roles"][0].keys().isdisjoint({"Tags", "PermissionsBoundary", "RoleLastUsed"})
        assert names(iam("ListRoles", PathPrefix="/eu/")) == ["A", "c"]
        first = iam("ListRoles", MaxItems=2)
        assert (names(first), first["IsTruncated"]) == (["A", "b"], True)
        second = iam("ListRoles", MaxItems=2, Marker=first["Marker"])
        assert (names(second), second["IsTruncated"]) == (["c"], False)
        assert iam.refused("ListRoles", PathPrefix="/eu/", Marker=first["Marker"]) == Refused(
            "ValidationError", "Invalid Marker."
        )

    def test_another_account_has_its_own(self, service: InProcess, iam: Caller) -> None:
        make_role(iam)
        service.add_account()
        assert service.root(account_id=OTHER_ACCOUNT, api="iam")("ListRoles")["Roles"] == []


def test_it_tells_when_a_role_was_used_last(service: InProcess, iam: Caller) -> None:
    role = make_role(iam)
    with service.store.change() as change:
        change.identities.record_use([RoleUse(role["RoleId"], 1_700_000_000.0, "eu-west-1")])
    used = shown(iam)["RoleLastUsed"]
    assert (used["LastUsedDate"].timestamp(), used["Region"]) == (1_700_000_000.0, "eu-west-1")


def test_tags_come_and_go(service: InProcess, iam: Caller) -> None:
    make_role(iam, Tags=[{"Key": "a", "Value": "1"}])
    iam("TagRole", RoleName="Clerk", Tags=[{"Key": "A", "Value": "2"}, {"Key": "b", "Value": ""}])
    assert shown(iam)["Tags"] == [{"Key": "A", "Value": "2"}, {"Key": "b", "Value": ""}]
    assert service.records[-2]["requestParameters"]["tags"][1] == {"key": "b", "value": ""}
    first = iam("ListRoleTags", RoleName="Clerk", MaxItems=1)
    assert first["Tags"] == [{"Key": "A", "Value": "2"}]
    assert iam("ListRoleTags", RoleName="Clerk", Marker=first["Marker"])["Tags"] == [{"Key": "b", "Value": ""}]
    iam("UntagRole", RoleName="Clerk", TagKeys=["a", "none"])
    assert iam("ListRoleTags", RoleName="Clerk") == {"Tags": [{"Key": "b", "Value": ""}], "IsTruncated": False}
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert iam.refused("TagRole", RoleName="Clerk", Tags=many) == Refused(
        "LimitExceeded", "The number of tags has reached the maximum limit."
    )


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("GetRole", {}),
        ("UpdateRole", {}),
        ("UpdateRoleDescription", {"Description": ""}),
        ("UpdateAssumeRolePolicy", {"PolicyDocument": trusting(ROOT)}),
        ("DeleteRole", {}),
        ("TagRole", {"Tags": []}),
        ("UntagRole", {"TagKeys": []}),
        ("ListRoleTags", {}),
        ("PutRolePolicy", {"PolicyName": "p", "PolicyDocument": DOCUMENT}),
        ("GetRolePolicy", {"PolicyName": "p"}),
        ("DeleteRolePolicy", {"PolicyName": "p"}),
        ("ListRolePolicies", {}),
        ("AttachRolePolicy", {"PolicyArn": READ_ONLY}),
        ("DetachRolePolicy", {"PolicyArn": READ_ONLY}),
        ("ListAttachedRolePolicies", {}),
        ("PutRolePermissionsBoundary", {"PermissionsBoundary": READ_ONLY}),
        ("DeleteRolePermissionsBoundary", {}),
        ("ListInstanceProfilesForRole", {}),
    ],
)
def test_the_role_must_be_there(shared_iam: Caller, operation: str, members: dict[str, object]) -> None:
    assert shared_iam.refused(operation, RoleName="x", **members) == NO_ROLE
