"""AssumeRoleWithWebIdentity.

Source: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "IAM and AWS STS condition context keys".
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from strongroom.api.callers import Caller
from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, When, operation
from strongroom.api.resources import Resource
from strongroom.api.sts.role_sessions import open_role_session
from strongroom.api.sts.session_policies import check_inline_policy, check_policies, managed_policies
from strongroom.api.sts.trust import assumed_role, role_resource
from strongroom.api.sts.types import (
    Arn,
    AssumedRoleUser,
    Credentials,
    MinimumSessionTokenSize,
    PolicyDescriptor,
    RoleDuration,
    RoleSessionName,
    SessionPolicy,
    recorded_credentials,
    refuse_token_size,
)
from strongroom.api.sts.web_identity import WebIdentityBearer
from strongroom.api.supplies import Parameter
from strongroom.model.errors import IDPRejectedClaim, ValidationError
from strongroom.model.principal import Principal
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change, Reader

# Only these can be asked for by the policies of later requests; the others are for the trust policy.
_KEPT_CLAIMS: Final = ("amr", "aud", "azp", "oaud", "sub")
_CLAIM_BYTES: Final = 2048


class AssumeRoleWithWebIdentityRequest(AwsStruct, frozen=True, kw_only=True):
    """AssumeRoleWithWebIdentity."""

    role_arn: Arn
    role_session_name: RoleSessionName
    web_identity_token: Annotated[str, Meta(min_length=4, max_length=20_000, extra={"sensitive": True})]
    provider_id: Annotated[str, Meta(min_length=4, max_length=2048)] | None = None
    policy_arns: list[PolicyDescriptor] | None = None
    policy: SessionPolicy | None = None
    duration_seconds: RoleDuration | None = None
    minimum_session_token_size: MinimumSessionTokenSize | None = None


class AssumeRoleWithWebIdentityResponse(AwsStruct, frozen=True, kw_only=True):
    """AssumeRoleWithWebIdentity."""

    credentials: Credentials
    subject_from_web_identity_token: str
    assumed_role_user: AssumedRoleUser
    packed_policy_size: int | None = None
    provider: str
    audience: str
    source_identity: str | None = None


def _role_to_assume(reader: Reader | Change, _caller: Principal, request: Any) -> Resource:  # noqa: ANN401 - see Needs
    return role_resource(reader, request.role_arn)


def _passes_tags(caller: Caller, _request: object) -> bool:
    return bool(caller.vouched.tags)


def _passes_source_identity(caller: Caller, _request: object) -> bool:
    return caller.vouched.source_identity is not None


def _on_role(action: str, when: When | None = None) -> Needs:
    supplies = {"sts:rolesessionname": Parameter("role_session_name")}
    return Needs(action, resource=_role_to_assume, cross_account=True, supplies=supplies, when=when)


def _check(request: AssumeRoleWithWebIdentityRequest) -> None:
    check_policies(request.policy, request.policy_arns)
    refuse_token_size(request.minimum_session_token_size)
    if request.provider_id is not None:
        raise ValidationError("The ProviderId parameter is not supported: it is not for OpenID Connect tokens.")


def _condition_key(provider_arn: str, claim: str) -> str:
    return f"{provider_arn.partition('/')[2]}:{claim}".lower()


def _kept_claims(provider_arn: str, claims: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Give the claims that the session keeps. Raises IDPRejectedClaim when they are too long for a session token."""
    names = [_condition_key(provider_arn, claim) for claim in _KEPT_CLAIMS]
    kept = {name: claims[name] for name in names if name in claims}
    if len(msgspec.json.encode(kept)) > _CLAIM_BYTES:
        raise IDPRejectedClaim(f"The claims {', '.join(_KEPT_CLAIMS)} take more than {_CLAIM_BYTES} bytes")
    return kept


def _elements(_context: ReadContext, response: AssumeRoleWithWebIdentityResponse) -> dict[str, object]:
    shown: dict[str, object] = {
        "credentials": recorded_credentials(response.credentials),
        "subjectFromWebIdentityToken": response.subject_from_web_identity_token,
        "assumedRoleUser": response.assumed_role_user,
        "provider": response.provider,
        "audience": response.audience,
    }
    optional = {"packedPolicySize": response.packed_policy_size, "sourceIdentity": response.source_identity}
    return shown | {name: value for name, value in optional.items() if value is not None}


@operation(
    _on_role("sts:AssumeRoleWithWebIdentity"),
    _on_role("sts:TagSession", _passes_tags),
    _on_role("sts:SetSourceIdentity", _passes_source_identity),
    bearer=WebIdentityBearer(),
    check=_check,
    logs=("role_arn", "role_session_name", "policy_arns", "policy", "duration_seconds"),
    elements=_elements,
)
def assume_role_with_web_identity(
    context: ReadContext, request: AssumeRoleWithWebIdentityRequest
) -> AssumeRoleWithWebIdentityResponse:
    """Open a session of a role for who holds a token of an identity provider that the role trusts."""
    role = assumed_role(context.reader, request.role_arn)
    check_inline_policy(request.policy)
    principal, vouched = context.principal, context.asking.vouched
    claims = _kept_claims(principal.arn, vouched.claims)
    terms = msgspec.structs.replace(
        vouched,
        policy=request.policy,
        policy_arns=managed_policies(context.reader, role.account_id, request.policy_arns),
        claims=claims,
    )
    session = open_role_session(context, role, request.role_session_name, request.duration_seconds, terms)
    return AssumeRoleWithWebIdentityResponse(
        credentials=session.credentials,
        subject_from_web_identity_token=claims[_condition_key(principal.arn, "sub")][0],
        assumed_role_user=session.user,
        packed_policy_size=session.packed_policy_size,
        provider=principal.arn,
        audience=claims[_condition_key(principal.arn, "aud")][0],
        source_identity=terms.source_identity,
    )


OPERATIONS = (assume_role_with_web_identity,)
