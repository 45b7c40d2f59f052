"""Why grants cover a request or do not."""

from collections.abc import Iterator, Sequence

import msgspec

from strongroom.model.grant import Grant, GrantConstraints
from strongroom.policy.explain_words import Names, listed
from strongroom.policy.grants import covering, match_grantee
from strongroom.policy.query import Query


def grants_that_bear_on(grants: Sequence[Grant], query: Query) -> tuple[Grant, ...]:
    """Give those grants that are for the principal or for the operation; the others are about something else."""
    operation = query.action.removeprefix("kms:")
    return tuple(
        grant
        for grant in grants
        if operation in grant.operations or match_grantee(grant.grantee, query.principal).matched
    )


def reasons_against_grant(grant: Grant, query: Query, names: Names) -> tuple[str, ...]:
    """Tell why a grant does not cover a query; nothing where it does."""
    return tuple(_reasons(grant, query, names))


def _reasons(grant: Grant, query: Query, names: Names) -> Iterator[str]:
    operation = query.action.removeprefix("kms:")
    if not match_grantee(grant.grantee, query.principal).matched:
        yield f"its grantee is {names.principal(grant.grantee)}, not {query.principal.arn}"
    if operation not in grant.operations:
        yield f"its operations are {listed(grant.operations, 'and')}, not {operation}"
    if grant.constraints is not None:
        yield from _broken(grant, grant.constraints, query)


def _broken(grant: Grant, constraints: GrantConstraints, query: Query) -> Iterator[str]:
    source_arn = constraints.source_arn
    contexts = msgspec.structs.replace(constraints, source_arn=None)
    if not _fulfils(grant, contexts, query):
        kind = "subset" if constraints.encryption_context_equals is None else "equals"
        found = "none" if query.encryption_context is None else _pairs(dict(query.encryption_context))
        yield f"its constraint is the encryption context {kind} {_pairs(constraints.encryption_context)}; it is {found}"
    if source_arn is not None and not _fulfils(grant, GrantConstraints(source_arn=source_arn), query):
        found_arn = query.context.get("aws:sourcearn")
        yield f'its constraint is the source ARN "{source_arn}"; it is {listed(found_arn or (), "and")}'


def _fulfils(grant: Grant, constraints: GrantConstraints, query: Query) -> bool:
    """Whether a request of the grantee for the operation would fulfil constraints."""
    everybody = msgspec.structs.replace(
        grant,
        grantee=query.principal.principal_id if query.principal.type != "AWSService" else query.principal.arn,
        operations=(query.action.removeprefix("kms:"),),
        constraints=constraints,
    )
    return bool(covering((everybody,), query))


def _pairs(context: dict[str, str]) -> str:
    return msgspec.json.encode(context).decode()
