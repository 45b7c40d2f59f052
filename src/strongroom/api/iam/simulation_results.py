"""What simulations answer.

Source: IAM API Reference, EvaluationResult, ResourceSpecificResult and Statement.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from strongroom.api.iam.context_keys import keys_of_conditions
from strongroom.api.iam.simulation import Outcome, Simulation, is_denied, most_restrictive, resources_of
from strongroom.api.iam.simulation_policies import SimulatedPolicy
from strongroom.api.iam.simulation_types import (
    EvalDecision,
    EvaluationResult,
    MatchedStatement,
    OrganizationsDecisionDetail,
    PermissionsBoundaryDecisionDetail,
    Position,
    ResourceSpecificResult,
)
from strongroom.policy.callers import Source
from strongroom.policy.decision import Decision
from strongroom.policy.findings import Layer, PolicyEvaluation, denies_of, layer_allows
from strongroom.policy.match import match_action, match_principal, match_resource
from strongroom.policy.positions import Place
from strongroom.policy.query import Query
from strongroom.policy.statement_places import statement_span
from strongroom.policy.statements import Statement
from strongroom.policy.vocabulary import KMS_ACTIONS

_SHOWN: Final = frozenset({Source.IDENTITY_POLICY, Source.KEY_POLICY, Source.TRUST_POLICY})
_ANY_RESOURCE: Final = "*"
_KEY_TEMPLATE: Final = "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}"
_SEVERITIES: Final[Mapping[EvalDecision, int]] = {"allowed": 0, "implicitDeny": 1, "explicitDeny": 2}

Details = dict[str, EvalDecision]


def result_of(simulation: Simulation, action: str, resource_arns: Sequence[str] | None) -> EvaluationResult:
    """Simulate an action on all resources."""
    resources = resources_of(resource_arns)
    outcomes = [simulation.ask(action, resource) for resource in resources]
    single = [_resource_result(simulation, outcome) for outcome in outcomes]
    has_resources = resources != (_ANY_RESOURCE,)
    decision = most_restrictive(outcomes).decision
    details = [each.eval_decision_details for each in single if each.eval_decision_details is not None]
    return EvaluationResult(
        eval_action_name=action,
        eval_resource_name=_template(action),
        eval_decision=_shown(decision),
        matched_statements=_union(outcomes, single),
        missing_context_values=list(
            dict.fromkeys(name for each in single for name in each.missing_context_values or ())
        ),
        organizations_decision_detail=_organization(simulation, outcomes),
        permissions_boundary_decision_detail=_boundary(outcomes),
        eval_decision_details=_most_restrictive_details(details) if has_resources and details else None,
        resource_specific_results=single if has_resources else None,
    )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _template(action: str) -> str:
    known = KMS_ACTIONS.get(action)
    return _KEY_TEMPLATE if known is not None and "key" in known.resources else _ANY_RESOURCE


def _shown(decision: Decision) -> EvalDecision:
    if decision.allowed:
        return "allowed"
    return "explicitDeny" if is_denied(decision) else "implicitDeny"


def _resource_result(simulation: Simulation, outcome: Outcome) -> ResourceSpecificResult:
    return ResourceSpecificResult(
        eval_resource_name=outcome.query.resource_arn,
        eval_resource_decision=_shown(outcome.decision),
        matched_statements=list(_matched(simulation, outcome.decision)),
        missing_context_values=_unique(_missing(outcome.decision, outcome.query)),
        eval_decision_details=_details(outcome),
        permissions_boundary_decision_detail=_boundary([outcome]),
    )


def _union(outcomes: Sequence[Outcome], single: Sequence[ResourceSpecificResult]) -> list[MatchedStatement]:
    """Give the statements that led to the decision that counts for all."""
    counts = _shown(most_restrictive(outcomes).decision)
    statements: list[MatchedStatement] = []
    for each in single:
        if each.eval_resource_decision == counts:
            statements.extend(entry for entry in each.matched_statements or () if entry not in statements)
    return statements


def _matched(simulation: Simulation, decision: Decision) -> Iterator[MatchedStatement]:
    for part in decision.contributions:
        if part.policy.source in _SHOWN:
            policy = _policy(simulation, part.policy.source, part.policy.name)
            yield from (_statement(policy, each) for each in part.statements)


def _policy(simulation: Simulation, source: Source, name: str) -> SimulatedPolicy:
    if source is Source.IDENTITY_POLICY or simulation.resource_policy is None:
        return simulation.identity[int(name)].policy
    return simulation.resource_policy.policy


def _statement(policy: SimulatedPolicy, statement: Statement) -> MatchedStatement:
    span = statement_span(policy.text, statement.index)
    return MatchedStatement(
        source_policy_id=policy.policy_id,
        source_policy_type=policy.policy_type,
        start_position=_position(span.after),
        end_position=_position(span.end),
    )


def _position(place: Place) -> Position:
    return Position(line=place.line, column=place.column)


def _missing(decision: Decision, query: Query) -> Iterator[str]:
    """Give the condition keys that statements about the action and resource need, and that nobody gave."""
    for policy in decision.evaluations:
        if policy.source in _SHOWN:
            for statement in policy.evaluation.document.statements:
                if _is_about(statement, query):
                    yield from _absent(statement, query)


def _is_about(statement: Statement, query: Query) -> bool:
    return (
        match_action(statement, query.action.lower()).matched
        and match_principal(statement, query.principal).matched
        and match_resource(statement, query.resource_arn, query.context).matched
    )


def _absent(statement: Statement, query: Query) -> Iterator[str]:
    for key in keys_of_conditions(statement):
        if query.context.get(key.lower()) is None:
            yield key


def _details(outcome: Outcome) -> Details | None:
    """Tell what each kind of policy says across accounts; nothing where there is but one, or no resource."""
    findings = outcome.decision.findings
    if findings is None or outcome.query.resource_arn == _ANY_RESOURCE:
        return None
    if not outcome.query.foreign:
        return {}
    control = findings.service_control
    if control is not None and not _allows(control):
        return None
    details: Details = {
        "IAM Policy": _side(findings.identity),
        "Resource Policy": _resource_side(findings.resource),
    }
    if findings.boundary is not None:
        details["Permissions Boundary Policy"] = _side(findings.boundary)
    return details


def _side(layer: Layer) -> EvalDecision:
    if denies_of(layer):
        return "explicitDeny"
    return "allowed" if layer_allows(layer) else "implicitDeny"


def _resource_side(policy: PolicyEvaluation | None) -> EvalDecision:
    if policy is None:
        return "implicitDeny"
    said = policy.evaluation
    if said.deny:
        return "explicitDeny"
    return "allowed" if said.allow or said.allow_role or said.delegated else "implicitDeny"


def _most_restrictive_details(all_details: Iterable[Details]) -> Details:
    merged: Details = {}
    for details in all_details:
        for kind, decision in details.items():
            merged[kind] = max(merged.get(kind, decision), decision, key=_SEVERITIES.__getitem__)
    return merged


def _allows(layer: Layer) -> bool:
    return layer_allows(layer) and not denies_of(layer)


def _boundary(outcomes: Iterable[Outcome]) -> PermissionsBoundaryDecisionDetail | None:
    layers = [outcome.decision.findings.boundary for outcome in outcomes if outcome.decision.findings is not None]
    said = [_allows(layer) for layer in layers if layer is not None]
    return PermissionsBoundaryDecisionDetail(allowed_by_permissions_boundary=all(said)) if said else None


def _organization(simulation: Simulation, outcomes: Iterable[Outcome]) -> OrganizationsDecisionDetail | None:
    if not simulation.levels:
        return None
    findings = [decision.findings for outcome in outcomes for decision in outcome.by_level]
    said = [_allows(each.service_control or ()) for each in findings if each is not None]
    return OrganizationsDecisionDetail(allowed_by_organizations=all(said))
