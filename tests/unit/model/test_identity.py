from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from strongroom.model.account import AccessKey, AccountSettings, PasswordPolicy, Service
from strongroom.model.identity import (
    GROUP_PREFIX,
    POLICY_PREFIX,
    ROLE_PREFIX,
    USER_PREFIX,
    Entity,
    Group,
    ManagedPolicy,
    OidcProvider,
    PathedEntity,
    PolicyVersion,
    Role,
    User,
    VirtualMfaDevice,
    new_unique_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
COMMON: dict[str, Any] = {"account_id": ACCOUNT, "creation_date": 1.0}
VERSION = PolicyVersion(version_id="v1", document="one", creation_date=1.0)


def policy(**values: Any) -> ManagedPolicy:  # noqa: ANN401 - of any member's type
    members = {"policy_name": "Policy", "policy_id": "ANPAEXAMPLE", "versions": (VERSION,), "update_date": 1.0}
    return ManagedPolicy(**{**COMMON, **members, **values})


CASES: list[tuple[PathedEntity, str, str | None, str]] = [
    (User(user_name="Bob", user_id="AIDA1", **COMMON), "Bob", "AIDA1", "user/Bob"),
    (User(user_name="Bob", user_id="AIDA1", path="/a/b/", **COMMON), "Bob", "AIDA1", "user/a/b/Bob"),
    (Group(group_name="Group", group_id="AGPA1", path="/a/", **COMMON), "Group", "AGPA1", "group/a/Group"),
    (Role(role_name="Role", role_id="AROA1", trust_policy="{}", **COMMON), "Role", "AROA1", "role/Role"),
    (policy(path="/a/"), "Policy", "ANPAEXAMPLE", "policy/a/Policy"),
    (OidcProvider(url="example.com/id/X", **COMMON), "example.com/id/X", None, "oidc-provider/example.com/id/X"),
    (VirtualMfaDevice(device_name="Phone", store_key=1, wrapped_seed=b"", **COMMON), "Phone", None, "mfa/Phone"),
]


@pytest.mark.parametrize(("entity", "name", "unique_id", "resource"), CASES)
def test_entities_say_what_they_are_called(
    entity: PathedEntity, name: str, unique_id: str | None, resource: str
) -> None:
    assert entity.name == name
    assert entity.unique_id == unique_id
    assert entity.arn == f"arn:aws:iam::{ACCOUNT}:{resource}"


def test_an_account_has_settings_without_a_name() -> None:
    settings = AccountSettings(account_id=ACCOUNT)
    assert (settings.name, settings.unique_id) == ("", None)
    assert (settings.alias, settings.password_policy, settings.service_control_policies) == (None, None, {})


def test_kinds_are_distinct() -> None:
    kinds: list[type[Entity]] = [*dict.fromkeys(type(entity) for entity, *_ in CASES), AccountSettings]
    assert len({kind.kind for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("prefix", [USER_PREFIX, GROUP_PREFIX, ROLE_PREFIX, POLICY_PREFIX])
def test_unique_ids_look_like_those_of_aws(prefix: str) -> None:
    made = {new_unique_id(prefix) for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(f"{prefix}[A-Z2-7]{{17}}", each) for each in made)
    assert set("".join(each[4:] for each in made)) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def test_the_default_version_of_a_policy_is_in_force() -> None:
    second = PolicyVersion(version_id="v2", document="two", creation_date=2.0)
    assert policy().document == "one"
    assert policy(versions=(VERSION, second)).document == "one"
    assert policy(versions=(VERSION, second), default_version_id="v2").document == "two"
    assert policy(versions=(VERSION, second)).version("v2") == second
    assert policy().version("v2") is None


def test_a_policy_without_its_default_version_has_no_text() -> None:
    with pytest.raises(LookupError, match="policy/Policy has no version v2"):
        _ = policy(default_version_id="v2").document


DEFAULTS: dict[str, tuple[Callable[[], object], dict[str, object]]] = {
    "role": (
        lambda: Role(role_name="Role", role_id="AROA1", trust_policy="{}", **COMMON),
        {"path": "/", "max_session_duration": 3600, "description": None, "permissions_boundary": None},
    ),
    "policy": (policy, {"default_version_id": "v1", "next_version": 2}),
    "password policy": (
        PasswordPolicy,
        {
            "minimum_password_length": 6,
            "require_symbols": False,
            "require_numbers": False,
            "require_uppercase_characters": False,
            "require_lowercase_characters": False,
            "allow_users_to_change_password": False,
            "max_password_age": None,
            "password_reuse_prevention": None,
            "hard_expiry": False,
        },
    ),
    "service": (lambda: Service(service="ec2.amazonaws.com"), {"managed_alias": None}),
    "access key": (
        lambda: AccessKey(
            access_key_id="AKIAEXAMPLE",
            owner_id=ACCOUNT,
            account_id=ACCOUNT,
            status="Active",
            store_key=1,
            wrapped_secret=b"",
            creation_date=1.0,
        ),
        {"last_used_date": None, "last_used_region": None, "last_used_service": None},
    ),
}


@pytest.mark.parametrize(("make", "expected"), DEFAULTS.values(), ids=DEFAULTS)
def test_defaults_are_those_of_aws(make: Callable[[], object], expected: dict[str, object]) -> None:
    made = make()
    assert {name: getattr(made, name) for name in expected} == expected
