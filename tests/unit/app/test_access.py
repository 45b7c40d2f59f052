"""Who may do what with a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from strongroom.api.key_snapshots import KeySnapshot, load_key
from strongroom.app.access import ACTIONS, Access, access_changes, access_to
from strongroom.app.accounts import put_service_control_policy
from strongroom.app.asking import AskError
from strongroom.app.services import register_service
from strongroom.policy.vocabulary import KMS_ACTIONS
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, allow, deny, place_of, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
ROOT: Final = f"{ARN}:root"
ALICE: Final = f"{ARN}:user/alice"
ROLE: Final = f"{ARN}:role/Worker"
SESSION: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/Worker/run"
OTHER_ROOT: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
SERVICE: Final = "ec2.amazonaws.com"
KEEPING: Final = allow(action=["kms:PutKeyPolicy", "kms:CreateGrant"])
DECRYPT: Final = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}
TEAM: Final = {"StringEquals": {"kms:EncryptionContext:Team": "payments"}}

Found = dict[str, dict[str, tuple[str, tuple[str, ...]]]]


class World:
    """One key."""

    def __init__(self, service: InProcess, key: str) -> None:
        self.service = service
        self.key = key
        self.root = service.root()

    def put(self, *statements: Mapping[str, object]) -> None:
        self.root("PutKeyPolicy", KeyId=self.key, Policy=policy(KEEPING, *statements))

    def user(self, *statements: Mapping[str, object], name: str = "alice", account_id: str = ACCOUNT) -> None:
        documents = [{"Version": "2012-10-17", "Statement": list(statements)}] if statements else []
        self.service.new_user(name, *documents, account_id=account_id)

    def role(self) -> None:
        trust = policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"})
        self.service.root(api="iam")("CreateRole", RoleName="Worker", AssumeRolePolicyDocument=trust)

    def access(self) -> tuple[Access, ...]:
        with self.service.store.read() as reader:
            return access_to(reader, self._snapshot())

    def found(self) -> Found:
        """Give by principal and action the way and its conditions, without the root user's."""
        return {
            each.principal: {
                action: (path.way.by, path.way.conditions) for path in each.paths for action in path.actions
            }
            for each in self.access()
            if each.principal != ROOT
        }

    def changes(self, *statements: Mapping[str, object]) -> dict[str, tuple[tuple[str, ...], ...]]:
        with self.service.store.read() as reader:
            changes = access_changes(reader, self._snapshot(), policy(KEEPING, *statements))
        return {each.principal: (each.gains, each.loses, each.changes) for each in changes}

    def _snapshot(self) -> KeySnapshot:
        with self.service.store.read() as reader:
            found = load_key(reader, place_of(self.key))
        assert found is not None
        return found


@pytest.fixture
def world(service: InProcess, key: str) -> World:
    return World(service, key)


def test_the_default_policy_lets_the_root_user_do_everything(world: World) -> None:
    (root,) = world.access()
    assert (root.kind, root.principal) == ("root", ROOT)
    (path,) = root.paths
    assert path.actions == ACTIONS
    assert path.way.through == ('statement 0 ("Enable IAM User Permissions"), line 4, of the key policy',)
    assert set(ACTIONS) == {name for name, action in KMS_ACTIONS.items() if "key" in action.resources} - {
        "kms:RetireGrant"
    }


def test_by_the_key_policy(world: World) -> None:
    world.user()
    world.put(allow(ALICE, ["kms:Decrypt", "kms:DescribeKey"]))
    assert world.found() == {ALICE: {"kms:Decrypt": ("key-policy", ()), "kms:DescribeKey": ("key-policy", ())}}


def test_by_identity_based_policies(world: World) -> None:
    world.user(DECRYPT)
    world.user(name="bob")
    world.put(allow())
    assert world.found() == {ALICE: {"kms:Decrypt": ("iam", ())}}


def test_by_two_accounts(world: World) -> None:
    world.service.add_account()
    world.user(DECRYPT, {**DECRYPT, "Action": "kms:DisableKey"}, name="carol", account_id=OTHER_ACCOUNT)
    world.put(allow(OTHER_ROOT, ["kms:Decrypt", "kms:DisableKey"]))
    assert world.found() == {
        OTHER_ROOT: {"kms:Decrypt": ("cross-account", ())},
        f"arn:aws:iam::{OTHER_ACCOUNT}:user/carol": {"kms:Decrypt": ("cross-account", ())},
    }


def test_by_grants(world: World) -> None:
    world.user()
    world.root("CreateGrant", KeyId=world.key, GranteePrincipal=ALICE, Operations=["Encrypt"])
    constraints = {"EncryptionContextEquals": {"a": "b"}}
    world.root(
        "CreateGrant",
        KeyId=world.key,
        GranteePrincipal=ALICE,
        Operations=["Decrypt", "DescribeKey"],
        Constraints=constraints,
    )
    assert world.found() == {
        ALICE: {
            "kms:Encrypt": ("grant", ()),
            "kms:Decrypt": ("grant", ('the encryption context equals {"a":"b"}',)),
            # Constraints do not hold for it.
            "kms:DescribeKey": ("grant", ()),
        }
    }


