"""A permissions boundary, a session policy and a service control policy take away, and never give."""

from __future__ import annotations

import random
import uuid
from typing import TYPE_CHECKING, Final

import pytest

from tests.live.identities import Account, Statement, allow, deny, document, outcome, refused
from tests.support.live import Login, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mypy_boto3_sts.type_defs import PolicyDescriptorTypeTypeDef

    from tests.support.live import Server

ACTIONS: Final = (
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateRandom",
    "kms:GetKeyPolicy",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListResourceTags",
    "kms:UpdateKeyDescription",
)
ROUNDS: Final = 8
EVERYTHING: Final = frozenset(ACTIONS)


@pytest.fixture(scope="module")
def account(server: Server) -> Account:
    return Account(server, server.login)


@pytest.fixture(scope="module")
def key(account: Account) -> str:
    return account.kms().create_key()["KeyMetadata"]["Arn"]


def allowed(account: Account, login: Login, key: str) -> frozenset[str]:
    """Try each of the actions; give those that are allowed. A refusal for any other reason is a fault."""
    kms = account.kms(login)
    calls: dict[str, Callable[[], object]] = {
        "kms:DescribeKey": lambda: kms.describe_key(KeyId=key),
        "kms:Encrypt": lambda: kms.encrypt(KeyId=key, Plaintext=b"x"),
        "kms:GenerateDataKey": lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
        "kms:GenerateRandom": lambda: kms.generate_random(NumberOfBytes=1),
        "kms:GetKeyPolicy": lambda: kms.get_key_policy(KeyId=key),
        "kms:ListAliases": kms.list_aliases,
        "kms:ListGrants": lambda: kms.list_grants(KeyId=key),
        "kms:ListResourceTags": lambda: kms.list_resource_tags(KeyId=key),
        "kms:UpdateKeyDescription": lambda: kms.update_key_description(KeyId=key, Description="narrow"),
    }
    found = set()
    for action, call in calls.items():
        refusal = outcome(call)
        if refusal is None:
            found.add(action)
        else:
            assert refusal.code == "AccessDeniedException", refusal
    return frozenset(found)


def some(rng: random.Random) -> list[str]:
    """Choose some of the actions."""
    return sorted(rng.sample(ACTIONS, rng.randint(1, len(ACTIONS) - 1)))


def new_policy(account: Account, text: str) -> str:
    """Make a managed policy; gives its ARN."""
    return account.iam.create_policy(PolicyName=f"narrow-{uuid.uuid4()}", PolicyDocument=text)["Policy"]["Arn"]


def test_without_anything_narrowing_all_is_allowed(account: Account, key: str) -> None:
    assert allowed(account, account.user("Plain", allow("kms:*")), key) == EVERYTHING


def test_a_boundary_only_narrows(account: Account, key: str) -> None:
    rng = random.Random(3)  # noqa: S311 - what to allow
    login = account.user("Bounded")
    for _ in range(ROUNDS):
        own, bound, denied = some(rng), some(rng), some(rng)
        account.iam.put_user_policy(UserName="Bounded", PolicyName="own", PolicyDocument=document(allow(own)))
        without = allowed(account, login, key)
        assert without == set(own)
        for statements, left in (((allow(bound),), set(bound)), ((allow("*"), deny(denied)), EVERYTHING - {*denied})):
            boundary = new_policy(account, document(*statements))
            account.iam.put_user_permissions_boundary(UserName="Bounded", PermissionsBoundary=boundary)
            assert allowed(account, login, key) == without & left
        account.iam.delete_user_permissions_boundary(UserName="Bounded")
    # By itself it gives nothing.
    boundary = new_policy(account, document(allow("*")))
    account.iam.put_user_permissions_boundary(UserName="Bounded", PermissionsBoundary=boundary)
    account.iam.delete_user_policy(UserName="Bounded", PolicyName="own")
    assert allowed(account, login, key) == frozenset()


