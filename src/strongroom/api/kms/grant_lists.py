"""ListGrants, ListRetirableGrants.

Source: AWS KMS API Reference, the operations' own pages.
"""

from collections.abc import Sequence
from typing import Final

from strongroom.api.context import ReadContext
from strongroom.api.declare import Needs, operation
from strongroom.api.kms.grant_policies import service_policy
from strongroom.api.kms.grant_principals import GrantEntries, kept_principal, no_principal
from strongroom.api.kms.grant_rules import check_grant_id
from strongroom.api.kms.grant_types import GrantId, ListGrantsResponse, PrincipalId, ServicePrincipal
from strongroom.api.kms.types import KeyId, Limit, Marker
from strongroom.api.paging import check_limit, cut, decode_marker, encode_marker
from strongroom.api.principals import UnknownPrincipalError, bind
from strongroom.api.resolve import KeyMember
from strongroom.api.resources import Resource
from strongroom.model.errors import InvalidMarker, ValidationError
from strongroom.model.grant import Grant
from strongroom.model.principal import Principal
from strongroom.policy.principals import is_service_principal
from strongroom.protocol.structures import AwsStruct
from strongroom.storage.store import Change, Reader

_LIST_DEFAULT: Final = 50
_LIST_MOST: Final = 100
_ACTION: Final = "kms:ListRetirableGrants"
_SEPARATOR: Final = " "
_ARN_PARTS: Final = 6
_ACCOUNT_PART: Final = 4


class ListGrantsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListGrants."""

    limit: Limit | None = None
    marker: Marker | None = None
    key_id: KeyId
    grant_id: GrantId | None = None
    grantee_principal: PrincipalId | None = None
    grantee_service_principal: ServicePrincipal | None = None


class ListRetirableGrantsRequest(AwsStruct, frozen=True, kw_only=True):
    """ListRetirableGrants."""

    limit: Limit | None = None
    marker: Marker | None = None
    retiring_principal: PrincipalId | None = None
    retiring_service_principal: ServicePrincipal | None = None


def _check_list(request: ListGrantsRequest) -> None:
    check_limit(request.limit, _LIST_MOST)
    check_grant_id(request.grant_id)
    if request.grantee_principal is not None and request.grantee_service_principal is not None:
        raise ValidationError("You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.")


@operation(
    Needs("kms:ListGrants", key=KeyMember("key_id"), cross_account=True),
    check=_check_list,
    logs=("key_id", "grant_id", "grantee_principal", "grantee_service_principal", "limit", "marker"),
)
def list_grants(context: ReadContext, request: ListGrantsRequest) -> ListGrantsResponse:
    """List a key's grants: all, those of a grantee, or one."""
    place = context.key.key.place
    grantee = _grantee(context, request)
    listing = f"ListGrants {place.key_id} {grantee or ''}"
    limit = request.limit or _LIST_DEFAULT
    after = decode_marker(listing, request.marker)
    found = context.reader.grants.page(place, after, limit + 1, grantee=grantee, grant_id=request.grant_id)
    page, more = cut(found, limit)
    return _answer(context, page, encode_marker(listing, page[-1].grant_id) if more else None)


def _grantee(context: ReadContext, request: ListGrantsRequest) -> str | None:
    service = request.grantee_service_principal
    if service is not None:
        if context.principal.type != "AWSService":
            raise ValidationError("Only service principals can filter by GranteeServicePrincipal.")
        return service
    if request.grantee_principal is None:
        return None
    try:
        return bind(context.reader, request.grantee_principal)
    except UnknownPrincipalError:
        # Of principals that are gone, lists show the unique id; by that, their grants can be found.
        return request.grantee_principal


def _check_retirable(request: ListRetirableGrantsRequest) -> None:
    check_limit(request.limit, _LIST_MOST)
    if (request.retiring_principal is None) == (request.retiring_service_principal is None):
        raise ValidationError("You must specify either RetiringPrincipal or RetiringServicePrincipal, but not both.")
    service = request.retiring_service_principal
    if service is not None and not is_service_principal(service):
        raise no_principal(service)


def _retiring_resource(_reader: Reader | Change, caller: Principal, request: ListRetirableGrantsRequest) -> Resource:
    """Give the principal that the request names: a service may only name itself, others one of their account."""
    service = request.retiring_service_principal
    if service is not None:
        return Resource(arn="*", account_id=caller.account_id, policy=service_policy(_ACTION, service))
    arn = request.retiring_principal or ""
    return Resource(arn=arn, account_id=_account_of(arn))


def _account_of(arn: str) -> str:
    parts = arn.split(":")
    if len(parts) != _ARN_PARTS:
        raise no_principal(arn)
    return parts[_ACCOUNT_PART]


@operation(
    Needs(_ACTION, resource=_retiring_resource),
    check=_check_retirable,
    logs=("retiring_principal", "retiring_service_principal", "limit", "marker"),
)
def list_retirable_grants(context: ReadContext, request: ListRetirableGrantsRequest) -> ListGrantsResponse:
    """List the grants on keys of any account that a principal of the caller's may retire, in the Region."""
    principal = request.retiring_principal
    retiring = request.retiring_service_principal or ""
    if principal is not None:
        retiring = kept_principal(context.reader, principal)
    region = context.scope.region
    listing = f"ListRetirableGrants {region} {retiring}"
    limit = request.limit or _LIST_DEFAULT
    after = _decode(decode_marker(listing, request.marker))
    page, more = cut(context.reader.grants.retirable_page(region, retiring, after, limit + 1), limit)
    return _answer(context, page, encode_marker(listing, _encode(page[-1])) if more else None)


def _encode(grant: Grant) -> str:
    return _SEPARATOR.join((grant.place.account_id, grant.place.key_id, grant.grant_id))


def _decode(after: str) -> tuple[str, str, str]:
    if not after:
        return "", "", ""
    try:
        account_id, key_id, grant_id = after.split(_SEPARATOR)
    except ValueError:
        raise InvalidMarker from None
    return account_id, key_id, grant_id


def _answer(context: ReadContext, page: Sequence[Grant], next_marker: str | None) -> ListGrantsResponse:
    entries = GrantEntries(context.reader)
    return ListGrantsResponse(
        grants=[entries.entry(grant) for grant in page],
        next_marker=next_marker,
        truncated=next_marker is not None,
    )


OPERATIONS = (list_grants, list_retirable_grants)
