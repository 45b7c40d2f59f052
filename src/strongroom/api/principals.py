"""Between the ARN of a principal and the form in which key policies, trust policies and grants keep it.

They keep users and roles by their unique ids, so that somebody who is made anew under an old name inherits nothing.
Source: IAM User Guide, "AWS JSON policy elements: Principal"; AWS KMS Developer Guide, "Key policies in AWS KMS".
"""

import re
from typing import Final

from strongroom.model.identity import ROLE_PREFIX, USER_PREFIX, Role, User
from strongroom.policy.binding import rebind
from strongroom.storage.store import Change, Reader

_ACCOUNT: Final = re.compile(r"(?:arn:aws:iam::)?([0-9]{12})(?::root)?", re.ASCII)
_SESSION: Final = re.compile(r"arn:aws:sts::([0-9]{12}):assumed-role/([^/]+)/([^/]+)", re.ASCII)


class UnknownPrincipalError(LookupError):
    """There is no such principal in the installation."""


def bind(reader: Reader | Change, principal: str) -> str:
    """Give the form in which a principal is kept: `AIDA…`, `AROA…`, `AROA…:SESSION`, or of an account as it is.

    Raises:
        UnknownPrincipalError: it does not exist.
    """
    if principal == "*":
        return principal
    account = _ACCOUNT.fullmatch(principal)
    if account is not None:
        return _existing_account(reader, principal, account[1])
    session = _SESSION.fullmatch(principal)
    if session is not None:
        account_id, role_name, session_name = session.groups()
        role = reader.identities.find(Role, account_id, role_name)
        # Names are found without regard to case, but in an ARN they are exact.
        if role is None or role.role_name != role_name:
            raise UnknownPrincipalError(principal)
        return f"{role.role_id}:{session_name}"
    return _entity_id(reader, principal)


def unbind(reader: Reader | Change, kept: str) -> str:
    """Give the ARN of a principal that is kept; of one that is not there any more what is kept."""
    unique_id, colon, session_name = kept.partition(":")
    if unique_id.startswith(USER_PREFIX):
        user = reader.identities.by_id(User, unique_id)
        return kept if user is None else user.arn
    if unique_id.startswith(ROLE_PREFIX):
        role = reader.identities.by_id(Role, unique_id)
        if role is None:
            return kept
        return f"arn:aws:sts::{role.account_id}:assumed-role/{role.role_name}/{session_name}" if colon else role.arn
    return kept


def bind_policy(reader: Reader | Change, text: str) -> str:
    """Give the form in which a policy with principals is kept. Raises UnknownPrincipalError."""
    return rebind(text, lambda principal: bind(reader, principal))


def unbind_policy(reader: Reader | Change, kept: str) -> str:
    """Give a policy as it is shown, with the ARNs that its principals have now."""
    return rebind(kept, lambda principal: unbind(reader, principal))


def _existing_account(reader: Reader | Change, principal: str, account_id: str) -> str:
    if account_id not in reader.accounts.account_ids():
        raise UnknownPrincipalError(principal)
    return principal


def _entity_id(reader: Reader | Change, arn: str) -> str:
    user = reader.identities.by_arn(User, arn)
    if user is not None:
        return user.user_id
    role = reader.identities.by_arn(Role, arn)
    if role is None:
        raise UnknownPrincipalError(arn)
    return role.role_id
