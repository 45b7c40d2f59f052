"""Roles, policies, providers and devices that several tests of IAM make."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from strongroom.model.identity import VirtualMfaDevice
from tests.support.in_process import ACCOUNT, policy

if TYPE_CHECKING:
    from tests.support.in_process import Caller, InProcess

ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
READ_ONLY: Final = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DOCUMENT: Final = policy({"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"})
ISSUER: Final = "https://idp.example.com/Realm"


def trusting(*principals: str) -> str:
    """Write a trust policy."""
    statement = {"Effect": "Allow", "Principal": {"AWS": [*principals]}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_role(iam: Caller, name: str = "Clerk", **members: object) -> dict[str, Any]:
    """Make a role, which trusts its account unless told otherwise."""
    role: dict[str, Any] = iam("CreateRole", RoleName=name, **{"AssumeRolePolicyDocument": trusting(ROOT), **members})[
        "Role"
    ]
    return role


def make_policy(iam: Caller, name: str = "Keys", **members: object) -> dict[str, Any]:
    """Make a managed policy."""
    made: dict[str, Any] = iam("CreatePolicy", PolicyName=name, **{"PolicyDocument": DOCUMENT, **members})["Policy"]
    return made


def make_provider(iam: Caller, url: str = ISSUER, **members: object) -> str:
    """Make an OpenID Connect provider; gives its ARN."""
    arn: str = iam("CreateOpenIDConnectProvider", Url=url, **members)["OpenIDConnectProviderArn"]
    return arn


def give_root_a_device(service: InProcess) -> None:
    """Put an MFA device of the root user in the store, as if it had been enabled."""
    with service.store.change() as change:
        change.identities.put(
            VirtualMfaDevice(
                account_id=ACCOUNT,
                creation_date=change.now,
                device_name="roots",
                store_key=1,
                wrapped_seed=b"not a seed",
                user_id=ACCOUNT,
                enable_date=change.now,
            )
        )
