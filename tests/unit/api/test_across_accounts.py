"""What the principals of one account can find out of, or do with, what is another's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from strongroom.model.identity import Role
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused, allow, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import Caller, InProcess

OTHER_ROOT = f"arn:aws:iam::{OTHER_ACCOUNT}:root"


def document(*statements: Mapping[str, object]) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": statements}


def denying_itself(secret: str) -> dict[str, object]:
    """Write a policy by which its holder asks whether a resource has a tag."""
    return document(
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringLike": {"aws:ResourceTag/Secret": secret}},
        },
    )


def spy(service: InProcess, api: str) -> Caller:
    service.add_account()
    access_key = service.new_user("Spy", denying_itself("h*"), account_id=OTHER_ACCOUNT)
    return service.signing(access_key, api=api)


def without(name: str, refused: Refused) -> Refused:
    return Refused(refused.code, refused.message.replace(name, "NAME"))


def test_a_deny_of_ones_own_does_not_tell_of_keys_and_aliases(service: InProcess) -> None:
    root = service.root()
    key = root.key(Tags=[{"TagKey": "Secret", "TagValue": "hunter2"}])
    root("CreateAlias", AliasName="alias/hidden", TargetKeyId=key)
    alias, nothing = (f"{key.rpartition(':')[0]}:alias/{name}" for name in ("hidden", "nothing"))
    caller = spy(service, "kms")
    missing = caller.refused("Encrypt", KeyId=nothing, Plaintext=b"a")
    # The second time, too, when it could be remembered.
    for named in (key, alias, key, alias):
        assert caller.refused("Encrypt", KeyId=named, Plaintext=b"a") == missing


def test_a_deny_of_ones_own_does_not_tell_of_roles(service: InProcess) -> None:
    with service.store.change() as change:
        change.identities.put(
            Role(
                account_id=ACCOUNT,
                role_name="Hidden",
                role_id="AROAHIDDEN",
                creation_date=change.now,
                trust_policy=policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}),
                tags={"Secret": "hunter2"},
            )
        )
    caller = spy(service, "sts")
    arns = [f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("Hidden", "Nothing")]
    there, missing = (without(arn, caller.refused("AssumeRole", RoleArn=arn, RoleSessionName="spy")) for arn in arns)
    assert there == missing


def test_where_the_key_lets_the_caller_its_own_deny_is_told(service: InProcess) -> None:
    service.add_account()
    key = service.root().key(Policy=policy(allow(), allow(OTHER_ROOT)))
    caller = service.user("Own", document({"Effect": "Deny", "Action": "*", "Resource": "*"}), account_id=OTHER_ACCOUNT)
    for _ in range(2):
        assert caller.refused("DescribeKey", KeyId=key).message.endswith("explicit deny in an identity-based policy")


@pytest.mark.parametrize("key_side", ["policy", "grant"])
def test_a_grant_of_ones_own_account_limits_what_it_lets_one_grant(service: InProcess, key_side: str) -> None:
    owner, other = service.root(), service.add_account()
    let_in = (allow(OTHER_ROOT),) if key_side == "policy" else ()
    key = owner.key(Policy=policy(allow(), *let_in))
    if key_side == "grant":
        owner("CreateGrant", KeyId=key, GranteePrincipal=OTHER_ROOT, Operations=["CreateGrant", "Encrypt", "Decrypt"])
    clerk = service.user("Clerk", account_id=OTHER_ACCOUNT)
    arn = f"arn:aws:iam::{OTHER_ACCOUNT}:user/Clerk"
    other("CreateGrant", KeyId=key, GranteePrincipal=arn, Operations=["CreateGrant", "Encrypt"])

    refused = clerk.refused("CreateGrant", KeyId=key, GranteePrincipal=arn, Operations=["Decrypt"])
    assert refused.code == "AccessDeniedException"
    assert clerk("CreateGrant", KeyId=key, GranteePrincipal=arn, Operations=["Encrypt"])["GrantId"]


@pytest.mark.parametrize("context", [{"Dept": "it", "dept": "hr"}, {"dept": "hr", "Dept": "it"}])
def test_names_that_differ_in_case_do_not_choose_which_counts(service: InProcess, context: dict[str, str]) -> None:
    condition = {"StringEquals": {"kms:EncryptionContext:Dept": "it", "kms:CallerAccount": ACCOUNT}}
    key = service.root().key(Policy=policy(allow(), allow("*", "kms:Encrypt", Condition=condition)))
    clerk = service.user("Clerk")
    assert clerk("Encrypt", KeyId=key, Plaintext=b"a", EncryptionContext={"dept": "it"})
    refused = clerk.refused("Encrypt", KeyId=key, Plaintext=b"a", EncryptionContext=context)
    assert refused.code == "AccessDeniedException", json.dumps(context)
