"""Everybody who might use a key: all principals of the installation, and anybody at all."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from strongroom.api.callers import Caller
from strongroom.app.asking import as_caller, principal_of, session_of
from strongroom.model.grant import Grant
from strongroom.model.identity import Role, User
from strongroom.model.principal import Principal, root_principal, service_principal
from strongroom.policy.callers import NO_POLICIES, UNRESTRICTED
from strongroom.policy.document import Document
from strongroom.storage.store import Reader

Kind = Literal["root", "user", "role", "session", "service", "anybody"]

ANYBODY: Final = "*"


class Somebody(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Who might use a key; a role stands for all its sessions, anybody for those whom their own account lets."""

    kind: Kind
    name: str
    caller: Caller


def everybody(reader: Reader, region: str, policies: Iterable[Document], grants: Iterable[Grant]) -> Iterator[Somebody]:
    """Give everybody; sessions only where one of the key's policies or a grant names them."""
    for account_id in reader.accounts.account_ids():
        root = root_principal(account_id)
        yield Somebody(kind="root", name=root.arn, caller=as_caller(reader, root, region))
        for user in reader.identities.all(User, account_id):
            yield Somebody(kind="user", name=user.arn, caller=as_caller(reader, principal_of(user), region))
        for role in reader.identities.all(Role, account_id):
            yield Somebody(kind="role", name=role.arn, caller=as_caller(reader, session_of(role), region))
    yield from _sessions(reader, region, policies, grants)
    for service in reader.identities.services():
        yield _without_policies("service", service_principal(service.service))
    yield _anybody()


def _sessions(reader: Reader, region: str, policies: Iterable[Document], grants: Iterable[Grant]) -> Iterator[Somebody]:
    named = {unique_id for policy in policies for unique_id in _unique_ids(policy)} | {each.grantee for each in grants}
    for name in sorted(named):
        role_id, _, session_name = name.partition(":")
        role = reader.identities.by_id(Role, role_id) if session_name else None
        if role is not None:
            session = session_of(role, session_name)
            yield Somebody(kind="session", name=session.arn, caller=as_caller(reader, session, region))


def _unique_ids(policy: Document) -> Iterator[str]:
    for statement in policy.statements:
        for named in (statement.principals, statement.not_principals):
            if named is not None:
                yield from named.unique_ids


def _without_policies(kind: Kind, principal: Principal) -> Somebody:
    return Somebody(kind=kind, name=principal.arn, caller=Caller(principal=principal, policies=NO_POLICIES, tags={}))


def _anybody() -> Somebody:
    """Give a stranger of no account that is here, whose own account lets it do everything."""
    stranger = Principal(type="IAMUser", account_id="", arn=ANYBODY, principal_id=ANYBODY)
    return Somebody(kind="anybody", name=ANYBODY, caller=Caller(principal=stranger, policies=UNRESTRICTED, tags={}))
