"""RetireGrant.

The grant itself says who may retire it; key policies do not count.
Source: AWS KMS API Reference, RetireGrant; AWS KMS Developer Guide, "Retiring and revoking grants".
"""

from collections.abc import Mapping
from typing import NamedTuple

from strongroom.api.context import ChangeContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.grant_policies import retirement_policy
from strongroom.api.kms.grant_principals import existing_grant, no_grant
from strongroom.api.kms.grant_rules import check_grant_id, constraint_types
from strongroom.api.kms.grant_tokens import NO_SUCH_GRANT, claimed_grant, open_token
from strongroom.api.kms.grant_types import GrantId
from strongroom.api.kms.types import GrantToken, KeyId
from strongroom.api.resources import Resource
from strongroom.model.arn import parse_kms_arn
from strongroom.model.errors import InvalidArn, InvalidGrantToken, NotFound, ValidationError
from strongroom.model.grant import Grant
from strongroom.model.key import KeyPlace
from strongroom.model.principal import Principal
from strongroom.policy.callers import Source
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change, Reader


class RetireGrantRequest(AwsStruct, frozen=True, kw_only=True):
    """RetireGrant."""

    grant_token: GrantToken | None = None
    key_id: KeyId | None = None
    grant_id: GrantId | None = None
    dry_run: bool | None = None


class _Named(NamedTuple):
    place: KeyPlace
    grant_id: str


def _check(request: RetireGrantRequest) -> None:
    by_id = (request.key_id, request.grant_id)
    if (request.grant_token is None) == (by_id == (None, None)) or by_id.count(None) == 1:
        raise ValidationError("You must specify either GrantToken, or both KeyId and GrantId.")
    check_grant_id(request.grant_id)
    _named(request)


def _named(request: RetireGrantRequest) -> _Named:
    """Give what the request names. Raises InvalidGrantToken and InvalidArn."""
    if request.grant_token is not None:
        claimed = claimed_grant(request.grant_token)
        return _Named(claimed.place, claimed.grant_id)
    name = request.key_id or ""
    try:
        arn = parse_kms_arn(name)
    except ValueError:
        raise InvalidArn(f"Invalid arn {name}") from None
    if arn.kind != "key":
        raise InvalidArn(f"Invalid arn {name}")
    return _Named(KeyPlace(arn.account_id, arn.region, arn.name), request.grant_id or "")


def _retirable(reader: Reader | Change, caller: Principal, request: RetireGrantRequest) -> Resource:
    """Give the key of the grant, with the grant in place of the key's policy.

    Raises NotFound or InvalidGrantToken where the caller's account has no such grant; of another's it is not told.
    """
    place, grant_id = _named(request)
    grant = reader.grants.find(place, grant_id)
    if grant is not None:
        return Resource(
            arn=place.arn,
            # Whom the grant lets, it lets in any account, without a policy of that account.
            account_id=caller.account_id or place.account_id,
            tags=reader.tags.all(place),
            conditions=_conditions(reader, grant),
            policy=retirement_policy(grant),
            source=Source.KEY_POLICY,
        )
    if request.grant_token is not None:
        raise InvalidGrantToken(NO_SUCH_GRANT)
    if place.account_id != caller.account_id:
        return Resource(arn=place.arn, account_id=place.account_id)
    if reader.keys.find(place) is None:
        raise NotFound(f"Key '{place.arn}' does not exist")
    raise no_grant(grant_id)


def _conditions(reader: Reader | Change, grant: Grant) -> Mapping[str, tuple[str, ...]]:
    """Give the condition keys of the key and of the grant's constraints."""
    pairs = {} if grant.constraints is None else grant.constraints.encryption_context
    found = {
        "aws:resourceaccount": (grant.place.account_id,),
        "kms:resourcealiases": tuple(reader.aliases.names_of(grant.place)),
        "kms:grantconstrainttype": constraint_types(grant.constraints) or (),
        "kms:encryptioncontextkeys": tuple(pairs),
    }
    context = {f"kms:encryptioncontext:{key.lower()}": (value,) for key, value in pairs.items()}
    return {**{name: values for name, values in found.items() if values}, **context}


@operation(
    Needs("kms:RetireGrant", resource=_retirable, cross_account=True, grantable=True),
    check=_check,
    logs=("key_id", "grant_id"),
)
def retire_grant(context: ChangeContext, request: RetireGrantRequest) -> None:
    """End what a grant allows, by those whom it is for."""
    if request.grant_token is not None:
        open_token(context.store_keys, request.grant_token)
    place, grant_id = _named(request)
    if place.region != context.scope.region:
        raise NotFound(f"Invalid arn {place.region}")
    context.change.grants.delete(existing_grant(context.change, place, grant_id))


OPERATIONS = (retire_grant,)
