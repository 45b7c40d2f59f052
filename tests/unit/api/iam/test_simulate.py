"""SimulatePrincipalPolicy, SimulateCustomPolicy and what tells the condition keys of policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.api.iam import simulate
from strongroom.model.account import AccountSettings
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, Refused, allow, deny, policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
ALICE: Final = f"{ARN}:user/alice"
SESSION: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OTHER_KEY: Final = KEY.replace("1234abcd", "5678abcd")
FOREIGN_KEY: Final = KEY.replace(ACCOUNT, OTHER_ACCOUNT)
KEY_TEMPLATE: Final = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"
DECRYPT: Final = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
EVERYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NO_DECRYPT: Final = {"Effect": "Deny", "Action": "kms:Decrypt", "Resource": "*"}
LONE: Final = {"ActionNames": ["kms:Decrypt"]}


def one(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Give the only result."""
    (result,) = answer["EvaluationResults"]
    found: dict[str, Any] = result
    return found


def custom(iam: Caller, *statements: Mapping[str, object], **members: object) -> dict[str, Any]:
    """Simulate one policy and one action."""
    given = {"ActionNames": ["kms:Decrypt"], **members}
    return one(iam("SimulateCustomPolicy", PolicyInputList=[policy(*statements)], **given))


def user(service: InProcess, *statements: Mapping[str, object]) -> None:
    """Make alice, with a policy where there are statements."""
    documents = [{"Version": "2012-10-17", "Statement": list(statements)}] if statements else []
    service.new_user("alice", *documents)


def principal(iam: Caller, **members: object) -> dict[str, Any]:
    """Simulate what alice may do."""
    return one(iam("SimulatePrincipalPolicy", **{"PolicySourceArn": ALICE, "ActionNames": ["kms:Decrypt"], **members}))