def test_a_session_policy_only_narrows(account: Account, key: str) -> None:
    rng = random.Random(4)  # noqa: S311 - what to allow
    actor = account.user("Actor", allow("sts:AssumeRole"))
    role_arn = account.role("Narrowed")
    for _ in range(ROUNDS):
        own, asked, denied = some(rng), some(rng), some(rng)
        account.iam.put_role_policy(RoleName="Narrowed", PolicyName="own", PolicyDocument=document(allow(own)))
        without = allowed(account, account.assume(role_arn, actor), key)
        assert without == set(own)
        for statements, left in (((allow(asked),), set(asked)), ((allow("*"), deny(denied)), EVERYTHING - {*denied})):
            login = account.assume(role_arn, actor, Policy=document(*statements))
            assert allowed(account, login, key) == without & left


def test_boundary_and_session_policies_narrow_together(account: Account, key: str) -> None:
    """Only what all of them allow is left, a managed session policy among them."""
    actor = account.user("Narrower", allow("sts:AssumeRole"))
    role_arn = account.role("Enclosed", allow("kms:*"))
    managed = new_policy(account, document(allow(ACTIONS[:7])))
    boundary = new_policy(account, document(allow(ACTIONS[1:])))
    account.iam.put_role_permissions_boundary(RoleName="Enclosed", PermissionsBoundary=boundary)
    arns: Sequence[PolicyDescriptorTypeTypeDef] = [{"arn": managed}]
    assert allowed(account, account.assume(role_arn, actor, PolicyArns=arns), key) == {*ACTIONS[1:7]}
    # Session policies add to each other, and take away from the rest together.
    login = account.assume(role_arn, actor, PolicyArns=arns, Policy=document(allow(ACTIONS[8])))
    assert allowed(account, login, key) == {*ACTIONS[1:7], ACTIONS[8]}
    # What was taken from the role is gone from sessions that run.
    account.iam.put_role_permissions_boundary(
        RoleName="Enclosed", PermissionsBoundary=new_policy(account, document(allow(ACTIONS[2])))
    )
    assert allowed(account, login, key) == {ACTIONS[2]}


def test_a_refusal_names_what_refuses(account: Account, key: str) -> None:
    actor = account.user("Refused", allow("sts:AssumeRole"))
    role_arn = account.role("Barred", allow("kms:*"))
    who = f"User: arn:aws:sts::{account.id}:assumed-role/Barred/tests is not authorized to perform: kms:Encrypt"

    def refusal(*session_policy: Statement) -> str:
        narrowing = {"Policy": document(*session_policy)} if session_policy else {}
        kms = account.kms(account.assume(role_arn, actor, **narrowing))
        return refused(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")).removeprefix(f"{who} on resource: {key} ")

    assert refusal(allow("kms:Decrypt")) == "because no session policy allows the kms:Encrypt action"
    assert refusal(allow("*"), deny("kms:Encrypt")) == "with an explicit deny in a session policy"
    for statements, why in (
        ((allow("kms:Decrypt"),), "because no permissions boundary allows the kms:Encrypt action"),
        ((allow("*"), deny("kms:Encrypt")), "with an explicit deny in a permissions boundary"),
    ):
        boundary = new_policy(account, document(*statements))
        account.iam.put_role_permissions_boundary(RoleName="Barred", PermissionsBoundary=boundary)
        assert refusal() == why


def test_a_service_control_policy_only_narrows(server: Server, key: str, tmp_path: Path) -> None:
    """It binds the root user too, and an account without any is not bound."""
    account = Account(server, server.login)
    login = account.user("Controlled", allow([*ACTIONS[:5]]))
    file = tmp_path / "policy.json"

    file.write_text(document(allow("*"), deny([*ACTIONS[3:7]])), encoding="utf-8")
    assert run("account", "policy", "put", account.id, "Less", file, "--data", server.data).returncode == 0
    assert allowed(account, login, key) == {*ACTIONS[:3]}
    assert allowed(account, server.login, key) == EVERYTHING - {*ACTIONS[3:7]}
    assert refused(lambda: account.kms(login).generate_random(NumberOfBytes=1)) == (
        f"User: {account.arn('user/Controlled')} is not authorized to perform: kms:GenerateRandom on resource: * "
        "with an explicit deny in a service control policy"
    )
    assert run("account", "policy", "delete", account.id, "Less", "--data", server.data).returncode == 0
    assert allowed(account, login, key) == {*ACTIONS[:5]}
