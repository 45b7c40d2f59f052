"""CreateGrant, RevokeGrant.

Source: AWS KMS API Reference, the operations' own pages; AWS KMS Developer Guide, "Grants in AWS KMS".
"""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, key_id_element, operation
from strongroom.api.key_states import USABLE, StateRule
from strongroom.api.kms.grant_principals import existing_grant, kept_principal, kept_service
from strongroom.api.kms.grant_rules import (
    check_constraints,
    check_fits_key,
    check_grant_id,
    check_operations,
    constraint_types,
)
from strongroom.api.kms.grant_tokens import make_token
from strongroom.api.kms.grant_types import (
    GrantConstraints,
    GrantId,
    GrantNameText,
    GrantOperation,
    PrincipalId,
    ServicePrincipal,
)
from strongroom.api.kms.quotas import GRANTS_PER_GRANTEE, GRANTS_PER_KEY
from strongroom.api.kms.types import GrantToken, GrantTokens, KeyId
from strongroom.api.resolve import KeyMember
from strongroom.api.supplies import ContextParameter, Parameter
from strongroom.model.errors import AccessDenied, LimitExceeded, ValidationError
from strongroom.model.grant import Grant
from strongroom.policy.grants import parent_allows
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change

_GRANT_ID_BYTES: Final = 32
_STATES: Final[StateRule] = {state: refuse for state, refuse in USABLE.items() if state != "Unavailable"}


class CreateGrantRequest(AwsStruct, frozen=True, kw_only=True):
    """CreateGrant."""

    key_id: KeyId
    grantee_principal: PrincipalId | None = None
    retiring_principal: PrincipalId | None = None
    operations: list[GrantOperation]
    constraints: GrantConstraints | None = None
    grant_tokens: GrantTokens | None = None
    name: GrantNameText | None = None
    dry_run: bool | None = None
    grantee_service_principal: ServicePrincipal | None = None
    retiring_service_principal: ServicePrincipal | None = None


class CreateGrantResponse(AwsStruct, frozen=True, kw_only=True):
    """CreateGrant."""

    grant_token: GrantToken
    grant_id: GrantId


class RevokeGrantRequest(AwsStruct, frozen=True, kw_only=True):
    """RevokeGrant."""

    key_id: KeyId
    grant_id: GrantId
    dry_run: bool | None = None


class ConstraintContext(ContextParameter, frozen=True):
    """The encryption context of a grant's constraints."""

    def pairs(self, request: Any) -> Mapping[str, str]:  # noqa: ANN401 - any request type
        """Give the pairs of the constraint."""
        constraints: GrantConstraints | None = getattr(request, self.member)
        return {} if constraints is None else constraints.encryption_context or {}


