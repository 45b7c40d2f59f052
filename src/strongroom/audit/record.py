"""One audit record, in CloudTrail's shape.

Source: AWS CloudTrail User Guide, "CloudTrail record contents"; AWS KMS Developer Guide, "Logging AWS KMS API calls
with AWS CloudTrail". Parameters come from the operation's declaration, which names those that may be shown; plaintexts,
ciphertexts and key material are never among them.
"""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from strongroom.model.ids import new_uuid
from strongroom.model.principal import Principal

_SERVICE_SUFFIX = ".amazonaws.com"
# What an unauthenticated client can make us keep is bounded.
LONGEST_TEXT = 1024

encode_record = msgspec.json.Encoder().encode


class SessionAttributes(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """When temporary credentials were issued, as UTC text; and whether a second factor was shown for them."""

    creation_date: str
    mfa_authenticated: str


class SessionIssuer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The role whose session it is."""

    type: str
    principal_id: str
    arn: str
    account_id: str
    user_name: str


class SessionContext(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """The session of temporary credentials."""

    session_issuer: SessionIssuer | None = None
    attributes: SessionAttributes
    source_identity: str | None = None


class UserIdentity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """Who asked; all but `type` is absent when nobody was authenticated, and `type` where nobody asked."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account_id: str | None = None
    access_key_id: str | None = None
    user_name: str | None = None
    session_context: SessionContext | None = None
    invoked_by: str | None = None
    identity_provider: str | None = None


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """A key or alias that the request was about; CloudTrail gives both the type of a key."""

    account_id: str = msgspec.field(name="accountId")
    type: str
    arn: str = msgspec.field(name="ARN")


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A record. `event_time` is UTC text of whole seconds."""

    event_version: str
    user_identity: UserIdentity
    event_time: str
    event_source: str
    event_name: str
    aws_region: str
    source_ip_address: str = msgspec.field(name="sourceIPAddress")
    user_agent: str
    error_code: str | None = None
    error_message: str | None = None
    request_parameters: dict[str, object] | None
    response_elements: dict[str, object] | None
    additional_event_data: dict[str, object] | None = None
    request_id: str | None = msgspec.field(default=None, name="requestID")
    event_id: str = msgspec.field(name="eventID")
    read_only: bool
    resources: tuple[Resource, ...]
    event_type: str
    management_event: bool
    recipient_account_id: str
    event_category: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to record of a request.

    Attributes:
        name: the operation, or what was asked for instead of one.
        event_id: names the record.
        time: service time in epoch seconds.
        principal: None when nobody was authenticated.
        session_issued_at: when temporary credentials were issued, in epoch seconds; None for others.
        mfa_authenticated: whether a second factor was shown for them.
        source_identity: who stands behind the session, or None.
        invoked_by: the AWS service that asks in the principal's name, or None.
        service: whose operation it is, such as `kms`.
        additional: what CloudTrail shows of a request beside its parameters, such as an attested recipient.
        resources: account id and ARN of each key and alias.
        error_code: None when the request succeeded.
    """

    name: str
    event_id: str = msgspec.field(default_factory=new_uuid)
    time: float
    request_id: str
    region: str
    source_ip: str
    user_agent: str
    principal: Principal | None = None
    access_key_id: str | None = None
    session_issued_at: float | None = None
    mfa_authenticated: bool = False
    source_identity: str | None = None
    invoked_by: str | None = None
    service: str = "kms"
    parameters: dict[str, object] | None = None
    elements: dict[str, object] | None = None
    additional: dict[str, object] | None = None
    resources: tuple[tuple[str, str], ...] = ()
    read_only: bool
    error_code: str | None = None
    error_message: str | None = None


_IAM_TYPES = {"policy": "AWS::IAM::ManagedPolicy", "mfa": "AWS::IAM::VirtualMFADevice", "root": "AWS::IAM::Account"}
_NO_PARTS = ("",) * 5
_NOBODY = UserIdentity(type="Unknown")


@lru_cache(maxsize=4096)
def _identity(
    principal: Principal, access_key_id: str | None, session: SessionContext | None, invoked_by: str | None
) -> UserIdentity:
    if principal.type == "AWSService":
        return UserIdentity(type=principal.type, invoked_by=principal.arn)
    if principal.identity_provider is not None:
        return UserIdentity(
            type="WebIdentityUser",
            principal_id=principal.principal_id,
            user_name=principal.user_name,
            identity_provider=principal.identity_provider,
        )
    return UserIdentity(
        type=principal.type,
        principal_id=principal.principal_id,
        arn=principal.arn,
        account_id=principal.account_id,
        access_key_id=access_key_id,
        user_name=principal.user_name,
        session_context=session,
        invoked_by=invoked_by,
    )


@lru_cache(maxsize=4096)
def _session(principal: Principal, second: int, source_identity: str | None, *, mfa: bool) -> SessionContext:
    attributes = SessionAttributes(creation_date=time_text(second), mfa_authenticated="true" if mfa else "false")
    return SessionContext(session_issuer=_issuer(principal), attributes=attributes, source_identity=source_identity)


def _issuer(principal: Principal) -> SessionIssuer | None:
    if principal.role_arn is None:
        return None
    return SessionIssuer(
        type="Role",
        principal_id=principal.entity_id,
        arn=principal.role_arn,
        account_id=principal.account_id,
        user_name=principal.role_arn.rpartition("/")[2],
    )


def _user_identity(event: Event) -> UserIdentity:
    principal, issued = event.principal, event.session_issued_at
    if principal is None:
        return _NOBODY
    session = None
    if issued is not None:
        session = _session(principal, int(issued), event.source_identity, mfa=event.mfa_authenticated)
    return _identity(principal, event.access_key_id, session, event.invoked_by)


@lru_cache(maxsize=16)
def time_text(second: int) -> str:
    """Write a time in epoch seconds as records do, in UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def _resource(account_id: str, arn: str) -> Resource:
    return Resource(account_id=account_id, type=_resource_type(arn), arn=arn)


def _resource_type(arn: str) -> str:
    """Name the type as CloudTrail does: keys and their aliases are keys, of IAM it names users, roles and the like."""
    # A request may name what is no whole ARN.
    _, _, service, _, _, name = (*arn.split(":", 5), *_NO_PARTS)[:6]
    kind = name.partition("/")[0]
    return _IAM_TYPES.get(kind, f"AWS::IAM::{kind.title()}") if service == "iam" else "AWS::KMS::Key"


def encode_event(event: Event) -> bytes:
    """Write the record of a request as one line of JSON, without its line feed."""
    principal = event.principal
    return encode_record(
        Record(
            event_version="1.11",
            user_identity=_user_identity(event),
            event_time=time_text(int(event.time)),
            event_source=event.service + _SERVICE_SUFFIX,
            event_name=event.name[:LONGEST_TEXT],
            aws_region=event.region,
            source_ip_address=event.source_ip,
            user_agent=event.user_agent[:LONGEST_TEXT],
            error_code=event.error_code,
            error_message=None if event.error_message is None else event.error_message[:LONGEST_TEXT],
            request_parameters=event.parameters,
            response_elements=event.elements,
            additional_event_data=event.additional,
            request_id=event.request_id,
            event_id=event.event_id,
            read_only=event.read_only,
            resources=tuple(_resource(*each) for each in event.resources),
            event_type="AwsApiCall",
            management_event=True,
            recipient_account_id="" if principal is None else principal.account_id,
            event_category="Management",
        )
    )


def encode_service_event(  # noqa: PLR0913 - the record's members
    name: str,
    time: float,
    *,
    account_id: str,
    elements: dict[str, object],
    region: str = "",
    key_arn: str | None = None,
    source: str = "kms",
    actor: str = "AWS Internal",
    additional: dict[str, object] | None = None,
) -> bytes:
    """Write the record of what happened without a request: by the service itself, or by the operator.

    Source: AWS KMS Developer Guide, "AWS service events" such as DeleteKey.
    """
    return encode_record(
        Record(
            event_version="1.11",
            user_identity=UserIdentity(account_id=account_id, invoked_by=actor),
            event_time=time_text(int(time)),
            event_source=source + _SERVICE_SUFFIX,
            event_name=name,
            aws_region=region,
            source_ip_address=actor,
            user_agent=actor,
            request_parameters=None,
            response_elements=elements,
            additional_event_data=additional,
            event_id=new_uuid(),
            read_only=False,
            resources=() if key_arn is None else (_resource(account_id, key_arn),),
            event_type="AwsServiceEvent",
            management_event=True,
            recipient_account_id=account_id,
            event_category="Management",
        )
    )
