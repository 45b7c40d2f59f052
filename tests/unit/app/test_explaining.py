"""Questions that make no sense, and how principals, actions and keys are found. Decisions: test_explained_refusals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.app.accounts import put_service_control_policy
from strongroom.app.asking import ANY_SESSION, AskError
from strongroom.app.explaining import Answered, Question, answer
from strongroom.app.questions import permission
from strongroom.app.services import register_service
from strongroom.policy.decision import Cause
from strongroom.policy.vocabulary import KMS_ACTIONS
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, OTHER_REGION, REGION, allow, place_of, policy

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
ROOT: Final = f"{ARN}:root"
ALICE: Final = f"{ARN}:user/alice"
TRUST: Final = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})


def ask(service: InProcess, **members: Any) -> Answered:  # noqa: ANN401 - members of a question
    """Ask something, by default whether the root user may decrypt."""
    given = {"principal": ROOT, "action": "kms:Decrypt", "key": None, "region": REGION, **members}
    with service.store.read() as reader:
        return answer(reader, Question(**given), service.clock.now())


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"principal": ALICE}, f"there is no principal {ALICE}"),
        ({"principal": f"{ARN}:role/x"}, f"there is no principal {ARN}:role/x"),
        (
            {"principal": f"arn:aws:iam::{OTHER_ACCOUNT}:root"},
            f"there is no principal arn:aws:iam::{OTHER_ACCOUNT}:root",
        ),
        ({"principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y2"}, "there is no principal"),
        ({"principal": "ec2.amazonaws.com"}, "a service belongs to no account; name the key by its ARN"),
        (
            {"principal": "ec2.amazonaws.com", "key": "KEY"},
            "ec2.amazonaws.com is not registered; see: strongroom service list",
        ),
        ({"via_service": "ec2.amazonaws.com"}, "ec2.amazonaws.com is not registered"),
        ({"action": "kms:Encypt"}, "there is no action kms:Encypt of KMS; did you mean kms:Encrypt?"),
        ({"action": "xyz"}, "there is no action xyz of KMS"),
        ({"action": "iam:GetUser"}, "there is no action iam:GetUser of KMS"),
        ({"action": "kms:RetireGrant"}, "kms:RetireGrant cannot be explained: it is about grants"),
        ({"action": "kms:ListKeys", "key": "KEY"}, "kms:ListKeys concerns no single key"),
        ({"key": None}, "kms:Decrypt is decided for a key; name one"),
        ({"key": "alias/none"}, f"there is no key alias/none in account {ACCOUNT} and Region {REGION}"),
        ({"key": "rubbish"}, "there is no key rubbish"),
        ({"key": "arn:aws:s3:::x"}, "arn:aws:s3:::x is not the ARN of a key or an alias"),
        (
            {"key": f"arn:aws:kms:{OTHER_REGION}:{OTHER_ACCOUNT}:alias/x"},
            f"there is no key arn:aws:kms:{OTHER_REGION}:{OTHER_ACCOUNT}:alias/x in account {OTHER_ACCOUNT}",
        ),
        (
            {"action": "kms:DescribeKey", "encryption_context": {"a": "b"}},
            "requests of kms:DescribeKey have no encryption context",
        ),
        ({"session_policy": "{}"}, "the session policy is not a policy: Syntax errors in policy."),
    ],
)
def test_what_makes_no_sense(service: InProcess, key: str, members: dict[str, Any], message: str) -> None:
    service.root()("CreateAlias", AliasName="alias/x", TargetKeyId=key)
    given = {"key": "alias/x", **members}
    if given["key"] == "KEY":
        given["key"] = key
    with pytest.raises(AskError, match=re.escape(message)):
        ask(service, **given)


@pytest.mark.parametrize("name", sorted(KMS_ACTIONS.keys() - {"kms:RetireGrant", "kms:ListRetirableGrants"}))
def test_every_action_is_known_and_as_declared(name: str) -> None:
    known, needs = KMS_ACTIONS[name], permission(name.lower()).needs
    assert needs.action == name
    assert (needs.key is not None) == ("key" in known.resources)
    assert needs.grantable == known.grantable
    assert needs.cross_account == known.cross_account


def test_a_key_is_found_by_every_name(service: InProcess, key: str) -> None:
    root = service.root()
    root("CreateAlias", AliasName="alias/x", TargetKeyId=key)
    names = (key, place_of(key).key_id, "alias/x", f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/x")
    assert {ask(service, key=name).resource for name in names} == {key}
    assert ask(service, key="alias/x", account_id=ACCOUNT, principal=ACCOUNT).resource == key


def test_a_key_of_another_region_is_found_by_its_arn(service: InProcess) -> None:
    elsewhere = service.root(OTHER_REGION).key()
    answered = ask(service, key=elsewhere)
    assert (answered.resource, answered.explanation.allowed) == (elsewhere, True)


def test_a_key_of_another_account_is_found_with_the_account(service: InProcess, key: str, other: Caller) -> None:
    other("ListKeys")
    root = service.root()
    root("CreateAlias", AliasName="alias/x", TargetKeyId=key)
    carol = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    answered = ask(service, principal=carol, key="alias/x", account_id=ACCOUNT)
    assert (answered.resource, answered.explanation.cause) == (key, Cause.NO_KEY_POLICY_ALLOW)


def test_the_alias_by_which_a_key_is_named_counts(service: InProcess, key: str) -> None:
    root = service.root()
    root("CreateAlias", AliasName="alias/x", TargetKeyId=key)
    condition = {"StringEquals": {"kms:RequestAlias": "alias/x"}}
    root(
        "PutKeyPolicy", KeyId=key, Policy=policy(allow(action="kms:Put*"), allow(action="kms:De*", Condition=condition))
    )
    assert ask(service, key="alias/x").explanation.allowed
    assert not ask(service, key=key).explanation.allowed


def test_a_role_is_any_of_its_sessions(service: InProcess, key: str) -> None:
    iam = service.root(api="iam")
    iam("CreateRole", RoleName="Worker", AssumeRolePolicyDocument=TRUST)
    assert ask(service, principal=f"{ARN}:role/Worker", key=key).principal.endswith(
        f"assumed-role/Worker/{ANY_SESSION}"
    )
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/Worker/run"
    assert ask(service, principal=session, key=key).principal == session
    with pytest.raises(AskError):
        ask(service, principal=session.replace("Worker", "worker"), key=key)


def test_what_is_given_goes_before_what_is_known(service: InProcess, key: str) -> None:
    service.root()(
        "PutKeyPolicy",
        KeyId=key,
        Policy=policy(allow(action="kms:Put*"), allow(Condition={"StringEquals": {"aws:PrincipalAccount": "1"}})),
    )
    assert not ask(service, key=key).explanation.allowed
    assert ask(service, key=key, context={"aws:principalaccount": ("1",)}).explanation.allowed


def test_the_state_of_a_key_is_noted(service: InProcess, key: str) -> None:
    assert ask(service, key=key).notes == ()
    service.root()("DisableKey", KeyId=key)
    answered = ask(service, key=key)
    assert answered.explanation.allowed
    assert answered.notes == (f"whatever policies say, the key's state is in the way: {key} is disabled.",)


def test_lines_are_told_of_every_kind_of_policy(service: InProcess, key: str) -> None:
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    text = policy(everything)
    iam = service.root(api="iam")
    service.new_user("alice", {"Version": "2012-10-17", "Statement": everything})
    iam("AttachUserPolicy", UserName="alice", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    with service.store.change() as change:
        put_service_control_policy(change, ACCOUNT, "all", text)
    answered = ask(service, principal=ALICE, key=key, session_policy=text)
    lines = {each.source: [statement.line for statement in each.statements] for each in answered.explanation.policies}
    assert set(lines) == {
        "key-policy",
        "identity-policy",
        "permissions-boundary",
        "session-policy",
        "service-control-policy",
    }
    assert all(line is not None for found in lines.values() for line in found)


def test_grants_are_found_beyond_a_page(service: InProcess, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("strongroom.app.explaining._PAGE", 1)
    service.new_user("alice")
    for name in ("a", "b", "c"):
        service.root()("CreateGrant", KeyId=key, GranteePrincipal=ALICE, Operations=["Encrypt"], Name=name)
    answered = ask(service, principal=ALICE, key=key, action="kms:Encrypt")
    assert len(answered.explanation.grants) == 3


def test_a_service_is_answered_as_its_session_is(service: InProcess, key: str) -> None:
    with service.store.change() as change:
        register_service(change, service.opened.store_keys, "ec2.amazonaws.com")
    answered = ask(service, principal="ec2.amazonaws.com", key=key, account_id=ACCOUNT)
    assert answered.explanation.cause is Cause.NO_KEY_POLICY_ALLOW
