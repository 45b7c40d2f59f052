"""Which grants cover a request, and which grants a grant may make.

Source: AWS KMS Developer Guide, "Grants in AWS KMS"; AWS KMS API Reference, GrantConstraints.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.model.principal import Principal
from strongroom.policy.dialect import Dialect, Kind
from strongroom.policy.match import ACCOUNT_NAMED, PRINCIPAL_NAMED, PRINCIPAL_NOT_NAMED, ROLE_NAMED, Match
from strongroom.policy.patterns import arn_pattern
from strongroom.policy.query import ConditionContext, Query

_WITHOUT_ENCRYPTION_CONTEXT: Final = frozenset({"DescribeKey", "GetPublicKey", "RetireGrant"})
_WITHOUT_SOURCE_ARN: Final = frozenset({"RetireGrant"})
# Constraints hold no policy variables.
_DIALECT: Final = Dialect(kind=Kind.KEY, stored=True)


def covering(grants: Iterable[Grant], query: Query) -> tuple[Grant, ...]:
    """Give those grants that cover a query on their key."""
    operation = query.action.removeprefix("kms:")
    return tuple(grant for grant in grants if _covers(grant, operation, query))


def match_grantee(grantee: str, principal: Principal) -> Match:
    """Tell how a grant's grantee names a principal: as the Principal element of a policy would."""
    if principal.type == "AWSService":
        return PRINCIPAL_NAMED if grantee == principal.arn else PRINCIPAL_NOT_NAMED
    if grantee in {principal.arn, principal.principal_id}:
        return PRINCIPAL_NAMED
    if principal.role_arn is not None and grantee in {principal.role_arn, principal.entity_id}:
        return ROLE_NAMED
    if grantee.endswith(":root") and grantee.split(":")[4:5] == [principal.account_id]:
        return ACCOUNT_NAMED
    return PRINCIPAL_NOT_NAMED


def parent_allows(parent: Grant, operations: Iterable[str], constraints: GrantConstraints | None) -> bool:
    """Whether a grant lets its grantee make another for these operations: no more of them, under no less constraints.

    Args:
        parent: the grant that lists CreateGrant.
        operations: names without `kms:`.
        constraints: those of the grant to be made.
    """
    if "CreateGrant" not in parent.operations or not set(operations) <= set(parent.operations):
        return False
    if parent.constraints is None:
        return True
    return constraints is not None and _as_strict(constraints, parent.constraints)


def _covers(grant: Grant, operation: str, query: Query) -> bool:
    return (
        operation in grant.operations
        and match_grantee(grant.grantee, query.principal).matched
        and grant.place.arn == query.resource_arn
        and (grant.constraints is None or _fulfilled(grant.constraints, operation, query))
    )


def _fulfilled(constraints: GrantConstraints, operation: str, query: Query) -> bool:
    if operation not in _WITHOUT_ENCRYPTION_CONTEXT and not _context_fits(constraints, query.encryption_context):
        return False
    if constraints.source_arn is None or operation in _WITHOUT_SOURCE_ARN:
        return True
    return _source_fits(constraints.source_arn, query.context)


def _context_fits(constraints: GrantConstraints, found: Mapping[str, str] | None) -> bool:
    equals, subset = constraints.encryption_context_equals, constraints.encryption_context_subset
    if equals is None and subset is None:
        return True
    if found is None:
        return False
    return (equals is None or found == equals) and (subset is None or subset.items() <= found.items())


def _source_fits(wanted: str, context: ConditionContext) -> bool:
    found = context.get("aws:sourcearn")
    return found is not None and len(found) == 1 and arn_pattern(wanted, _DIALECT).match(found[0], context) is True


def _as_strict(child: GrantConstraints, parent: GrantConstraints) -> bool:
    equals, subset = parent.encryption_context_equals, parent.encryption_context_subset
    return (
        (equals is None or child.encryption_context_equals == equals)
        and (subset is None or subset.items() <= _demanded(child).items())
        and (parent.source_arn is None or child.source_arn == parent.source_arn)
    )


def _demanded(constraints: GrantConstraints) -> Mapping[str, str]:
    """Give the pairs that a request has to have at least."""
    return constraints.encryption_context_equals or constraints.encryption_context_subset or {}
