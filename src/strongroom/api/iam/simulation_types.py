"""What is asked of a simulation and what it answers.

Source: IAM API Reference, SimulatePrincipalPolicy, SimulateCustomPolicy, GetContextKeysForCustomPolicy,
GetContextKeysForPrincipalPolicy.
"""

from typing import Annotated, Literal

from msgspec import Meta

from strongroom.api.iam.types import Arn, Marker, MaxItems, NextMarker, PolicyDocument
from strongroom.protocol.structures import AwsStruct, whole

EvalDecision = Literal["allowed", "explicitDeny", "implicitDeny"]
SourcePolicyType = Literal["user", "group", "role", "aws-managed", "user-managed", "resource", "none"]

ActionName = Annotated[str, Meta(min_length=3, max_length=128)]
ResourceName = Annotated[str, Meta(min_length=1, max_length=2048)]
ContextKeyName = Annotated[str, Meta(min_length=5, max_length=256)]
HandlingOption = Annotated[str, Meta(min_length=1, max_length=64)]
_Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=whole(r"[\w+=,.@-]+"))]


class ContextEntry(AwsStruct, frozen=True, kw_only=True):
    """A condition key and its values."""

    context_key_name: ContextKeyName | None = None
    context_key_values: list[str] | None = None
    context_key_type: (
        Literal[
            "string",
            "stringList",
            "numeric",
            "numericList",
            "boolean",
            "booleanList",
            "ip",
            "ipList",
            "binary",
            "binaryList",
            "date",
            "dateList",
        ]
        | None
    ) = None


class InlinePolicyIdentifier(AwsStruct, frozen=True, kw_only=True):
    """An inline policy of entities, whose name may have wildcards."""

    policy_name: _Name
    attachment_type: Literal["user", "group", "role"]
    attachment_name: _Name


class PolicyIdentifier(AwsStruct, frozen=True, kw_only=True):
    """Policies to leave out: one of the three."""

    policy_type: Literal["inline", "aws-managed", "user-managed", "permission-boundary", "scp", "rcp"] | None = None
    policy_arn: Arn | None = None
    inline_policy_identifier: InlinePolicyIdentifier | None = None


class OrderedOrganizationPolicy(AwsStruct, frozen=True, kw_only=True):
    """The service control policies of one level of an organization."""

    service_control_policy_input_list: list[PolicyDocument] | None = None


class SimulatePrincipalPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """SimulatePrincipalPolicy."""

    policy_source_arn: Arn
    policy_input_list: list[PolicyDocument] | None = None
    permissions_boundary_policy_input_list: list[PolicyDocument] | None = None
    policy_exclusion_list: Annotated[list[PolicyIdentifier], Meta(max_length=256)] | None = None
    action_names: list[ActionName]
    resource_arns: list[ResourceName] | None = None
    resource_policy: PolicyDocument | None = None
    resource_owner: ResourceName | None = None
    caller_arn: ResourceName | None = None
    context_entries: list[ContextEntry] | None = None
    resource_handling_option: HandlingOption | None = None
    max_items: MaxItems | None = None
    marker: Marker | None = None


class SimulateCustomPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """SimulateCustomPolicy."""

    policy_input_list: list[PolicyDocument]
    permissions_boundary_policy_input_list: list[PolicyDocument] | None = None
    ordered_organization_policy_input_list: Annotated[list[OrderedOrganizationPolicy], Meta(max_length=7)] | None = None
    action_names: list[ActionName]
    resource_arns: list[ResourceName] | None = None
    resource_policy: PolicyDocument | None = None
    resource_owner: ResourceName | None = None
    caller_arn: ResourceName | None = None
    context_entries: list[ContextEntry] | None = None
    resource_handling_option: HandlingOption | None = None
    max_items: MaxItems | None = None
    marker: Marker | None = None


class Position(AwsStruct, frozen=True, kw_only=True):
    """A line and a column, both from 1."""

    line: int
    column: int


class MatchedStatement(AwsStruct, frozen=True, kw_only=True):
    """A statement that decided."""

    source_policy_id: str
    source_policy_type: SourcePolicyType
    start_position: Position
    end_position: Position


class OrganizationsDecisionDetail(AwsStruct, frozen=True, kw_only=True):
    """What service control policies say."""

    allowed_by_organizations: bool


class PermissionsBoundaryDecisionDetail(AwsStruct, frozen=True, kw_only=True):
    """What the permissions boundary says."""

    allowed_by_permissions_boundary: bool


class ResourceSpecificResult(AwsStruct, frozen=True, kw_only=True):
    """What an action on one resource comes to."""

    eval_resource_name: str
    eval_resource_decision: EvalDecision
    matched_statements: list[MatchedStatement] | None = None
    missing_context_values: list[str] | None = None
    eval_decision_details: dict[str, EvalDecision] | None = None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None = None


class EvaluationResult(AwsStruct, frozen=True, kw_only=True):
    """What an action comes to, on all resources together."""

    eval_action_name: str
    eval_resource_name: str | None = None
    eval_decision: EvalDecision
    matched_statements: list[MatchedStatement] | None = None
    missing_context_values: list[str] | None = None
    organizations_decision_detail: OrganizationsDecisionDetail | None = None
    permissions_boundary_decision_detail: PermissionsBoundaryDecisionDetail | None = None
    eval_decision_details: dict[str, EvalDecision] | None = None
    resource_specific_results: list[ResourceSpecificResult] | None = None


class SimulatePolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """SimulatePrincipalPolicy and SimulateCustomPolicy."""

    evaluation_results: list[EvaluationResult]
    is_truncated: bool
    marker: NextMarker | None = None


class GetContextKeysForCustomPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetContextKeysForCustomPolicy."""

    policy_input_list: list[PolicyDocument]


class GetContextKeysForPrincipalPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetContextKeysForPrincipalPolicy."""

    policy_source_arn: Arn
    policy_input_list: list[PolicyDocument] | None = None


class GetContextKeysForPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy."""

    context_key_names: list[str]
