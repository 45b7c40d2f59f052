from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.model.account import AccountSettings, PasswordPolicy, Service
from strongroom.model.identity import (
    Entity,
    Group,
    LoginProfile,
    ManagedPolicy,
    OidcProvider,
    PathedEntity,
    PolicyVersion,
    Role,
    RoleUse,
    User,
    VirtualMfaDevice,
)
from strongroom.storage.store import StoreError
from tests.unit.storage.support import ACCOUNT, NOW, OTHER_ACCOUNT, new_group, new_role, new_user

if TYPE_CHECKING:
    from strongroom.storage.store import Store

POLICY = '{"Version":"2012-10-17"}'
POLICY_ARN = "arn:aws:iam::aws:policy/AdministratorAccess"

ENTITIES: dict[str, Entity] = {
    "plain user": new_user(),
    "user": new_user(
        path="/a/b/",
        tags={"tag": "Ünïcode\n"},
        inline_policies={"inline": POLICY},
        attached=(POLICY_ARN,),
        permissions_boundary=POLICY_ARN,
        group_ids=("AGPAEXAMPLE",),
        login=LoginProfile(
            password_hash="fake hash",  # noqa: S106 - obviously fake
            reset_required=True,
            creation_date=NOW,
            password_date=NOW + 0.5,
            previous_hashes=("another fake hash",),
        ),
        password_last_used=NOW + 1,
    ),
    "group": new_group(inline_policies={"inline": POLICY}, attached=(POLICY_ARN,)),
    "plain role": new_role(),
    "role": new_role(
        description="",
        max_session_duration=7200,
        tags={"tag": ""},
        permissions_boundary=POLICY_ARN,
        last_used_date=NOW,
        last_used_region="us-east-1",
    ),
    "policy": ManagedPolicy(
        account_id=ACCOUNT,
        policy_name="Policy",
        policy_id="ANPAEXAMPLE",
        creation_date=NOW,
        update_date=NOW,
        versions=(
            PolicyVersion(version_id="v2", document="{}", creation_date=NOW),
            PolicyVersion(version_id="v3", document=POLICY, creation_date=NOW),
        ),
        default_version_id="v3",
        next_version=4,
    ),
    "provider": OidcProvider(
        account_id=ACCOUNT,
        url="oidc.example.com/id/EXAMPLE",
        creation_date=NOW,
        client_ids=("sts.amazonaws.com",),
        thumbprints=("a" * 40,),
        jwks='{"keys":[]}',
    ),
    "device": VirtualMfaDevice(
        account_id=ACCOUNT,
        device_name="Phone",
        path="/phones/",
        creation_date=NOW,
        store_key=1,
        wrapped_seed=b"wrapped \0\xff seed",
        user_id="AIDAEXAMPLE",
        enable_date=NOW,
        last_step=56_666_666,
    ),
    "settings": AccountSettings(
        account_id=ACCOUNT,
        alias="example",
        password_policy=PasswordPolicy(minimum_password_length=14, max_password_age=90),
        service_control_policies={"FullAWSAccess": POLICY},
    ),
}


def put(store: Store, *entities: Entity) -> None:
    with store.change() as change:
        for entity in entities:
            change.identities.put(entity)


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
def test_an_entity_comes_back_as_it_was_put(store: Store, entity: Entity) -> None:
    put(store, entity)
    with store.read() as reader:
        assert reader.identities.find(type(entity), ACCOUNT, entity.name) == entity
        assert reader.identities.find(type(entity), OTHER_ACCOUNT, entity.name) is None


def test_names_are_found_whatever_their_case(store: Store) -> None:
    put(store, new_user("Bob"))
    with store.read() as reader:
        assert reader.identities.find(User, ACCOUNT, "bOB") == new_user("Bob")
        assert reader.identities.find(User, ACCOUNT, "bo") is None


def test_kinds_and_accounts_have_names_of_their_own(store: Store) -> None:
    same: list[Entity] = [
        new_user("same", user_id="AIDAONE"),
        new_user("same", user_id="AIDATWO", account_id=OTHER_ACCOUNT),
        new_group("same"),
        new_role("same"),
    ]
    put(store, *same)
    with store.read() as reader:
        assert [reader.identities.find(type(each), each.account_id, "same") for each in same] == same


def test_putting_replaces_what_has_the_name(store: Store) -> None:
    put(store, new_user("Bob"), new_user("BOB", tags={"tag": "value"}))
    with store.read() as reader:
        assert reader.identities.all(User, ACCOUNT) == [new_user("BOB", tags={"tag": "value"})]


def test_a_unique_id_is_of_one_entity(store: Store) -> None:
    put(store, new_user("Bob"))
    with pytest.raises(StoreError):
        put(store, new_user("Alice", account_id=OTHER_ACCOUNT))


