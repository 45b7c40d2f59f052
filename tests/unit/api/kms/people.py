"""Users, roles and services of the tests of grants, put past the IAM API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from strongroom.authn.sessions import ServiceCall, Terms
from strongroom.model.account import Service
from strongroom.model.identity import Role, User, new_unique_id
from strongroom.model.principal import role_session_principal, service_principal, user_principal
from tests.support.in_process import ACCOUNT, Caller, policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.in_process import InProcess

ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"
INSTANCE: Final = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-0123456789abcdef0"
EC2: Final = "ec2.amazonaws.com"
EVERYTHING: Final = "kms:*"


def may(action: object = EVERYTHING, resource: object = "*", effect: str = "Allow") -> dict[str, object]:
    """Write a statement of an identity-based policy."""
    return {"Effect": effect, "Action": action, "Resource": resource}


class Person(Caller):
    """A user or a session of a role, and the names that it has."""

    def __init__(self, caller: Caller, arn: str, unique_id: str) -> None:
        super().__init__(caller.client)
        self.arn = arn
        self.unique_id = unique_id


def user(service: InProcess, name: str, *statements: Mapping[str, object], account_id: str = ACCOUNT) -> Person:
    """Make a user, with a policy of its own if there are statements."""
    entity = User(
        account_id=account_id,
        user_name=name,
        user_id=new_unique_id("AIDA"),
        creation_date=0.0,
        inline_policies=_inline(statements),
    )
    with service.store.change() as change:
        change.identities.put(entity)
    principal = user_principal(account_id, entity.arn, entity.user_id, name)
    return Person(service.as_principal(principal), entity.arn, entity.user_id)


def session(service: InProcess, name: str, *statements: Mapping[str, object], account_id: str = ACCOUNT) -> Person:
    """Make a role, with a policy of its own if there are statements; gives a session of it under the role's names."""
    entity = Role(
        account_id=account_id,
        role_name=name,
        role_id=new_unique_id("AROA"),
        creation_date=0.0,
        trust_policy=policy(),
        inline_policies=_inline(statements),
    )
    with service.store.change() as change:
        change.identities.put(entity)
    principal = role_session_principal(account_id, entity.arn, entity.role_id, "morning")
    return Person(service.as_principal(principal), entity.arn, entity.role_id)


def leave(service: InProcess, person: Person) -> None:
    """Delete a user or role."""
    with service.store.change() as change:
        kind: type[User | Role] = User if person.unique_id.startswith("AIDA") else Role
        entity = change.identities.by_id(kind, person.unique_id)
        assert entity is not None
        change.identities.delete(entity)


def aws_service(service: InProcess, name: str = EC2, source_arn: str | None = INSTANCE) -> Person:
    """Register an AWS service; gives a session in which it calls for a resource."""
    with service.store.change() as change:
        change.identities.put_service(Service(service=name))
    terms = Terms(service_call=ServiceCall(service=name, source_arn=source_arn, source_account=ACCOUNT))
    return Person(service.as_principal(service_principal(name), terms=terms), name, name)


def _inline(statements: tuple[Mapping[str, object], ...]) -> dict[str, str]:
    return {"own": json.dumps({"Version": "2012-10-17", "Statement": statements})} if statements else {}
