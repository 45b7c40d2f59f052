"""What is certain of a policy, and what is possible, when only principal, action and key are known.

Conditions on the rest of a request can hold or not. Certain is what is allowed if those of an Allow do not hold and
those of a Deny do; possible is what is allowed the other way round.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from strongroom.policy.callers import CallerPolicies, NamedPolicy
from strongroom.policy.conditions import Condition
from strongroom.policy.document import Document
from strongroom.policy.statements import Effect, Statement
from strongroom.policy.vocabulary import KMS_ACTIONS, SUPPLIED

Known = Callable[[str], bool]
"""Whether the value of a condition key, by its lower-case name, is known, or is known to be missing."""

_OF_PRINCIPAL: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltype",
        "aws:username",
        "kms:calleraccount",
    }
)
_OF_KEY: Final = frozenset(
    {
        "aws:requestedregion",
        "aws:resourceaccount",
        "kms:customermasterkeyspec",
        "kms:customermasterkeyusage",
        "kms:keyorigin",
        "kms:keyspec",
        "kms:keyusage",
        "kms:multiregion",
        "kms:resourcealiases",
    }
)
_OF_PRINCIPAL_PREFIX: Final = "aws:principaltag/"
_OF_KEY_PREFIX: Final = "aws:resourcetag/"
_PREFIX_ENDS: Final = (":", "/")


def known_for(action: str, *, principal: bool) -> Known:
    """Tell which condition keys are known for an action; `principal` is whether it is known who asks."""
    supplied = {key.lower() for key in KMS_ACTIONS[action].condition_keys}
    never = {key.lower() for key in SUPPLIED} - supplied

    def known(name: str) -> bool:
        if name in _OF_KEY or name.startswith(_OF_KEY_PREFIX) or _is_among(name, never):
            return True
        return principal and (name in _OF_PRINCIPAL or name.startswith(_OF_PRINCIPAL_PREFIX))

    return known


def unknown_conditions(statement: Statement, known: Known) -> tuple[Condition, ...]:
    """Give the conditions of a statement that hang on what is not known."""
    return tuple(condition for condition in statement.conditions if not _is_known(condition, known))


def certain(document: Document, known: Known) -> Document:
    """Give what is certain of a policy."""
    return _rewritten(document, known, dropped=Effect.ALLOW)


def possible(document: Document, known: Known) -> Document:
    """Give what is possible by a policy."""
    return _rewritten(document, known, dropped=Effect.DENY)


def rewritten(policies: CallerPolicies, rewrite: Callable[[Document], Document]) -> CallerPolicies:
    """Give the policies of who asks, each of them rewritten."""

    def each(policy: NamedPolicy) -> NamedPolicy:
        return msgspec.structs.replace(policy, document=rewrite(policy.document))

    control = policies.service_control
    return msgspec.structs.replace(
        policies,
        identity=tuple(map(each, policies.identity)),
        boundary=None if policies.boundary is None else each(policies.boundary),
        service_control=None if control is None else tuple(map(each, control)),
    )


def _rewritten(document: Document, known: Known, dropped: Effect) -> Document:
    statements = []
    for statement in document.statements:
        unknown = unknown_conditions(statement, known)
        if not unknown:
            statements.append(statement)
        elif statement.effect is not dropped:
            kept = tuple(condition for condition in statement.conditions if condition not in unknown)
            statements.append(msgspec.structs.replace(statement, conditions=kept))
    return msgspec.structs.replace(document, statements=tuple(statements))


def _is_known(condition: Condition, known: Known) -> bool:
    names = (condition.name, *(variable.name for variable in condition.variables))
    # A key that such policies never see is known to be missing.
    return all(name is None or known(name) for name in names)


def _is_among(name: str, keys: set[str]) -> bool:
    return name in keys or any(key.endswith(_PREFIX_ENDS) and name.startswith(key) for key in keys)
