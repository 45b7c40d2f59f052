"""`aws iam`: the account as a whole, and policies: managed, inline, and as boundaries."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from tests.live.aws_cli import AwsCli
from tests.live.conftest import ACCOUNT
from tests.live.identities import allow, document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.live import Server

TRUST = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
READING = document(allow("kms:Describe*"))
WRITING = document(allow("kms:Put*"))
ARN = f"arn:aws:iam::{ACCOUNT}"
POWER_USER = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
HOLDERS = ("user", "group", "role")


@pytest.fixture(scope="module")
def aws(server: Server, tmp_path_factory: pytest.TempPathFactory) -> AwsCli:
    return AwsCli(server, server.login, tmp_path_factory.mktemp("cli"))


def test_the_account_has_one_alias(aws: AwsCli) -> None:
    aws.iam("create-account-alias", "--account-alias", "strongroom-tests")
    assert aws.iam("list-account-aliases")["AccountAliases"] == ["strongroom-tests"]
    aws.iam("delete-account-alias", "--account-alias", "strongroom-tests")
    assert aws.iam("list-account-aliases")["AccountAliases"] == []


def test_the_account_is_summed_up(aws: AwsCli) -> None:
    aws.iam("create-user", "--user-name", "Counted")
    summary = aws.iam("get-account-summary")["SummaryMap"]
    assert (summary["Users"], summary["Groups"], summary["AccountMFAEnabled"]) == (1, 0, 0)
    aws.iam("generate-credential-report")
    report = base64.b64decode(aws.iam("get-credential-report")["Content"]).decode()
    assert [line.split(",")[0] for line in report.splitlines()] == ["user", "<root_account>", "Counted"]
    details = aws.iam("get-account-authorization-details", "--filter", "User", "Role", "Group", "LocalManagedPolicy")
    assert [each["UserName"] for each in details["UserDetailList"]] == ["Counted"]
    aws.iam("delete-user", "--user-name", "Counted")


def test_what_a_principal_may_do_is_simulated(aws: AwsCli) -> None:
    aws.iam("create-user", "--user-name", "Asked")
    aws.iam("put-user-policy", "--user-name", "Asked", "--policy-name", "own", "--policy-document", READING)
    actions = ("--action-names", "kms:DescribeKey", "kms:Encrypt")
    asked = ("--policy-source-arn", f"{ARN}:user/Asked")
    for answer in (
        aws.iam("simulate-principal-policy", *asked, *actions),
        aws.iam("simulate-custom-policy", "--policy-input-list", READING, *actions),
    ):
        assert {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]} == {
            "kms:DescribeKey": "allowed",
            "kms:Encrypt": "implicitDeny",
        }
    conditional = document(
        allow("kms:*", Condition={"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}})
    )
    assert aws.iam("get-context-keys-for-custom-policy", "--policy-input-list", conditional)["ContextKeyNames"] == [
        "kms:ViaService"
    ]
    assert aws.iam("get-context-keys-for-principal-policy", *asked)["ContextKeyNames"] == []
    aws.iam("delete-user-policy", "--user-name", "Asked", "--policy-name", "own")
    aws.iam("delete-user", "--user-name", "Asked")


@pytest.fixture
def holders(aws: AwsCli) -> Iterator[dict[str, tuple[str, ...]]]:
    """Make one of each that can have policies; gives the flags that name them."""
    named: dict[str, tuple[str, ...]] = {noun: (f"--{noun}-name", "holder") for noun in HOLDERS}
    for noun, flags in named.items():
        aws.iam(f"create-{noun}", *flags, *(("--assume-role-policy-document", TRUST) if noun == "role" else ()))
    yield named
    for noun, flags in named.items():
        aws.iam(f"delete-{noun}", *flags)


@pytest.mark.parametrize("noun", HOLDERS)
def test_inline_policies_come_and_go(aws: AwsCli, holders: dict[str, tuple[str, ...]], noun: str) -> None:
    flags = holders[noun]
    names = ["first", "second", "third"]
    for name in names:
        aws.iam(f"put-{noun}-policy", *flags, "--policy-name", name, "--policy-document", WRITING)
    aws.iam(f"put-{noun}-policy", *flags, "--policy-name", "first", "--policy-document", READING)
    got = aws.iam(f"get-{noun}-policy", *flags, "--policy-name", "first")
    assert (got["PolicyName"], got["PolicyDocument"]) == ("first", json.loads(READING))
    page = aws.iam(f"list-{noun}-policies", *flags, "--max-items", "2")
    assert page["PolicyNames"] == names[:2]
    rest = aws.iam(f"list-{noun}-policies", *flags, "--starting-token", page["NextToken"])
    assert rest["PolicyNames"] == names[2:]
    for name in names:
        aws.iam(f"delete-{noun}-policy", *flags, "--policy-name", name)
    assert "(NoSuchEntity)" in aws.refused("iam", f"get-{noun}-policy", *flags, "--policy-name", "first")


@pytest.mark.parametrize("noun", HOLDERS)
def test_managed_policies_are_attached_and_detached(
    aws: AwsCli, holders: dict[str, tuple[str, ...]], noun: str
) -> None:
    flags = holders[noun]
    made = aws.iam("create-policy", "--policy-name", "attached", "--policy-document", READING)["Policy"]["Arn"]
    for arn in (made, POWER_USER):
        aws.iam(f"attach-{noun}-policy", *flags, "--policy-arn", arn)
    listed = aws.iam(f"list-attached-{noun}-policies", *flags)["AttachedPolicies"]
    assert {each["PolicyArn"] for each in listed} == {made, POWER_USER}
    entities = aws.iam("list-entities-for-policy", "--policy-arn", made)
    assert [each[f"{noun.title()}Name"] for each in entities[f"Policy{noun.title()}s"]] == ["holder"]
    assert aws.iam("get-policy", "--policy-arn", made)["Policy"]["AttachmentCount"] == 1
    assert "(DeleteConflict)" in aws.refused("iam", "delete-policy", "--policy-arn", made)
    for arn in (made, POWER_USER):
        aws.iam(f"detach-{noun}-policy", *flags, "--policy-arn", arn)
    assert aws.iam(f"list-attached-{noun}-policies", *flags)["AttachedPolicies"] == []
    aws.iam("delete-policy", "--policy-arn", made)


@pytest.mark.parametrize("noun", ["user", "role"])
def test_a_boundary_is_put_and_taken_away(aws: AwsCli, holders: dict[str, tuple[str, ...]], noun: str) -> None:
    flags = holders[noun]
    aws.iam(f"put-{noun}-permissions-boundary", *flags, "--permissions-boundary", POWER_USER)
    got = aws.iam(f"get-{noun}", *flags)[noun.title()]
    assert got["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": POWER_USER,
    }
    aws.iam(f"delete-{noun}-permissions-boundary", *flags)
    assert "PermissionsBoundary" not in aws.iam(f"get-{noun}", *flags)[noun.title()]


def test_a_policy_has_versions(aws: AwsCli) -> None:
    made = aws.iam("create-policy", "--policy-name", "versioned", "--policy-document", READING)["Policy"]
    named = ("--policy-arn", made["Arn"])
    assert (made["DefaultVersionId"], made["Arn"]) == ("v1", f"{ARN}:policy/versioned")
    aws.iam("create-policy-version", *named, "--policy-document", WRITING, "--set-as-default")
    for _ in range(3):
        aws.iam("create-policy-version", *named, "--policy-document", READING)
    assert "(LimitExceeded)" in aws.refused("iam", "create-policy-version", *named, "--policy-document", READING)
    page = aws.iam("list-policy-versions", *named, "--max-items", "3")
    rest = aws.iam("list-policy-versions", *named, "--starting-token", page["NextToken"])
    versions = page["Versions"] + rest["Versions"]
    assert {each["VersionId"]: each["IsDefaultVersion"] for each in versions} == {
        f"v{number}": number == 2 for number in range(1, 6)
    }
    got = aws.iam("get-policy-version", *named, "--version-id", "v2")["PolicyVersion"]
    assert got["Document"] == json.loads(WRITING)
    aws.iam("set-default-policy-version", *named, "--version-id", "v3")
    assert aws.iam("get-policy", *named)["Policy"]["DefaultVersionId"] == "v3"
    assert "(DeleteConflict)" in aws.refused("iam", "delete-policy-version", *named, "--version-id", "v3")
    for version in ("v1", "v2", "v4", "v5"):
        aws.iam("delete-policy-version", *named, "--version-id", version)
    aws.iam("delete-policy", *named)


def test_policies_are_listed_by_scope(aws: AwsCli) -> None:
    names = ["scoped-1", "scoped-2", "scoped-3"]
    arns = [
        aws.iam("create-policy", "--policy-name", name, "--path", "/scope/", "--policy-document", READING)["Policy"][
            "Arn"
        ]
        for name in names
    ]
    local = ("list-policies", "--scope", "Local", "--path-prefix", "/scope/")
    page = aws.iam(*local, "--max-items", "2")
    rest = aws.iam(*local, "--starting-token", page["NextToken"])
    assert [each["PolicyName"] for each in page["Policies"] + rest["Policies"]] == names
    of_aws = [each["Arn"] for each in aws.iam("list-policies", "--scope", "AWS")["Policies"]]
    assert {POWER_USER, "arn:aws:iam::aws:policy/AdministratorAccess"} <= set(of_aws)
    assert not set(arns) & set(of_aws)
    for arn in arns:
        aws.iam("delete-policy", "--policy-arn", arn)


def test_a_policy_that_is_none_is_refused(aws: AwsCli) -> None:
    command = ("iam", "create-policy", "--policy-name", "none", "--policy-document", '{"Statement": 1}')
    assert aws.refused(*command).startswith(
        "An error occurred (MalformedPolicyDocument) when calling the CreatePolicy operation: "
    )
