"""Two accounts: a key is used across them when both sides allow it, under the conditions of both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from tests.live.identities import Account, Statement, allow, deny, document, refused
from tests.live.test_services import EC2, Integration
from tests.support.live import Login, run_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_kms import KMSClient

    from tests.support.live import Server

OTHER: Final = "444455556666"
HIDDEN: Final = (
    "on this resource because the resource does not exist in this Region, no resource-based policies allow access, "
    "or a resource-based policy explicitly denies access"
)
USE: Final = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
THROUGH_EC2: Final = {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}
OF_CASE_42: Final = {"StringEquals": {"kms:EncryptionContext:case": "42"}}


@pytest.fixture(scope="module")
def owner(server: Server) -> Account:
    return Account(server, server.login)


@pytest.fixture(scope="module")
def other(server: Server) -> Account:
    made = run_json("account", "create", "--account-id", OTHER, "--data", server.data)
    return Account(server, Login(made["access_key_id"], made["secret_access_key"]))


class Guest(NamedTuple):
    """A principal of the other account, whose IAM policy comes and goes."""

    account: Account
    arn: str
    named_as: str
    login: Login

    @property
    def kms(self) -> KMSClient:
        return self.account.kms(self.login)

    def permit(self, *statements: Statement) -> None:
        """Replace the policy of the principal."""
        text = document(*statements)
        kind, name = self.named_as.rpartition(":")[2].split("/")
        if kind == "user":
            self.account.iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=text)
        else:
            self.account.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=text)


@pytest.fixture(scope="module")
def guest_user(other: Account) -> Guest:
    arn = other.arn("user/Guest")
    return Guest(other, arn, arn, other.user("Guest"))


@pytest.fixture(scope="module")
def guest_session(other: Account) -> Guest:
    role_arn = other.role("Visitor")
    login = other.assume(role_arn, other.user("Actor", allow("sts:AssumeRole")))
    return Guest(other, f"arn:aws:sts::{OTHER}:assumed-role/Visitor/tests", role_arn, login)


@pytest.fixture(params=["user", "assumed role"])
def guest(request: pytest.FixtureRequest, guest_user: Guest, guest_session: Guest) -> Guest:
    guest = guest_user if request.param == "user" else guest_session
    guest.permit(allow("sts:GetCallerIdentity"))
    return guest


def by(principal: object, action: object = "kms:*", **more: object) -> Statement:
    """Write a statement of a key policy; `more` may replace what it says."""
    return {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*", **more}


def new_key(owner: Account, *statements: Statement) -> str:
    """Make a key that its own account administrates; gives the ARN."""
    return owner.kms().create_key(Policy=document(by(owner.id), *statements))["KeyMetadata"]["Arn"]


def not_allowed(guest: Guest, operation: str, key: str) -> str:
    return (
        f"User: {guest.arn} is not authorized to perform: kms:{operation} on resource: {key} "
        f"because no identity-based policy allows the kms:{operation} action"
    )


def hidden(guest: Guest, operation: str) -> str:
    return f"User: {guest.arn} is not authorized to perform: kms:{operation} {HIDDEN}"


def encrypt(guest: Guest, key: str, **context: str) -> Callable[[], object]:
    return lambda: guest.kms.encrypt(KeyId=key, Plaintext=b"gold", EncryptionContext=context)


def test_the_key_policy_alone_is_not_enough(owner: Account, guest: Guest) -> None:
    for principal in (OTHER, guest.named_as, guest.arn):
        key = new_key(owner, by(principal))
        assert refused(encrypt(guest, key)) == not_allowed(guest, "Encrypt", key)
        assert refused(partial(guest.kms.describe_key, KeyId=key)) == not_allowed(guest, "DescribeKey", key)


def test_the_iam_policy_alone_is_not_enough(owner: Account, guest: Guest) -> None:
    key = new_key(owner)
    guest.permit(allow("kms:*"))
    assert refused(encrypt(guest, key)) == hidden(guest, "Encrypt")
    # It is told of a key that is there in the words for one that is not.
    missing = f"{key[:-12]}000000000000"
    assert refused(encrypt(guest, missing)) == hidden(guest, "Encrypt")


def test_both_together_are_enough(owner: Account, guest: Guest) -> None:
    for principal in (OTHER, guest.named_as, guest.arn):
        key = new_key(owner, by(principal, USE))
        guest.permit(allow(USE, key))
        blob = guest.kms.encrypt(KeyId=key, Plaintext=b"gold")["CiphertextBlob"]
        assert guest.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"gold"
        assert owner.kms().decrypt(CiphertextBlob=blob)["Plaintext"] == b"gold"
        assert guest.kms.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == owner.id
        # The permission is for one key only.
        second = new_key(owner, by(principal, USE))
        assert refused(encrypt(guest, second)) == not_allowed(guest, "Encrypt", second)


def test_the_owner_does_not_let_others_manage_its_key(owner: Account, guest: Guest) -> None:
    key = new_key(owner, by(OTHER))
    guest.permit(allow("kms:*"))
    kms = guest.kms
    calls: list[Callable[[], object]] = [
        lambda: kms.disable_key(KeyId=key),
        lambda: kms.schedule_key_deletion(KeyId=key),
        lambda: kms.get_key_policy(KeyId=key),
        lambda: kms.put_key_policy(KeyId=key, Policy=document(by(OTHER)), BypassPolicyLockoutSafetyCheck=True),
        lambda: kms.tag_resource(KeyId=key, Tags=[{"TagKey": "taken", "TagValue": "over"}]),
    ]
    for call in calls:
        assert "not authorized to perform" in refused(call)
    assert owner.kms().describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_an_explicit_deny_of_either_side_wins(owner: Account, guest: Guest) -> None:
    key = new_key(owner, by(OTHER), by(guest.named_as, "kms:Decrypt", Effect="Deny"))
    guest.permit(allow("kms:*"), deny("kms:GenerateDataKey"))
    blob = guest.kms.encrypt(KeyId=key, Plaintext=b"gold")["CiphertextBlob"]
    assert refused(lambda: guest.kms.decrypt(CiphertextBlob=blob, KeyId=key)) == hidden(guest, "Decrypt")
    assert refused(lambda: guest.kms.generate_data_key(KeyId=key, KeySpec="AES_256")) == (
        f"User: {guest.arn} is not authorized to perform: kms:GenerateDataKey on resource: {key} "
        "with an explicit deny in an identity-based policy"
    )


@pytest.mark.parametrize("side", ["key policy", "IAM policy"])
def test_a_condition_on_the_encryption_context_bites(owner: Account, guest: Guest, side: str) -> None:
    in_key, in_iam = (OF_CASE_42, {}) if side == "key policy" else ({}, OF_CASE_42)
    key = new_key(owner, by(OTHER, Condition=in_key))
    guest.permit(allow("kms:*", key, Condition=in_iam))
    why = hidden(guest, "Encrypt") if side == "key policy" else not_allowed(guest, "Encrypt", key)
    blob = guest.kms.encrypt(KeyId=key, Plaintext=b"gold", EncryptionContext={"case": "42"})["CiphertextBlob"]
    assert guest.kms.decrypt(CiphertextBlob=blob, EncryptionContext={"case": "42"})["Plaintext"] == b"gold"
    assert refused(encrypt(guest, key)) == why
    assert refused(encrypt(guest, key, case="43")) == why
    assert refused(encrypt(guest, key, other="42")) == why


@pytest.fixture(scope="module")
def through_ec2(server: Server) -> Callable[[Guest], Guest]:
    """Lets a registered service act for somebody."""
    made = run_json("service", "register", EC2, "--data", server.data)
    own, integration = Login(made["access_key_id"], made["secret_access_key"]), Integration()

    def act(guest: Guest) -> Guest:
        asked = integration.ask(server, guest.login, EC2)
        return guest._replace(login=integration.act(server, own, SignedRequest=asked))

    return act


@pytest.mark.parametrize("side", ["key policy", "IAM policy"])
def test_a_condition_on_the_service_bites(
    owner: Account, guest: Guest, through_ec2: Callable[[Guest], Guest], side: str
) -> None:
    in_key, in_iam = (THROUGH_EC2, {}) if side == "key policy" else ({}, THROUGH_EC2)
    key = new_key(owner, by(OTHER, Condition=in_key))
    guest.permit(allow("kms:*", key, Condition=in_iam))
    why = hidden(guest, "Encrypt") if side == "key policy" else not_allowed(guest, "Encrypt", key)
    assert refused(encrypt(guest, key)) == why
    ec2 = through_ec2(guest)
    blob = ec2.kms.encrypt(KeyId=key, Plaintext=b"gold")["CiphertextBlob"]
    assert ec2.kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"gold"
    # The service is good for nothing when the user may not.
    guest.permit(deny("kms:*"))
    assert "with an explicit deny in an identity-based policy" in refused(encrypt(ec2, key))
