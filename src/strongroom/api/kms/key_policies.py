"""GetKeyPolicy, PutKeyPolicy, ListKeyPolicies.

Source: AWS KMS API Reference, the operations' own pages.
"""

from typing import Annotated

from msgspec import Meta

from strongroom.api.context import ChangeContext, Context, ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.policy_rules import checked_policy
from strongroom.api.kms.types import KeyId, Limit, Marker, NextMarker, Policy
from strongroom.api.paging import decode_marker
from strongroom.api.principals import unbind_policy
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import Parameter
from strongroom.model.errors import NotFound, ValidationError
from strongroom.protocol.structures import AwsStruct, whole

DEFAULT_POLICY = "default"
RAM_POLICY = "AWS_RAM"
_SUPPLIED_NAME = Parameter("policy_name", DEFAULT_POLICY)

PolicyName = Annotated[str, Meta(min_length=1, max_length=128, pattern=whole("[\\w]+"))]


class GetKeyPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """GetKeyPolicy."""

    key_id: KeyId
    policy_name: PolicyName | None = None


class GetKeyPolicyResponse(AwsStruct, frozen=True, kw_only=True):
    """GetKeyPolicy."""

    policy: str
    policy_name: str


class PutKeyPolicyRequest(AwsStruct, frozen=True, kw_only=True):
    """PutKeyPolicy."""

    key_id: KeyId
    policy_name: PolicyName | None = None
    policy: Policy
    bypass_policy_lockout_safety_check: bool | None = None


class ListKeyPoliciesRequest(AwsStruct, frozen=True, kw_only=True):
    """ListKeyPolicies."""

    key_id: KeyId
    limit: Limit | None = None
    marker: Marker | None = None


class ListKeyPoliciesResponse(AwsStruct, frozen=True, kw_only=True):
    """ListKeyPolicies."""

    policy_names: list[str]
    next_marker: NextMarker | None = None
    truncated: bool


def _check_name(name: str | None) -> None:
    if name not in {None, DEFAULT_POLICY}:
        raise NotFound("No such policy exists")


@operation(
    Needs("kms:GetKeyPolicy", key=KeyMember("key_id"), supplies={"kms:policyname": _SUPPLIED_NAME}),
    logs=("key_id", "policy_name"),
)
def get_key_policy(context: ReadContext, request: GetKeyPolicyRequest) -> GetKeyPolicyResponse:
    """Give a key's policy."""
    _check_name(request.policy_name)
    policy = unbind_policy(context.reader, context.key.key.policy)
    return GetKeyPolicyResponse(policy=policy, policy_name=DEFAULT_POLICY)


@operation(
    Needs(
        "kms:PutKeyPolicy",
        key=KeyMember("key_id"),
        supplies={
            "kms:policyname": _SUPPLIED_NAME,
            "kms:bypasspolicylockoutsafetycheck": Parameter("bypass_policy_lockout_safety_check"),
        },
    ),
    logs=("key_id", "policy_name", "policy", "bypass_policy_lockout_safety_check"),
)
def put_key_policy(context: ChangeContext, request: PutKeyPolicyRequest) -> None:
    """Replace a key's policy."""
    if request.policy_name == RAM_POLICY:
        raise ValidationError("The AWS_RAM policy can only be managed by the RAM service")
    _check_name(request.policy_name)
    bypass = bool(request.bypass_policy_lockout_safety_check)
    kept = checked_policy(context, request.policy, context.key.arn, bypass_lockout_check=bypass)
    context.change.keys.update(context.key.key.place, policy=kept)


@operation(Needs("kms:ListKeyPolicies", key=KeyMember("key_id")), logs=("key_id", "limit", "marker"))
def list_key_policies(_context: Context, request: ListKeyPoliciesRequest) -> ListKeyPoliciesResponse:
    """List the names of a key's policies, of which there is one."""
    # No page is ever truncated, so no marker was ever given out.
    decode_marker("", request.marker)
    return ListKeyPoliciesResponse(policy_names=[DEFAULT_POLICY], truncated=False)


OPERATIONS = (get_key_policy, put_key_policy, list_key_policies)