def test_an_entity_belongs_to_an_account(store: Store) -> None:
    with pytest.raises(StoreError):
        put(store, new_user(account_id="000000000000"))


def test_entities_are_found_by_their_unique_id_in_any_account(store: Store) -> None:
    user, role = new_user(account_id=OTHER_ACCOUNT), new_role()
    put(store, user, role, ENTITIES["provider"])
    with store.read() as reader:
        assert reader.identities.by_id(User, user.user_id) == user
        assert reader.identities.by_id(PathedEntity, user.user_id) == user
        assert reader.identities.by_id(Role, role.role_id) == role
        assert reader.identities.by_id(Role, user.user_id) is None
        assert reader.identities.by_id(Entity, "AIDANONE") is None


@pytest.mark.parametrize("entity", [each for each in ENTITIES.values() if isinstance(each, PathedEntity)])
def test_entities_are_found_by_their_arn(store: Store, entity: PathedEntity) -> None:
    put(store, entity)
    with store.read() as reader:
        assert reader.identities.by_arn(type(entity), entity.arn) == entity
        assert reader.identities.by_arn(PathedEntity, entity.arn) == entity
        assert reader.identities.by_arn(PathedEntity, entity.arn.replace(ACCOUNT, OTHER_ACCOUNT)) is None


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::111122223333:user/a/b/bob",
        "arn:aws:iam::111122223333:user/Bob",
        "arn:aws:iam::111122223333:user/a/Bob",
        "arn:aws:iam::111122223333:role/a/b/Bob",
        "arn:aws:iam::111122223333:unknown/a/b/Bob",
        "arn:aws:iam:us-east-1:111122223333:user/a/b/Bob",
        "arn:aws-cn:iam::111122223333:user/a/b/Bob",
        "arn:aws:iam::111122223333:settings/",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333",
        "Bob",
        "",
    ],
)
def test_an_arn_must_be_the_very_same(store: Store, arn: str) -> None:
    put(store, new_user("Bob", path="/a/b/"), AccountSettings(account_id=ACCOUNT))
    with store.read() as reader:
        assert reader.identities.by_arn(PathedEntity, arn) is None


def test_an_arn_of_another_kind_is_not_found(store: Store) -> None:
    put(store, new_user("Bob"))
    with store.read() as reader:
        assert reader.identities.by_arn(Role, new_user("Bob").arn) is None


def test_entities_are_listed_by_name_in_lower_case(store: Store) -> None:
    users = {name: new_user(name, user_id=f"AIDA{name}") for name in ("b", "A", "C", "a-", "aB")}
    put(store, *users.values(), new_group(), new_user(user_id="AIDAOTHER", account_id=OTHER_ACCOUNT))
    expected = [users[name] for name in ("A", "a-", "aB", "b", "C")]
    with store.read() as reader:
        assert reader.identities.all(User, ACCOUNT) == expected
        assert reader.identities.page(User, ACCOUNT, "", 2) == expected[:2]
        assert reader.identities.page(User, ACCOUNT, "A-", 2) == expected[2:4]
        assert reader.identities.page(User, ACCOUNT, "AB", 10) == expected[3:]
        assert reader.identities.page(User, ACCOUNT, "c", 10) == []
        assert reader.identities.all(Role, ACCOUNT) == []


def test_an_entity_is_renamed(store: Store) -> None:
    put(store, new_user("Bob"), new_user("Alice", user_id="AIDAALICE"))
    with store.change() as change:
        change.identities.rename(new_user("Zoe", path="/new/"), "bob")
    with store.read() as reader:
        assert reader.identities.find(User, ACCOUNT, "Bob") is None
        assert [user.user_name for user in reader.identities.all(User, ACCOUNT)] == ["Alice", "Zoe"]
        assert reader.identities.by_id(User, new_user().user_id) == new_user("Zoe", path="/new/")


def test_an_entity_is_not_renamed_to_what_another_is_called(store: Store) -> None:
    put(store, new_user("Bob"), new_user("Alice", user_id="AIDAALICE"))
    with pytest.raises(StoreError), store.change() as change:
        change.identities.rename(new_user("ALICE"), "Bob")
    with store.read() as reader:
        assert reader.identities.find(User, ACCOUNT, "Bob") == new_user("Bob")


def test_what_is_not_there_is_not_renamed(store: Store) -> None:
    with pytest.raises(LookupError, match="there is no user Bob"), store.change() as change:
        change.identities.rename(new_user("Zoe"), "Bob")
    with store.read() as reader:
        assert reader.identities.all(User, ACCOUNT) == []


def test_entities_are_deleted_one_by_one(store: Store) -> None:
    put(store, new_user("Bob"), new_group("Bob"))
    with store.change() as change:
        change.identities.delete(new_user("bob"))
        change.identities.delete(new_role("Bob"))
    with store.read() as reader:
        assert reader.identities.find(User, ACCOUNT, "Bob") is None
        assert reader.identities.find(Group, ACCOUNT, "Bob") == new_group("Bob")


