"""Whether each element of a statement covers a query, and why.

The answers are constants, so that asking allocates nothing.
"""

import enum
from typing import Final, NamedTuple

from strongroom.model.principal import Principal
from strongroom.policy.document import Effect, Statement
from strongroom.policy.principals import PrincipalSet


class Because(enum.StrEnum):
    """Why an element of a statement covers a query or does not."""

    ACTION_NAMED = "action-named"
    ACTION_NOT_NAMED = "action-not-named"
    ACTION_NOT_EXCEPTED = "action-not-excepted"
    ACTION_EXCEPTED = "action-excepted"
    NO_ACTION = "statement-has-no-action"
    RESOURCE_NAMED = "resource-named"
    RESOURCE_NOT_NAMED = "resource-not-named"
    RESOURCE_NOT_EXCEPTED = "resource-not-excepted"
    RESOURCE_EXCEPTED = "resource-excepted"
    RESOURCE_NOT_UNDERSTOOD = "resource-not-understood"
    NO_RESOURCE = "statement-has-no-resource"
    ANYONE = "anyone"
    PRINCIPAL_NAMED = "principal-named"
    ACCOUNT_NAMED = "account-named"
    PRINCIPAL_NOT_NAMED = "principal-not-named"
    PRINCIPAL_NOT_EXCEPTED = "principal-not-excepted"
    PRINCIPAL_EXCEPTED = "principal-excepted"
    NO_CONDITION = "no-condition"
    CONDITION_NOT_UNDERSTOOD = "condition-not-understood"


class Match(NamedTuple):
    """Whether an element covers the query, and why."""

    matched: bool
    because: Because


_ACTION_NAMED: Final = Match(matched=True, because=Because.ACTION_NAMED)
_ACTION_NOT_NAMED: Final = Match(matched=False, because=Because.ACTION_NOT_NAMED)
_ACTION_NOT_EXCEPTED: Final = Match(matched=True, because=Because.ACTION_NOT_EXCEPTED)
_ACTION_EXCEPTED: Final = Match(matched=False, because=Because.ACTION_EXCEPTED)
_NO_ACTION: Final = Match(matched=False, because=Because.NO_ACTION)
_RESOURCE_NAMED: Final = Match(matched=True, because=Because.RESOURCE_NAMED)
_RESOURCE_NOT_NAMED: Final = Match(matched=False, because=Because.RESOURCE_NOT_NAMED)
_RESOURCE_NOT_EXCEPTED: Final = Match(matched=True, because=Because.RESOURCE_NOT_EXCEPTED)
_RESOURCE_EXCEPTED: Final = Match(matched=False, because=Because.RESOURCE_EXCEPTED)
_NO_RESOURCE: Final = Match(matched=False, because=Because.NO_RESOURCE)
_ANYONE: Final = Match(matched=True, because=Because.ANYONE)
_PRINCIPAL_NAMED: Final = Match(matched=True, because=Because.PRINCIPAL_NAMED)
ACCOUNT_NAMED: Final = Match(matched=True, because=Because.ACCOUNT_NAMED)
_PRINCIPAL_NOT_NAMED: Final = Match(matched=False, because=Because.PRINCIPAL_NOT_NAMED)
_PRINCIPAL_NOT_EXCEPTED: Final = Match(matched=True, because=Because.PRINCIPAL_NOT_EXCEPTED)
_PRINCIPAL_EXCEPTED: Final = Match(matched=False, because=Because.PRINCIPAL_EXCEPTED)
_NO_CONDITION: Final = Match(matched=True, because=Because.NO_CONDITION)
# What cannot be evaluated fails closed: a Deny denies, an Allow does not allow.
_RESOURCE_NOT_UNDERSTOOD: Final = {
    Effect.DENY: Match(matched=True, because=Because.RESOURCE_NOT_UNDERSTOOD),
    Effect.ALLOW: Match(matched=False, because=Because.RESOURCE_NOT_UNDERSTOOD),
}
_CONDITION_NOT_UNDERSTOOD: Final = {
    Effect.DENY: Match(matched=True, because=Because.CONDITION_NOT_UNDERSTOOD),
    Effect.ALLOW: Match(matched=False, because=Because.CONDITION_NOT_UNDERSTOOD),
}


def match_action(statement: Statement, action: str) -> Match:
    """Match Action or NotAction with a lower-case action."""
    if statement.actions is not None:
        return _ACTION_NAMED if statement.actions.match(action) else _ACTION_NOT_NAMED
    if statement.not_actions is not None:
        return _ACTION_EXCEPTED if statement.not_actions.match(action) else _ACTION_NOT_EXCEPTED
    return _NO_ACTION


def match_resource(statement: Statement, resource_arn: str) -> Match:
    """Match Resource or NotResource. Some of them are not understood, such as policy variables."""
    if statement.resource_not_understood:
        return _RESOURCE_NOT_UNDERSTOOD[statement.effect]
    if statement.resources is not None:
        return _RESOURCE_NAMED if statement.resources.match(resource_arn) else _RESOURCE_NOT_NAMED
    if statement.not_resources is not None:
        return _RESOURCE_EXCEPTED if statement.not_resources.match(resource_arn) else _RESOURCE_NOT_EXCEPTED
    return _NO_RESOURCE


def match_principal(statement: Statement, principal: Principal) -> Match:
    """Match Principal or NotPrincipal.

    An account names its root user itself; for every other principal of it the answer is
    `ACCOUNT_NAMED`. A role names its sessions.
    """
    named = statement.principals
    if named is None:
        return _match_not_principal(statement, principal)
    if named.anyone:
        return _ANYONE
    if principal.type == "AWSService":
        return _PRINCIPAL_NAMED if principal.arn in named.services else _PRINCIPAL_NOT_NAMED
    if principal.arn in named.arns or principal.role_arn in named.arns:
        return _PRINCIPAL_NAMED
    if principal.account_id in named.accounts:
        return _PRINCIPAL_NAMED if principal.type == "Root" else ACCOUNT_NAMED
    return _PRINCIPAL_NOT_NAMED


def match_condition(statement: Statement) -> Match:
    """Match Condition, which is not understood."""
    return _CONDITION_NOT_UNDERSTOOD[statement.effect] if statement.has_condition else _NO_CONDITION


def _match_not_principal(statement: Statement, principal: Principal) -> Match:
    """Match NotPrincipal.

    A principal is several at once: its account, its role, itself. A Deny spares it only if all of
    these are excepted (IAM User Guide, "AWS JSON policy elements: NotPrincipal"); an Allow covers
    it only if none is.
    """
    excepted = statement.not_principals
    identities = () if excepted is None else _excepted_identities(excepted, principal)
    spared = all(identities) if statement.effect is Effect.DENY else any(identities)
    return _PRINCIPAL_EXCEPTED if spared else _PRINCIPAL_NOT_EXCEPTED


def _excepted_identities(excepted: PrincipalSet, principal: Principal) -> tuple[bool, ...]:
    """Tell of each identity of the principal whether it is excepted."""
    if excepted.anyone:
        return (True,)
    if principal.type == "AWSService":
        return (principal.arn in excepted.services,)
    account = principal.account_id in excepted.accounts
    arns = () if principal.type == "Root" else (principal.arn in excepted.arns,)
    roles = () if principal.role_arn is None else (principal.role_arn in excepted.arns,)
    return (account, *roles, *arns)