def _check_create(request: CreateGrantRequest) -> None:
    if (request.grantee_principal is None) == (request.grantee_service_principal is None):
        raise ValidationError("You must specify either GranteePrincipal or GranteeServicePrincipal, but not both.")
    retiring = (request.retiring_principal, request.retiring_service_principal)
    if None not in retiring:
        raise ValidationError("You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    check_operations(request.operations)
    check_constraints(request.constraints)
    if request.grantee_service_principal is None:
        return
    if request.constraints is None or request.constraints.source_arn is None:
        raise ValidationError(
            "When you specify a GranteeServicePrincipal, you must also specify a SourceArn constraint."
        )
    if retiring == (None, None):
        raise ValidationError(
            "When you specify a GranteeServicePrincipal, you must also specify either a RetiringPrincipal or a "
            "RetiringServicePrincipal."
        )


def _source_arn(request: CreateGrantRequest) -> tuple[str, ...] | None:
    source_arn = None if request.constraints is None else request.constraints.source_arn
    return None if source_arn is None else (source_arn,)


@operation(
    Needs(
        "kms:CreateGrant",
        key=KeyMember("key_id"),
        states=_STATES,
        cross_account=True,
        grantable=True,
        supplies={
            "kms:grantconstrainttype": lambda request: constraint_types(request.constraints),
            "kms:grantconstraintsourcearn": _source_arn,
            "kms:granteeprincipal": Parameter("grantee_principal"),
            "kms:granteeserviceprincipal": Parameter("grantee_service_principal"),
            "kms:grantoperations": Parameter("operations"),
            "kms:retiringprincipal": Parameter("retiring_principal"),
            "kms:retiringserviceprincipal": Parameter("retiring_service_principal"),
        },
        encryption_context=ConstraintContext("constraints"),
    ),
    check=_check_create,
    logs=(
        "key_id",
        "grantee_principal",
        "grantee_service_principal",
        "retiring_principal",
        "retiring_service_principal",
        "operations",
        "constraints",
        "name",
    ),
    elements=lambda context, response: {"grantId": response.grant_id, "keyId": context.key.arn},
)
def create_grant(context: ChangeContext, request: CreateGrantRequest) -> CreateGrantResponse:
    """Let a principal use a key; a repeat under the same name gives the grant that there is."""
    check_fits_key(context.key.key, request.operations, request.constraints)
    grant = _new_grant(context, request)
    _check_parents(context, grant)
    existing = _same_grant(context, grant)
    if existing is None:
        _check_quotas(context, grant)
        context.change.grants.create(grant)
    return CreateGrantResponse(
        grant_token=make_token(context.store_keys, existing or grant), grant_id=(existing or grant).grant_id
    )


def _new_grant(context: ChangeContext, request: CreateGrantRequest) -> Grant:
    change, place = context.change, context.key.key.place
    # _check_create has seen that it is one or the other.
    grantee = _kept(change, request.grantee_principal, request.grantee_service_principal) or ""
    return Grant(
        place=place,
        grant_id=secrets.token_hex(_GRANT_ID_BYTES),
        name=request.name or "",
        grantee=grantee,
        retiring=_kept(change, request.retiring_principal, request.retiring_service_principal),
        operations=tuple(dict.fromkeys(request.operations)),
        constraints=None if request.constraints is None else request.constraints.kept,
        # A service belongs to no account and makes grants for the one that owns the key.
        issuing_account=context.principal.account_id or place.account_id,
        creation_date=context.now,
    )


def _kept(change: Change, principal: str | None, service: str | None) -> str | None:
    if principal is not None:
        return kept_principal(change, principal)
    return None if service is None else kept_service(change, service)


def _check_parents(context: ChangeContext, grant: Grant) -> None:
    """Raise AccessDenied when only grants allowed the caller to make grants, and none of them this one."""
    parents = context.by_grants
    if parents and not any(parent_allows(parent, grant.operations, grant.constraints) for parent in parents):
        raise AccessDenied(
            f"User: {context.principal.arn} is not authorized to perform: kms:CreateGrant on resource: "
            f"{context.key.arn} because no resource-based policy allows the kms:CreateGrant action"
        )


def _same_grant(context: ChangeContext, grant: Grant) -> Grant | None:
    if not grant.name:
        return None
    wanted = _content(grant)
    named = context.change.grants.named(grant.place, grant.name, grant.grantee)
    return next((each for each in named if _content(each) == wanted), None)


def _content(grant: Grant) -> tuple[object, ...]:
    return grant.retiring, frozenset(grant.operations), grant.constraints, grant.issuing_account


def _check_quotas(context: ChangeContext, grant: Grant) -> None:
    """Raise LimitExceeded. Each request of a grantee that policies do not allow looks through its grants."""
    key = context.key.key
    if len(context.change.grants.of_grantee(key.place, grant.grantee)) >= GRANTS_PER_GRANTEE:
        raise LimitExceeded(f"A KMS key cannot have more than {GRANTS_PER_GRANTEE} grants for one grantee.")
    if key.manager != "AWS" and context.change.grants.count(key.place) >= GRANTS_PER_KEY:
        raise LimitExceeded(f"A KMS key cannot have more than {GRANTS_PER_KEY} grants.")


@operation(
    Needs("kms:RevokeGrant", key=KeyMember("key_id"), cross_account=True),
    check=lambda request: check_grant_id(request.grant_id),
    logs=("key_id", "grant_id"),
    elements=key_id_element,
)
def revoke_grant(context: ChangeContext, request: RevokeGrantRequest) -> None:
    """End what a grant allows."""
    context.change.grants.delete(existing_grant(context.change, context.key.key.place, request.grant_id))


OPERATIONS = (create_grant, revoke_grant)
