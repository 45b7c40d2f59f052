"""Principals are kept by their unique ids and shown by their ARNs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from strongroom.api.principals import UnknownPrincipalError, bind, bind_policy, unbind, unbind_policy
from strongroom.model.identity import Role, User
from tests.support.in_process import ACCOUNT, OTHER_ACCOUNT

if TYPE_CHECKING:
    from tests.support.in_process import InProcess

USER = User(account_id=ACCOUNT, user_name="Alice", path="/staff/", user_id="AIDAALICE", creation_date=0)
ROLE = Role(
    account_id=ACCOUNT, role_name="Clerk", path="/app/", role_id="AROACLERK", creation_date=0, trust_policy="{}"
)
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Clerk/morning"
KNOWN = [
    (f"arn:aws:iam::{ACCOUNT}:user/staff/Alice", "AIDAALICE"),
    (f"arn:aws:iam::{ACCOUNT}:role/app/Clerk", "AROACLERK"),
    (SESSION, "AROACLERK:morning"),
    (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root"),
    (ACCOUNT, ACCOUNT),
    ("*", "*"),
]
UNKNOWN = [
    f"arn:aws:iam::{ACCOUNT}:user/Alice",
    f"arn:aws:iam::{ACCOUNT}:user/staff/alice",
    f"arn:aws:iam::{ACCOUNT}:role/Clerk",
    f"arn:aws:iam::{OTHER_ACCOUNT}:role/app/Clerk",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/clerk/morning",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/Other/morning",
    f"arn:aws:sts::{ACCOUNT}:federated-user/Alice",
    f"arn:aws:iam::{ACCOUNT}:group/staff/Alice",
    f"arn:aws:iam::{OTHER_ACCOUNT}:root",
    OTHER_ACCOUNT,
    "AIDAALICE",
    "sns.amazonaws.com",
]


@pytest.fixture
def kept(service: InProcess) -> InProcess:
    with service.store.change() as change:
        change.identities.put(USER)
        change.identities.put(ROLE)
    return service


@pytest.mark.parametrize(("shown", "stored"), KNOWN)
def test_who_exists_is_bound_and_shown_again(kept: InProcess, shown: str, stored: str) -> None:
    with kept.store.read() as reader:
        assert bind(reader, shown) == stored
        assert unbind(reader, stored) == shown


@pytest.mark.parametrize("principal", UNKNOWN)
def test_who_does_not_exist_is_not_bound(kept: InProcess, principal: str) -> None:
    with kept.store.read() as reader, pytest.raises(UnknownPrincipalError):
        bind(reader, principal)


def test_who_is_gone_is_shown_by_the_unique_id(kept: InProcess) -> None:
    with kept.store.change() as change:
        change.identities.delete(USER)
        change.identities.delete(ROLE)
        change.identities.put(msgspec.structs.replace(USER, user_id="AIDANEW"))
    with kept.store.read() as reader:
        assert [unbind(reader, each) for each in ("AIDAALICE", "AROACLERK", "AROACLERK:morning")] == [
            "AIDAALICE",
            "AROACLERK",
            "AROACLERK:morning",
        ]


def test_who_was_renamed_is_shown_by_the_new_name(kept: InProcess) -> None:
    renamed = msgspec.structs.replace(USER, user_name="Alicia", path="/")
    with kept.store.change() as change:
        change.identities.rename(renamed, "Alice")
    with kept.store.read() as reader:
        assert unbind(reader, "AIDAALICE") == f"arn:aws:iam::{ACCOUNT}:user/Alicia"


def test_policies_are_bound_in_all_their_principals(kept: InProcess) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": [KNOWN[0][0], ACCOUNT]}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "NotPrincipal": {"AWS": SESSION}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "kms:*", "Resource": "*"},
        ],
    }
    with kept.store.read() as reader:
        stored = bind_policy(reader, json.dumps(policy))
        assert json.loads(stored)["Statement"][0]["Principal"] == {"AWS": ["AIDAALICE", ACCOUNT]}
        assert json.loads(stored)["Statement"][1]["NotPrincipal"] == {"AWS": "AROACLERK:morning"}
        assert json.loads(unbind_policy(reader, stored)) == policy
