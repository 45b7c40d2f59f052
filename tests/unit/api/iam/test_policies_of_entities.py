"""Inline and attached policies and permissions boundaries of users, and what groups have of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest

from tests.support.in_process import ACCOUNT, Refused

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
AWS: Final = "arn:aws:iam::aws:policy"
ANYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DOCTORS: Final = {"StringEquals": {"aws:PrincipalTag/team": "Ärzte~& <1>"}}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2, ensure_ascii=False)


class Entity:
    """A user or a group, by whose kind operations are named."""

    def __init__(self, iam: Caller, kind: str) -> None:
        self.iam = iam
        self.kind = kind
        self.named = {f"{kind}Name": "Entity"}
        iam(f"Create{kind}", **self.named)

    def __call__(self, operation: str, /, **members: object) -> dict[str, Any]:
        return self.iam(operation.format(self.kind), **self.named, **members)

    def refused(self, operation: str, /, **members: object) -> Refused:
        return self.iam.refused(operation.format(self.kind), **self.named, **members)


@pytest.fixture(params=["User", "Group"])
def entity(iam: Caller, request: pytest.FixtureRequest) -> Entity:
    return Entity(iam, request.param)


def test_inline_policies_come_and_go(entity: Entity) -> None:
    text = document({**ANYTHING, "Condition": DOCTORS})
    entity("Put{}Policy", PolicyName="all", PolicyDocument=text)
    answer = entity("Get{}Policy", PolicyName="all")
    assert json.dumps(answer["PolicyDocument"]) == json.dumps(json.loads(text))
    assert (answer["PolicyName"], answer[f"{entity.kind}Name"]) == ("all", "Entity")
    entity("Put{}Policy", PolicyName="all", PolicyDocument=document(ANYTHING))
    entity("Put{}Policy", PolicyName="more", PolicyDocument=document(ANYTHING))
    listed = entity("List{}Policies")
    assert listed == {"PolicyNames": ["all", "more"], "IsTruncated": False}
    first = entity("List{}Policies", MaxItems=1)
    assert entity("List{}Policies", Marker=first["Marker"])["PolicyNames"] == ["more"]
    entity("Delete{}Policy", PolicyName="all")
    kind = entity.kind.lower()
    refusal = Refused("NoSuchEntity", f"The {kind} policy with name all cannot be found.")
    assert entity.refused("Get{}Policy", PolicyName="all") == refusal
    assert entity.refused("Delete{}Policy", PolicyName="all") == refusal


def test_documents_go_out_percent_encoded(service: InProcess, entity: Entity) -> None:
    text = document({**ANYTHING, "Condition": DOCTORS})
    sent: list[bytes] = []
    original = service.send

    def keep(request: Any) -> Any:  # noqa: ANN401 - as the service does
        answer = original(request)
        sent.append(answer.body)
        return answer

    service.send = keep  # type: ignore[method-assign] # to see the bytes
    entity("Put{}Policy", PolicyName="p", PolicyDocument=text)
    entity("Get{}Policy", PolicyName="p")
    encoded = quote(text, safe="")
    assert "%C3%84rzte~%26%20%3C1%3E" in encoded
    assert f"<PolicyDocument>{encoded}</PolicyDocument>".encode() in sent[-1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "This policy contains invalid Json"),
        ("[]", "Syntax errors in policy."),
        (
            document({"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": "*"}),
            "Policy document should not specify a principal.",
        ),
    ],
)
def test_what_is_no_policy_is_refused(entity: Entity, text: str, reason: str) -> None:
    assert entity.refused("Put{}Policy", PolicyName="p", PolicyDocument=text) == Refused(
        "MalformedPolicyDocument", reason
    )
    assert entity("List{}Policies")["PolicyNames"] == []


def test_sizes_count_together_and_without_white_space(entity: Entity) -> None:
    most = {"User": 2048, "Group": 5120}[entity.kind]
    bare = len(json.dumps(json.loads(document({**ANYTHING, "Sid": ""})), separators=(",", ":")))
    half = document({**ANYTHING, "Sid": "x" * (most // 2 - bare)})
    entity("Put{}Policy", PolicyName="a", PolicyDocument=half)
    entity("Put{}Policy", PolicyName="b", PolicyDocument=half)
    refusal = Refused("LimitExceeded", f"Maximum policy size of {most} bytes exceeded for {entity.kind.lower()} Entity")
    longer = document({**ANYTHING, "Sid": "x" * (most // 2 - bare + 1)})
    assert entity.refused("Put{}Policy", PolicyName="b", PolicyDocument=longer) == refusal
    assert entity.refused("Put{}Policy", PolicyName="c", PolicyDocument=document(ANYTHING)) == refusal


def test_managed_policies_are_attached_once(entity: Entity) -> None:
    for name in ("ReadOnlyAccess", "AdministratorAccess", "ReadOnlyAccess"):
        entity("Attach{}Policy", PolicyArn=f"{AWS}/{name}")
    listed = entity("ListAttached{}Policies")
    assert listed == {
        "AttachedPolicies": [
            {"PolicyName": name, "PolicyArn": f"{AWS}/{name}"} for name in ("AdministratorAccess", "ReadOnlyAccess")
        ],
        "IsTruncated": False,
    }
    first = entity("ListAttached{}Policies", MaxItems=1)
    second = entity("ListAttached{}Policies", Marker=first["Marker"], MaxItems=1)
    assert first["AttachedPolicies"] + second["AttachedPolicies"] == listed["AttachedPolicies"]
    assert entity("ListAttached{}Policies", PathPrefix="/none/")["AttachedPolicies"] == []
    entity("Detach{}Policy", PolicyArn=f"{AWS}/ReadOnlyAccess")
    assert entity.refused("Detach{}Policy", PolicyArn=f"{AWS}/ReadOnlyAccess") == Refused(
        "NoSuchEntity", f"Policy {AWS}/ReadOnlyAccess was not found."
    )


def test_only_policies_that_are_there_and_for_everybody_are_attached(entity: Entity) -> None:
    missing = f"{ARN}:policy/missing"
    assert entity.refused("Attach{}Policy", PolicyArn=missing) == Refused(
        "NoSuchEntity", f"Policy {missing} does not exist or is not attachable."
    )
    no_arn = "twenty characters or more"
    for operation in ("Attach{}Policy", "Detach{}Policy"):
        assert entity.refused(operation, PolicyArn=no_arn) == Refused("InvalidInput", f"ARN {no_arn} is not valid.")
    linked = f"{AWS}/aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"
    assert entity.refused("Attach{}Policy", PolicyArn=linked) == Refused(
        "PolicyNotAttachable", "Cannot attach a Service Role Policy to a Customer Role."
    )


def test_an_entity_has_a_quota_of_attached_policies(entity: Entity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongroom.api.iam.attached_policies.ATTACHED_PER_ENTITY", 1)
    entity("Attach{}Policy", PolicyArn=f"{AWS}/ReadOnlyAccess")
    assert entity.refused("Attach{}Policy", PolicyArn=f"{AWS}/AdministratorAccess") == Refused(
        "LimitExceeded", f"Cannot exceed quota for PoliciesPer{entity.kind}: 1"
    )


def test_whose_policies_they_are_must_be_there(iam: Caller) -> None:
    policy = {"PolicyName": "p"}
    attached = {"PolicyArn": f"{AWS}/ReadOnlyAccess"}
    for operation, members in (
        ("Put{}Policy", {**policy, "PolicyDocument": document(ANYTHING)}),
        ("Get{}Policy", policy),
        ("Delete{}Policy", policy),
        ("List{}Policies", {}),
        ("Attach{}Policy", attached),
        ("Detach{}Policy", attached),
        ("ListAttached{}Policies", {}),
    ):
        for kind in ("User", "Group"):
            assert iam.refused(operation.format(kind), **{f"{kind}Name": "x"}, **members) == Refused(
                "NoSuchEntity", f"The {kind.lower()} with name x cannot be found."
            )


def test_a_boundary_is_replaced_and_taken_away(iam: Caller) -> None:
    iam("CreateUser", UserName="Bob")
    refusal = Refused("NoSuchEntity", "The user with name Bob does not have a permissions boundary.")
    assert iam.refused("DeleteUserPermissionsBoundary", UserName="Bob") == refusal
    for name in ("ReadOnlyAccess", "PowerUserAccess"):
        iam("PutUserPermissionsBoundary", UserName="Bob", PermissionsBoundary=f"{AWS}/{name}")
        boundary = iam("GetUser", UserName="Bob")["User"]["PermissionsBoundary"]
        assert boundary["PermissionsBoundaryArn"] == f"{AWS}/{name}"
    iam("DeleteUserPermissionsBoundary", UserName="Bob")
    assert "PermissionsBoundary" not in iam("GetUser", UserName="Bob")["User"]


def test_policies_count_with_the_next_request(service: InProcess, iam: Caller) -> None:
    bob = service.signing(service.new_user("Bob"), api="iam")
    assert bob.refused("ListUsers").code == "AccessDenied"
    iam("CreateGroup", GroupName="admins")
    iam("AttachGroupPolicy", GroupName="admins", PolicyArn=f"{AWS}/AdministratorAccess")
    iam("AddUserToGroup", GroupName="admins", UserName="Bob")
    bob("ListUsers")
    iam("PutUserPermissionsBoundary", UserName="Bob", PermissionsBoundary=f"{AWS}/IAMUserChangePassword")
    assert "no permissions boundary allows" in bob.refused("ListUsers").message
    iam("DeleteUserPermissionsBoundary", UserName="Bob")
    iam("RemoveUserFromGroup", GroupName="admins", UserName="Bob")
    assert bob.refused("ListUsers").code == "AccessDenied"


def test_conditions_see_the_policy_and_the_boundary(service: InProcess, iam: Caller) -> None:
    limited = {
        "StringEquals": {"iam:PermissionsBoundary": f"{AWS}/ReadOnlyAccess"},
        "ArnLike": {"iam:PolicyARN": f"{AWS}/Read*"},
    }
    statement = {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": limited}
    bounded = {
        "Effect": "Allow",
        "Action": ["iam:CreateUser", "iam:PutUserPermissionsBoundary"],
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PermissionsBoundary": f"{AWS}/ReadOnlyAccess"}},
    }
    admin = service.signing(service.new_user("Admin", json.loads(document(statement, bounded))), api="iam")
    assert admin.refused("CreateUser", UserName="Bob").code == "AccessDenied"
    admin("CreateUser", UserName="Bob", PermissionsBoundary=f"{AWS}/ReadOnlyAccess")
    admin("AttachUserPolicy", UserName="Bob", PolicyArn=f"{AWS}/ReadOnlyAccess")
    assert admin.refused("AttachUserPolicy", UserName="Bob", PolicyArn=f"{AWS}/PowerUserAccess").code == "AccessDenied"
    assert admin.refused("PutUserPermissionsBoundary", UserName="Bob", PermissionsBoundary=f"{AWS}/PowerUserAccess")
    iam("PutUserPermissionsBoundary", UserName="Bob", PermissionsBoundary=f"{AWS}/PowerUserAccess")
    assert admin.refused("AttachUserPolicy", UserName="Bob", PolicyArn=f"{AWS}/ReadOnlyAccess").code == "AccessDenied"
    iam("DeleteUserPermissionsBoundary", UserName="Bob")
    assert admin.refused("AttachUserPolicy", UserName="Bob", PolicyArn=f"{AWS}/ReadOnlyAccess").code == "AccessDenied"


def test_conditions_see_tags(service: InProcess, iam: Caller) -> None:
    statements = [
        {
            "Effect": "Allow",
            "Action": ["iam:CreateUser", "iam:TagUser"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestTag/team": "payments"}},
        },
        {
            "Effect": "Allow",
            "Action": "iam:DeleteUser",
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:ResourceTag/team": "payments"}},
        },
    ]
    admin = service.signing(service.new_user("Admin", json.loads(document(*statements))), api="iam")
    iam("CreateUser", UserName="Other")
    assert admin.refused("CreateUser", UserName="Bob").code == "AccessDenied"
    admin("CreateUser", UserName="Bob", Tags=[{"Key": "team", "Value": "payments"}])
    assert admin.refused("DeleteUser", UserName="Other").code == "AccessDenied"
    admin("DeleteUser", UserName="Bob")