def settings(account_id: str = ACCOUNT, **values: Any) -> AccountSettings:  # noqa: ANN401 - of any member's type
    return AccountSettings(account_id=account_id, **values)


def test_an_account_is_found_by_its_alias(store: Store) -> None:
    put(store, settings(alias="example"), settings(OTHER_ACCOUNT, alias="other"))
    with store.read() as reader:
        assert reader.identities.account_of_alias("example") == ACCOUNT
        assert reader.identities.account_of_alias("other") == OTHER_ACCOUNT
        assert reader.identities.account_of_alias("unknown") is None


def test_an_alias_is_of_one_account(store: Store) -> None:
    put(store, settings(alias="example"))
    with pytest.raises(StoreError):
        put(store, settings(OTHER_ACCOUNT, alias="example"))
    with store.read() as reader:
        assert reader.identities.find(AccountSettings, OTHER_ACCOUNT, "") is None


def test_an_alias_that_was_given_up_is_free(store: Store) -> None:
    put(store, settings(alias="example"), settings(alias="new"), settings(OTHER_ACCOUNT, alias="example"))
    with store.read() as reader:
        assert reader.identities.account_of_alias("new") == ACCOUNT
        assert reader.identities.account_of_alias("example") == OTHER_ACCOUNT
    with store.change() as change:
        change.identities.delete(settings(alias="new"))
    with store.read() as reader:
        assert reader.identities.account_of_alias("new") is None


def test_accounts_without_an_alias(store: Store) -> None:
    put(store, settings(), settings(OTHER_ACCOUNT))
    with store.read() as reader:
        assert reader.identities.find(AccountSettings, OTHER_ACCOUNT, "") == settings(OTHER_ACCOUNT)


def test_services_are_put_and_deleted(store: Store) -> None:
    with store.change() as change:
        change.identities.put_service(Service(service="sns.amazonaws.com"))
        change.identities.put_service(Service(service="ec2.amazonaws.com"))
        change.identities.put_service(Service(service="ec2.amazonaws.com", managed_alias="aws/ebs"))
    with store.read() as reader:
        ec2, sns = reader.identities.services()
        assert ec2 == Service(service="ec2.amazonaws.com", managed_alias="aws/ebs")
        assert sns == Service(service="sns.amazonaws.com")
        assert reader.identities.service("ec2.amazonaws.com") == ec2
        assert reader.identities.service("EC2.amazonaws.com") is None
    with store.change() as change:
        change.identities.delete_service("ec2.amazonaws.com")
        change.identities.delete_service("none.amazonaws.com")
    with store.read() as reader:
        assert reader.identities.services() == [sns]


TEXTS = st.text(max_size=20)
TIMES = st.floats(0, 1e11)
LOGINS = st.builds(
    LoginProfile,
    password_hash=TEXTS,
    creation_date=TIMES,
    password_date=TIMES,
    previous_hashes=st.lists(TEXTS, max_size=3).map(tuple),
)
USERS = st.builds(
    User,
    account_id=st.just(ACCOUNT),
    tags=st.dictionaries(TEXTS, TEXTS, max_size=3),
    inline_policies=st.dictionaries(TEXTS, TEXTS, max_size=3),
    login=st.none() | LOGINS,
    creation_date=TIMES,
    password_last_used=st.none() | TIMES,
)


@given(USERS)
def test_a_user_survives_its_encoding(user: User) -> None:
    assert msgspec.json.decode(msgspec.json.encode(user), type=User) == user


def test_the_last_use_of_roles_is_kept(store: Store) -> None:
    roles = [new_role(name, role_id=f"AROA{name.upper()}") for name in ("one", "two", "three")]
    put(store, *roles)
    with store.read() as reader:
        before = reader.last_change()
    with store.change() as change:
        change.identities.record_use(
            [
                RoleUse("AROAONE", NOW + 2, "us-east-1"),
                RoleUse("AROAONE", NOW + 1, "eu-west-1"),
                RoleUse("AROATWO", NOW + 1, "us-east-1"),
                RoleUse("AROATWO", NOW + 2, "eu-west-1"),
                RoleUse("AROANONE", NOW, "us-east-1"),
            ]
        )
    with store.read() as reader:
        kept = reader.identities.all(Role, ACCOUNT)
        # What a role may do has not changed.
        assert reader.last_change() == before
    assert {each.role_id: (each.last_used_date, each.last_used_region) for each in kept} == {
        "AROAONE": (NOW + 2, "us-east-1"),
        "AROATWO": (NOW + 2, "eu-west-1"),
        "AROATHREE": (None, None),
    }
