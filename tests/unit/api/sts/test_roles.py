"""AssumeRole: who may, for how long, and what a session carries."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongroom.api import second_factors
from strongroom.api.second_factors import MOST_WRONG, WRONG_CODE
from strongroom.api.sts.session_policies import check_policies
from strongroom.api.sts.trust import assumed_role
from strongroom.api.sts.types import PolicyDescriptor
from strongroom.app.installation import new_access_key
from strongroom.model.account import Service
from strongroom.model.errors import ValidationError
from strongroom.model.identity import User
from strongroom.model.principal import user_principal
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, Refused
from tests.unit.api.sts.support import (
    allowing,
    asking,
    assume,
    code,
    document,
    kms,
    new_device,
    new_role,
    new_user,
    sts,
    tags,
    trusting,
)

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/Alice"
EVERYTHING = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def is_denied(refused: Refused, action: str, user: str = ALICE) -> bool:
    """Tell whether it was refused for want of the permission for an action."""
    return refused.code == "AccessDenied" and refused.message.startswith(
        f"User: {user} is not authorized to perform: {action} "
    )


@pytest.fixture
def alice(service: InProcess) -> Caller:
    """Who may assume every role that trusts her account."""
    return sts(service, new_user(service, "Alice", allowing("sts:*")).access_key)


class TestAnswer:
    def test_it_gives_credentials_of_a_session(self, service: InProcess, alice: Caller) -> None:
        role = new_role(
            service, "Clerk", trusting(ROOT), path="/app/", inline_policies={"p": document(allowing("kms:*"))}
        )
        before = int(time.time())
        answer = assume(alice, role)
        assert set(answer) == {"Credentials", "AssumedRoleUser"}
        session_arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/morning"
        assert answer["AssumedRoleUser"] == {"AssumedRoleId": f"{role.role_id}:morning", "Arn": session_arn}
        expiration = answer["Credentials"]["Expiration"]
        assert before + 3600 <= expiration.timestamp() <= time.time() + 3600
        assert expiration.tzinfo is not None
        asked = sts(service, answer["Credentials"])("GetCallerIdentity")
        assert asked == {"UserId": f"{role.role_id}:morning", "Account": ACCOUNT, "Arn": session_arn}
        kms(service, answer["Credentials"])("ListKeys")

    def test_the_record_shows_neither_secret_nor_token(self, service: InProcess, alice: Caller) -> None:
        role = new_role(service, "Clerk", trusting(ROOT, EVERYTHING))
        answer = assume(
            alice,
            role,
            ExternalId="ticket",
            Tags=tags(Team="red"),
            SourceIdentity="alice",
            PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}],
            DurationSeconds=900,
        )
        record = service.records[-1]
        assert record["requestParameters"] == {
            "roleArn": role.arn,
            "roleSessionName": "morning",
            "externalId": "ticket",
            "tags": [{"key": "Team", "value": "red"}],
            "sourceIdentity": "alice",
            "policyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}],
            "durationSeconds": 900,
        }
        shown = answer["Credentials"]
        time_text = f"{shown['Expiration'].astimezone(UTC):%b %d, %Y, %I:%M:%S %p}".replace(" 0", " ")
        assert record["responseElements"] == {
            "credentials": {"accessKeyId": shown["AccessKeyId"], "expiration": time_text},
            "assumedRoleUser": {
                "assumedRoleId": f"{role.role_id}:morning",
                "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/morning",
            },
            "packedPolicySize": answer["PackedPolicySize"],
            "sourceIdentity": "alice",
        }
        assert record["resources"] == [{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": role.arn}]
        assert (record["eventSource"], record["eventName"], record["readOnly"]) == (
            "sts.amazonaws.com",
            "AssumeRole",
            True,
        )


class TestWhoMay:
    def test_the_own_account_is_trusted_and_the_user_allowed(self, service: InProcess) -> None:
        role = new_role(service, "Clerk", trusting(ROOT))
        bob = sts(service, new_user(service, "Bob").access_key)
        bob_arn = f"arn:aws:iam::{ACCOUNT}:user/Bob"
        assert bob.refused("AssumeRole", **asking(role)) == Refused(
            "AccessDenied",
            f"User: {bob_arn} is not authorized to perform: sts:AssumeRole on resource: {role.arn} because no "
            "identity-based policy allows the sts:AssumeRole action",
        )

    def test_a_user_that_is_trusted_needs_no_policy(self, service: InProcess) -> None:
        bob = new_user(service, "Bob")
        assume(sts(service, bob.access_key), new_role(service, "Clerk", trusting(bob.user.arn)))

    def test_a_role_that_does_not_trust_and_one_that_is_not_there_are_alike(
        self, service: InProcess, alice: Caller
    ) -> None:
        role = new_role(service, "Clerk", trusting(f"arn:aws:iam::{ACCOUNT}:root", "sts:TagSession"))
        absent = role.arn + "2"
        refused = alice.refused("AssumeRole", **asking(role))
        assert is_denied(refused, "sts:AssumeRole")
        members = {"RoleArn": absent, "RoleSessionName": "morning"}
        assert alice.refused("AssumeRole", **members).message.replace(absent, role.arn) == refused.message

    @pytest.mark.parametrize("trusts", [True, False])
    @pytest.mark.parametrize("allows", [True, False])
    def test_across_accounts_both_sides_must_allow(self, service: InProcess, trusts: bool, allows: bool) -> None:  # noqa: FBT001
        service.add_account()
        trusted = OTHER_ACCOUNT if trusts else ACCOUNT
        role = new_role(service, "Clerk", trusting(f"arn:aws:iam::{trusted}:root"))
        visitor = new_user(service, "Eve", *[allowing("sts:AssumeRole", role.arn)] * allows, account_id=OTHER_ACCOUNT)
        caller = sts(service, visitor.access_key)
        if trusts and allows:
            assert assume(caller, role)["AssumedRoleUser"]["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:")
            return
        assert is_denied(caller.refused("AssumeRole", **asking(role)), "sts:AssumeRole", visitor.user.arn)

    def test_a_user_that_is_made_anew_is_not_trusted(self, service: InProcess) -> None:
        bob = new_user(service, "Bob")
        role = new_role(service, "Clerk", trusting(bob.user.arn))
        with service.store.change() as change:
            change.identities.delete(bob.user)
        again = new_user(service, "Bob")
        assert sts(service, again.access_key).refused("AssumeRole", **asking(role)).code == "AccessDenied"

    def test_the_root_user_may_not(self, service: InProcess) -> None:
        role = new_role(service, "Clerk", trusting(ROOT))
        assert service.root(api="sts").refused("AssumeRole", **asking(role)) == Refused(
            "AccessDenied", "Roles may not be assumed by root accounts."
        )

    @pytest.mark.parametrize(
        "arn", [ALICE, f"arn:aws:iam:us-east-1:{ACCOUNT}:role/Clerk", f"arn:aws:iam::{ACCOUNT}:role/"]
    )
    def test_what_is_no_role_is_invalid(self, alice: Caller, arn: str) -> None:
        refused = alice.refused("AssumeRole", RoleArn=arn, RoleSessionName="morning")
        assert refused == Refused("ValidationError", f"{arn} is invalid")

    def test_an_external_id_is_held_against_the_trust_policy(self, service: InProcess, alice: Caller) -> None:
        role = new_role(service, "Clerk", trusting(ROOT, Condition={"StringEquals": {"sts:ExternalId": "ticket"}}))
        assume(alice, role, ExternalId="ticket")
        assert alice.refused("AssumeRole", **asking(role)).code == "AccessDenied"
        assert alice.refused("AssumeRole", **asking(role, ExternalId="other")).code == "AccessDenied"

    def test_the_name_of_the_session_is_held_against_the_trust_policy(self, service: InProcess, alice: Caller) -> None:
        condition = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
        role = new_role(service, "Clerk", trusting(ROOT, Condition=condition))
        assume(alice, role, RoleSessionName="Alice")
        assert alice.refused("AssumeRole", **asking(role)).code == "AccessDenied"

    def test_tags_of_the_role_are_held_against_identity_policies(self, service: InProcess) -> None:
        mine = allowing("sts:AssumeRole", Condition={"StringEquals": {"aws:ResourceTag/Team": "red"}})
        caller = sts(service, new_user(service, "Bob", mine).access_key)
        assume(caller, new_role(service, "Red", trusting(ROOT), tags={"team": "red"}))
        assert caller.refused("AssumeRole", **asking(new_role(service, "Blue", trusting(ROOT)))).code == "AccessDenied"

    def test_a_service_may(self, service: InProcess) -> None:
        with service.store.change() as change:
            change.identities.put_service(Service(service="ec2.amazonaws.com"))
            made = new_access_key(change, service.opened.store_keys, None, "ec2.amazonaws.com")
        ec2 = sts(service, {"AccessKeyId": made.access_key_id, "SecretAccessKey": made.secret_access_key})
        role = new_role(service, "Node", trusting({"Service": "ec2.amazonaws.com"}), max_session_duration=43_200)
        assume(ec2, role, DurationSeconds=43_200)
        assert ec2.refused("AssumeRole", **asking(new_role(service, "Clerk", trusting(ROOT)))).code == "AccessDenied"
        assert ec2("GetCallerIdentity") == {"UserId": "ec2.amazonaws.com", "Arn": "ec2.amazonaws.com"}
        assert ec2.refused("GetSessionToken").code == "AccessDenied"

    def test_a_role_must_be_there_when_its_session_is_opened(self, service: InProcess) -> None:
        with service.store.read() as reader, pytest.raises(LookupError, match="role/Nobody"):
            assumed_role(reader, f"arn:aws:iam::{ACCOUNT}:role/Nobody")


class TestDuration:
    @pytest.fixture
    def long(self, service: InProcess) -> dict[str, object]:
        role = new_role(service, "Long", trusting({"AWS": "*"}), max_session_duration=7200)
        return asking(role)

    def test_it_is_what_was_asked_for(self, alice: Caller, long: dict[str, object]) -> None:
        answer = alice("AssumeRole", **long, DurationSeconds=7200)
        left = answer["Credentials"]["Expiration"] - datetime.now(UTC)
        assert 7190 < left.total_seconds() <= 7200

    def test_it_is_not_longer_than_the_role_allows(self, alice: Caller, long: dict[str, object]) -> None:
        assert alice.refused("AssumeRole", **long, DurationSeconds=7201) == Refused(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )

    @pytest.mark.parametrize("seconds", [899, 43_201])
    def test_it_has_limits(self, alice: Caller, long: dict[str, object], seconds: int) -> None:
        assert "at 'durationSeconds' failed" in alice.refused("AssumeRole", **long, DurationSeconds=seconds).message

    def test_a_chain_goes_on_for_an_hour_at_most(
        self, service: InProcess, alice: Caller, long: dict[str, object]
    ) -> None:
        session = alice("AssumeRole", **long, DurationSeconds=7200)["Credentials"]
        second = sts(service, session)
        text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
        assert second.refused("AssumeRole", **long, DurationSeconds=3601) == Refused("ValidationError", text)
        second("AssumeRole", **long, DurationSeconds=3600)
        token = alice("GetSessionToken")["Credentials"]
        assert sts(service, token).refused("AssumeRole", **long, DurationSeconds=3601).message == text

    def test_a_session_that_is_over_is_refused(self, service: InProcess, long: dict[str, object]) -> None:
        bob = new_user(service, "Bob").user
        principal = user_principal(ACCOUNT, bob.arn, bob.user_id, bob.user_name)
        old = service.sessions.issue(principal, time.time() - 3601, 3600)
        caller = sts(
            service,
            {
                "AccessKeyId": old.access_key_id,
                "SecretAccessKey": old.secret_access_key,
                "SessionToken": old.session_token,
            },
        )
        assert caller.refused("AssumeRole", **long).code == "ExpiredToken"

    def test_sessions_of_a_role_that_is_deleted_end_at_once(
        self, service: InProcess, alice: Caller, long: dict[str, object]
    ) -> None:
        caller = sts(service, alice("AssumeRole", **long)["Credentials"])
        caller("GetCallerIdentity")
        with service.store.change() as change:
            change.identities.delete(assumed_role(change, str(long["RoleArn"])))
        assert caller.refused("GetCallerIdentity").code == "InvalidClientTokenId"
        assert caller.refused("AssumeRole", **long).code == "InvalidClientTokenId"


class TestTags:
    def test_they_take_a_permission_on_both_sides(self, service: InProcess, alice: Caller) -> None:
        role = new_role(service, "Clerk", trusting(ROOT))
        assert is_denied(alice.refused("AssumeRole", **asking(role, Tags=tags(Team="red"))), "sts:TagSession")
        assume(alice, role, Tags=[])
        open_role = new_role(service, "Open", trusting(ROOT, EVERYTHING))
        bob = sts(service, new_user(service, "Bob", allowing("sts:AssumeRole")).access_key)
        assert "sts:TagSession" in bob.refused("AssumeRole", **asking(open_role, Tags=tags(Team="red"))).message

    def test_they_are_held_against_the_trust_policy(self, service: InProcess, alice: Caller) -> None:
        conditions = {
            "StringEquals": {"aws:RequestTag/Team": ["red", "blue"]},
            "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"], "sts:TransitiveTagKeys": ["Team"]},
        }
        role = new_role(service, "Clerk", trusting(ROOT), trusting(ROOT, "sts:TagSession", Condition=conditions))
        assume(alice, role, Tags=tags(Team="red"), TransitiveTagKeys=["Team"])
        assert alice.refused("AssumeRole", **asking(role, Tags=tags(Team="green"))).code == "AccessDenied"
        assert alice.refused("AssumeRole", **asking(role, Tags=tags(Team="red", Cost="1"))).code == "AccessDenied"

    def test_they_are_tags_of_the_principal_and_override_those_of_the_role(
        self, service: InProcess, alice: Caller
    ) -> None:
        only_red = allowing("kms:ListKeys", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
        role = new_role(
            service,
            "Clerk",
            trusting(ROOT, EVERYTHING),
            tags={"Team": "blue"},
            inline_policies={"p": document(only_red)},
        )
        assert kms(service, assume(alice, role)["Credentials"]).refused("ListKeys").code == "AccessDeniedException"
        kms(service, assume(alice, role, Tags=tags(TEAM="red"))["Credentials"])("ListKeys")

    def test_transitive_tags_go_along_a_chain_and_cannot_be_overridden(self, service: InProcess, alice: Caller) -> None:
        in_red = {"StringEquals": {"aws:PrincipalTag/Team": "red"}}
        first = new_role(
            service, "First", trusting(ROOT, EVERYTHING), inline_policies={"p": document(allowing("sts:*"))}
        )
        last = new_role(
            service,
            "Last",
            trusting(ROOT, EVERYTHING),
            inline_policies={
                "p": document(
                    allowing("kms:ListKeys", Condition=in_red),
                    allowing("kms:ListAliases", Condition={"Null": {"aws:PrincipalTag/Cost": "false"}}),
                    allowing("sts:*"),
                )
            },
        )
        session = assume(alice, first, Tags=tags(Team="red", Cost="1"), TransitiveTagKeys=["team"])["Credentials"]
        second = sts(service, session)
        clash = Refused(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
            "the calling session.",
        )
        assert second.refused("AssumeRole", **asking(last, Tags=tags(TEAM="blue"))) == clash
        chained = assume(second, last, Tags=tags(Cost="2"))
        assert chained["PackedPolicySize"] >= 1
        kms(service, chained["Credentials"])("ListKeys")
        kms(service, chained["Credentials"])("ListAliases")
        # What is inherited is inherited further.
        third = assume(sts(service, chained["Credentials"]), last)["Credentials"]
        kms(service, third)("ListKeys")
        assert kms(service, third).refused("ListAliases").code == "AccessDeniedException"

    def test_to_inherit_tags_takes_the_permission_too(self, service: InProcess, alice: Caller) -> None:
        first = new_role(
            service, "First", trusting(ROOT, EVERYTHING), inline_policies={"p": document(allowing("sts:*"))}
        )
        closed = new_role(service, "Closed", trusting(ROOT))
        assume(sts(service, assume(alice, first, Tags=tags(Team="red"))["Credentials"]), closed)
        transitive = assume(alice, first, Tags=tags(Team="red"), TransitiveTagKeys=["Team"])["Credentials"]
        assert "sts:TagSession" in sts(service, transitive).refused("AssumeRole", **asking(closed)).message

    @pytest.mark.parametrize(
        ("members", "code", "message"),
        [
            (
                {"Tags": tags(Team="red", TEAM="blue")},
                "InvalidParameterValue",
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ),
            (
                {"Tags": tags(Team="red"), "TransitiveTagKeys": ["Cost"]},
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ),
            (
                {"TransitiveTagKeys": ["Cost"]},
                "InvalidParameterValue",
                "The specified transitive tag key must be included in the requested tags.",
            ),
            (
                {"Tags": [{"Key": "aws:x", "Value": "1"}]},
                "ValidationError",
                "aws: prefixed tag key names are not allowed for external use.",
            ),
        ],
    )
    def test_they_have_rules(
        self, service: InProcess, alice: Caller, members: dict[str, object], code: str, message: str
    ) -> None:
        role = new_role(service, "Clerk", trusting(ROOT, EVERYTHING))
        assert alice.refused("AssumeRole", **asking(role, **members)) == Refused(code, message)

    def test_they_have_room_for_so_much(self, service: InProcess, alice: Caller) -> None:
        role = new_role(service, "Clerk", trusting(ROOT, EVERYTHING))
        many = tags(**{f"key{number}": "v" * 256 for number in range(24)})
        refused = alice.refused("AssumeRole", **asking(role, Tags=many))
        assert refused == Refused(
            "PackedPolicyTooLarge", "Packed size of session tags consumes 105% of allotted space."
        )
        assert assume(alice, role, Tags=many[:20])["PackedPolicySize"] == 87


class TestSourceIdentity:
    def test_it_takes_a_permission_and_is_held_against_the_trust_policy(
        self, service: InProcess, alice: Caller
    ) -> None:
        condition = {"StringLike": {"sts:SourceIdentity": "a*"}}
        role = new_role(service, "Clerk", trusting(ROOT), trusting(ROOT, "sts:SetSourceIdentity", Condition=condition))
        assert assume(alice, role, SourceIdentity="alice")["SourceIdentity"] == "alice"
        assert is_denied(alice.refused("AssumeRole", **asking(role, SourceIdentity="bob")), "sts:SetSourceIdentity")

    def test_it_goes_along_a_chain_and_cannot_be_changed(self, service: InProcess, alice: Caller) -> None:
        policies = {"p": document(allowing(["sts:*", "kms:ListKeys"]))}
        first = new_role(service, "First", trusting(ROOT, EVERYTHING), inline_policies=policies)
        last = new_role(
            service,
            "Last",
            trusting(ROOT, EVERYTHING, Condition={"StringEquals": {"aws:SourceIdentity": "alice"}}),
            inline_policies=policies,
        )
        closed = new_role(service, "Closed", trusting(ROOT))
        second = sts(service, assume(alice, first, SourceIdentity="alice")["Credentials"])
        assert second.refused("AssumeRole", **asking(last, SourceIdentity="bob")) == Refused(
            "ValidationError", "The source identity is already set for this assume role session"
        )
        assert assume(second, last, SourceIdentity="alice")["SourceIdentity"] == "alice"
        assert "sts:SetSourceIdentity" in second.refused("AssumeRole", **asking(closed)).message
        chained = assume(second, last)
        assert chained["SourceIdentity"] == "alice"
        kms(service, chained["Credentials"])("ListKeys")
        assert service.records[-1]["userIdentity"]["sessionContext"]["sourceIdentity"] == "alice"


class TestSessionPolicies:
    def test_they_narrow(self, service: InProcess, alice: Caller) -> None:
        role = new_role(service, "Clerk", trusting(ROOT), inline_policies={"p": document(allowing("kms:*"))})
        answer = assume(alice, role, Policy=document(allowing("kms:ListKeys")))
        assert answer["PackedPolicySize"] == 3
        session = kms(service, answer["Credentials"])
        session("ListKeys")
        assert "because no session policy allows the kms:ListAliases action" in session.refused("ListAliases").message

    def test_managed_ones_too(self, service: InProcess, alice: Caller) -> None:
        role = new_role(service, "Clerk", trusting(ROOT), inline_policies={"p": document(allowing("kms:*"))})
        arn = "arn:aws:iam::aws:policy/AdministratorAccess"
        answer = assume(alice, role, PolicyArns=[{"arn": arn}, {"arn": arn}], Policy=document(allowing("kms:ListKeys")))
        session = kms(service, answer["Credentials"])
        session("ListKeys")
        session("ListAliases")

    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        role_allows=st.sets(st.sampled_from(["kms:ListKeys", "kms:ListAliases", "kms:GenerateRandom", "kms:*"])),
        session_allows=st.sets(
            st.sampled_from(["kms:ListKeys", "kms:ListAliases", "kms:GenerateRandom", "kms:*"]), min_size=1
        ),
    )
    def test_they_never_widen(
        self, service: InProcess, alice: Caller, role_allows: set[str], session_allows: set[str]
    ) -> None:
        statements = [allowing(action) for action in sorted(role_allows)]
        role = new_role(
            service,
            f"R{time.time_ns()}",
            trusting(ROOT),
            inline_policies={"p": document(*statements)} if statements else {},
        )
        narrowed = document(*[allowing(action) for action in sorted(session_allows)])
        with_policy = kms(service, assume(alice, role, Policy=narrowed)["Credentials"])
        for operation in ("ListKeys", "ListAliases"):
            both = all(allows & {f"kms:{operation}", "kms:*"} for allows in (role_allows, session_allows))
            if both:
                with_policy(operation)
            else:
                assert with_policy.refused(operation).code == "AccessDeniedException"

    @pytest.mark.parametrize(
        ("members", "code", "message"),
        [
            ({"Policy": "{"}, "MalformedPolicyDocument", ""),
            ({"Policy": document(allowing("kms:*"))[:-1] + ', "More": 1}'}, "MalformedPolicyDocument", ""),
            (
                {"Policy": "{" + " " * 2048},
                "ValidationError",
                "at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
            ),
            (
                {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/NoSuchPolicy"}]},
                "ValidationError",
                "Policy arn:aws:iam::aws:policy/NoSuchPolicy does not exist or is not attachable.",
            ),
            (
                {"PolicyArns": [{"arn": f"arn:aws:iam::{OTHER_ACCOUNT}:policy/Theirs"}]},
                "ValidationError",
                f"Policy arn:aws:iam::{OTHER_ACCOUNT}:policy/Theirs does not exist or is not attachable.",
            ),
            (
                {"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AdministratorAccess"}] * 11},
                "ValidationError",
                "A session can have at most 10 managed session policies.",
            ),
            (
                {
                    "Policy": document(allowing("kms:*")) + " " * 1900,
                    "Tags": tags(**{f"k{n}": "v" * 256 for n in range(20)}),
                },
                "PackedPolicyTooLarge",
                "Packed policy consumes 120% of allotted space, please use smaller policy.",
            ),
        ],
    )
    def test_they_have_rules(
        self, service: InProcess, alice: Caller, members: dict[str, object], code: str, message: str
    ) -> None:
        role = new_role(service, "Clerk", trusting(ROOT, EVERYTHING))
        refused = alice.refused("AssumeRole", **asking(role, **members))
        assert refused.code == code
        assert message in refused.message


def test_a_managed_session_policy_is_named() -> None:
    with pytest.raises(ValidationError, match=r"Value null at 'policyArns.1.member.arn' failed to satisfy"):
        check_policies(None, [PolicyDescriptor()])


class TestSecondFactor:
    @pytest.fixture
    def role(self, service: InProcess) -> dict[str, object]:
        condition = {**MFA, "NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}
        return asking(new_role(service, "Vault", trusting(ROOT, Condition=condition)))

    @pytest.fixture
    def device(self, service: InProcess, alice: Caller) -> str:
        alice("GetCallerIdentity")
        with service.store.read() as reader:
            user = reader.identities.find(User, ACCOUNT, "Alice")
        assert user is not None
        return new_device(service, user.user_id)

    def test_a_code_opens_what_the_trust_policy_guards(
        self, service: InProcess, alice: Caller, role: dict[str, object], device: str
    ) -> None:
        assert alice.refused("AssumeRole", **role).code == "AccessDenied"
        session = alice("AssumeRole", **role, SerialNumber=device, TokenCode=code())["Credentials"]
        assert service.records[-1]["requestParameters"]["serialNumber"] == device
        assert "tokenCode" not in service.records[-1]["requestParameters"]
        # The session of the role does not count as one of a second factor.
        sts(service, session)("GetCallerIdentity")
        assert service.records[-1]["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"

    def test_a_code_is_good_once(self, alice: Caller, role: dict[str, object], device: str) -> None:
        members = {**role, "SerialNumber": device, "TokenCode": code()}
        alice("AssumeRole", **members)
        assert alice.refused("AssumeRole", **members) == Refused(
            "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "
        )

    def test_a_code_of_a_request_that_is_refused_is_not_used_up(
        self, service: InProcess, alice: Caller, role: dict[str, object], device: str
    ) -> None:
        closed = new_role(service, "Closed", trusting(ROOT, "sts:TagSession"))
        members = {"SerialNumber": device, "TokenCode": code()}
        assert alice.refused("AssumeRole", **asking(closed, **members)).code == "AccessDenied"
        alice("AssumeRole", **role, **members)

    @pytest.mark.parametrize("half", [{"SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/phone"}, {"TokenCode": "123456"}])
    def test_half_of_it_is_none(self, alice: Caller, role: dict[str, object], half: dict[str, str]) -> None:
        assert alice.refused("AssumeRole", **role, **half) == Refused(
            "AccessDenied",
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
        )

    def test_a_device_is_its_owners(self, service: InProcess, alice: Caller, role: dict[str, object]) -> None:
        other = new_device(service, "AIDASOMEBODYELSE", "other")
        free = new_device(service, "", "free")
        for serial_number in (other, free, other + "2", "GAHT12345678"):
            assert alice.refused("AssumeRole", **role, SerialNumber=serial_number, TokenCode=code()) == Refused(
                "AccessDenied",
                "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number "
                "is valid and associated with this user.",
            )

    def test_a_wrong_code_is_refused_and_not_echoed(self, alice: Caller, role: dict[str, object], device: str) -> None:
        refused = alice.refused("AssumeRole", **role, SerialNumber=device, TokenCode="12345x")
        assert (refused.code, "12345x" in refused.message) == ("ValidationError", False)
        assert alice.refused("AssumeRole", **role, SerialNumber=device, TokenCode=code(5)).code == "AccessDenied"

    def test_codes_cannot_be_guessed(
        self,
        service: InProcess,
        alice: Caller,
        role: dict[str, object],
        device: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        for number in range(MOST_WRONG):
            wrong = {"SerialNumber": device, "TokenCode": code(100 + number)}
            assert alice.refused("AssumeRole", **role, **wrong).code == "AccessDenied"
        right = {"SerialNumber": device, "TokenCode": code()}
        assert alice.refused("AssumeRole", **role, **right).message == WRONG_CODE
        # Others are not kept from theirs, and who waits may try again.
        bob = new_user(service, "Bob")
        theirs = new_device(service, bob.user.user_id, "theirs")
        sts(service, bob.access_key)("GetSessionToken", SerialNumber=theirs, TokenCode=code())
        monkeypatch.setattr(second_factors, "WRONG_WITHIN", 0)
        alice("AssumeRole", **role, **right)

    def test_one_that_was_shown_for_the_session_of_the_caller_counts(
        self, service: InProcess, alice: Caller, role: dict[str, object], device: str
    ) -> None:
        session = alice("GetSessionToken", SerialNumber=device, TokenCode=code())["Credentials"]
        sts(service, session)("AssumeRole", **role)
        plain = alice("GetSessionToken")["Credentials"]
        assert sts(service, plain).refused("AssumeRole", **role).code == "AccessDenied"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("MinimumSessionTokenSize", 1),
        ("ProvidedContexts", [{"ProviderArn": "arn:aws:iam::aws:contextProvider/IdentityCenter"}]),
    ],
)
def test_what_is_not_supported_is_refused(service: InProcess, alice: Caller, member: str, value: object) -> None:
    role = new_role(service, "Clerk", trusting(ROOT))
    refused = alice.refused("AssumeRole", **asking(role, **{member: value}))
    assert refused == Refused("ValidationError", f"The {member} parameter is not supported.")
    assume(alice, role, MinimumSessionTokenSize=0)