def ids(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give which policies decided, and their kinds."""
    return [(each["SourcePolicyId"], each["SourcePolicyType"]) for each in result["MatchedStatements"]]


# Source: IAM API Reference, SimulateCustomPolicy, the sample.
SAMPLE: Final = """{
  "Version":"2012-10-17",
  "Statement":{
    "Effect":"Allow",
    "Action":"s3:ListBucket",
    "Resource":"arn:aws:s3:::teambucket",
    "Condition":{
      "Bool":{"aws:MultiFactorAuthPresent":"true"}
    }
  }
}"""


def test_the_sample_of_aws(iam: Caller) -> None:
    result = one(
        iam(
            "SimulateCustomPolicy",
            PolicyInputList=[SAMPLE],
            ActionNames=["s3:ListBucket"],
            ResourceArns=["arn:aws:s3:::teambucket"],
            ContextEntries=[
                {
                    "ContextKeyName": "aws:MultiFactorAuthPresent",
                    "ContextKeyType": "boolean",
                    "ContextKeyValues": ["true"],
                }
            ],
        )
    )
    matched = {
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "none",
        "StartPosition": {"Line": 3, "Column": 16},
        "EndPosition": {"Line": 10, "Column": 4},
    }
    assert result == {
        "EvalActionName": "s3:ListBucket",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [matched],
        "MissingContextValues": [],
        "EvalDecisionDetails": {},
        "ResourceSpecificResults": [
            {
                "EvalResourceName": "arn:aws:s3:::teambucket",
                "EvalResourceDecision": "allowed",
                "MatchedStatements": [matched],
                "MissingContextValues": [],
                "EvalDecisionDetails": {},
            }
        ],
    }


def test_without_a_resource_there_are_no_results_of_resources(iam: Caller) -> None:
    result = custom(iam, DECRYPT)
    assert result["EvalResourceName"] == KEY_TEMPLATE
    assert "ResourceSpecificResults" not in result
    assert "EvalDecisionDetails" not in result
    assert custom(iam, DECRYPT, ActionNames=["kms:ListKeys"])["EvalResourceName"] == "*"


def test_a_denied_action_names_the_deny_only(iam: Caller) -> None:
    result = custom(iam, DECRYPT, NO_DECRYPT)
    assert result["EvalDecision"] == "explicitDeny"
    (matched,) = result["MatchedStatements"]
    assert matched["StartPosition"]["Column"] > 60


def test_nothing_matches(iam: Caller) -> None:
    result = custom(iam, DECRYPT, ActionNames=["kms:Encrypt"])
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("implicitDeny", [])


def test_each_action_has_one_result_the_most_restrictive_of_its_resources(iam: Caller) -> None:
    statements = ({**DECRYPT, "Resource": KEY}, {**NO_DECRYPT, "Resource": OTHER_KEY})
    third = KEY.replace("1234abcd", "9999abcd")
    result = custom(iam, *statements, ResourceArns=[KEY, OTHER_KEY, third, KEY])
    assert result["EvalDecision"] == "explicitDeny"
    assert [each["EvalResourceDecision"] for each in result["ResourceSpecificResults"]] == [
        "allowed",
        "explicitDeny",
        "implicitDeny",
    ]
    assert result["MatchedStatements"] == result["ResourceSpecificResults"][1]["MatchedStatements"]
    same = custom(iam, DECRYPT, ResourceArns=[KEY, OTHER_KEY])
    assert len(same["MatchedStatements"]) == 1


def test_missing_context_values_are_named_as_written(iam: Caller) -> None:
    condition = {
        "StringEquals": {"kms:EncryptionContext:Team": "${aws:PrincipalTag/Team}"},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
    }
    statements = (
        {**DECRYPT, "Condition": condition},
        {**DECRYPT, "Action": "s3:*", "Condition": {"Null": {"s3:x": "true"}}},
    )
    mfa = {"ContextKeyName": "AWS:MultiFactorAuthPresent", "ContextKeyType": "boolean", "ContextKeyValues": ["true"]}
    result = custom(iam, *statements, ContextEntries=[mfa, {"ContextKeyName": "aws:none"}], ResourceArns=[KEY])
    assert result["MissingContextValues"] == ["kms:EncryptionContext:Team", "aws:PrincipalTag/Team"]
    assert result["ResourceSpecificResults"][0]["MissingContextValues"] == result["MissingContextValues"]
    assert result["EvalDecision"] == "implicitDeny"


def test_multi_valued_context(iam: Caller) -> None:
    condition = {"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["a", "b"]}}

    def entry(*values: str) -> list[dict[str, object]]:
        return [
            {
                "ContextKeyName": "kms:EncryptionContextKeys",
                "ContextKeyType": "stringList",
                "ContextKeyValues": list(values),
            }
        ]

    statement = {**DECRYPT, "Condition": condition}
    assert custom(iam, statement, ContextEntries=entry("a", "b"))["EvalDecision"] == "allowed"
    assert custom(iam, statement, ContextEntries=entry("a", "c"))["EvalDecision"] == "implicitDeny"


def test_an_entity_has_its_own_policies_and_those_of_its_groups(service: InProcess, iam: Caller) -> None:
    user(service, DECRYPT)
    iam("CreateGroup", GroupName="team")
    iam("AddUserToGroup", GroupName="team", UserName="alice")
    iam("PutGroupPolicy", GroupName="team", PolicyName="shared", PolicyDocument=policy(DECRYPT))
    iam("AttachUserPolicy", UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    result = principal(iam, PolicyInputList=[policy(DECRYPT)], ResourceArns=[KEY])
    assert ids(result) == [
        ("p0", "user"),
        ("AdministratorAccess", "aws-managed"),
        ("shared", "group"),
        ("PolicyInputList.1", "none"),
    ]
    # As AWS places the statement of this policy.
    assert result["MatchedStatements"][1]["StartPosition"] == {"Line": 3, "Column": 17}
    of_group = principal(iam, PolicySourceArn=f"{ARN}:group/team")
    assert ids(of_group) == [("shared", "group")]


def test_a_role_has_its_own_policies(service: InProcess, iam: Caller) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    iam("CreateRole", RoleName="Worker", Path="/a/", AssumeRolePolicyDocument=policy(trust))
    condition = {"ArnEquals": {"aws:PrincipalArn": f"{ARN}:role/a/Worker"}}
    iam(
        "PutRolePolicy", RoleName="Worker", PolicyName="use", PolicyDocument=policy({**DECRYPT, "Condition": condition})
    )
    result = principal(iam, PolicySourceArn=f"{ARN}:role/a/Worker")
    assert (result["EvalDecision"], ids(result)) == ("allowed", [("use", "role")])
    assert service.records[-1]["requestParameters"]["policySourceArn"] == f"{ARN}:role/a/Worker"


def test_condition_keys_of_who_asks_are_there(service: InProcess, iam: Caller) -> None:
    condition = {
        "StringEquals": {"aws:username": "alice", "aws:PrincipalTag/Team": "a", "aws:PrincipalType": "User"},
        "StringLike": {"aws:userid": "AIDA*"},
        "DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"},
    }
    user(service, {**DECRYPT, "Condition": condition})
    iam("TagUser", UserName="alice", Tags=[{"Key": "Team", "Value": "a"}])
    assert principal(iam)["EvalDecision"] == "allowed"
    assert principal(iam, CallerArn=ALICE)["EvalDecision"] == "allowed"
    as_bob = principal(iam, CallerArn=f"{ARN}:user/x/bob")
    assert as_bob["EvalDecision"] == "implicitDeny"
    assert as_bob["MissingContextValues"] == ["aws:PrincipalTag/Team", "aws:userid"]


def test_a_boundary_limits(service: InProcess, iam: Caller) -> None:
    user(service, EVERYTHING)
    assert "PermissionsBoundaryDecisionDetail" not in principal(iam)
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=read_only)
    result = principal(iam, ResourceArns=[KEY])
    not_allowed = {"AllowedByPermissionsBoundary": False}
    assert (result["EvalDecision"], result["PermissionsBoundaryDecisionDetail"]) == ("implicitDeny", not_allowed)
    assert result["ResourceSpecificResults"][0]["PermissionsBoundaryDecisionDetail"] == not_allowed
    given = principal(iam, PermissionsBoundaryPolicyInputList=[policy(DECRYPT)])
    assert (given["EvalDecision"], given["PermissionsBoundaryDecisionDetail"]) == (
        "allowed",
        {"AllowedByPermissionsBoundary": True},
    )
    denied = custom(iam, EVERYTHING, PermissionsBoundaryPolicyInputList=[policy(EVERYTHING, NO_DECRYPT)])
    assert (denied["EvalDecision"], denied["MatchedStatements"]) == ("explicitDeny", [])
    left_out = principal(iam, PolicyExclusionList=[{"PolicyType": "permission-boundary"}])
    assert "PermissionsBoundaryDecisionDetail" not in left_out


def control(service: InProcess, *statements: Mapping[str, object]) -> None:
    with service.store.change() as change:
        settings = AccountSettings(account_id=ACCOUNT, service_control_policies={"limit": policy(*statements)})
        change.identities.put(settings)


def test_service_control_policies_of_the_account_limit(service: InProcess, iam: Caller) -> None:
    user(service, EVERYTHING)
    assert "OrganizationsDecisionDetail" not in principal(iam)
    control(service, EVERYTHING, NO_DECRYPT)
    result = principal(iam)
    assert (result["EvalDecision"], result["MatchedStatements"]) == ("explicitDeny", [])
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    assert principal(iam, ActionNames=["kms:Encrypt"])["OrganizationsDecisionDetail"] == {
        "AllowedByOrganizations": True
    }
    assert principal(iam, PolicyExclusionList=[{"PolicyType": "scp"}])["EvalDecision"] == "allowed"


def test_each_level_of_an_organization_must_allow(iam: Caller) -> None:
    def levels(*all_levels: Sequence[Mapping[str, object]]) -> dict[str, Any]:
        given = [{"ServiceControlPolicyInputList": [policy(each) for each in level]} for level in all_levels]
        return custom(iam, EVERYTHING, OrderedOrganizationPolicyInputList=given)

    allowed = levels([EVERYTHING], [NO_DECRYPT | {"Effect": "Allow"}])
    assert (allowed["EvalDecision"], allowed["OrganizationsDecisionDetail"]["AllowedByOrganizations"]) == (
        "allowed",
        True,
    )
    missing = levels([EVERYTHING], [{**EVERYTHING, "Action": "s3:*"}])
    assert (missing["EvalDecision"], missing["OrganizationsDecisionDetail"]["AllowedByOrganizations"]) == (
        "implicitDeny",
        False,
    )
    assert levels([{**EVERYTHING, "Action": "s3:*"}], [EVERYTHING, NO_DECRYPT])["EvalDecision"] == "explicitDeny"
    assert levels([EVERYTHING], [])["EvalDecision"] == "implicitDeny"


def test_a_resource_policy_counts_only_where_it_is_given(service: InProcess, iam: Caller) -> None:
    key = service.root().key()
    service.root()("PutKeyPolicy", KeyId=key, Policy=policy(allow(action="kms:Put*")))
    user(service, DECRYPT)
    assert principal(iam, ResourceArns=[key])["EvalDecision"] == "allowed"
    given = principal(iam, ResourceArns=[key], ResourcePolicy=policy(allow(action="kms:Put*")))
    assert given["EvalDecision"] == "implicitDeny"
    delegating = principal(iam, ResourceArns=[key], ResourcePolicy=policy(allow()))
    assert delegating["EvalDecision"] == "allowed"
    assert ids(delegating) == [("ResourcePolicy", "resource"), ("p0", "user")]
    direct = principal(
        iam, ResourceArns=[key], ResourcePolicy=policy(allow(ALICE)), PolicyExclusionList=[{"PolicyType": "inline"}]
    )
    assert (direct["EvalDecision"], ids(direct)) == ("allowed", [("ResourcePolicy", "resource")])
    denying = principal(iam, ResourceArns=[key], ResourcePolicy=policy(allow(), deny(ALICE)))
    assert (denying["EvalDecision"], ids(denying)) == ("explicitDeny", [("ResourcePolicy", "resource")])


def test_other_services_let_identity_based_policies_do(iam: Caller) -> None:
    statement = {**EVERYTHING, "Action": "s3:*"}
    bucket = {"ResourceArns": ["arn:aws:s3:::b"], "CallerArn": ALICE, "ActionNames": ["s3:GetObject"]}
    unrelated = {**allow(f"{ARN}:user/bob", "s3:*")}
    assert custom(iam, statement, ResourcePolicy=policy(unrelated), **bucket)["EvalDecision"] == "allowed"
    owner = {"ResourceOwner": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}
    foreign = custom(iam, statement, ResourcePolicy=policy(unrelated), **bucket, **owner)
    assert foreign["EvalDecision"] == "implicitDeny"
    assert foreign["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}


def test_a_trust_policy_is_asked_for_actions_of_sts(iam: Caller) -> None:
    trust = {"Effect": "Deny", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    role = {"ResourceArns": [f"{ARN}:role/r"], "CallerArn": ALICE, "ActionNames": ["sts:AssumeRole"]}
    result = custom(iam, EVERYTHING, ResourcePolicy=policy(trust), **role)
    assert (result["EvalDecision"], ids(result)) == ("explicitDeny", [("ResourcePolicy", "resource")])


@pytest.mark.parametrize(
    ("identity", "resource", "details", "decision"),
    [
        (DECRYPT, allow(ACCOUNT, "kms:*"), ("allowed", "allowed"), "allowed"),
        (DECRYPT, deny(ACCOUNT, "kms:*"), ("allowed", "explicitDeny"), "explicitDeny"),
        (DECRYPT, allow(OTHER_ACCOUNT, "kms:*"), ("allowed", "implicitDeny"), "implicitDeny"),
        (DECRYPT, None, ("allowed", "implicitDeny"), "implicitDeny"),
        (NO_DECRYPT, allow(ALICE, "kms:*"), ("explicitDeny", "allowed"), "explicitDeny"),
        ({**DECRYPT, "Action": "s3:*"}, allow(ALICE, "kms:*"), ("implicitDeny", "allowed"), "implicitDeny"),
    ],
)
def test_across_accounts_each_side_is_told(
    iam: Caller,
    identity: Mapping[str, object],
    resource: Mapping[str, object] | None,
    details: tuple[str, str],
    decision: str,
) -> None:
    given = {} if resource is None else {"ResourcePolicy": policy(resource)}
    result = custom(iam, identity, ResourceArns=[FOREIGN_KEY], CallerArn=ALICE, **given)
    assert result["EvalDecision"] == decision
    expected = dict(zip(("IAM Policy", "Resource Policy"), details, strict=True))
    assert result["EvalDecisionDetails"] == expected
    assert result["ResourceSpecificResults"][0]["EvalDecisionDetails"] == expected


def test_across_accounts_the_most_restrictive_details_of_all_resources_are_told(iam: Caller) -> None:
    both = [FOREIGN_KEY, FOREIGN_KEY.replace("1234abcd", "5678abcd")]
    statements = (DECRYPT, {**NO_DECRYPT, "Resource": both[1]})
    boundary = {"PermissionsBoundaryPolicyInputList": [policy(EVERYTHING)]}
    given = {"ResourceArns": both, "CallerArn": ALICE, "ResourcePolicy": policy(allow(ACCOUNT)), **boundary}
    assert custom(iam, *statements, **given)["EvalDecisionDetails"] == {
        "IAM Policy": "explicitDeny",
        "Resource Policy": "allowed",
        "Permissions Boundary Policy": "allowed",
    }


def test_across_accounts_nothing_is_told_where_the_organization_denies(iam: Caller) -> None:
    levels = [{"ServiceControlPolicyInputList": [policy(NO_DECRYPT)]}]
    given = {"ResourceArns": [FOREIGN_KEY], "CallerArn": ALICE, "ResourcePolicy": policy(allow(ACCOUNT))}
    assert "EvalDecisionDetails" not in custom(iam, DECRYPT, OrderedOrganizationPolicyInputList=levels, **given)


def test_actions_that_are_not_for_other_accounts(iam: Caller) -> None:
    given = {"ResourceArns": [FOREIGN_KEY], "CallerArn": ALICE, "ResourcePolicy": policy(allow(ACCOUNT))}
    assert custom(iam, EVERYTHING, ActionNames=["kms:DisableKey"], **given)["EvalDecision"] == "implicitDeny"


@pytest.mark.parametrize(
    ("identifier", "kept"),
    [
        ({"PolicyType": "inline"}, ["AdministratorAccess", "Own"]),
        ({"PolicyType": "aws-managed"}, ["p0", "Own", "shared"]),
        ({"PolicyType": "user-managed"}, ["p0", "AdministratorAccess", "shared"]),
        ({"PolicyType": "rcp"}, ["p0", "AdministratorAccess", "Own", "shared"]),
        ({"PolicyArn": "arn:aws:iam::aws:policy/Admin*"}, ["p0", "Own", "shared"]),
        ({"PolicyArn": f"{ARN}:policy/Ow?"}, ["p0", "AdministratorAccess", "shared"]),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "p0", "AttachmentType": "user", "AttachmentName": "alice"}},
            ["AdministratorAccess", "Own", "shared"],
        ),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "shared", "AttachmentType": "group", "AttachmentName": "team"}},
            ["p0", "AdministratorAccess", "Own"],
        ),
        (
            {"InlinePolicyIdentifier": {"PolicyName": "shared", "AttachmentType": "user", "AttachmentName": "team"}},
            ["p0", "AdministratorAccess", "Own", "shared"],
        ),
    ],
)
def test_policies_are_left_out(service: InProcess, iam: Caller, identifier: dict[str, object], kept: list[str]) -> None:
    user(service, DECRYPT)
    iam("CreatePolicy", PolicyName="Own", PolicyDocument=policy(DECRYPT))
    for arn in ("arn:aws:iam::aws:policy/AdministratorAccess", f"{ARN}:policy/Own"):
        iam("AttachUserPolicy", UserName="alice", PolicyArn=arn)
    iam("CreateGroup", GroupName="team")
    iam("AddUserToGroup", GroupName="team", UserName="alice")
    iam("PutGroupPolicy", GroupName="team", PolicyName="shared", PolicyDocument=policy(DECRYPT))
    result = principal(iam, PolicyExclusionList=[identifier])
    assert [name for name, _ in ids(result)] == kept


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ({"PolicyType": "scp", "PolicyArn": f"{ARN}:policy/Own"}, "A policy identifier must have exactly one member."),
        ({"PolicyArn": f"{ARN}:policy/*Own*"}, f"A policy identifier can have one * at most: {ARN}:policy/*Own*."),
        (
            {"PolicyArn": "arn:aws:iam::*:policy/Own"},
            "A policy identifier has an ARN that is not valid: arn:aws:iam::*:policy/Own.",
        ),
        (
            {"PolicyArn": "no-arn-but-long-enough"},
            "A policy identifier has an ARN that is not valid: no-arn-but-long-enough.",
        ),
    ],
)
def test_what_is_left_out_must_be_clear(service: InProcess, iam: Caller, identifier: object, message: str) -> None:
    user(service)
    given = {"PolicySourceArn": ALICE, **LONE, "PolicyExclusionList": [identifier]}
    assert iam.refused("SimulatePrincipalPolicy", **given) == Refused("InvalidInput", message)


def test_pages(service: InProcess, iam: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    actions = ["kms:Encrypt", "kms:Decrypt", "iam:GetUser", "kms:Encrypt", "kms:Sign"]
    user(service, DECRYPT)
    given = {"PolicySourceArn": ALICE, "ActionNames": actions}
    first = iam("SimulatePrincipalPolicy", **given, MaxItems=3)
    assert [each["EvalActionName"] for each in first["EvaluationResults"]] == [
        "kms:Encrypt",
        "kms:Decrypt",
        "iam:GetUser",
    ]
    assert first["IsTruncated"] is True
    last = iam("SimulatePrincipalPolicy", **given, Marker=first["Marker"])
    assert [each["EvalActionName"] for each in last["EvaluationResults"]] == ["kms:Sign"]
    assert (last["IsTruncated"], "Marker" in last) == (False, False)
    refused = iam.refused(
        "SimulateCustomPolicy", PolicyInputList=[policy(DECRYPT)], ActionNames=actions, Marker=first["Marker"]
    )
    assert refused == Refused("ValidationError", "Invalid Marker.")
    monkeypatch.setattr(simulate, "_MOST_DECISIONS", 4)
    short = iam("SimulatePrincipalPolicy", **given, ResourceArns=[KEY, OTHER_KEY])
    assert len(short["EvaluationResults"]) == 2
    shortest = iam("SimulatePrincipalPolicy", **given, ResourceArns=[f"{KEY}{number}" for number in range(9)])
    assert len(shortest["EvaluationResults"]) == 1


@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (
            {"PolicySourceArn": SESSION},
            "InvalidInput",
            f"Invalid Entity Arn: {SESSION} does not clearly define entity type and name.",
        ),
        (
            {"PolicySourceArn": f"arn:aws:iam::{OTHER_ACCOUNT}:user/carol"},
            "InvalidInput",
            (
                f"Invalid Policy Source Arn: caller's account {ACCOUNT} does not have access to policies in account "
                f"{OTHER_ACCOUNT}"
            ),
        ),
        ({"PolicySourceArn": f"{ARN}:user/bob"}, "NoSuchEntity", "The user with name bob cannot be found."),
        ({"PolicySourceArn": f"{ARN}:user/x/alice"}, "NoSuchEntity", "The user with name alice cannot be found."),
        ({"PolicySourceArn": f"{ARN}:role/alice"}, "NoSuchEntity", "The role with name alice cannot be found."),
        ({"ActionNames": ["kms:*"]}, "InvalidInput", "Invalid Action Name: kms:*."),
        ({"ActionNames": ["Decrypt"]}, "InvalidInput", "Invalid Action Name: Decrypt."),
        ({"ResourceArns": ["x"]}, "InvalidInput", "ResourceNames are not in a valid ARN format: x."),
        ({"ResourceArns": ["arn:aws:s3"]}, "InvalidInput", "ResourceNames are not in a valid ARN format: arn:aws:s3."),
        ({"ResourceOwner": ACCOUNT}, "InvalidInput", f"'{ACCOUNT}' is not a valid as a Resource Owner."),
        ({"PolicyInputList": ["{}"]}, "InvalidInput", "PolicyInputList.1: Syntax errors in policy."),
        (
            {"PermissionsBoundaryPolicyInputList": [policy(DECRYPT), policy(DECRYPT)]},
            "InvalidInput",
            "You can specify only one permissions boundary policy.",
        ),
        (
            {"ResourcePolicy": policy(DECRYPT)},
            "InvalidInput",
            "ResourcePolicy: Policy contains a statement with no principal.",
        ),
        (
            {"ResourcePolicy": policy(allow()), "CallerArn": f"{ARN}:role/r"},
            "InvalidInput",
            "Invalid caller - Caller must be an IAM user in this context.",
        ),
        (
            {"CallerArn": f"{ARN}:root"},
            "InvalidInput",
            f"Invalid Entity Arn: {ARN}:root does not clearly define entity type and name.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    shared_service: InProcess, shared_iam: Caller, members: Mapping[str, object], code: str, message: str
) -> None:
    if "alice" not in [each["UserName"] for each in shared_iam("ListUsers")["Users"]]:
        user(shared_service)
    given = {"PolicySourceArn": ALICE, **LONE, **members}
    assert shared_iam.refused("SimulatePrincipalPolicy", **given) == Refused(code, message)


def test_a_resource_policy_needs_a_caller(iam: Caller) -> None:
    refused = iam.refused(
        "SimulateCustomPolicy", PolicyInputList=[policy(DECRYPT)], ResourcePolicy=policy(allow()), **LONE
    )
    assert refused == Refused("InvalidInput", "CallerArn is required where a ResourcePolicy is specified.")


def test_the_condition_keys_of_policies(service: InProcess, iam: Caller) -> None:
    texts = [
        policy(
            {
                **DECRYPT,
                "Resource": "arn:aws:kms:*:*:key/${aws:PrincipalTag/Key, 'none'}",
                "Condition": {
                    "StringEquals": {"aws:SourceVpce": "v", "kms:EncryptionContext:T": "${aws:username}${*}${"}
                },
            }
        ),
        policy(
            {
                "Effect": "Deny",
                "Action": "*",
                "NotResource": "arn:aws:s3:::${aws:userid}",
                "Condition": {"Null": {"AWS:SourceVpce": "true"}},
            }
        ),
    ]
    expected = ["aws:PrincipalTag/Key", "AWS:SourceVpce", "aws:userid", "aws:username", "kms:EncryptionContext:T"]
    assert iam("GetContextKeysForCustomPolicy", PolicyInputList=texts)["ContextKeyNames"] == expected
    user(service, {**DECRYPT, "Condition": {"Bool": {"aws:SecureTransport": "true"}}})
    own = iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=ALICE)
    assert own["ContextKeyNames"] == ["aws:SecureTransport"]
    more = iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=ALICE, PolicyInputList=texts)
    assert more["ContextKeyNames"] == sorted([*expected, "aws:SecureTransport"], key=str.lower)


OPERATIONS: Final[tuple[tuple[str, str, dict[str, object]], ...]] = (
    ("SimulatePrincipalPolicy", ALICE, {"PolicySourceArn": ALICE, **LONE}),
    ("SimulateCustomPolicy", "*", {"PolicyInputList": [policy(DECRYPT)], **LONE}),
    ("GetContextKeysForPrincipalPolicy", ALICE, {"PolicySourceArn": ALICE}),
    ("GetContextKeysForCustomPolicy", "*", {"PolicyInputList": [policy(DECRYPT)]}),
)


@pytest.mark.parametrize(("operation", "resource", "members"), OPERATIONS, ids=lambda value: str(value)[:30])
def test_permissions(service: InProcess, operation: str, resource: str, members: dict[str, object]) -> None:
    user(service)
    bob = service.new_user("bob")
    caller = service.signing(bob, api="iam")
    refused = caller.refused(operation, **members)
    assert refused == Refused(
        "AccessDenied",
        f"User: {ARN}:user/bob is not authorized to perform: iam:{operation} on resource: {resource} "
        f"because no identity-based policy allows the iam:{operation} action",
    )
    statement = {"Effect": "Allow", "Action": f"iam:{operation}", "Resource": resource}
    service.root(api="iam")("PutUserPolicy", UserName="bob", PolicyName="p", PolicyDocument=policy(statement))
    caller(operation, **members)


def test_who_may_not_ask_is_not_told_who_there_is(service: InProcess) -> None:
    bob = service.signing(service.new_user("bob"), api="iam")
    given = {"PolicySourceArn": f"{ARN}:user/nobody", **LONE}
    assert bob.refused("SimulatePrincipalPolicy", **given).code == "AccessDenied"
