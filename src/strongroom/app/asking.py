"""Who might ask, without having asked: a principal by its ARN or a service by its name, with all that bears on it."""

import re
from typing import Final

from strongroom.api.callers import Caller, load_caller
from strongroom.authn.sessions import Session, Terms
from strongroom.authn.verify import Authenticated
from strongroom.model.errors import UnrecognizedClient
from strongroom.model.identity import Role, User
from strongroom.model.principal import (
    Principal,
    role_session_principal,
    root_principal,
    service_principal,
    user_principal,
)
from strongroom.storage.store import Reader

ANY_SESSION: Final = "any-session"
"""The name of a session of a role that is asked about as such."""

_ROOT: Final = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?", re.ASCII)
_SESSION: Final = re.compile(r"arn:aws:sts::([0-9]{12}):assumed-role/([^/]+)/([\w+=,.@-]{2,64})", re.ASCII)
_SERVICE: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.amazonaws\.com")


class AskError(Exception):
    """What is asked about does not exist or makes no sense; the message says how."""


def find_principal(reader: Reader, text: str) -> Principal:
    """Give the principal of an ARN, of an account id, or of a service's name; of a role, any session.

    Raises:
        AskError: there is no such principal.
    """
    root = _ROOT.fullmatch(text)
    if root is not None and reader.accounts.has_account(root[1]):
        return root_principal(root[1])
    if _SERVICE.fullmatch(text):
        return service_principal(text)
    found = _session(reader, text) or _entity(reader, text)
    if found is None:
        raise AskError(f"there is no principal {text}; name a user, a role, a session, an account's root or a service")
    return found


def session_of(role: Role, session_name: str = ANY_SESSION) -> Principal:
    """Give a session of a role."""
    return role_session_principal(role.account_id, role.arn, role.role_id, session_name)


def principal_of(user: User) -> Principal:
    """Give a user as who asks."""
    return user_principal(user.account_id, user.arn, user.user_id, user.user_name)


def as_caller(
    reader: Reader, principal: Principal, region: str, *, now: float = 0.0, terms: Terms | None = None
) -> Caller:
    """Give who asks, as of now; `terms` are those of its session, which a role has at any rate.

    Raises:
        AskError: it is a service that is not registered, or its session names a policy that does not exist.
    """
    session = None
    if terms is not None or principal.type == "AssumedRole":
        session = Session(
            access_key_id="", secret="", principal=principal, issued_at=now, expires_at=now, terms=terms or Terms()
        )
    signed = Authenticated(principal=principal, access_key_id="", region=region, service="kms", session=session)
    try:
        return load_caller(reader, signed)
    except UnrecognizedClient:
        raise AskError(f"{_service(principal, terms)} is not registered; see: strongroom service list") from None


def _service(principal: Principal, terms: Terms | None) -> str:
    call = None if terms is None else terms.service_call
    return principal.arn if call is None else call.service


def _session(reader: Reader, text: str) -> Principal | None:
    match = _SESSION.fullmatch(text)
    role = None if match is None else reader.identities.find(Role, match[1], match[2])
    if match is None or role is None or role.role_name != match[2]:
        return None
    return session_of(role, match[3])


def _entity(reader: Reader, text: str) -> Principal | None:
    user = reader.identities.by_arn(User, text)
    if user is not None:
        return principal_of(user)
    role = reader.identities.by_arn(Role, text)
    return None if role is None else session_of(role)