def test_a_service_by_a_grant_and_by_the_key_policy(world: World) -> None:
    with world.service.store.change() as change:
        register_service(change, world.service.opened.store_keys, SERVICE)
    source = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/*"
    world.root(
        "CreateGrant",
        KeyId=world.key,
        GranteeServicePrincipal=SERVICE,
        RetiringPrincipal=ROOT,
        Operations=["Encrypt"],
        Constraints={"SourceArn": source, "EncryptionContextSubset": {"a": "b"}},
    )
    statement = {**allow(action="kms:Decrypt", Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}})}
    world.put({**statement, "Principal": {"Service": SERVICE}})
    assert world.found() == {
        SERVICE: {
            "kms:Decrypt": ("key-policy", (f'StringEquals aws:SourceAccount "{ACCOUNT}"',)),
            "kms:Encrypt": (
                "grant",
                (f'the encryption context has {{"a":"b"}} and the source ARN is like "{source}"',),
            ),
        }
    }


def test_sessions_that_are_named(world: World) -> None:
    world.role()
    world.put(allow(SESSION, "kms:Decrypt"), allow(ROLE, "kms:Encrypt"))
    world.root(
        "CreateGrant", KeyId=world.key, GranteePrincipal=SESSION.replace("run", "two"), Operations=["DescribeKey"]
    )
    found = world.found()
    assert found[ROLE] == {"kms:Encrypt": ("key-policy", ())}
    assert set(found[SESSION]) == {"kms:Decrypt", "kms:Encrypt"}
    assert set(found[SESSION.replace("run", "two")]) == {"kms:DescribeKey", "kms:Encrypt"}


def test_anybody_is_whoever_its_own_account_lets(world: World) -> None:
    world.put(allow("*", ["kms:Decrypt", "kms:DisableKey"], Condition={"StringEquals": {"kms:CallerAccount": "1"}}))
    assert world.found() == {"*": {"kms:Decrypt": ("cross-account", ('StringEquals kms:CallerAccount "1"',))}}


def test_conditions_that_are_known_are_not_noted(world: World) -> None:
    world.user()
    world.user(name="bob")
    known = {
        "StringEquals": {
            "kms:CallerAccount": ACCOUNT,
            "kms:KeyUsage": "ENCRYPT_DECRYPT",
            "aws:PrincipalTag/Team": "a",
            "aws:username": ["alice", "bob"],
        }
    }
    world.service.root(api="iam")("TagUser", UserName="alice", Tags=[{"Key": "Team", "Value": "a"}])
    world.put(allow("*", "kms:Decrypt", Condition=known))
    assert world.found()[ALICE] == {"kms:Decrypt": ("key-policy", ())}
    assert f"{ARN}:user/bob" not in world.found()


def test_conditions_that_an_action_never_has_are_known_to_be_missing(world: World) -> None:
    world.user()
    world.put(allow(ALICE, ["kms:Decrypt", "kms:DisableKey"], Condition=TEAM))
    assert world.found() == {
        ALICE: {"kms:Decrypt": ("key-policy", ('StringEquals kms:EncryptionContext:Team "payments"',))}
    }


def test_conditions_of_several_statements_and_policies(world: World) -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    world.user({**DECRYPT, "Condition": mfa})
    via = {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}
    world.put(
        allow(action="kms:*", Condition=TEAM),
        allow(action="kms:De*", Condition=via),
        {**deny("*", "kms:De*"), "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
    )
    (conditions,) = {path.way.conditions for each in world.access() if each.principal == ALICE for path in each.paths}
    assert conditions == (
        (
            'StringEquals kms:EncryptionContext:Team "payments" or '
            'StringEquals kms:ViaService "ec2.us-east-1.amazonaws.com"'
        ),
        'Bool aws:MultiFactorAuthPresent "true" and IpAddress aws:SourceIp "192.0.2.0/24"',
        'not (Bool aws:SecureTransport "false")',
    )


def test_a_variable_that_is_not_known(world: World) -> None:
    world.user({**DECRYPT, "Condition": {"StringEquals": {"aws:username": "${aws:SourceIdentity}"}}})
    world.put(allow())
    assert world.found()[ALICE]["kms:Decrypt"][1] == ('StringEquals aws:username "${aws:SourceIdentity}"',)


def test_what_is_denied_at_any_rate_is_left_out(world: World) -> None:
    world.user(DECRYPT)
    world.put(allow(), deny(ALICE, "kms:Decrypt"))
    assert world.found() == {}


def test_boundaries_and_service_control_policies_count(world: World) -> None:
    world.user({**DECRYPT, "Action": "kms:*"})
    iam = world.service.root(api="iam")
    iam(
        "PutUserPermissionsBoundary",
        UserName="alice",
        PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess",
    )
    limit = {
        **DECRYPT,
        "Action": ["kms:Decrypt", "kms:Encrypt"],
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    world.put(allow())
    with world.service.store.change() as change:
        put_service_control_policy(change, ACCOUNT, "limit", policy(limit))
    expected = ("iam", ('Bool aws:SecureTransport "true"',))
    assert world.found() == {ALICE: {"kms:Decrypt": expected, "kms:Encrypt": expected}}


def test_what_another_policy_would_change(world: World) -> None:
    world.user()
    world.user(name="bob")
    world.role()
    world.put(allow(ALICE, ["kms:Decrypt", "kms:Encrypt"]), allow(ROLE, "kms:Decrypt"))
    bob = f"{ARN}:user/bob"
    assert world.changes(
        allow(ALICE, "kms:Decrypt", Condition=TEAM), allow(bob, "kms:Encrypt"), allow(ROLE, "kms:Decrypt")
    ) == {
        ALICE: ((), ("kms:Encrypt",), ("kms:Decrypt",)),
        bob: (("kms:Encrypt",), (), ()),
    }


def test_a_policy_that_could_not_be_put(world: World) -> None:
    with pytest.raises(AskError, match=r"the policy names a principal that does not exist: .*user/nobody"):
        world.changes(allow(f"{ARN}:user/nobody"))
    with pytest.raises(AskError, match="this is not a key policy: Policy contains a statement with no principal"):
        world.changes(DECRYPT)
