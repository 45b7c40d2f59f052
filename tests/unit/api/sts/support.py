"""Roles, users and devices put straight into the store, and what is asked in their names."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

from strongroom.api.principals import bind_policy
from strongroom.app.installation import new_access_key
from strongroom.authn.totp import STEP_SECONDS
from strongroom.custody.secrets import wrap_mfa_seed
from strongroom.model.arn import iam_arn
from strongroom.model.identity import ROLE_PREFIX, USER_PREFIX, Role, User, VirtualMfaDevice, new_unique_id
from tests.support.in_process import ACCOUNT, Caller, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import InProcess

Statement = dict[str, object]
SEED = b"twenty obvious bytes"


class Credentials(NamedTuple):
    """An access key as `InProcess.signing` takes it, and the user whose it is."""

    user: User
    access_key: Mapping[str, str]


def trusting(principal: object, action: object = "sts:AssumeRole", **more: object) -> Statement:
    """Write a statement of a trust policy; a text is of an AWS principal."""
    named = {"AWS": principal} if isinstance(principal, str) else principal
    return {"Effect": "Allow", "Principal": named, "Action": action, **more}


def allowing(action: object, resource: object = "*", **more: object) -> Statement:
    """Write a statement of an identity-based policy."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def new_role(service: InProcess, name: str, *trust: Statement, account_id: str = ACCOUNT, **members: Any) -> Role:  # noqa: ANN401
    """Put a role into the store; its trust policy is kept as CreateRole keeps it."""
    with service.store.change() as change:
        role = Role(
            account_id=account_id,
            role_name=name,
            role_id=new_unique_id(ROLE_PREFIX),
            creation_date=change.now,
            trust_policy=bind_policy(change, policy(*trust)),
            **members,
        )
        change.identities.put(role)
    return role


def new_user(service: InProcess, name: str, *statements: Statement, account_id: str = ACCOUNT) -> Credentials:
    """Put a user into the store, with an inline policy and an access key."""
    with service.store.change() as change:
        user = User(
            account_id=account_id,
            user_name=name,
            user_id=new_unique_id(USER_PREFIX),
            creation_date=change.now,
            inline_policies={"p": policy(*statements)} if statements else {},
            tags={"Team": "red"},
        )
        change.identities.put(user)
        made = new_access_key(change, service.opened.store_keys, account_id, user.user_id)
    return Credentials(user, {"AccessKeyId": made.access_key_id, "SecretAccessKey": made.secret_access_key})


def new_device(service: InProcess, owner_id: str, name: str = "phone", account_id: str = ACCOUNT) -> str:
    """Put a device of a user, or of the root user by the account's id, into the store; gives its serial number."""
    serial_number = iam_arn(account_id, "mfa", "/", name)
    wrapped = wrap_mfa_seed(service.opened.store_keys, serial_number, SEED)
    with service.store.change() as change:
        change.identities.put(
            VirtualMfaDevice(
                account_id=account_id,
                creation_date=change.now,
                device_name=name,
                store_key=wrapped.store_key,
                wrapped_seed=wrapped.sealed,
                user_id=owner_id,
                enable_date=change.now,
            )
        )
    return serial_number


def code(offset: int = 0) -> str:
    """Give the code of the device of now, or of so many steps later."""
    step = int(time.time()) // STEP_SECONDS + offset
    return HOTP(SEED, 6, SHA1()).generate(step).decode()  # noqa: S303 - as devices do


def sts(service: InProcess, credentials: Mapping[str, str]) -> Caller:
    return service.signing(credentials, api="sts")


def kms(service: InProcess, credentials: Mapping[str, str]) -> Caller:
    return service.signing(credentials)


def assume(caller: Caller, role: Role, **members: object) -> dict[str, Any]:
    """Assume a role; gives the whole answer."""
    return caller("AssumeRole", **asking(role, **members))


def asking(role: Role, **members: object) -> dict[str, object]:
    return {"RoleArn": role.arn, "RoleSessionName": "morning", **members}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
