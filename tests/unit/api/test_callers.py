"""Who asks, with the policies and tags that its own account has for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest

from strongroom.api.callers import (
    Caller,
    compiled,
    identity_policies,
    load_caller,
    load_credential,
    managed_policy_text,
    owner_of,
    session_policies,
)
from strongroom.app.installation import new_access_key, set_access_key_status
from strongroom.app.services import register_service
from strongroom.authn.sessions import ServiceCall, Terms
from strongroom.model.account import AccountSettings, Service
from strongroom.model.errors import UnrecognizedClient
from strongroom.model.principal import (
    root_principal,
    service_principal,
    user_principal,
    web_identity_principal,
)
from strongroom.policy.callers import NO_POLICIES, Source
from strongroom.policy.syntax import PolicySyntaxError
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT
from tests.unit.api.support import (
    ALICE,
    CLERK,
    ISSUED,
    OWN_POLICY,
    ROOT,
    group,
    managed,
    put,
    role,
    saying,
    signed_by,
    user,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from strongroom.model.identity import Role, User
    from strongroom.model.principal import Principal
    from strongroom.policy.callers import NamedPolicy
    from tests.support.in_process import InProcess

INVALID: Final = "The security token included in the request is invalid"
EC2: Final = "ec2.amazonaws.com"
POWER_USER: Final = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
GONE_POLICY: Final = f"arn:aws:iam::{ACCOUNT}:policy/Gone"
KINDS: Final = [pytest.param(ALICE, user, id="user"), pytest.param(CLERK, role, id="role")]


def put_service(service: InProcess, name: str = EC2) -> None:
    with service.store.change() as change:
        change.identities.put_service(Service(service=name))


def load(service: InProcess, principal: Principal, terms: Terms | None = None) -> Caller:
    with service.store.read() as reader:
        return load_caller(reader, signed_by(principal, terms))


def refused(service: InProcess, principal: Principal, terms: Terms | None = None) -> str | None:
    with pytest.raises(UnrecognizedClient) as caught:
        load(service, principal, terms)
    return caught.value.message


def named(policies: Iterable[NamedPolicy] | None) -> list[tuple[str, str | None]]:
    """Give the name of each policy and the Sid of its only statement."""
    return [(each.name, each.document.statements[0].sid) for each in policies or ()]


class TestRootUsers:
    def test_a_root_user_needs_no_policy(self, service: InProcess) -> None:
        caller = load(service, ROOT)
        assert caller.principal == ROOT
        assert caller.policies.unrestricted
        assert caller.policies.identity == ()
        limits = (caller.policies.boundary, caller.policies.session, caller.policies.service_control)
        assert limits == (None, None, None)
        assert (caller.tags, caller.session) == ({}, None)

    def test_its_sessions_may_be_limited(self, service: InProcess) -> None:
        terms = Terms(policy=saying("Limit"), tags={"Team": "red"})
        caller = load(service, ROOT, terms)
        assert caller.policies.unrestricted
        assert named(caller.policies.session) == [("session policy", "Limit")]
        assert caller.tags == {"Team": "red"}
        assert caller.session is not None
        assert caller.terms == terms

    def test_its_account_limits_it(self, service: InProcess) -> None:
        put(service, AccountSettings(account_id=ACCOUNT, service_control_policies={"Guard": saying("Guard")}))
        caller = load(service, ROOT)
        assert named(caller.policies.service_control) == [("Guard", "Guard")]
        assert load(service, root_principal(OTHER_ACCOUNT)).policies.service_control is None


class TestPolicies:
    def test_a_user_has_its_own_and_those_of_its_groups(self, service: InProcess) -> None:
        put(
            service,
            managed(saying("Managed")),
            group("Admins", inline_policies={"g": saying("Group")}, attached=(OWN_POLICY,)),
            group("Others", inline_policies={"o": saying("Others")}),
            user(
                inline_policies={"b": saying("B"), "a": saying("A")},
                attached=(POWER_USER, OWN_POLICY),
                group_ids=("AGPAADMINS",),
            ),
        )
        caller = load(service, ALICE)
        found = [each for each in named(caller.policies.identity) if each[0] != POWER_USER]
        assert found == [
            (f"{ALICE.arn} b", "B"),
            (f"{ALICE.arn} a", "A"),
            (OWN_POLICY, "Managed"),
            (f"arn:aws:iam::{ACCOUNT}:group/Admins g", "Group"),
        ]
        assert caller.policies.identity[2].name == POWER_USER
        assert {each.source for each in caller.policies.identity} == {Source.IDENTITY_POLICY}
        assert not caller.policies.unrestricted

    def test_a_role_has_its_own(self, service: InProcess) -> None:
        put(service, managed(saying("Managed")))
        put(service, role(inline_policies={"own": saying("Own")}, attached=(OWN_POLICY,)))
        caller = load(service, CLERK)
        role_arn = f"arn:aws:iam::{ACCOUNT}:role/app/Clerk"
        assert named(caller.policies.identity) == [(f"{role_arn} own", "Own"), (OWN_POLICY, "Managed")]
        assert not caller.policies.unrestricted

    def test_a_group_that_is_gone_gives_nothing(self, service: InProcess) -> None:
        put(service, user(group_ids=("AGPAGONE",)))
        assert load(service, ALICE).policies.identity == ()

    @pytest.mark.parametrize(("principal", "entity"), KINDS)
    def test_a_boundary_limits_users_and_roles(
        self, service: InProcess, principal: Principal, entity: Callable[..., User | Role]
    ) -> None:
        put(service, managed(saying("Boundary")), entity(permissions_boundary=OWN_POLICY))
        found = load(service, principal).policies.boundary
        assert found is not None
        assert (found.source, named([found])) == (Source.PERMISSIONS_BOUNDARY, [(OWN_POLICY, "Boundary")])

    @pytest.mark.parametrize(("principal", "entity"), KINDS)
    def test_service_control_policies_limit_users_and_roles(
        self, service: InProcess, principal: Principal, entity: Callable[..., User | Role]
    ) -> None:
        put(service, entity())
        assert load(service, principal).policies.service_control is None
        put(service, AccountSettings(account_id=ACCOUNT, alias="example"))
        assert load(service, principal).policies.service_control is None
        limits = {"FullAWSAccess": saying("Full"), "Guard": saying("Guard")}
        put(service, AccountSettings(account_id=ACCOUNT, service_control_policies=limits))
        found = load(service, principal).policies.service_control
        assert named(found) == [("FullAWSAccess", "Full"), ("Guard", "Guard")]
        assert {each.source for each in found or ()} == {Source.SERVICE_CONTROL_POLICY}

    @pytest.mark.parametrize(("principal", "entity"), KINDS)
    def test_session_policies_limit_users_and_roles(
        self, service: InProcess, principal: Principal, entity: Callable[..., User | Role]
    ) -> None:
        put(service, managed(saying("Managed")), entity())
        assert load(service, principal, Terms()).policies.session is None
        terms = Terms(policy=saying("Inline"), policy_arns=(OWN_POLICY,))
        found = load(service, principal, terms).policies.session
        assert named(found) == [("session policy", "Inline"), (OWN_POLICY, "Managed")]
        assert {each.source for each in found or ()} == {Source.SESSION_POLICY}
        managed_only = load(service, principal, Terms(policy_arns=(OWN_POLICY,)))
        assert named(managed_only.policies.session) == [(OWN_POLICY, "Managed")]

    @pytest.mark.parametrize("principal", [ROOT, ALICE, CLERK])
    def test_a_session_ends_with_a_policy_that_limits_it(self, service: InProcess, principal: Principal) -> None:
        put(service, user(), role())
        assert refused(service, principal, Terms(policy=saying("Inline"), policy_arns=(GONE_POLICY,))) == INVALID

    @pytest.mark.parametrize("members", [{"attached": (GONE_POLICY,)}, {"permissions_boundary": GONE_POLICY}])
    def test_a_policy_that_is_gone_is_not_passed_over(self, service: InProcess, members: dict[str, Any]) -> None:
        put(service, user(**members))
        with pytest.raises(LookupError, match="policy/Gone"):
            load(service, ALICE)
        assert service.as_principal(ALICE).refused("ListKeys").code == "KMSInternalException"

    def test_policies_of_others_do_not_count(self, service: InProcess) -> None:
        bob = user(user_name="Bob", user_id="AIDABOB", inline_policies={"p": saying("Bob")})
        put(service, user(), role(inline_policies={"p": saying("Clerk")}), bob)
        assert load(service, ALICE).policies.identity == ()


class TestIdentities:
    @pytest.mark.parametrize(("principal", "entity"), KINDS)
    def test_who_is_deleted_is_refused(
        self, service: InProcess, principal: Principal, entity: Callable[..., User | Role]
    ) -> None:
        put(service, entity())
        assert load(service, principal, Terms()).principal == principal
        with service.store.change() as change:
            change.identities.delete(entity())
        assert refused(service, principal) == INVALID
        assert refused(service, principal, Terms()) == INVALID

    @pytest.mark.parametrize(
        ("principal", "anew"),
        [(ALICE, user(user_id="AIDAOTHER")), (CLERK, role(role_id="AROAOTHER"))],
        ids=["user", "role"],
    )
    def test_who_is_made_anew_under_an_old_name_is_somebody_else(
        self, service: InProcess, principal: Principal, anew: User | Role
    ) -> None:
        put(service, anew)
        assert refused(service, principal) == INVALID

    def test_an_id_is_of_one_kind(self, service: InProcess) -> None:
        put(service, user(user_id="AROACLERK"), role(role_id="AIDAALICE"))
        assert refused(service, ALICE) == INVALID
        assert refused(service, CLERK) == INVALID

    def test_a_renamed_user_has_its_new_name(self, service: InProcess) -> None:
        put(service, user())
        with service.store.change() as change:
            change.identities.rename(user(user_name="Alicia", path="/staff/"), "Alice")
        found = load(service, ALICE).principal
        assert (found.arn, found.user_name) == (f"arn:aws:iam::{ACCOUNT}:user/staff/Alicia", "Alicia")
        assert found.principal_id == ALICE.principal_id

    def test_a_session_has_the_present_arn_of_its_role(self, service: InProcess) -> None:
        put(service, role(path="/"))
        found = load(service, CLERK).principal
        assert found == msgspec.structs.replace(CLERK, role_arn=f"arn:aws:iam::{ACCOUNT}:role/Clerk")

    @pytest.mark.parametrize(("principal", "entity"), KINDS)
    @pytest.mark.parametrize(
        ("own", "of_session", "expected"),
        [
            ({"Team": "red"}, {}, {"Team": "red"}),
            ({}, {"Team": "blue"}, {"Team": "blue"}),
            ({"Team": "red", "App": "x"}, {"Team": "blue"}, {"Team": "blue", "App": "x"}),
            ({"team": "red", "App": "x"}, {"TEAM": "blue"}, {"TEAM": "blue", "App": "x"}),
        ],
    )
    def test_session_tags_come_before_those_of_the_principal(  # noqa: PLR0913 - the columns of a table
        self,
        service: InProcess,
        principal: Principal,
        entity: Callable[..., User | Role],
        *,
        own: dict[str, str],
        of_session: dict[str, str],
        expected: dict[str, str],
    ) -> None:
        put(service, entity(tags=own))
        assert load(service, principal, Terms(tags=of_session)).tags == expected
        assert load(service, principal).tags == own

    def test_no_two_callers_are_equal(self, service: InProcess) -> None:
        assert load(service, ROOT) != load(service, ROOT)


class TestServices:
    def test_a_service_has_no_policies(self, service: InProcess) -> None:
        put_service(service)
        terms = Terms(service_call=ServiceCall(service=EC2, source_account=ACCOUNT), tags={"Team": "red"})
        for caller in (load(service, service_principal(EC2)), load(service, service_principal(EC2), terms)):
            assert caller.principal == service_principal(EC2)
            policies = caller.policies
            assert (policies.identity, policies.boundary, policies.session, policies.service_control) == (
                (),
                None,
                None,
                None,
            )
            assert not policies.unrestricted
            assert (caller.tags, caller.service) == ({}, EC2)

    def test_a_service_that_is_gone_is_refused(self, service: InProcess) -> None:
        put_service(service, "rds.amazonaws.com")
        put(service, user(), role())
        forwarded = Terms(service_call=ServiceCall(service=EC2))
        assert refused(service, service_principal(EC2)) == INVALID
        for principal in (ROOT, ALICE, CLERK, service_principal(EC2), service_principal("rds.amazonaws.com")):
            assert refused(service, principal, forwarded) == INVALID

    def test_who_a_service_acts_for_keeps_its_own_policies(self, service: InProcess) -> None:
        put_service(service)
        put(service, user(inline_policies={"p": saying("Own")}, tags={"Team": "red"}))
        caller = load(service, ALICE, Terms(service_call=ServiceCall(service=EC2), policy=saying("Limit")))
        assert caller.principal == ALICE
        assert named(caller.policies.identity) == [(f"{ALICE.arn} p", "Own")]
        assert named(caller.policies.session) == [("session policy", "Limit")]
        assert (caller.tags, caller.service) == ({"Team": "red"}, EC2)

    @pytest.mark.parametrize("deleted", [False, True])
    @pytest.mark.parametrize("which", [0, 1])
    def test_a_session_ends_with_any_access_key_that_vouches_for_it(
        self, service: InProcess, which: int, *, deleted: bool
    ) -> None:
        put(service, user())
        with service.store.change() as change:
            store_keys = service.opened.store_keys
            own = register_service(change, store_keys, EC2).access_key_id
            users = new_access_key(change, store_keys, ACCOUNT, "AIDAALICE").access_key_id
        terms = Terms(service_call=ServiceCall(service=EC2, access_key_ids=(own, users)))
        assert load(service, ALICE, terms).vouching_keys == (own, users)
        with service.store.change() as change:
            if deleted:
                change.accounts.delete_access_key((own, users)[which])
            else:
                assert set_access_key_status(change, (own, users)[which], "Inactive")
        assert refused(service, ALICE, terms) == INVALID


class TestCaller:
    """What is told of a caller by how it was loaded."""

    def caller(self, principal: Principal = ALICE, terms: Terms | None = None, vouched: Terms | None = None) -> Caller:
        session = signed_by(principal, terms).session
        return Caller(principal=principal, policies=NO_POLICIES, tags={}, session=session, vouched=vouched or Terms())

    def test_long_term_credentials(self) -> None:
        caller = self.caller()
        assert (caller.service, caller.vouching_keys, caller.token_issued_at, caller.terms) == (None, (), None, Terms())

    def test_a_session(self) -> None:
        caller = self.caller(terms=Terms(source_identity="Bob"))
        assert (caller.service, caller.vouching_keys, caller.token_issued_at) == (None, (), ISSUED)
        assert caller.terms.source_identity == "Bob"

    @pytest.mark.parametrize("issued", [None, ISSUED - 60])
    def test_the_session_of_a_service_hides_none_of_the_users_own(self, issued: float | None) -> None:
        call = ServiceCall(service=EC2, access_key_ids=("AKIAONE", "AKIATWO"), token_issued_at=issued)
        caller = self.caller(terms=Terms(service_call=call))
        assert (caller.service, caller.vouching_keys) == (EC2, ("AKIAONE", "AKIATWO"))
        assert caller.token_issued_at == issued

    def test_a_service_itself(self) -> None:
        assert self.caller(service_principal(EC2)).service == EC2

    def test_who_an_identity_provider_vouches_for(self) -> None:
        provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"
        vouched = Terms(federated_provider=provider)
        caller = self.caller(web_identity_principal(ACCOUNT, provider, "app", "me"), vouched=vouched)
        assert caller.terms is vouched
        assert caller.token_issued_at is None


class TestCredentials:
    def test_those_of_a_root_user(self, service: InProcess) -> None:
        access_key_id, secret = service.created.credentials
        with service.store.read() as reader:
            found = load_credential(reader, service.opened.store_keys, access_key_id)
        assert found is not None
        assert (found.access_key_id, found.secret, found.active) == (access_key_id, secret, True)
        assert found.principal == ROOT

    def test_those_of_a_user_and_a_service(self, service: InProcess) -> None:
        store_keys = service.opened.store_keys
        put(service, user(path="/staff/"))
        with service.store.change() as change:
            users = new_access_key(change, store_keys, ACCOUNT, "AIDAALICE")
            services = register_service(change, store_keys, EC2)
            assert set_access_key_status(change, services.access_key_id, "Inactive")
        with service.store.read() as reader:
            found = [load_credential(reader, store_keys, each.access_key_id) for each in (users, services)]
        assert [(each.secret, each.active) for each in found if each is not None] == [
            (users.secret_access_key, True),
            (services.secret_access_key, False),
        ]
        assert [each.principal for each in found if each is not None] == [
            user_principal(ACCOUNT, user(path="/staff/").arn, "AIDAALICE", "Alice"),
            service_principal(EC2),
        ]

    def test_those_of_a_user_who_is_gone_are_of_nobody(self, service: InProcess) -> None:
        put(service, user())
        with service.store.change() as change:
            made = new_access_key(change, service.opened.store_keys, ACCOUNT, "AIDAALICE")
        alice = service.signing({"AccessKeyId": made.access_key_id, "SecretAccessKey": made.secret_access_key})
        assert alice.refused("ListKeys").code == "AccessDeniedException"
        with service.store.change() as change:
            change.identities.delete(user())
            access_key = change.accounts.find_access_key(made.access_key_id)
            assert access_key is not None
            assert owner_of(change, access_key) is None
        with service.store.read() as reader:
            assert load_credential(reader, service.opened.store_keys, made.access_key_id) is None
        assert alice.refused("ListKeys") == ("UnrecognizedClientException", f"{INVALID}.")

    def test_unknown_ones(self, service: InProcess) -> None:
        with service.store.read() as reader:
            assert load_credential(reader, service.opened.store_keys, "AKIAIOSFODNN7EXAMPLE") is None

    def test_a_secret_that_was_tampered_with_does_not_open(self, service: InProcess) -> None:
        with service.store.change() as change:
            made = new_access_key(change, service.opened.store_keys, ACCOUNT, ACCOUNT)
            found = change.accounts.find_access_key(made.access_key_id)
            assert found is not None
            moved = msgspec.structs.replace(found, access_key_id="AKIAMOVED")
            change.accounts.create_access_key(moved)
        with service.store.read() as reader, pytest.raises(ValueError, match=r"^$|.+"):
            load_credential(reader, service.opened.store_keys, "AKIAMOVED")


class TestPolicyTexts:
    def test_of_aws_and_of_customers(self, service: InProcess) -> None:
        put(service, managed(saying("Managed")))
        with service.store.read() as reader:
            assert managed_policy_text(reader, OWN_POLICY) == saying("Managed")
            assert managed_policy_text(reader, OWN_POLICY.replace("/teams/", "/")) is None
            assert managed_policy_text(reader, GONE_POLICY) is None
            assert "kms:CreateKey" in json.dumps(json.loads(managed_policy_text(reader, POWER_USER) or ""))

    def test_session_policies_that_are_none_limit_nothing(self, service: InProcess) -> None:
        with service.store.read() as reader:
            assert session_policies(reader, None, ()) is None
            with pytest.raises(LookupError, match="Gone"):
                session_policies(reader, None, [GONE_POLICY])

    def test_identity_policies_of_a_role_are_not_those_of_groups(self, service: InProcess) -> None:
        put(service, group("Admins", inline_policies={"g": saying("Group")}))
        with service.store.read() as reader:
            assert named(identity_policies(reader, role(inline_policies={"p": saying("Role")}))) == [
                (f"{role().arn} p", "Role")
            ]
            assert named(identity_policies(reader, user(group_ids=("AGPAADMINS",)))) == [
                (f"arn:aws:iam::{ACCOUNT}:group/Admins g", "Group")
            ]

    def test_a_text_is_compiled_once(self) -> None:
        text = saying("Once")
        assert compiled(text) is compiled(text)
        with pytest.raises(PolicySyntaxError):
            compiled('{"Statement":[{"Effect":"Perhaps"}]}')
