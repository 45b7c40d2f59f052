"""boto3, unchanged: the resources of IAM, paginators, waiters, typed exceptions, and sessions of roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from tests.live.conftest import ACCOUNT
from tests.live.identities import REGION, Account, allow, document, login_of
from tests.support.live import Login

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMServiceResource

    from tests.support.live import Server

TRUST = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
READING = document(allow("kms:Describe*"))
NAMES = ["one", "three", "two"]


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return Account(server, server.login)


@pytest.fixture(scope="module")
def resource(server: Server) -> IAMServiceResource:
    return boto3.resource(
        "iam",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id=server.login.access_key_id,
        aws_secret_access_key=server.login.secret_access_key,
    )


def test_users_and_their_policies_and_keys(resource: IAMServiceResource, account: Account) -> None:
    users = [resource.create_user(UserName=name, Path="/boto3/") for name in NAMES]
    assert [user.name for user in resource.users.filter(PathPrefix="/boto3/")] == NAMES
    assert [user.name for user in resource.users.filter(PathPrefix="/boto3/").limit(2)] == NAMES[:2]
    user = users[0]
    user.create_policy(PolicyName="own", PolicyDocument=READING)
    assert [policy.name for policy in user.policies.all()] == ["own"]
    document_of_policy = user.Policy("own").policy_document
    assert document_of_policy == {"Version": "2012-10-17", "Statement": [allow("kms:Describe*")]}
    pair = user.create_access_key_pair()
    caller = account.sts(Login(pair.access_key_id, pair.secret)).get_caller_identity()
    assert caller["Arn"] == user.arn == f"arn:aws:iam::{ACCOUNT}:user/boto3/one"
    (key,) = user.access_keys.all()
    assert (key.id, key.status) == (pair.id, "Active")
    key.deactivate()
    assert [each.status for each in user.access_keys.all()] == ["Inactive"]
    key.delete()
    user.Policy("own").delete()
    for each in users:
        each.delete()
    assert list(resource.users.filter(PathPrefix="/boto3/")) == []


def test_groups_and_their_members(resource: IAMServiceResource) -> None:
    groups = [resource.create_group(GroupName=name) for name in NAMES]
    assert [group.name for group in resource.groups.all()] == NAMES
    user = resource.create_user(UserName="member")
    for group in groups:
        user.add_group(GroupName=group.name)
    assert [group.name for group in user.groups.all()] == NAMES
    assert [each.name for each in groups[0].users.all()] == ["member"]
    for group in groups:
        group.remove_user(UserName="member")
        group.delete()
    user.delete()


def test_roles_and_managed_policies(resource: IAMServiceResource) -> None:
    role = resource.create_role(RoleName="resourceful", AssumeRolePolicyDocument=TRUST)
    assert [each.name for each in resource.roles.all()] == ["resourceful"]
    policy = resource.create_policy(PolicyName="local", PolicyDocument=READING)
    role.attach_policy(PolicyArn=policy.arn)
    assert [each.arn for each in role.attached_policies.all()] == [policy.arn]
    assert [each.name for each in policy.attached_roles.all()] == ["resourceful"]
    assert [each.policy_name for each in resource.policies.filter(Scope="Local")] == ["local"]
    version = policy.create_version(PolicyDocument=document(allow("kms:*")), SetAsDefault=True)
    assert policy.default_version.version_id == version.version_id == "v2"
    assert version.document == {"Version": "2012-10-17", "Statement": [allow("kms:*")]}
    assert {each.version_id for each in policy.versions.all()} == {"v1", "v2"}
    role.AssumeRolePolicy().update(PolicyDocument=TRUST)
    role.detach_policy(PolicyArn=policy.arn)
    resource.PolicyVersion(policy.arn, "v1").delete()
    policy.delete()
    role.delete()


def test_the_account_and_who_asks(resource: IAMServiceResource) -> None:
    assert resource.AccountSummary().summary_map["AccessKeysPerUserQuota"] == 2
    assert resource.CurrentUser().arn == f"arn:aws:iam::{ACCOUNT}:root"
    resource.create_account_alias(AccountAlias="boto3-tests")
    aliases = resource.meta.client.get_paginator("list_account_aliases").paginate().build_full_result()
    assert aliases["AccountAliases"] == ["boto3-tests"]
    resource.meta.client.delete_account_alias(AccountAlias="boto3-tests")


def test_waiters_paginators_and_exceptions(account: Account) -> None:
    iam = account.iam
    for number in range(7):
        iam.create_user(UserName=f"paged-{number}", Path="/paged/")
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 3}))
    assert [len(page["Users"]) for page in pages] == [3, 3, 1]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    names = [user["UserName"] for page in pages for user in page["Users"]]
    assert names == [f"paged-{number}" for number in range(7)]
    iam.get_waiter("user_exists").wait(UserName="paged-0")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="paged-0")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName="paged-7")
    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException):
        iam.create_policy(PolicyName="none", PolicyDocument="{}")


def test_a_session_of_a_role_uses_a_key(account: Account) -> None:
    login = account.user("Assuming", allow("sts:AssumeRole"))
    role_arn = account.role("Application", allow(["kms:CreateKey", "kms:Encrypt", "kms:Decrypt", "sts:TagSession"]))
    account.iam.update_assume_role_policy(
        RoleName="Application",
        PolicyDocument=document(
            {
                "Effect": "Allow",
                "Principal": {"AWS": ACCOUNT},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                "Condition": {"StringEquals": {"sts:ExternalId": "shared-by-both"}},
            }
        ),
    )
    account.iam.put_user_policy(
        UserName="Assuming",
        PolicyName="own",
        PolicyDocument=document(allow(["sts:AssumeRole", "sts:SetSourceIdentity"])),
    )
    sts = account.sts(login)
    with pytest.raises(sts.exceptions.ClientError, match="is not authorized to perform: sts:AssumeRole"):
        sts.assume_role(RoleArn=role_arn, RoleSessionName="boto3")
    assumed = sts.assume_role(
        RoleArn=role_arn, RoleSessionName="boto3", ExternalId="shared-by-both", SourceIdentity="Anna"
    )
    assert assumed["SourceIdentity"] == "Anna"
    credentials = login_of(assumed["Credentials"])
    session = boto3.session.Session(*credentials, region_name=REGION)
    kms = session.client("kms", endpoint_url=account.server.endpoint)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"gold")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"gold"
    with pytest.raises(kms.exceptions.ClientError, match="assumed-role/Application/boto3 is not authorized"):
        kms.disable_key(KeyId=key)
    # A role that is gone takes its sessions with it.
    account.iam.delete_role_policy(RoleName="Application", PolicyName="own")
    account.iam.delete_role(RoleName="Application")
    with pytest.raises(kms.exceptions.ClientError):
        kms.decrypt(CiphertextBlob=blob)
