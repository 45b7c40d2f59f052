"""AssumeRole.

Source: STS API Reference, AssumeRole; Service Authorization Reference, "AWS Security Token Service".
"""

from typing import Annotated, Any, Final

from msgspec import Meta

from strongroom.api.callers import Caller
from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, When, operation
from strongroom.api.iam.types import Tag, TagKey
from strongroom.api.resources import Resource
from strongroom.api.second_factors import SecondFactor
from strongroom.api.sts.role_sessions import open_role_session
from strongroom.api.sts.session_policies import check_inline_policy, check_policies, managed_policies
from strongroom.api.sts.session_tags import chained_source_identity, chained_tags, inherited_tags, requested_tags
from strongroom.api.sts.trust import assumed_role, role_resource
from strongroom.api.sts.types import (
    Arn,
    AssumedRoleUser,
    Credentials,
    MinimumSessionTokenSize,
    PolicyDescriptor,
    RoleDuration,
    RoleSessionName,
    SerialNumber,
    SourceIdentity,
    TokenCode,
    UnrestrictedSessionPolicy,
    recorded_credentials,
    refuse_token_size,
)
from strongroom.api.supplies import Parameter, TagsParameter
from strongroom.authn.sessions import Terms
from strongroom.model.errors import AccessDenied, ValidationError
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct, whole
from strongroom.storage.store import Change, Reader

_SUPPLIES: Final = {
    "sts:externalid": Parameter("external_id"),
    "sts:rolesessionname": Parameter("role_session_name"),
    "sts:sourceidentity": Parameter("source_identity"),
    "sts:transitivetagkeys": Parameter("transitive_tag_keys"),
}


class ProvidedContext(AwsStruct, frozen=True, kw_only=True):
    """A context assertion of IAM Identity Center."""

    provider_arn: Arn | None = None
    context_assertion: Annotated[str, Meta(min_length=4, max_length=2048)] | None = None


class AssumeRoleRequest(AwsStruct, frozen=True, kw_only=True):
    """AssumeRole."""

    role_arn: Arn
    role_session_name: RoleSessionName
    policy_arns: list[PolicyDescriptor] | None = None
    policy: UnrestrictedSessionPolicy | None = None
    duration_seconds: RoleDuration | None = None
    tags: Annotated[list[Tag], Meta(max_length=50)] | None = None
    transitive_tag_keys: Annotated[list[TagKey], Meta(max_length=50)] | None = None
    external_id: Annotated[str, Meta(min_length=2, max_length=1224, pattern=whole(r"[\w+=,.@:\/-]*"))] | None = None
    serial_number: SerialNumber | None = None
    token_code: TokenCode | None = None
    source_identity: SourceIdentity | None = None
    provided_contexts: Annotated[list[ProvidedContext], Meta(min_length=1, max_length=5)] | None = None
    minimum_session_token_size: MinimumSessionTokenSize | None = None


class AssumeRoleResponse(AwsStruct, frozen=True, kw_only=True):
    """AssumeRole."""

    credentials: Credentials
    assumed_role_user: AssumedRoleUser
    packed_policy_size: int | None = None
    source_identity: str | None = None


def _role_to_assume(reader: Reader | Change, caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - see Needs
    if caller.type == "Root":
        raise AccessDenied("Roles may not be assumed by root accounts.")
    return role_resource(reader, request.role_arn)


def _passes_tags(caller: Caller, request: AssumeRoleRequest) -> bool:
    """Whether the new session gets tags, be they of the request or inherited: both take a permission of their own."""
    return bool(request.tags or inherited_tags(caller.terms))


def _passes_source_identity(caller: Caller, request: AssumeRoleRequest) -> bool:
    """Whether the new session gets a source identity, be it of the request or inherited."""
    return (request.source_identity or caller.terms.source_identity) is not None


def _on_role(action: str, when: When | None = None) -> Needs:
    return Needs(
        action,
        resource=_role_to_assume,
        cross_account=True,
        supplies=_SUPPLIES,
        tags=TagsParameter("tags"),
        when=when,
    )


def _check(request: AssumeRoleRequest) -> None:
    check_policies(request.policy, request.policy_arns)
    requested_tags(request.tags, request.transitive_tag_keys)
    refuse_token_size(request.minimum_session_token_size)
    if request.provided_contexts is not None:
        raise ValidationError("The ProvidedContexts parameter is not supported.")


def _elements(_context: ChangeContext, response: AssumeRoleResponse) -> dict[str, object]:
    shown: dict[str, object] = {
        "credentials": recorded_credentials(response.credentials),
        "assumedRoleUser": response.assumed_role_user,
    }
    optional = {"packedPolicySize": response.packed_policy_size, "sourceIdentity": response.source_identity}
    return shown | {name: value for name, value in optional.items() if value is not None}


# It changes the database because a one-time code is good once only.
@operation(
    _on_role("sts:AssumeRole"),
    _on_role("sts:TagSession", _passes_tags),
    _on_role("sts:SetSourceIdentity", _passes_source_identity),
    check=_check,
    logs=(
        "role_arn",
        "role_session_name",
        "policy_arns",
        "policy",
        "duration_seconds",
        "tags",
        "transitive_tag_keys",
        "external_id",
        "serial_number",
        "source_identity",
    ),
    elements=_elements,
    second_factor=SecondFactor("serial_number", "token_code"),
    read_only=True,
)
def assume_role(context: ChangeContext, request: AssumeRoleRequest) -> AssumeRoleResponse:
    """Open a session of a role. It does not count as one in which a second factor was shown, as on AWS."""
    caller = context.asking.terms
    role = assumed_role(context.change, request.role_arn)
    check_inline_policy(request.policy)
    terms = Terms(
        policy=request.policy,
        policy_arns=managed_policies(context.change, role.account_id, request.policy_arns),
        tags=chained_tags(caller, requested_tags(request.tags, request.transitive_tag_keys)),
        transitive_tag_keys=(*inherited_tags(caller), *(request.transitive_tag_keys or ())),
        source_identity=chained_source_identity(caller, request.source_identity),
    )
    session = open_role_session(context, role, request.role_session_name, request.duration_seconds, terms)
    return AssumeRoleResponse(
        credentials=session.credentials,
        assumed_role_user=session.user,
        packed_policy_size=session.packed_policy_size,
        source_identity=terms.source_identity,
    )


OPERATIONS = (assume_role,)
