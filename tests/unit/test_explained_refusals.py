"""Refused requests, each for another cause: the explanation names it, and where it is mended the request is allowed.

Every story makes a request through the whole pipeline, explains it, mends exactly one thing and makes it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from strongroom.app.asking import find_principal
from strongroom.app.explaining import Answered, Question, answer
from strongroom.app.services import register_service
from strongroom.authn.sessions import ServiceCall, Terms
from strongroom.model.account import AccountSettings
from strongroom.model.identity import ManagedPolicy, PolicyVersion
from strongroom.model.principal import role_session_principal, service_principal
from strongroom.policy.decision import Cause
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, REGION, SOURCE_IP, allow, deny, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import Caller, InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
ALICE: Final = f"{ARN}:user/alice"
BOB: Final = f"{ARN}:user/bob"
ROLE: Final = f"{ARN}:role/Worker"
OTHER_ROOT: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
OTHER_USER: Final = f"arn:aws:iam::{OTHER_ACCOUNT}:user/carol"
SERVICE: Final = "ec2.amazonaws.com"
EVERYTHING: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
EVERYTHING_POLICY: Final = {"Version": "2012-10-17", "Statement": EVERYTHING}
TEAM: Final = {"Team": "payments"}
KEEPING: Final = allow(action=["kms:Put*", "kms:Describe*", "kms:CreateGrant", "kms:TagResource"])
"""Lets the root user mend the key, and nobody encrypt."""


class Story:
    """One key, one installation, and the requests that are made."""

    def __init__(self, service: InProcess) -> None:
        self.service = service
        self.root = service.root()
        self.iam = service.root(api="iam")
        self.key = self.root.key()

    def put(self, *statements: Mapping[str, object]) -> None:
        """Put the key policy."""
        self.root("PutKeyPolicy", KeyId=self.key, Policy=policy(KEEPING, *statements))

    def permit(self, *statements: Mapping[str, object], user: str = "alice", account_id: str = ACCOUNT) -> None:
        """Give a user a policy in place of the one that it has."""
        iam = self.service.root(account_id=account_id, api="iam")
        iam("PutUserPolicy", UserName=user, PolicyName="p0", PolicyDocument=policy(*statements))

    def control(self, *statements: Mapping[str, object]) -> None:
        """Give the account a service control policy."""
        with self.service.store.change() as change:
            settings = AccountSettings(account_id=ACCOUNT, service_control_policies={"limit": policy(*statements)})
            change.identities.put(settings)

    def boundary(self, *statements: Mapping[str, object]) -> None:
        """Give alice a permissions boundary."""
        with self.service.store.change() as change:
            change.identities.put(_managed_policy(policy(*statements), change.now))
        self.iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=f"{ARN}:policy/Limit")

    def explained(self, principal: str = ALICE, action: str = "kms:Encrypt", **more: Any) -> Answered:  # noqa: ANN401 - the rest of a question
        """Explain a request."""
        question = Question(principal=principal, action=action, key=self.key, region=REGION, **more)
        with self.service.store.read() as reader:
            return answer(reader, question, self.service.clock.now())


def _managed_policy(text: str, now: float) -> ManagedPolicy:
    version = PolicyVersion(version_id="v1", document=text, creation_date=now)
    return ManagedPolicy(
        account_id=ACCOUNT,
        policy_name="Limit",
        policy_id="ANPAEXAMPLE",
        creation_date=now,
        versions=(version,),
        update_date=now,
    )


@pytest.fixture
def story(service: InProcess) -> Story:
    return Story(service)


def encrypt(caller: Caller, story: Story, **members: object) -> None:
    """Encrypt, which must be allowed."""
    caller("Encrypt", KeyId=story.key, Plaintext=b"x", **members)


def refused(caller: Caller, story: Story, **members: object) -> None:
    """Encrypt, which must be refused by policies."""
    assert caller.refused("Encrypt", KeyId=story.key, Plaintext=b"x", **members).code == "AccessDeniedException"


def check(answered: Answered, cause: Cause, *words: str) -> None:
    """Check that a refusal is explained by a cause, and that the explanation says these words."""
    explanation = answered.explanation
    assert (explanation.allowed, explanation.cause) == (False, cause)
    text = " | ".join((explanation.summary, *explanation.changes))
    for each in words:
        assert each in text


def mended(answered: Answered) -> None:
    """Check that the explanation says what the pipeline says: allowed."""
    assert answered.explanation.allowed
    assert answered.explanation.changes == ()


def test_no_statement_of_the_key_policy_allows(story: Story) -> None:
    alice = story.service.user("alice")
    story.put()
    refused(alice, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, "statement 0", "its Action is", f"allow kms:Encrypt to {ALICE}")
    story.put(allow(ALICE, "kms:Encrypt"))
    encrypt(alice, story)
    mended(story.explained())


def test_the_key_policy_does_not_delegate(story: Story) -> None:
    alice = story.service.user("alice", EVERYTHING_POLICY)
    story.put()
    refused(alice, story)
    check(
        story.explained(), Cause.NO_KEY_POLICY_ALLOW, f"identity-based policy {ALICE} p0 allows it, which counts only"
    )
    story.put(allow(action="kms:Encrypt"))
    encrypt(alice, story)
    mended(story.explained())


def test_the_key_policy_denies(story: Story) -> None:
    alice = story.service.user("alice")
    story.put(allow(ALICE, "kms:Encrypt"), {**deny(ALICE, "kms:*"), "Sid": "NotAlice"})
    refused(alice, story)
    check(story.explained(), Cause.KEY_POLICY_DENY, 'statement 2 ("NotAlice"), line', "of the key policy denies")
    story.put(allow(ALICE, "kms:Encrypt"))
    encrypt(alice, story)
    mended(story.explained())


def test_no_identity_based_policy_allows(story: Story) -> None:
    alice = story.service.user("alice")
    refused(alice, story)
    check(
        story.explained(),
        Cause.NO_IDENTITY_ALLOW,
        "no identity-based policy allows kms:Encrypt",
        f"of the key policy delegates to account {ACCOUNT}",
    )
    story.permit({**EVERYTHING, "Action": "kms:Encrypt"})
    encrypt(alice, story)
    mended(story.explained())


def test_an_identity_based_policy_names_another_key(story: Story) -> None:
    other = story.root.key()
    alice = story.service.user("alice", {**EVERYTHING_POLICY, "Statement": {**EVERYTHING, "Resource": other}})
    refused(alice, story)
    check(story.explained(), Cause.NO_IDENTITY_ALLOW, f'its Resource is "{other}", which does not cover {story.key}')
    story.permit({**EVERYTHING, "Resource": [other, story.key]})
    encrypt(alice, story)
    mended(story.explained())


def test_an_identity_based_policy_denies(story: Story) -> None:
    alice = story.service.user("alice", EVERYTHING_POLICY)
    story.permit(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": "kms:Enc*"})
    refused(alice, story)
    check(story.explained(), Cause.IDENTITY_DENY, f"statement 1, line 1, of identity-based policy {ALICE} p0 denies")
    story.permit(EVERYTHING)
    encrypt(alice, story)
    mended(story.explained())


def test_not_action_excepts_the_action(story: Story) -> None:
    alice = story.service.user("alice")
    story.permit({"Effect": "Allow", "NotAction": ["kms:Encrypt", "iam:*"], "Resource": "*"})
    refused(alice, story)
    check(story.explained(), Cause.NO_IDENTITY_ALLOW, "its NotAction excepts kms:Encrypt")
    story.permit({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    encrypt(alice, story)
    mended(story.explained())


def test_a_group_policy_allows_too_little(story: Story) -> None:
    alice = story.service.user("alice")
    story.iam("CreateGroup", GroupName="team")
    story.iam("AddUserToGroup", GroupName="team", UserName="alice")

    def put(action: str) -> None:
        text = policy({**EVERYTHING, "Action": action})
        story.iam("PutGroupPolicy", GroupName="team", PolicyName="use", PolicyDocument=text)

    put("kms:Decrypt")
    refused(alice, story)
    check(story.explained(), Cause.NO_IDENTITY_ALLOW, f"identity-based policy {ARN}:group/team use", '"kms:Decrypt"')
    put("kms:Encrypt")
    encrypt(alice, story)
    mended(story.explained())


def test_the_permissions_boundary_does_not_allow(story: Story) -> None:
    alice = story.service.user("alice", EVERYTHING_POLICY)
    story.boundary({**EVERYTHING, "Action": "kms:Decrypt"})
    refused(alice, story)
    check(story.explained(), Cause.NO_BOUNDARY_ALLOW, f"of permissions boundary {ARN}:policy/Limit would allow it")
    story.boundary({**EVERYTHING, "Action": "kms:Encrypt"})
    encrypt(alice, story)
    mended(story.explained())


def test_the_permissions_boundary_denies(story: Story) -> None:
    alice = story.service.user("alice", EVERYTHING_POLICY)
    story.boundary(EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": "kms:Encrypt"})
    refused(alice, story)
    check(story.explained(), Cause.BOUNDARY_DENY, f"statement 1, line 1, of permissions boundary {ARN}:policy/Limit")
    story.boundary(EVERYTHING)
    encrypt(alice, story)
    mended(story.explained())


def _worker(story: Story, terms: Terms | None = None) -> Caller:
    principal = role_session_principal(ACCOUNT, ROLE, "AROAEXAMPLEWORKER", "run")
    return story.service.as_principal(principal, terms=terms or Terms())


SESSION: Final = f"arn:aws:sts::{ACCOUNT}:assumed-role/Worker/run"


@pytest.mark.parametrize(
    ("statements", "cause", "words"),
    [
        (({**EVERYTHING, "Action": "kms:Decrypt"},), Cause.NO_SESSION_ALLOW, "of session policy would allow it"),
        (
            (EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": "kms:Encrypt"}),
            Cause.SESSION_DENY,
            "statement 1, line 1, of session policy denies",
        ),
    ],
)
def test_the_session_policy_is_in_the_way(
    story: Story, statements: tuple[Mapping[str, object], ...], cause: Cause, words: str
) -> None:
    _worker(story)
    story.put(allow(ROLE, "kms:Encrypt"))
    limit = policy(*statements)
    refused(_worker(story, Terms(policy=limit)), story)
    check(story.explained(SESSION, session_policy=limit), cause, words)
    wide = policy(EVERYTHING)
    encrypt(_worker(story, Terms(policy=wide)), story)
    mended(story.explained(SESSION, session_policy=wide))


@pytest.mark.parametrize(
    ("statements", "cause", "words"),
    [
        (({**EVERYTHING, "Action": "iam:*"},), Cause.NO_SERVICE_CONTROL_ALLOW, "of service control policy limit would"),
        (
            (EVERYTHING, {**EVERYTHING, "Effect": "Deny", "Action": "kms:Encrypt"}),
            Cause.SERVICE_CONTROL_DENY,
            "statement 1, line 1, of service control policy limit denies",
        ),
    ],
)
def test_a_service_control_policy_is_in_the_way(
    story: Story, statements: tuple[Mapping[str, object], ...], cause: Cause, words: str
) -> None:
    alice = story.service.user("alice", EVERYTHING_POLICY)
    story.control(*statements)
    refused(alice, story)
    check(story.explained(), cause, words)
    story.control(EVERYTHING)
    encrypt(alice, story)
    mended(story.explained())


def test_the_encryption_context_is_another(story: Story) -> None:
    alice = story.service.user("alice")
    story.put(allow(ALICE, "kms:Encrypt", Condition={"StringEquals": {"kms:EncryptionContext:Team": "payments"}}))
    wrong = {"Team": "sales"}
    refused(alice, story, EncryptionContext=wrong)
    check(
        story.explained(encryption_context=wrong),
        Cause.NO_KEY_POLICY_ALLOW,
        'its condition StringEquals kms:EncryptionContext:Team "payments" does not hold: the request has "sales"',
    )
    encrypt(alice, story, EncryptionContext=TEAM)
    mended(story.explained(encryption_context=TEAM))


def test_the_encryption_context_is_missing(story: Story) -> None:
    alice = story.service.user("alice", EVERYTHING_POLICY)
    denied = {"StringNotEquals": {"kms:EncryptionContext:Team": "payments"}}
    story.put(allow(action="kms:Encrypt"), {**deny("*", "kms:Encrypt"), "Condition": denied})
    refused(alice, story)
    answered = story.explained()
    check(answered, Cause.KEY_POLICY_DENY, "holds: the request has no kms:EncryptionContext:Team")
    assert answered.absent == ("kms:EncryptionContext:Team",)
    encrypt(alice, story, EncryptionContext=TEAM)
    mended(story.explained(encryption_context=TEAM))


def test_the_key_may_only_be_used_through_a_service(story: Story) -> None:
    alice = story.service.user("alice")
    via = f"ec2.{REGION}.amazonaws.com"
    story.put(allow(ALICE, "kms:Encrypt", Condition={"StringEquals": {"kms:ViaService": via}}))
    refused(alice, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, f'kms:ViaService "{via}" does not hold: the request has no')
    _register(story)
    with story.service.store.read() as reader:
        principal = find_principal(reader, ALICE)
    through = story.service.as_principal(principal, terms=Terms(service_call=ServiceCall(service=SERVICE)))
    encrypt(through, story)
    mended(story.explained(via_service=SERVICE))


def _register(story: Story) -> None:
    with story.service.store.change() as change:
        register_service(change, story.service.opened.store_keys, SERVICE)


@pytest.mark.parametrize(
    ("constraints", "words"),
    [
        ({"EncryptionContextSubset": TEAM}, 'the encryption context subset {"Team":"payments"}; it is {}'),
        ({"EncryptionContextEquals": TEAM}, 'the encryption context equals {"Team":"payments"}; it is {}'),
    ],
)
def test_a_grant_has_a_constraint(story: Story, constraints: Mapping[str, object], words: str) -> None:
    alice = story.service.user("alice")
    story.put()
    grant = story.root(
        "CreateGrant", KeyId=story.key, GranteePrincipal=ALICE, Operations=["Encrypt"], Constraints=constraints
    )
    refused(alice, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, f"grant {grant['GrantId']} would allow it, but", words)
    encrypt(alice, story, EncryptionContext=TEAM)
    mended(story.explained(encryption_context=TEAM))


def test_a_grant_is_to_somebody_else(story: Story) -> None:
    alice = story.service.user("alice")
    story.service.user("bob")
    story.put()
    story.root("CreateGrant", KeyId=story.key, GranteePrincipal=BOB, Operations=["Encrypt"])
    refused(alice, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, f"its grantee is {BOB}, not {ALICE}")
    story.root("CreateGrant", KeyId=story.key, GranteePrincipal=ALICE, Operations=["Encrypt"])
    encrypt(alice, story)
    mended(story.explained())


def test_a_grant_has_other_operations(story: Story) -> None:
    alice = story.service.user("alice")
    story.put()
    story.root("CreateGrant", KeyId=story.key, GranteePrincipal=ALICE, Operations=["Decrypt"])
    refused(alice, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, 'its operations are "Decrypt", not Encrypt')
    story.root("CreateGrant", KeyId=story.key, GranteePrincipal=ALICE, Operations=["Decrypt", "Encrypt"])
    encrypt(alice, story)
    mended(story.explained())


def test_the_account_of_the_key_does_not_let_another_account_in(story: Story) -> None:
    story.service.add_account()
    carol = story.service.user("carol", EVERYTHING_POLICY, account_id=OTHER_ACCOUNT)
    story.put()
    refused(carol, story)
    check(story.explained(OTHER_USER), Cause.NO_KEY_POLICY_ALLOW, f"or lets its account {OTHER_ACCOUNT} decide")
    story.put(allow(OTHER_ROOT, "kms:Encrypt"))
    encrypt(carol, story)
    mended(story.explained(OTHER_USER))


def test_the_account_of_who_asks_does_not_let_it_out(story: Story) -> None:
    story.service.add_account()
    carol = story.service.user("carol", account_id=OTHER_ACCOUNT)
    story.put(allow(OTHER_ROOT, "kms:Encrypt"))
    refused(carol, story)
    check(
        story.explained(OTHER_USER), Cause.NO_IDENTITY_ALLOW, f"of the key policy delegates to account {OTHER_ACCOUNT}"
    )
    story.permit(EVERYTHING, user="carol", account_id=OTHER_ACCOUNT)
    encrypt(carol, story)
    mended(story.explained(OTHER_USER))


def test_an_operation_is_not_for_other_accounts(story: Story) -> None:
    story.service.add_account()
    carol = story.service.user("carol", EVERYTHING_POLICY, account_id=OTHER_ACCOUNT)
    alice = story.service.user("alice", EVERYTHING_POLICY)
    story.put(allow(OTHER_ROOT), allow())
    assert carol.refused("DisableKey", KeyId=story.key).code == "AccessDeniedException"
    answered = story.explained(OTHER_USER, action="kms:DisableKey")
    check(answered, Cause.NOT_CROSS_ACCOUNT, f"make the request as a principal of account {ACCOUNT}")
    alice("DisableKey", KeyId=story.key)
    mended(story.explained(action="kms:DisableKey"))


def test_no_second_factor_was_shown(story: Story) -> None:
    _worker(story)
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    story.put(allow(ROLE, "kms:Encrypt", Condition=condition))
    refused(_worker(story), story)
    check(
        story.explained(SESSION),
        Cause.NO_KEY_POLICY_ALLOW,
        'its condition Bool aws:MultiFactorAuthPresent "true" does not hold: the request has "false"',
    )
    encrypt(_worker(story, Terms(mfa_at=story.service.clock.wall())), story)
    mended(story.explained(SESSION, context={"aws:multifactorauthpresent": ("true",)}))


def test_the_address_is_another(story: Story) -> None:
    alice = story.service.user("alice")
    story.put(allow(ALICE, "kms:Encrypt", Condition={"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}))
    refused(alice, story)
    check(
        story.explained(context={"aws:sourceip": (SOURCE_IP,)}),
        Cause.NO_KEY_POLICY_ALLOW,
        f'its condition IpAddress aws:SourceIp "198.51.100.0/24" does not hold: the request has "{SOURCE_IP}"',
    )
    assert story.explained().absent == ("aws:SourceIp",)
    story.put(allow(ALICE, "kms:Encrypt", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}))
    encrypt(alice, story)
    mended(story.explained(context={"aws:sourceip": (SOURCE_IP,)}))


def test_a_tag_of_the_key_is_another(story: Story) -> None:
    condition = {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}}
    statement = {**EVERYTHING, "Action": "kms:Encrypt", "Condition": condition}
    alice = story.service.user("alice", {**EVERYTHING_POLICY, "Statement": statement})
    story.iam("TagUser", UserName="alice", Tags=[{"Key": "Team", "Value": "payments"}])
    story.root("TagResource", KeyId=story.key, Tags=[{"TagKey": "Team", "TagValue": "sales"}])
    refused(alice, story)
    check(story.explained(), Cause.NO_IDENTITY_ALLOW, 'aws:ResourceTag/Team "${aws:PrincipalTag/Team}"', '"sales"')
    story.root("TagResource", KeyId=story.key, Tags=[{"TagKey": "Team", "TagValue": "payments"}])
    encrypt(alice, story)
    mended(story.explained())


def test_a_variable_has_no_value(story: Story) -> None:
    condition = {"StringEquals": {"kms:EncryptionContext:Team": "${aws:PrincipalTag/Team}"}}
    statement = {**EVERYTHING, "Action": "kms:Encrypt", "Condition": condition}
    alice = story.service.user("alice", {**EVERYTHING_POLICY, "Statement": statement})
    refused(alice, story, EncryptionContext=TEAM)
    check(
        story.explained(encryption_context=TEAM),
        Cause.NO_IDENTITY_ALLOW,
        "does not hold: ${aws:PrincipalTag/Team} has no value in the request",
    )
    story.iam("TagUser", UserName="alice", Tags=[{"Key": "Team", "Value": "payments"}])
    encrypt(alice, story, EncryptionContext=TEAM)
    mended(story.explained(encryption_context=TEAM))


def test_key_policies_never_see_tags_of_the_key(story: Story) -> None:
    alice = story.service.user("alice")
    story.root("TagResource", KeyId=story.key, Tags=[{"TagKey": "Team", "TagValue": "payments"}])
    story.put(allow(ALICE, "kms:Encrypt", Condition={"StringEquals": {"aws:ResourceTag/Team": "payments"}}))
    refused(alice, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, "for key policies never see it")
    story.put(allow(ALICE, "kms:Encrypt"))
    encrypt(alice, story)
    mended(story.explained())


def test_the_case_of_the_name_is_another(story: Story) -> None:
    alice = story.service.user("alice")
    condition = {"ArnEquals": {"aws:PrincipalArn": f"{ARN}:user/Alice"}}
    story.put(allow("*", "kms:Encrypt", Condition=condition))
    refused(alice, story)
    check(
        story.explained(),
        Cause.NO_KEY_POLICY_ALLOW,
        f'its condition ArnEquals aws:PrincipalArn "{ARN}:user/Alice" does not hold: the request has "{ALICE}"',
    )
    story.put(allow("*", "kms:Encrypt", Condition={"ArnEquals": {"aws:PrincipalArn": ALICE}}))
    encrypt(alice, story)
    mended(story.explained())


def test_a_deleted_user_was_named(story: Story) -> None:
    story.service.user("alice")
    story.put(allow(ALICE, "kms:Encrypt"))
    for access_key in story.iam("ListAccessKeys", UserName="alice")["AccessKeyMetadata"]:
        story.iam("DeleteAccessKey", UserName="alice", AccessKeyId=access_key["AccessKeyId"])
    story.iam("DeleteUser", UserName="alice")
    namesake = story.service.user("alice")
    refused(namesake, story)
    check(story.explained(), Cause.NO_KEY_POLICY_ALLOW, 'it names "AIDA', f"and not {ALICE}")
    story.put(allow(ALICE, "kms:Encrypt"))
    encrypt(namesake, story)
    mended(story.explained())


def test_a_service_acts_for_another_source(story: Story) -> None:
    _register(story)
    source = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1"
    statement = {
        **allow(action="kms:Encrypt", Condition={"ArnEquals": {"aws:SourceArn": source}}),
        "Principal": {"Service": SERVICE},
    }
    story.put(statement)

    def acting_for(source_arn: str) -> Caller:
        call = ServiceCall(service=SERVICE, source_arn=source_arn)
        return story.service.as_principal(service_principal(SERVICE), terms=Terms(service_call=call))

    wrong = source.replace("vol-1", "vol-2")
    refused(acting_for(wrong), story)
    check(
        story.explained(SERVICE, context={"aws:sourcearn": (wrong,)}),
        Cause.NO_KEY_POLICY_ALLOW,
        f'aws:SourceArn "{source}" does not hold: the request has "{wrong}"',
    )
    encrypt(acting_for(source), story)
    mended(story.explained(SERVICE, context={"aws:sourcearn": (source,)}))


def test_nothing_allows_an_action_without_a_key(story: Story) -> None:
    alice = story.service.user("alice")
    assert alice.refused("ListKeys").code == "AccessDeniedException"
    with story.service.store.read() as reader:
        question = Question(principal=ALICE, action="kms:ListKeys", key=None, region=REGION)
        check(answer(reader, question, 0.0), Cause.NO_IDENTITY_ALLOW, "allow kms:ListKeys on *")
    story.permit({**EVERYTHING, "Action": "kms:ListKeys"})
    alice("ListKeys")
    with story.service.store.read() as reader:
        mended(answer(reader, question, 0.0))
