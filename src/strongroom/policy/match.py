"""Whether each element of a statement covers a query, and why.

The answers are constants, so that asking allocates nothing.
"""

import enum
from typing import Final, NamedTuple

from strongroom.model.principal import Principal
from strongroom.policy.principals import PrincipalSet
from strongroom.policy.query import ConditionContext
from strongroom.policy.statements import Effect, Statement


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
    RESOURCE_VARIABLE_MISSING = "resource-variable-missing"
    NO_RESOURCE = "statement-has-no-resource"
    ITS_OWN_POLICY = "its-own-policy"
    ANYONE = "anyone"
    PRINCIPAL_NAMED = "principal-named"
    ROLE_NAMED = "role-named"
    ACCOUNT_NAMED = "account-named"
    PRINCIPAL_NOT_NAMED = "principal-not-named"
    PRINCIPAL_NOT_EXCEPTED = "principal-not-excepted"
    PRINCIPAL_EXCEPTED = "principal-excepted"
    NO_CONDITION = "no-condition"
    CONDITION_MET = "condition-met"
    CONDITION_NOT_MET = "condition-not-met"


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
_ITS_OWN_POLICY: Final = Match(matched=True, because=Because.ITS_OWN_POLICY)
_ANYONE: Final = Match(matched=True, because=Because.ANYONE)
ROLE_NAMED: Final = Match(matched=True, because=Because.ROLE_NAMED)
PRINCIPAL_NAMED: Final = Match(matched=True, because=Because.PRINCIPAL_NAMED)
ACCOUNT_NAMED: Final = Match(matched=True, because=Because.ACCOUNT_NAMED)
PRINCIPAL_NOT_NAMED: Final = Match(matched=False, because=Because.PRINCIPAL_NOT_NAMED)
_PRINCIPAL_NOT_EXCEPTED: Final = Match(matched=True, because=Because.PRINCIPAL_NOT_EXCEPTED)
_PRINCIPAL_EXCEPTED: Final = Match(matched=False, because=Because.PRINCIPAL_EXCEPTED)
_NO_CONDITION: Final = Match(matched=True, because=Because.NO_CONDITION)
_CONDITION_MET: Final = Match(matched=True, because=Because.CONDITION_MET)
_CONDITION_NOT_MET: Final = Match(matched=False, because=Because.CONDITION_NOT_MET)
# What cannot be evaluated fails closed: a Deny denies, an Allow does not allow.
_RESOURCE_VARIABLE_MISSING: Final = {
    Effect.DENY: Match(matched=True, because=Because.RESOURCE_VARIABLE_MISSING),
    Effect.ALLOW: Match(matched=False, because=Because.RESOURCE_VARIABLE_MISSING),
}


def match_action(statement: Statement, action: str) -> Match:
    """Match Action or NotAction with a lower-case action."""
    if statement.actions is not None:
        return _ACTION_NAMED if statement.actions.match(action) else _ACTION_NOT_NAMED
    if statement.not_actions is not None:
        return _ACTION_EXCEPTED if statement.not_actions.match(action) else _ACTION_NOT_EXCEPTED
    return _NO_ACTION


def match_resource(statement: Statement, resource_arn: str, context: ConditionContext) -> Match:
    """Match Resource or NotResource."""
    patterns = statement.resources if statement.resources is not None else statement.not_resources
    if patterns is None:
        return _NO_RESOURCE
    covered = patterns.match(resource_arn) or patterns.match_templates(resource_arn, context)
    if covered is None:
        return _RESOURCE_VARIABLE_MISSING[statement.effect]
    if statement.not_resources is None:
        return _RESOURCE_NAMED if covered else _RESOURCE_NOT_NAMED
    return _RESOURCE_EXCEPTED if covered else _RESOURCE_NOT_EXCEPTED


def match_conditions(statement: Statement, context: ConditionContext) -> Match:
    """Match Condition; looks at no further condition than it must, for each asks the request for its key."""
    if not statement.conditions:
        return _NO_CONDITION
    doubt_matches = statement.effect is Effect.DENY
    for condition in statement.conditions:
        holds = condition.holds(context)
        if not (doubt_matches if holds is None else holds):
            return _CONDITION_NOT_MET
    return _CONDITION_MET


def match_principal(statement: Statement, principal: Principal, *, bounded: bool = False) -> Match:
    """Match Principal or NotPrincipal.

    An account names its root user itself; for every other principal of it the answer is `ACCOUNT_NAMED`. A role names
    its sessions, which is `ROLE_NAMED`.

    Args:
        statement: the statement.
        principal: who asks.
        bounded: whether it has a permissions boundary.
    """
    named = statement.principals
    if named is not None:
        return _match_named(named, principal)
    if statement.not_principals is not None:
        return _match_excepted(statement.not_principals, principal, statement.effect, bounded=bounded)
    return _ITS_OWN_POLICY


def _match_named(named: PrincipalSet, principal: Principal) -> Match:
    if named.anyone:
        return _ANYONE
    if principal.type == "AWSService":
        return PRINCIPAL_NAMED if principal.arn in named.services else PRINCIPAL_NOT_NAMED
    if _names_itself(named, principal):
        return PRINCIPAL_NAMED
    # Who a provider vouches for is none of the account's own principals.
    return _match_wider(named, principal) if principal.identity_provider is None else PRINCIPAL_NOT_NAMED


def _match_wider(named: PrincipalSet, principal: Principal) -> Match:
    """Match what a principal belongs to."""
    if principal.role_arn is not None and _names_role(named, principal):
        return ROLE_NAMED
    if principal.account_id in named.accounts:
        return PRINCIPAL_NAMED if principal.type == "Root" else ACCOUNT_NAMED
    return PRINCIPAL_NOT_NAMED


def _names_itself(named: PrincipalSet, principal: Principal) -> bool:
    return principal.arn in named.arns or principal.principal_id in named.unique_ids or principal.arn in named.federated


def _names_role(named: PrincipalSet, principal: Principal) -> bool:
    return principal.role_arn in named.arns or principal.entity_id in named.unique_ids


def _match_excepted(excepted: PrincipalSet, principal: Principal, effect: Effect, *, bounded: bool) -> Match:
    """Match NotPrincipal.

    A principal is several at once: its account, its role, itself. A Deny spares it only if all of
    these are excepted, and never if it has a permissions boundary (IAM User Guide, "AWS JSON policy
    elements: NotPrincipal"); an Allow covers it only if none is.
    """
    if bounded and effect is Effect.DENY:
        return _PRINCIPAL_NOT_EXCEPTED
    identities = _excepted_identities(excepted, principal)
    spared = all(identities) if effect is Effect.DENY else any(identities)
    return _PRINCIPAL_EXCEPTED if spared else _PRINCIPAL_NOT_EXCEPTED


def _excepted_identities(excepted: PrincipalSet, principal: Principal) -> tuple[bool, ...]:
    """Tell of each identity of the principal whether it is excepted."""
    if excepted.anyone:
        return (True,)
    if principal.type == "AWSService":
        return (principal.arn in excepted.services,)
    account = principal.account_id in excepted.accounts
    itself = () if principal.type == "Root" else (_names_itself(excepted, principal),)
    role = () if principal.role_arn is None else (_names_role(excepted, principal),)
    return (account, *role, *itself)
