"""SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysForPrincipalPolicy, GetContextKeysForCustomPolicy.

A resource-based policy counts only where it is given, as on AWS: the policy of a key is not looked up.

Source: IAM API Reference, the operations' own pages.
"""

from collections.abc import Iterable
from typing import Any, Final

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.iam.context_keys import keys_of
from strongroom.api.iam.paging import page
from strongroom.api.iam.simulation import Compiled, Simulation, resources_of
from strongroom.api.iam.simulation_inputs import (
    check_actions,
    check_resources,
    compiled_policies,
    compiled_resource_policy,
    find_entity,
    given_context,
    named_caller,
    one_boundary,
    policy_source,
    principal_context,
    principal_of,
    resource_owner,
    tags_of,
)
from strongroom.api.iam.simulation_policies import (
    boundary_of,
    checked_exclusions,
    given_policies,
    policies_of,
    service_control_of,
)
from strongroom.api.iam.simulation_results import result_of
from strongroom.api.iam.simulation_types import (
    GetContextKeysForCustomPolicyRequest,
    GetContextKeysForPolicyResponse,
    GetContextKeysForPrincipalPolicyRequest,
    SimulateCustomPolicyRequest,
    SimulatePolicyResponse,
    SimulatePrincipalPolicyRequest,
)
from strongroom.api.resources import Resource
from strongroom.model.identity_errors import InvalidInputError
from strongroom.model.principal import Principal
from strongroom.storage.store import Change, Reader

_INPUTS: Final = "PolicyInputList"
_DEFAULT_ITEMS: Final = 100
# A page may be shorter than was asked for, so that none takes seconds to work out.
_MOST_DECISIONS: Final = 10_000


def _source(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - any request type
    """Find the entity whose policies are simulated."""
    arn: str = request.policy_source_arn
    entity = find_entity(reader, arn)
    return Resource(arn=arn, account_id=caller.account_id, tags={} if entity is None else tags_of(entity))


@operation(
    Needs("iam:SimulatePrincipalPolicy", resource=_source),
    logs=("policy_source_arn", "action_names", "resource_arns", "resource_owner", "caller_arn", "max_items", "marker"),
)
def simulate_principal_policy(context: ReadContext, request: SimulatePrincipalPolicyRequest) -> SimulatePolicyResponse:
    """Simulate the policies of a user, group or role, with or without some."""
    reader, account_id = context.reader, context.scope.account_id
    exclusions = checked_exclusions(request.policy_exclusion_list)
    entity = policy_source(reader, account_id, request.policy_source_arn)
    itself = request.caller_arn in {None, entity.arn}
    caller = principal_of(entity) if itself else named_caller(request.caller_arn or "")
    own = filter(exclusions.keeps, policies_of(reader, entity))
    boundary = () if exclusions.leaves_out_all("permission-boundary") else boundary_of(reader, entity)
    control = () if exclusions.leaves_out_all("scp") else service_control_of(reader, account_id)
    resource_policy, resource_source = compiled_resource_policy(request.resource_policy, caller, request.action_names)
    simulation = Simulation(
        principal=caller,
        identity=compiled_policies((*own, *given_policies(_INPUTS, request.policy_input_list))),
        boundary=one_boundary(request.permissions_boundary_policy_input_list, boundary),
        levels=(compiled_policies(control),) if control else (),
        resource_policy=resource_policy,
        resource_source=resource_source,
        resource_owner=resource_owner(request.resource_owner),
        context={
            **principal_context(caller, tags_of(entity) if itself else {}, context.now),
            **given_context(request.context_entries),
        },
    )
    return _answer(f"SimulatePrincipalPolicy {entity.arn}", simulation, request)


@operation(
    Needs("iam:SimulateCustomPolicy"),
    logs=("action_names", "resource_arns", "resource_owner", "caller_arn", "max_items", "marker"),
)
def simulate_custom_policy(context: ReadContext, request: SimulateCustomPolicyRequest) -> SimulatePolicyResponse:
    """Simulate policies that the request brings."""
    if request.caller_arn is None and request.resource_policy is not None:
        raise InvalidInputError("CallerArn is required where a ResourcePolicy is specified.")
    nobody = Principal(type="IAMUser", account_id=context.scope.account_id, arn="", principal_id="")
    caller = nobody if request.caller_arn is None else named_caller(request.caller_arn)
    resource_policy, resource_source = compiled_resource_policy(request.resource_policy, caller, request.action_names)
    simulation = Simulation(
        principal=caller,
        identity=compiled_policies(given_policies(_INPUTS, request.policy_input_list)),
        boundary=one_boundary(request.permissions_boundary_policy_input_list, ()),
        levels=_levels(request),
        resource_policy=resource_policy,
        resource_source=resource_source,
        resource_owner=resource_owner(request.resource_owner),
        context={
            **({} if caller is nobody else principal_context(caller, {}, context.now)),
            **given_context(request.context_entries),
        },
    )
    return _answer("SimulateCustomPolicy", simulation, request)


@operation(Needs("iam:GetContextKeysForPrincipalPolicy", resource=_source), logs=("policy_source_arn",))
def get_context_keys_for_principal_policy(
    context: ReadContext, request: GetContextKeysForPrincipalPolicyRequest
) -> GetContextKeysForPolicyResponse:
    """Tell which condition keys the policies of a user, group or role name."""
    entity = policy_source(context.reader, context.scope.account_id, request.policy_source_arn)
    own = policies_of(context.reader, entity)
    return _context_keys(compiled_policies((*own, *given_policies(_INPUTS, request.policy_input_list))))


@operation(Needs("iam:GetContextKeysForCustomPolicy"))
def get_context_keys_for_custom_policy(
    _context: ReadContext, request: GetContextKeysForCustomPolicyRequest
) -> GetContextKeysForPolicyResponse:
    """Tell which condition keys policies name that the request brings."""
    return _context_keys(compiled_policies(given_policies(_INPUTS, request.policy_input_list)))


def _levels(request: SimulateCustomPolicyRequest) -> tuple[tuple[Compiled, ...], ...]:
    return tuple(
        compiled_policies(
            given_policies(
                f"OrderedOrganizationPolicyInputList.{number}.ServiceControlPolicyInputList",
                level.service_control_policy_input_list,
            )
        )
        for number, level in enumerate(request.ordered_organization_policy_input_list or (), 1)
    )


def _answer(
    listing: str, simulation: Simulation, request: SimulatePrincipalPolicyRequest | SimulateCustomPolicyRequest
) -> SimulatePolicyResponse:
    check_actions(request.action_names)
    check_resources(request.resource_arns)
    most = max(1, _MOST_DECISIONS // len(resources_of(request.resource_arns)))
    numbered = enumerate(dict.fromkeys(request.action_names))
    shown, marker = page(
        listing,
        numbered,
        lambda entry: f"{entry[0]:09}",
        request.marker,
        min(request.max_items or _DEFAULT_ITEMS, most),
    )
    return SimulatePolicyResponse(
        evaluation_results=[result_of(simulation, action, request.resource_arns) for _, action in shown],
        is_truncated=marker is not None,
        marker=marker,
    )


def _context_keys(policies: Iterable[Compiled]) -> GetContextKeysForPolicyResponse:
    found = {key.lower(): key for policy in policies for key in keys_of(policy.document)}
    return GetContextKeysForPolicyResponse(context_key_names=sorted(found.values(), key=str.lower))


OPERATIONS = (
    simulate_principal_policy,
    simulate_custom_policy,
    get_context_keys_for_principal_policy,
    get_context_keys_for_custom_policy,
)
