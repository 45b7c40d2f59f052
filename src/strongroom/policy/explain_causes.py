"""The cause of a decision in one sentence, and what would have to change."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from strongroom.model.grant import Grant
from strongroom.policy.callers import Source
from strongroom.policy.conditions import explain as told
from strongroom.policy.decision import Cause, Decision
from strongroom.policy.explain_grants import reasons_against_grant
from strongroom.policy.explain_words import Names, held, reasons_against
from strongroom.policy.findings import Contribution, Findings, PolicyEvaluation, allows_of
from strongroom.policy.match import ACCOUNT_NAMED, match_principal
from strongroom.policy.query import Query
from strongroom.policy.statements import Effect

_WITH_GRANTS: Final = frozenset({Cause.NO_KEY_POLICY_ALLOW, Cause.NO_IDENTITY_ALLOW})
_RESOURCE_POLICIES: Final = frozenset({Source.KEY_POLICY, Source.TRUST_POLICY})


def sentence(decision: Decision, query: Query, names: Names) -> str:
    """Tell the cause of a decision in one sentence, without a full stop."""
    return _SENTENCES[decision.cause](decision, query, names)


def changes(decision: Decision, query: Query, grants: Sequence[Grant], names: Names) -> tuple[str, ...]:
    """Tell what would have to change for a refused request to be allowed; each of them alone may not be enough."""
    findings = decision.findings
    if decision.allowed or findings is None:
        return ()
    if decision.contributions:
        return tuple(_against_denials(decision.contributions, query, names))
    if decision.cause is Cause.NOT_CROSS_ACCOUNT:
        return (f"make the request as a principal of account {query.resource_account}, such as a role there",)
    near = _near_misses(_asked(decision.cause, findings), query, names)
    near_grants = _near_grants(grants, query, names) if decision.cause in _WITH_GRANTS else ()
    return (*near, *near_grants, _REMEDIES[decision.cause](query))


def _deciding(decision: Decision, names: Names, keep: Callable[[Source], bool] = lambda _source: True) -> str:
    parts = [
        names.statement(part.source, part.name, part.index, part.sid)
        for part in decision.deciding
        if keep(part.source) and part.source is not Source.SERVICE_CONTROL_POLICY
    ]
    return _joined(parts)


def _joined(parts: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(parts))


def _allowed(decision: Decision, query: Query, names: Names) -> str:
    return f"{_deciding(decision, names)} allows {query.action} to {query.principal.arn}"


def _delegated(decision: Decision, query: Query, names: Names) -> str:
    resource = _deciding(decision, names, _RESOURCE_POLICIES.__contains__)
    own = _deciding(decision, names, lambda source: source not in _RESOURCE_POLICIES)
    return f"{resource} lets account {query.principal.account_id} decide, and there {own} allows {query.action}"


def _by_account(decision: Decision, query: Query, names: Names) -> str:
    resource = _deciding(decision, names, _RESOURCE_POLICIES.__contains__)
    own = _deciding(decision, names, lambda source: source not in _RESOURCE_POLICIES) or "being its root user"
    return (
        f"account {query.resource_account} allows {query.action} by {resource}, "
        f"and account {query.principal.account_id} by {own}"
    )


def _denied(decision: Decision, query: Query, names: Names) -> str:
    denying = _joined(names.statement(part.source, part.name, part.index, part.sid) for part in decision.deciding)
    return f"{denying} denies {query.action} to {query.principal.arn}, and a Deny counts more than any Allow"


def _no_key_policy(decision: Decision, query: Query, names: Names) -> str:
    principal, policy = query.principal, names.policy(_resource_source(decision), "")
    neither = f"neither {policy} nor a grant" if query.action.startswith("kms:") else f"nothing in {policy}"
    own = principal.type in {"Root", "AWSService"}
    account = "" if own else f" or lets its account {principal.account_id} decide"
    allowing = _allowing(decision, names)
    rest = f"; {allowing} allows it, which counts only where {policy} lets the account decide" if allowing else ""
    return f"{neither} allows {query.action} to {principal.arn}{account}{rest}"


def _no_identity(decision: Decision, query: Query, names: Names) -> str:
    return f"no identity-based policy allows {query.action}{_although(decision, query, names)}"


def _although(decision: Decision, query: Query, names: Names) -> str:
    """Tell what the resource's side gives, which alone does not do."""
    key = None if decision.findings is None else decision.findings.resource
    if key is None:
        return ""
    statements = key.evaluation.delegated or key.evaluation.allow_role or key.evaluation.allow
    if not statements:
        return "; a grant lets the account decide"
    named = _joined(names.statement(key.source, key.name, each.index, each.sid) for each in statements)
    verb = "delegates to" if key.evaluation.delegated else "allows it to a principal of"
    return f"; {named} {verb} account {query.principal.account_id}"


def _no_limit(kind: str) -> Callable[[Decision, Query, Names], str]:
    def write(decision: Decision, query: Query, names: Names) -> str:
        allowing = _allowing(decision, names)
        rest = f", although {allowing} allows it" if allowing else ""
        return f"no {kind} allows {query.action}{rest}"

    return write


def _not_cross_account(_decision: Decision, query: Query, _names: Names) -> str:
    return (
        f"{query.action} cannot be used from another account: the resource is of account {query.resource_account}, "
        f"{query.principal.arn} of account {query.principal.account_id}"
    )


