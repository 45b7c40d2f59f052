"""The condition keys of one request, worked out when a policy asks for them.

Source: IAM User Guide, "AWS global condition context keys"; AWS KMS Developer Guide, "Condition keys for AWS KMS". A
key that AWS does not supply in an operation is absent here too.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from strongroom.api.call import Call
from strongroom.api.callers import Caller
from strongroom.api.declare import Needs
from strongroom.api.key_snapshots import KeySnapshot
from strongroom.api.resolve import KeyMember
from strongroom.api.resources import Resource
from strongroom.crypto.attestation import condition_values
from strongroom.model.arn import ALIAS_PREFIX

Values = tuple[str, ...] | None

_CONTEXT: Final = "kms:encryptioncontext:"
_ATTESTED: Final = "kms:recipientattestation:"
_FOR_RESOURCES: Final = frozenset({"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"})
_ENDS_USE: Final = frozenset({"kms:DisableKey", "kms:ScheduleKeyDeletion"})
_DAY: Final = 86_400
_PRINCIPAL_TYPES: Final = {
    "Root": "Account",
    "IAMUser": "User",
    "AssumedRole": "AssumedRole",
    "FederatedUser": "FederatedUser",
}


class RequestConditions:
    """The condition keys of a request for one permission.

    `varies` tells whether any was asked for that the next request of the same caller for the same permission on the
    same key may have otherwise; if not, the decision may be remembered.
    """

    __slots__ = ("call", "caller", "key", "needs", "resource", "varies")

    def __init__(
        self, call: Call, caller: Caller, needs: Needs, key: KeySnapshot | None, resource: Resource | None = None
    ) -> None:
        """Take what the keys are worked out from."""
        self.call = call
        self.caller = caller
        self.needs = needs
        self.key = key
        self.resource = resource
        self.varies = False

    def get(self, name: str, /) -> Values:
        """Give the values of a condition key, by its lower-case name; None where the request does not have it."""
        fixed = _FIXED.get(name)
        if fixed is not None:
            return fixed(self)
        family, _, rest = name.partition("/")
        if family in _FIXED_FAMILIES:
            return _FIXED_FAMILIES[family](self, rest)
        self.varies = True
        varying = _VARYING.get(name)
        return varying(self) if varying is not None else self.supplied(name)

    def encryption_context(self) -> Mapping[str, str] | None:
        """Give the encryption context of the request, None where the operation takes none."""
        declared = self.needs.encryption_context
        return None if declared is None else declared.pairs(self.call.message)

    def supplied(self, name: str) -> Values:
        """Give what the operation's declaration, its resource or an identity provider's token supplies."""
        if self.resource is not None and name in self.resource.conditions:
            return self.resource.conditions[name]
        supply = self.needs.supplies.get(name)
        if supply is not None:
            return supply(self.call.message)
        if name.startswith(_CONTEXT):
            return _find(self.encryption_context() or {}, name[len(_CONTEXT) :])
        if name.startswith("aws:requesttag/"):
            return _find(_request_tags(self), name.partition("/")[2])
        if name.startswith(_ATTESTED):
            return _attested(self, name)
        return self.caller.terms.claims.get(name)


def _find(pairs: Mapping[str, str] | Mapping[str, str | None], name: str) -> Values:
    """Find a name in pairs without regard to case, as condition keys are compared: so several may be meant."""
    found = dict.fromkeys(value for key, value in pairs.items() if value is not None and key.lower() == name)
    return tuple(found) or None


def _one(value: str | None) -> Values:
    return None if value is None else (value,)


def _flag(value: bool) -> Values:  # noqa: FBT001 - a value to be spelt
    return ("true",) if value else ("false",)


def _time(seconds: float) -> Values:
    return (datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),)


def _is_service(of: RequestConditions) -> bool:
    return of.caller.principal.type == "AWSService"


def _attested(of: RequestConditions, name: str) -> Values:
    attestation = of.call.attestation
    return None if attestation is None else _one(condition_values(attestation).get(name))


def _principal_arn(of: RequestConditions) -> Values:
    principal = of.caller.principal
    return None if _is_service(of) else (principal.role_arn or principal.arn,)


def _principal_account(of: RequestConditions) -> Values:
    return None if _is_service(of) else (of.caller.principal.account_id,)


def _service_name(of: RequestConditions) -> Values:
    return (of.caller.principal.arn,) if _is_service(of) else None


def _resource_account(of: RequestConditions) -> Values:
    if of.key is not None:
        return (of.key.key.place.account_id,)
    owner = of.caller.principal.account_id if of.resource is None else of.resource.account_id
    return of.supplied("aws:resourceaccount") or (owner,)


def _resource_tag(of: RequestConditions, name: str) -> Values:
    tags = of.key.tags if of.key is not None else None if of.resource is None else of.resource.tags
    return None if tags is None else _find(tags, name)


def _request_tags(of: RequestConditions) -> Mapping[str, str | None]:
    # An identity provider passes tags in its token.
    if of.caller.vouched.tags:
        return dict(of.caller.vouched.tags)
    return {} if of.needs.tags is None else of.needs.tags.tags(of.call.message)


def _source(member: str) -> Callable[[RequestConditions], Values]:
    def read(of: RequestConditions) -> Values:
        call = of.caller.terms.service_call
        return _one(getattr(call, member)) if call is not None and _is_service(of) else None

    return read


def _of_key(name: str, member: str) -> Callable[[RequestConditions], Values]:
    """Read a property of the key; CreateKey, which has no key yet, supplies it from the request."""
    return lambda of: of.supplied(name) if (key := of.key or _pattern(of)) is None else (getattr(key.key, member),)


def _pattern(of: RequestConditions) -> KeySnapshot | None:
    """Give the key whose properties the new one will have."""
    return of.call.resolved[0].key if of.needs.like_key else None


def _resource_aliases(of: RequestConditions) -> Values:
    return of.supplied("kms:resourcealiases") if of.key is None else of.key.aliases or None


def _on_same_key(of: RequestConditions) -> Values:
    """Tell whether source and destination of a ReEncrypt are one key."""
    if not of.needs.action.startswith("kms:ReEncrypt"):
        return None
    return _flag(len({each.arn for each in of.call.resolved}) == 1)


def _multi_region(of: RequestConditions) -> Values:
    return of.supplied("kms:multiregion") if of.key is None else _flag(of.key.key.place.multi_region)


def _multi_region_key_type(of: RequestConditions) -> Values:
    return of.supplied("kms:multiregionkeytype") if of.key is None else _one(of.key.key.multi_region_key_type)


def _trailing_days(of: RequestConditions) -> Values:
    """Give the whole days since the key was last used, or made if it never was."""
    if of.key is None or of.needs.action not in _ENDS_USE:
        return None
    last = of.key.key.creation_date if of.key.last_use is None else of.key.last_use
    return (str(max(0, int((of.call.time - last) // _DAY))),)


def _via_service(of: RequestConditions) -> Values:
    return _one(of.caller.via_in(of.call.region)) if of.needs.action.startswith("kms:") else None


def _called_via(of: RequestConditions) -> Values:
    return _one(of.caller.via)


def _for_aws_resource(of: RequestConditions) -> Values:
    by_service = of.caller.terms.service_call is not None or _is_service(of)
    return _flag(by_service) if of.needs.action in _FOR_RESOURCES else None


def _user_name(of: RequestConditions) -> Values:
    principal = of.caller.principal
    return _one(principal.user_name) if principal.type == "IAMUser" else None


def _mfa_present(of: RequestConditions) -> Values:
    if of.call.mfa_at is not None:
        return ("true",)
    return None if of.caller.token_issued_at is None else _flag(of.caller.terms.mfa_at is not None)


def _token_issue_time(of: RequestConditions) -> Values:
    issued_at = of.caller.token_issued_at
    return None if issued_at is None else _time(issued_at)


def _mfa_age(of: RequestConditions) -> Values:
    shown = of.caller.terms.mfa_at if of.call.mfa_at is None else of.call.mfa_at
    return None if shown is None else (str(int(of.call.wall - shown)),)


def _source_ip(of: RequestConditions) -> Values:
    request = of.call.request
    return None if request.vpc_endpoint is not None or of.caller.via else (request.source_ip,)


def _vpc(of: RequestConditions, member: str) -> Values:
    endpoint = of.call.request.vpc_endpoint
    return None if endpoint is None or of.caller.via else _one(getattr(endpoint, member))


def _vpc_source_ip(of: RequestConditions) -> Values:
    request = of.call.request
    return (request.source_ip,) if request.vpc_endpoint is not None and not of.caller.via else None


def _tag_keys(of: RequestConditions) -> Values:
    return tuple(_request_tags(of)) or None


def _context_keys(of: RequestConditions) -> Values:
    return tuple(of.encryption_context() or ()) or of.supplied("kms:encryptioncontextkeys")


def _request_alias(of: RequestConditions) -> Values:
    """Give the alias by which the request named the key."""
    named = of.needs.key
    member = named.member if isinstance(named, KeyMember) and named.by_alias else getattr(named, "named_by", None)
    text: str | None = None if member is None else getattr(of.call.message, member)
    if text is None:
        return None
    name = text.split(":", 5)[-1] if text.startswith("arn:") else text
    return (name,) if name.startswith(ALIAS_PREFIX) else None


_FIXED: Final[Mapping[str, Callable[[RequestConditions], Values]]] = MappingProxyType(
    {
        "aws:principalarn": _principal_arn,
        "aws:principalaccount": _principal_account,
        "aws:principaltype": lambda of: _one(_PRINCIPAL_TYPES.get(of.caller.principal.type)),
        "aws:userid": lambda of: None if _is_service(of) else (of.caller.principal.principal_id,),
        "aws:username": _user_name,
        "aws:principalisawsservice": lambda of: _flag(_is_service(of)),
        "aws:principalservicename": _service_name,
        "aws:principalservicenameslist": _service_name,
        "aws:requestedregion": lambda of: of.supplied("aws:requestedregion") or _one(of.call.region or None),
        "aws:resourceaccount": _resource_account,
        "aws:sourcearn": _source("source_arn"),
        "aws:sourceaccount": _source("source_account"),
        "aws:sourceidentity": lambda of: _one(of.caller.terms.source_identity),
        "aws:federatedprovider": lambda of: _one(of.caller.terms.federated_provider),
        "aws:tokenissuetime": _token_issue_time,
        "aws:multifactorauthpresent": _mfa_present,
        "aws:viaawsservice": lambda of: _flag(of.caller.via is not None),
        "aws:calledvia": _called_via,
        "aws:calledviafirst": _called_via,
        "aws:calledvialast": _called_via,
        "kms:calleraccount": _principal_account,
        "kms:viaservice": _via_service,
        "kms:grantisforawsresource": _for_aws_resource,
        "kms:keyspec": _of_key("kms:keyspec", "key_spec"),
        "kms:keyusage": _of_key("kms:keyusage", "key_usage"),
        "kms:keyorigin": _of_key("kms:keyorigin", "origin"),
        "kms:customermasterkeyspec": _of_key("kms:keyspec", "key_spec"),
        "kms:customermasterkeyusage": _of_key("kms:keyusage", "key_usage"),
        "kms:multiregion": _multi_region,
        "kms:multiregionkeytype": _multi_region_key_type,
        "kms:resourcealiases": _resource_aliases,
    }
)
"""What stays the same as long as the caller and the key do."""

_FIXED_FAMILIES: Final[Mapping[str, Callable[[RequestConditions, str], Values]]] = MappingProxyType(
    {
        "aws:principaltag": lambda of, name: _find(of.caller.tags, name),
        "aws:resourcetag": _resource_tag,
        "iam:resourcetag": _resource_tag,
    }
)

_VARYING: Final[Mapping[str, Callable[[RequestConditions], Values]]] = MappingProxyType(
    {
        "aws:currenttime": lambda of: _time(of.call.time),
        "aws:epochtime": lambda of: (str(int(of.call.time)),),
        "aws:multifactorauthage": _mfa_age,
        "aws:referer": lambda of: _one(of.call.request.header("referer")),
        "aws:securetransport": lambda of: _flag(of.call.request.secure),
        "aws:sourceip": _source_ip,
        "aws:sourcevpc": lambda of: _vpc(of, "vpc_id"),
        "aws:sourcevpce": lambda of: _vpc(of, "endpoint_id"),
        "aws:tagkeys": _tag_keys,
        "aws:useragent": lambda of: _one(of.call.request.header("user-agent")),
        "aws:vpcsourceip": _vpc_source_ip,
        "kms:encryptioncontextkeys": _context_keys,
        "kms:reencryptonsamekey": _on_same_key,
        "kms:requestalias": _request_alias,
        "kms:trailingdayswithoutkeyusage": _trailing_days,
    }
)
