"""Which resource a request is about, and what it names in the account."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import pytest

from strongroom.api.iam.entities import find_managed_policy, find_role, known_managed_policy
from strongroom.api.iam.finders import (
    group_resource,
    listing_resource,
    mfa_device_resource,
    new_resource,
    oidc_provider_resource,
    policy_resource,
    renamed_resource,
    role_resource,
    user_resource,
)
from strongroom.api.resources import Resource
from strongroom.model.errors import ValidationError
from strongroom.model.identity import Group, ManagedPolicy, OidcProvider, PolicyVersion, Role, User, VirtualMfaDevice
from strongroom.model.identity_errors import NoSuchEntityError
from strongroom.model.principal import role_session_principal, root_principal, user_principal
from strongroom.policy.aws_managed import MANAGED_POLICIES
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT, policy

if TYPE_CHECKING:
    from strongroom.api.resources import ResourceFinder
    from strongroom.model.principal import Principal
    from tests.support.in_process import InProcess

ARN: Final = f"arn:aws:iam::{ACCOUNT}"
AWS: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TAGS: Final = {"team": "payments"}
ROOT: Final = root_principal(ACCOUNT)
BOB: Final = User(
    account_id=ACCOUNT,
    creation_date=0.0,
    path="/a/",
    user_name="Bob",
    user_id="AIDAEXAMPLE",
    tags=TAGS,
    permissions_boundary=AWS,
)
CLERK: Final = Role(
    account_id=ACCOUNT,
    creation_date=0.0,
    path="/a/",
    role_name="Clerk",
    role_id="AROAEXAMPLE",
    trust_policy=policy(),
    tags=TAGS,
)
DEVS: Final = Group(account_id=ACCOUNT, creation_date=0.0, path="/a/", group_name="Devs", group_id="AGPAEXAMPLE")
OWN: Final = ManagedPolicy(
    account_id=ACCOUNT,
    creation_date=0.0,
    update_date=0.0,
    policy_name="Own",
    policy_id="ANPAEXAMPLE",
    versions=(PolicyVersion(version_id="v1", document=policy(), creation_date=0.0),),
    tags=TAGS,
)
ISSUER: Final = OidcProvider(account_id=ACCOUNT, creation_date=0.0, url="issuer.example/path", tags=TAGS)
PHONE: Final = VirtualMfaDevice(
    account_id=ACCOUNT, creation_date=0.0, device_name="phone", store_key=1, wrapped_seed=b"", tags=TAGS
)


@pytest.fixture(autouse=True)
def entities(service: InProcess) -> None:
    with service.store.change() as change:
        for entity in (BOB, CLERK, DEVS, OWN, ISSUER, PHONE):
            change.identities.put(entity)


def found(service: InProcess, finder: ResourceFinder, caller: Principal = ROOT, /, **members: object) -> Resource:
    with service.store.read() as reader:
        return finder(reader, caller, SimpleNamespace(**members))


def test_what_is_there_has_its_own_arn_and_tags(service: InProcess) -> None:
    def own(entity: User | Role) -> Resource:
        return Resource(arn=entity.arn, account_id=ACCOUNT, tags=TAGS)

    assert found(service, user_resource(), user_name="bob") == own(BOB)
    assert found(service, role_resource(), role_name="CLERK") == own(CLERK)
    assert found(service, group_resource(), group_name="devs") == Resource(
        arn=f"{ARN}:group/a/Devs", account_id=ACCOUNT
    )


def test_what_is_not_there_has_the_arn_of_its_name(service: InProcess) -> None:
    for finder, member, kind in (
        (user_resource(), "user_name", "user"),
        (role_resource(), "role_name", "role"),
        (group_resource(), "group_name", "group"),
    ):
        assert found(service, finder, **{member: "X"}) == Resource(arn=f"{ARN}:{kind}/X", account_id=ACCOUNT)


def test_a_boundary_is_told_where_it_counts(service: InProcess) -> None:
    assert found(service, user_resource(boundary=True), user_name="Bob").conditions == {
        "iam:permissionsboundary": (AWS,)
    }
    assert found(service, user_resource(), user_name="Bob").conditions == {}
    assert found(service, role_resource(boundary=True), role_name="Clerk").conditions == {}


def test_without_a_name_it_is_who_asks(service: InProcess) -> None:
    bob = user_principal(ACCOUNT, BOB.arn, BOB.user_id, "Bob")
    assert found(service, user_resource(), bob, user_name=None).arn == BOB.arn
    assert found(service, user_resource(), ROOT, user_name=None) == Resource(arn=f"{ARN}:root", account_id=ACCOUNT)
    session = role_session_principal(ACCOUNT, CLERK.arn, CLERK.role_id, "morning")
    with pytest.raises(ValidationError):
        found(service, user_resource(), session, user_name=None)


def test_arns_are_taken_as_they_are(service: InProcess) -> None:
    for finder, member, entity in (
        (policy_resource(), "policy_arn", OWN),
        (oidc_provider_resource(), "open_id_connect_provider_arn", ISSUER),
        (mfa_device_resource(), "serial_number", PHONE),
    ):
        assert found(service, finder, **{member: entity.arn}) == Resource(arn=entity.arn, account_id=ACCOUNT, tags=TAGS)
        foreign = entity.arn.replace(ACCOUNT, OTHER_ACCOUNT)
        assert found(service, finder, **{member: foreign}) == Resource(arn=foreign, account_id=OTHER_ACCOUNT)
        assert found(service, finder, **{member: "no ARN"}) == Resource(arn="no ARN", account_id=ACCOUNT)
    assert found(service, policy_resource(), policy_arn=AWS) == Resource(arn=AWS, account_id=ACCOUNT)


def test_what_is_made_has_the_path_that_it_is_given(service: InProcess) -> None:
    finder = new_resource(Role, "role_name")
    assert found(service, finder, role_name="New", path="/b/").arn == f"{ARN}:role/b/New"
    assert found(service, finder, role_name="New", path=None).arn == f"{ARN}:role/New"


@pytest.mark.parametrize(
    ("name", "new_name", "new_path", "arn"),
    [
        ("Bob", "Robert", None, "user/a/Robert"),
        ("Bob", None, "/b/", "user/b/Bob"),
        ("bob", None, None, "user/a/Bob"),
        ("X", "Y", None, "user/Y"),
    ],
)
def test_what_is_renamed_has_the_new_name(
    service: InProcess, name: str, new_name: str | None, new_path: str | None, arn: str
) -> None:
    finder = renamed_resource(User, "user_name")
    resource = found(service, finder, user_name=name, new_user_name=new_name, new_path=new_path)
    assert resource.arn == f"{ARN}:{arn}"
    assert resource.tags == ({} if name == "X" else TAGS)


def test_a_list_is_of_what_is_under_its_path(service: InProcess) -> None:
    assert found(service, listing_resource(Role), path_prefix=None).arn == f"{ARN}:role/"
    assert found(service, listing_resource(Role), path_prefix="/a/").arn == f"{ARN}:role/a/"


def test_managed_policies_are_the_accounts_and_those_of_aws(service: InProcess) -> None:
    with service.store.read() as reader:
        assert find_managed_policy(reader, ACCOUNT, OWN.arn) == OWN
        assert find_managed_policy(reader, ACCOUNT, AWS) is MANAGED_POLICIES[AWS]
        assert known_managed_policy(reader, OTHER_ACCOUNT, OWN.arn) is None
        with pytest.raises(NoSuchEntityError, match=r"^Policy arn:aws:iam::aws:policy/None was not found\.$"):
            find_managed_policy(reader, ACCOUNT, "arn:aws:iam::aws:policy/None")


def test_a_role_is_found_by_its_name(service: InProcess) -> None:
    with service.store.read() as reader:
        assert find_role(reader, ACCOUNT, "clerk") == CLERK
        with pytest.raises(NoSuchEntityError, match=r"^The role with name X cannot be found\.$"):
            find_role(reader, ACCOUNT, "X")