def _no_such_key(_decision: Decision, query: Query, _names: Names) -> str:
    return f"there is no {query.resource_arn}"


def _resource_source(decision: Decision) -> Source:
    resource = None if decision.findings is None else decision.findings.resource
    return Source.KEY_POLICY if resource is None else resource.source


def _allowing(decision: Decision, names: Names) -> str:
    """Name the statements of identity-based policies that allow."""
    layer = () if decision.findings is None else decision.findings.identity
    return _joined(
        names.statement(part.policy.source, part.policy.name, each.index, each.sid)
        for part in allows_of(layer)
        for each in part.statements
    )


def _asked(cause: Cause, findings: Findings) -> tuple[PolicyEvaluation, ...]:
    """Give the policies of which one would have had to allow."""
    match cause:
        case Cause.NO_IDENTITY_ALLOW:
            # In its own account a principal needs no identity-based policy where the resource's names it.
            direct = () if findings.resource is None or findings.query.foreign else (findings.resource,)
            return (*findings.identity, *direct)
        case Cause.NO_BOUNDARY_ALLOW:
            return findings.boundary or ()
        case Cause.NO_SESSION_ALLOW:
            return findings.session or ()
        case Cause.NO_SERVICE_CONTROL_ALLOW:
            return findings.service_control or ()
        case _:
            return () if findings.resource is None else (findings.resource,)


def _near_misses(policies: Iterable[PolicyEvaluation], query: Query, names: Names) -> Iterator[str]:
    """Tell of each statement that would allow if one of its elements were otherwise."""
    for policy in policies:
        for unmatched in policy.evaluation.unmatched():
            statement = unmatched.statement
            if statement.effect is Effect.ALLOW and len(unmatched.because) == 1:
                named = names.statement(policy.source, policy.name, statement.index, statement.sid)
                delegates = match_principal(statement, query.principal) is ACCOUNT_NAMED
                effect = "let the account decide" if delegates else "allow it"
                yield f"{named} would {effect}, but {' and '.join(reasons_against(unmatched, query, names))}"


def _near_grants(grants: Sequence[Grant], query: Query, names: Names) -> Iterator[str]:
    for grant in grants:
        reasons = reasons_against_grant(grant, query, names)
        if len(reasons) == 1:
            yield f"{names.policy(Source.GRANT, grant.grant_id)} would allow it, but {reasons[0]}"


def _against_denials(contributions: Iterable[Contribution], query: Query, names: Names) -> Iterator[str]:
    for part in contributions:
        for statement in part.statements:
            named = names.statement(part.policy.source, part.policy.name, statement.index, statement.sid)
            why = "; ".join(held(told(condition, query.context)) for condition in statement.conditions)
            yield f"{named} must not cover the request" + (f": {why}" if why else "")


def _own_key_remedy(query: Query) -> str:
    principal, resource = query.principal, query.resource_arn
    text = f"allow {query.action} to {principal.arn} in the policy of {resource}"
    if not query.action.startswith("kms:"):
        return text
    if principal.type in {"Root", "AWSService"} or query.foreign:
        return f"{text}, or make a grant"
    return f"{text}, make a grant, or let account {principal.account_id} decide there and allow it by an IAM policy"


_SENTENCES: Final[Mapping[Cause, Callable[[Decision, Query, Names], str]]] = {
    Cause.KEY_POLICY_ALLOW: _allowed,
    Cause.IDENTITY_ALLOW: _allowed,
    Cause.GRANT_ALLOW: _allowed,
    Cause.DELEGATED_ALLOW: _delegated,
    Cause.CROSS_ACCOUNT_ALLOW: _by_account,
    Cause.KEY_POLICY_DENY: _denied,
    Cause.IDENTITY_DENY: _denied,
    Cause.BOUNDARY_DENY: _denied,
    Cause.SESSION_DENY: _denied,
    Cause.SERVICE_CONTROL_DENY: _denied,
    Cause.NO_KEY_POLICY_ALLOW: _no_key_policy,
    Cause.NO_IDENTITY_ALLOW: _no_identity,
    Cause.NO_BOUNDARY_ALLOW: _no_limit("permissions boundary"),
    Cause.NO_SESSION_ALLOW: _no_limit("session policy"),
    Cause.NO_SERVICE_CONTROL_ALLOW: _no_limit("service control policy"),
    Cause.NOT_CROSS_ACCOUNT: _not_cross_account,
    Cause.NO_SUCH_KEY: _no_such_key,
}

_REMEDIES: Final[Mapping[Cause, Callable[[Query], str]]] = {
    Cause.NO_KEY_POLICY_ALLOW: _own_key_remedy,
    Cause.NO_IDENTITY_ALLOW: lambda query: (
        f"allow {query.action} on {query.resource_arn} in an identity-based policy of {query.principal.arn}"
    ),
    Cause.NO_BOUNDARY_ALLOW: lambda query: f"allow {query.action} in the permissions boundary too",
    Cause.NO_SESSION_ALLOW: lambda query: f"allow {query.action} in the session policies too",
    Cause.NO_SERVICE_CONTROL_ALLOW: lambda query: (
        f"allow {query.action} in a service control policy of account {query.principal.account_id}"
    ),
}
